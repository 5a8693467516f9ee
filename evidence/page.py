"""`docs/evidence.md`: what each campaign found when it was last run. `python -m evidence.page` writes it."""

import json
import sys
from typing import Any

from evidence.result import FOLDER

PAGE = FOLDER.parent / "evidence.md"
HEAD = """# Evidence

Made by `python -m evidence.page` from `docs/evidence/*.json`, which the commands themselves write. A sample is a run \
shorter than the goal asks for. All of it is in simulation, on the machine named; nothing here has met a Raspberry Pi, \
a real stimulator or a person. Dorsiflex is a research prototype, not a medical device.
"""


def page() -> str:
    """The page as Markdown, one section a campaign."""
    return HEAD + "".join(_section(json.loads(path.read_text())) for path in sorted(FOLDER.glob("*.json")))


def _section(record: dict[str, Any]) -> str:
    how = "" if record["whole"] else " (a sample)"
    rows = "".join(f"| {name} | {_text(value)} |\n" for name, value in record["figures"].items())
    return (
        f"\n## {record['title']}{how}\n\n"
        f"`{record['command']}`, {record['date']}, commit {record['commit']}, {record['machine']}\n\n"
        f"| what | figure |\n|---|---|\n{rows}"
    )


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> int:
    """Write the page."""
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
