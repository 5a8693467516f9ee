"""A directory that looks enough like a Raspberry Pi's root, and real runs of deploy/install.sh on it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
DEPLOY = CHECKOUT / "deploy"

BOOT_TEXT = """# http://rptl.io/configtxt

#dtparam=i2c_arm=on
dtoverlay=vc4-kms-v3d

[cm5]
dtoverlay=dwc2,dr_mode=host

[all]
"""


class Entry(NamedTuple):
    """What must not change in a file, link or directory."""

    mode: int
    modified_ns: int
    content: str


class FakePi:
    """A fake root directory. Every run has --root and --no-packages: no network, no command on the real system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.boot = root / "boot/firmware/config.txt"
        self.config = root / "etc/dorsiflex/dorsiflex.toml"
        self.unit = root / "etc/systemd/system/dorsiflex.service"
        self.boot.parent.mkdir(parents=True)
        self.boot.write_text(BOOT_TEXT, encoding="utf-8")

    def install(self, *options: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """Run install.sh; `answer` is what its question reads."""
        return run_install("--root", str(self.root), "--no-packages", *options, answer=answer)

    def add_user(self, *, groups: tuple[str, ...]) -> None:
        """Make the service user known in the fake /etc."""
        (self.root / "etc").mkdir(exist_ok=True)
        (self.root / "etc/passwd").write_text("dorsiflex:x:990:990::/var/lib/dorsiflex:/usr/sbin/nologin\n")
        lines = [f"{name}:x:9{i}:pi{',dorsiflex' if name in groups else ''}\n" for i, name in enumerate(KNOWN_GROUPS)]
        (self.root / "etc/group").write_text("".join(lines))

    def snapshot(self) -> dict[str, Entry]:
        """Mode, time of change and content of everything below the root."""
        return {str(path.relative_to(self.root)): entry(path) for path in sorted(self.root.rglob("*"))}


KNOWN_GROUPS = ("gpio", "i2c", "dialout")


def entry(path: Path) -> Entry:
    """One line of a snapshot."""
    status = path.lstat()
    if path.is_symlink():
        content = str(path.readlink())
    else:
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return Entry(status.st_mode, status.st_mtime_ns, content)


def run_install(*arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Run deploy/install.sh with exactly these arguments."""
    return subprocess.run(
        ["bash", str(DEPLOY / "install.sh"), *arguments],
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"PYTHON": sys.executable, "LC_ALL": "C.UTF-8"},
    )


@pytest.fixture
def pi(tmp_path: Path) -> FakePi:
    """A fresh fake Raspberry Pi without Dorsiflex."""
    return FakePi(tmp_path / "root")
