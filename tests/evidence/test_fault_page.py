"""The page of faults is that of the table, and every anchor of the table leads into it."""

from controller.faults import FAULTS
from evidence.fault_table import PAGE, page


def test_the_page_is_the_one_that_the_table_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m evidence.fault_table"


def test_every_anchor_is_a_heading() -> None:
    headings = {line[3:] for line in page().splitlines() if line.startswith("## ")}
    for fault in FAULTS.values():
        where, _, heading = fault.anchor.partition("#")
        assert where == "docs/faults.md"
        assert heading in headings
