"""A line of text that one process leaves for another: written once, read as often as one likes, nobody waits."""

import mmap

_LONGEST = 1000


class Notice:
    """Make it before the processes part. The first text that is posted stays."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _LONGEST + 8)
        self._length = memoryview(self._memory)[:8].cast("Q")

    def post(self, text: str) -> None:
        """Leave `text`, of which the first 1000 bytes are kept; nothing when it is empty or there is one already."""
        data = text.encode(errors="backslashreplace")[:_LONGEST]
        if data and not self._length[0]:
            self._memory[8 : 8 + len(data)] = data
            self._length[0] = len(data)

    @property
    def text(self) -> str:
        """What was left, or empty."""
        length = self._length[0]
        return self._memory[8 : 8 + length].decode(errors="replace") if length else ""
