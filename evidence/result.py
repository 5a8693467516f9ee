"""What a campaign found, kept as JSON in `docs/evidence`; `python -m evidence.page` makes the table of it."""

import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "docs" / "evidence"


def save(
    name: str,
    title: str,
    figures: dict[str, int | float | str | bool | None],
    *,
    whole: bool,
    commit: str | None = None,
) -> None:
    """Keep the figures of one campaign under `name`, in the order in which they are to be read.

    `whole`: it was run as far as the goal asks; a shorter sample says so in the table and replaces no whole run.
    `commit`: the tree that was tried, if it is not this one.
    """
    path = FOLDER / f"{name}.json"
    if not whole and path.exists() and json.loads(path.read_text())["whole"]:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    record = {
        "title": title,
        "command": "python -m " + " ".join((_module(), *sys.argv[1:])),
        "whole": whole,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit or commit_now(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "figures": figures,
    }
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def _module() -> str:
    spec = sys.modules["__main__"].__spec__
    return spec.name if spec is not None else Path(sys.argv[0]).stem


def commit_now() -> str:
    """The commit, with a plus when anything but what the campaigns write has changed since."""
    here = FOLDER.parent.parent
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, check=False, cwd=here)
    command = ["git", "status", "--porcelain", "--", ".", ":!docs/evidence", ":!docs/evidence.md"]
    changed = subprocess.run(command, capture_output=True, check=False, cwd=here)
    return said.stdout.decode().strip() + ("+" if changed.stdout.strip() else "")
