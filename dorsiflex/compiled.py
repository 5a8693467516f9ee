"""Controller and simulator compiled for simulated time: same source, same results, about twice to three times as fast.

`python -m dorsiflex.compiled` builds them with mypyc, which takes two to four minutes and needs the extra `compiled`
and a C compiler; `--remove` takes every build away again. From then on `cohort`, `faults`, `simulate`, `replay` and
`score` use the build; `run` never does: what may reach a person is the source itself. A build holds for one state of
the source and one Python; after any change it is not used until it is made anew. One whose ticks differ from those of
the source in any digit is thrown away. DORSIFLEX_COMPILED=0 in the environment keeps a build from being used.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

COMMANDS = ("cohort", "faults", "simulate", "replay", "score")
"""What runs in simulated or recorded time, and so may use a build."""

SWITCH = "DORSIFLEX_COMPILED"

ROOMS = ("config", "controller", "drivers", "recording", "runtime", "simulator", "dorsiflex")
_NEVER = ("controller.__init__", "controller.signals")
"""The words that everybody shares are imported by everybody, early."""

_BESIDE_THE_CONTROLLER = {
    "simulator": "ankle bench bench_electrode bench_stimulator cadence clock compensation ding direct electrode "
    "fatigue foot free_foot gait_tables heading heel_sensor imu_sensor leg leg_state muscle operator person "
    "recruitment reflex seated_foot segment_motion soft_tissue swing_log table_rows voluntary",
    "simulator.activities": "curve cycle ground script seated shaking standing stepping turning walking",
    "simulator.devices": "bench_device faults lines p24 p24_output rehastim2",
    "simulator.faults": "clock inject values",
    "simulator.wired": "i2c mpu6050 trigger",
    "drivers": "framing fsr heel_switch mpu6050 output_guard p24 p24_frames p24_levels rehastim2 rehastim2_frames "
    "rehastim2_lists sciencemode1_frames serial_link serial_session waveform",
    "runtime": "deadlines loop",
    "dorsiflex": "virtual_loop",
    "dorsiflex.faults": "box nerve",
}
"""By package, what every tick of simulated time goes through; not the pins, which are gpiozero's kin."""

_HERE = Path(__file__).resolve().parents[1]
_LIKE_OURS = """[tool.mypy]
plugins = ["pydantic.mypy"]
[[tool.mypy.overrides]]
module = ["gpiozero.*"]
ignore_missing_imports = true
"""
_SETUP = """import sys
from mypyc.build import mypycify
from setuptools import setup
modules = mypycify(sys.argv[1:], opt_level="2", multi_file=True)
setup(name="compiled", ext_modules=modules, script_args=["build_ext", "--inplace"])
"""
"""What `python -m mypyc` does, but in C files of a size that a compiler digests."""
_KINDS, _SECONDS = ("drag", "spastic"), 20.0
_CAMPAIGN_SEED, _CAMPAIGN_WALKS = 1, (20, 35, 58, 81)
"""Walks of the fault campaign on wired benches: a P24 whose answers are lost, a trigger that fails, a RehaStim2 in both
of its modes, with an FSR and a bus that is slow, and with commands that it refuses."""


class CannotCompileError(Exception):
    """There is no build: one line says why, and what to do."""


def modules() -> list[str]:
    """What is compiled: all of the controller, and what else every tick of simulated time goes through."""
    controller = sorted(f"controller.{path.stem}" for path in (_HERE / "controller").glob("*.py"))
    beside = [f"{package}.{name}" for package, names in _BESIDE_THE_CONTROLLER.items() for name in names.split()]
    return [*(name for name in controller if name not in _NEVER), *beside]


def use(build: Path | None = None) -> bool:
    """Have the modules that are imported from now on be the compiled ones, if there is a build of this very source.

    `build`: where one lies that has still to be compared, and may not be used for anything else.

    False, and nothing changes, if there is none, or some have been imported already: the two kinds do not mix.
    """
    build = build or build_folder()
    if os.environ.get(SWITCH) == "0" or not build.is_dir() or any(name in sys.modules for name in modules()):
        return False
    # The library that all of them share lies at the top.
    sys.path.append(str(build))
    for package in ("controller", *_BESIDE_THE_CONTROLLER):
        import_module(package).__path__.insert(0, str(build.joinpath(*package.split("."))))
    return True


def in_use() -> bool:
    """Whether the controller of this process is the compiled one."""
    file = getattr(sys.modules.get("controller.controller"), "__file__", None) or ""
    return bool(file) and not file.endswith(".py")


def build_folder() -> Path:
    """Where a build of this source for this Python lies, or would."""
    digest = hashlib.sha256(f"{sys.version} {sysconfig.get_config_var('EXT_SUFFIX')} {platform.machine()}".encode())
    for room in ROOMS:
        for path in sorted((_HERE / room).rglob("*.py")):
            digest.update(f"{path.relative_to(_HERE)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return _builds() / digest.hexdigest()[:32]


def build() -> Path:
    """Compile, compare with the source over the walks of `fingerprint`, and only then put the build in its place.

    Raises CannotCompileError.
    """
    for needed in ("mypyc", "setuptools"):
        try:
            import_module(needed)
        except ImportError:
            # From the checkout: whatever a package index has under this name is not ours.
            cure = f"in the checkout, {sys.executable} -m pip install '.[compiled]'"
            raise CannotCompileError(f"{needed} is not installed: {cure}") from None
    target = build_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="compiling-", dir=target.parent) as folder:
        work, finished = Path(folder), Path(folder) / "finished"
        for room in ROOMS:
            shutil.copytree(_HERE / room, work / room, ignore=shutil.ignore_patterns("__pycache__"))
        (work / "pyproject.toml").write_text(_LIKE_OURS, encoding="utf-8")
        files = [f"{name.replace('.', '/')}.py" for name in modules()]
        _run([sys.executable, "-c", _SETUP, *files], work)
        for library in [*work.glob("*.so"), *(so for room in ROOMS for so in (work / room).rglob("*.so"))]:
            place = finished / library.relative_to(work)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, place)
        if fingerprint(finished) != fingerprint(None):
            raise CannotCompileError("the build and the source do not make the same ticks: please report it")
        if build_folder() != target:
            raise CannotCompileError("the source was changed meanwhile: compile again")
        shutil.rmtree(target, ignore_errors=True)
        finished.rename(target)
    return target


def fingerprint(build: Path | None) -> str:
    """Digest of all ticks of two simulated walks and of walks of the fault campaign, made by a process of its own.

    With this build, or by the source. Raises CannotCompileError.
    """
    ours = os.pathsep.join([str(_HERE), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, SWITCH: "1" if build else "0", "PYTHONPATH": ours}
    command = [sys.executable, "-m", "dorsiflex.compiled", "--fingerprint", *([str(build)] if build else [])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotCompileError(f"a simulated walk failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.split()[0] if done.stdout.split()[1] == str(build is not None) else "not compiled"


def remove() -> None:
    """Every build of this user."""
    shutil.rmtree(_builds(), ignore_errors=True)


def _builds() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "dorsiflex" / "compiled"


def _run(command: list[str], folder: Path) -> None:
    # No fused multiply-add, which an ARM would round otherwise than Python does; `n == int(n)` is no error of C.
    flags = "-ffp-contract=off -Wno-error=tautological-compare"
    environment = {**os.environ, "CFLAGS": flags, "MYPYC_DEBUG_LEVEL": "0"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if "error: " in line.lower()]
        told = said[0].strip()[:200] if said else "no message"
        raise CannotCompileError(f"mypyc failed: {told}: is there a C compiler (`apt install gcc python3-dev`)?")


def _walk_and_print(build: Path | None) -> None:
    use(build)
    from config.load import default_document  # noqa: PLC0415 - after `use`
    from controller.controller import Controller  # noqa: PLC0415
    from controller.signals import Tick  # noqa: PLC0415
    from dorsiflex.assemble import bench_rig, open_rig  # noqa: PLC0415
    from dorsiflex.faults.campaign import show_walk  # noqa: PLC0415
    from dorsiflex.virtual_loop import VirtualLoop  # noqa: PLC0415
    from simulator.clock import VirtualClock  # noqa: PLC0415

    digest = hashlib.sha256()

    class Listener:
        def put(self, tick: Tick) -> None:
            digest.update(repr(tick).encode())

        def miss(self, tick: int) -> None:
            digest.update(f"missed {tick}".encode())

        def problem(self) -> str:
            return ""

    settings = default_document().settings
    for kind in _KINDS:
        simulation = settings.simulation.model_copy(update={"patient": kind})
        theirs = settings.model_copy(update={"simulation": simulation})
        rig = bench_rig(theirs, VirtualClock(), seed=1, wired=False, twin=False)
        open_rig(rig)
        loop = VirtualLoop(rig.parts, Controller(theirs).step, rig.clock, theirs.loop.rate_hz, Listener())
        loop.run(lambda t_s: t_s >= _SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        for number in _CAMPAIGN_WALKS:
            box = Path(folder) / f"{number}.dfx"
            digest.update(repr(show_walk(_CAMPAIGN_SEED, number, box)).encode() + box.read_bytes())
    sys.stdout.write(f"{digest.hexdigest()} {in_use()}\n")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compile controller and simulator for simulated time.")
    parser.add_argument("--remove", action="store_true", help="take every build away")
    parser.add_argument("--fingerprint", nargs="?", const="", metavar="BUILD", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fingerprint is not None:
        _walk_and_print(Path(asked.fingerprint) if asked.fingerprint else None)
        return
    if asked.remove:
        remove()
        return
    try:
        sys.stdout.write(f"compiled, and the same ticks: {build()}\n")
    except (CannotCompileError, OSError) as problem:
        with suppress(OSError):
            sys.stderr.write(f"not compiled: {problem}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
