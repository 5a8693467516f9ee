"""How fast recordings are replayed, and what a step of the controller costs.

`python -m benchmarks.replay_speed [--minutes 5] [--recordings FOLDER] [--profile] [--json FILE]`

A black box of the default simulated person, replayed and compared byte for byte as `dorsiflex replay` does it; and CSV
recordings: those of a folder, or the same simulated walk as CSV. One core, processor time, best of several, without the
start of the program. Speeds are given for 200 rows a second, whatever the rate of a recording. As in `dorsiflex
replay`, the compiled controller is used where it has been built (`python -m dorsiflex.compiled`); the row of the step
says which.
"""

import cProfile
import gc
import io
import pstats
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from rich.console import Console

from dorsiflex import compiled

compiled.use()

from benchmarks.figures import Figure, parser, report  # noqa: E402 - from here on compiled, where there is a build
from benchmarks.replayed import record  # noqa: E402
from config.load import default_settings  # noqa: E402
from controller.controller import Controller  # noqa: E402
from controller.signals import Inputs  # noqa: E402
from dorsiflex.replay_command import ReplayOptions, replay  # noqa: E402
from recording.blackbox import TickRecord, read_black_box  # noqa: E402
from recording.csv_walk import IMU_COLUMNS  # noqa: E402

RATE_HZ = 200
REPEATS = 3
MOST_STEP_US, LEAST_SPEED = 12.0, 300.0
MOST_RECORDINGS = 12
PROFILE_ROWS = 30
AXIS = "+z"
"""Of the CSV that is made here; a recording that is somebody else's is only timed, its axis does not matter."""


def recorded_inputs(path: Path) -> list[Inputs]:
    """The inputs of a black box."""
    return [one.tick.inputs for one in read_black_box(path).records if isinstance(one, TickRecord)]


def write_csv(path: Path, inputs: list[Inputs]) -> None:
    """The readings of heel and shank as a recording that somebody else might have made."""
    text = io.StringIO()
    text.write(",".join(("time_s", *IMU_COLUMNS, "heel_contact")) + "\n")
    for one in inputs:
        heel, shank = one.readings.get("heel"), one.readings.get("shank")
        if heel is not None and shank is not None:
            text.write(",".join(f"{value:.6f}" for value in (one.t_s, *shank.values)) + f",{heel.values[0]:.0f}\n")
    path.write_text(text.getvalue(), encoding="utf-8")


def best_s(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Processor time of the fastest run, s."""
    times_s = []
    for _ in range(repeats):
        gc.collect()
        begin_s = process_time()
        work()
        times_s.append(process_time() - begin_s)
    return min(times_s)


def steps(inputs: list[Inputs]) -> None:
    """The controller over these inputs."""
    step = Controller(default_settings()).step
    for one in inputs:
        step(one)


def replayed(path: Path, sensors: str) -> None:
    """What `dorsiflex replay` does. Raises SystemExit when the replay differs."""
    options = ReplayOptions(path, sensors, "shank", AXIS, None, None, None)  # type: ignore[arg-type]
    code = replay(options, Console(file=io.StringIO()))
    if code:
        raise SystemExit(f"{path.name}: replay ended with exit code {code}")


def columns(path: Path) -> tuple[str, int]:
    """Which sensors a CSV recording has, and how many rows."""
    import gzip  # noqa: PLC0415 - only where recordings are zipped

    opened = gzip.open if path.name.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as file:
        names = file.readline().strip().split(",")
        rows = sum(1 for _ in file)
    heel = "heel_contact" in names or "heel_level" in names
    return ("both" if heel and "acc_x" in names else "heel" if heel else "imu"), rows


def recordings_in(folder: Path) -> list[Path]:
    """CSV recordings in a folder, without the files of reference events beside them; spread over all of them."""
    found = sorted(
        path
        for path in folder.rglob("*.csv*")
        if path.name.endswith((".csv", ".csv.gz")) and ".events." not in path.name and path.stat().st_size > 100_000
    )
    return found[:: max(1, len(found) // MOST_RECORDINGS)][:MOST_RECORDINGS]


def speed(paths: list[Path], repeats: int) -> tuple[float, int]:
    """Rows of these recordings a second of processor time, and how many rows there are. Skips what cannot be read."""
    took_s, rows = 0.0, 0
    for path in paths:
        try:
            sensors, its_rows = columns(path)
            took_s += best_s(lambda path=path, sensors=sensors: replayed(path, sensors), repeats)  # type: ignore[misc]
        except Exception as problem:  # noqa: BLE001 - other people's files: say so, and time the others
            sys.stdout.write(f"  {path.name} is left out: {problem}\n")
            continue
        rows += its_rows
    return (rows / took_s if took_s else 0.0), rows


def figures(minutes: float, recordings: Path | None, *, profile: bool) -> list[Figure]:
    """Measure all of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        box, made = folder / "walk.dfx", folder / "walk.csv"
        record(box, minutes)
        inputs = recorded_inputs(box)
        write_csv(made, inputs)
        step_us = 1e6 * best_s(lambda: steps(inputs)) / len(inputs)
        box_s = best_s(lambda: replayed(box, "both")) / len(inputs)
        rows_per_s, _ = speed([made], REPEATS)
        found = [
            Figure(
                f"controller's step, {'compiled' if compiled.in_use() else 'from source'}", step_us, "µs", MOST_STEP_US
            ),
            Figure("black box, in simulation: x real time", 1.0 / box_s / RATE_HZ, "", LEAST_SPEED, at_least=True),
            Figure("black box: a tick besides the step", 1e6 * box_s - step_us, "µs"),
            Figure("CSV, in simulation: x real time", rows_per_s / RATE_HZ, "", LEAST_SPEED, at_least=True),
            Figure("CSV: a row besides the step", 1e6 / rows_per_s - step_us, "µs"),
        ]
        if recordings is not None:
            paths = recordings_in(recordings)
            real_per_s, rows = speed(paths, 1)
            name_ = f"CSV, {len(paths)} real recordings, {rows} rows: x real time"
            found.append(Figure(name_, real_per_s / RATE_HZ, "", LEAST_SPEED, at_least=True))
        else:
            sys.stdout.write("no real recordings: name a folder with --recordings\n")
        if profile:
            profiler = cProfile.Profile()
            profiler.runcall(replayed, box, "both")
            pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(PROFILE_ROWS)
    return found


def main() -> None:
    """The command."""
    command = parser(__doc__)
    command.add_argument("--minutes", type=float, default=5.0, help="length of the simulated walk")
    command.add_argument("--recordings", type=Path, metavar="FOLDER", help="with .csv or .csv.gz recordings")
    command.add_argument("--profile", action="store_true", help="also print the functions that take the time")
    asked = command.parse_args()
    report(figures(asked.minutes, asked.recordings, profile=asked.profile), asked.json)


if __name__ == "__main__":
    main()
