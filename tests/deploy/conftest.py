"""A directory that looks enough like a Raspberry Pi's root, and real runs of deploy/install.sh on it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
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


KNOWN_GROUPS = ("gpio", "i2c", "dialout")

# Broken code in a test that runs as root must not reach the real ones.
SYSTEM_COMMANDS = ("apt-get", "useradd", "usermod", "userdel", "chown", "modprobe", "systemctl")


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
        self.traps = root.parent / "traps"
        self.trapped = root.parent / "trapped"
        self.traps.mkdir()
        for name in SYSTEM_COMMANDS:
            trap = self.traps / name
            trap.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.trapped}"\n')
            trap.chmod(0o755)

    def install(self, *options: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """Run install.sh; `answer` is what its question reads."""
        return subprocess.run(
            ["bash", str(DEPLOY / "install.sh"), "--root", str(self.root), "--no-packages", *options],
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=os.environ
            | {"PYTHON": sys.executable, "LC_ALL": "C.UTF-8", "PATH": f"{self.traps}:{os.environ['PATH']}"},
        )

    def add_user(self, *, groups: tuple[str, ...]) -> None:
        """Make the service user known in the fake /etc."""
        (self.root / "etc").mkdir(exist_ok=True)
        (self.root / "etc/passwd").write_text("dorsiflex:x:990:990::/var/lib/dorsiflex:/usr/sbin/nologin\n")
        lines = [f"{name}:x:9{i}:pi{',dorsiflex' if name in groups else ''}\n" for i, name in enumerate(KNOWN_GROUPS)]
        (self.root / "etc/group").write_text("".join(lines))

    def snapshot(self) -> dict[str, Entry]:
        """Mode, time of change and content of everything below the root."""
        return {str(path.relative_to(self.root)): entry(path) for path in sorted(self.root.rglob("*"))}


def entry(path: Path) -> Entry:
    """One line of a snapshot."""
    status = path.lstat()
    if path.is_symlink():
        content = str(path.readlink())
    else:
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return Entry(status.st_mode, status.st_mtime_ns, content)


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[FakePi]:
    """A fresh fake Raspberry Pi without Dorsiflex; fails when a command would have reached the real system."""
    fake = FakePi(tmp_path / "root")
    yield fake
    assert not fake.trapped.exists(), fake.trapped.read_text()
