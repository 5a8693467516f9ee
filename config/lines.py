"""Line numbers of the keys in a TOML text: what neither tomllib nor pydantic knows."""

import re
import tomllib
from bisect import bisect_left

KeyPath = tuple[str | int, ...]
"""Where a value is: ("leg", 0, "channel", 1, "current_ma")."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY_PART = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*""")
_SCALAR = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|[^,\]}\n#]+",
    re.DOTALL,
)


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
MOST_KEY_PARTS = 100


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line, from 1, of every key, table header and array item of a text that tomllib accepts.

    A table that is only implied (`a` in `[a.b]` or `a.b = 1`) has the line that first implies it.
    Raises ValueError, worded like tomllib's, when the text is not TOML after all or a dotted key is absurdly long.
    """
    return _Scanner(text).document()


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Line of a key; of the header of its table when the key is not there; 1 when the table is not there either."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def key_text(path: KeyPath) -> str:
    """A key as people read it: leg[0].channel[1].current_ma, counted from 0."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else f'"{printable(part)}"'
            text += f".{name}" if text else name
    return text


def printable(text: str) -> str:
    """A text on one line, with control characters escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class _Scanner:
    """One pass over the text. Values are skipped, not read: tomllib has read them already."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_ends = [i for i, character in enumerate(text) if character == "\n"]
        self.lines: dict[KeyPath, int] = {}
        self.items: dict[KeyPath, int] = {}

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self.blank()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.key_and_value(table)
            self.blank()
        return self.lines

    def header(self) -> KeyPath:
        line = self.line()
        is_item = self.text.startswith("[[", self.at)
        self.at += 2 if is_item else 1
        *outer, last = self.key()
        self.at += 2 if is_item else 1
        path: KeyPath = ()
        for part in outer:
            path = self.newest_item((*path, part))
            self.lines.setdefault(path, line)
        path = (*path, last)
        if is_item:
            self.lines.setdefault(path, line)
            self.items[path] = self.items.get(path, 0) + 1
            path = self.newest_item(path)
        self.lines[path] = line
        return path

    def newest_item(self, path: KeyPath) -> KeyPath:
        return (*path, self.items[path] - 1) if path in self.items else path

    def key_and_value(self, table: KeyPath) -> None:
        line = self.line()
        path = table
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.expect("=")
        self.blank()
        self.value(path)

    def key(self) -> list[str]:
        parts = []
        while True:
            found = _KEY_PART.match(self.text, self.at)
            if found is None:
                raise self.wrong("No key")
            self.at = found.end()
            part = found[1]
            parts.append(tomllib.loads(f"key = {part}")["key"] if part[0] in "\"'" else part)
            if not self.text.startswith(".", self.at):
                return parts
            if len(parts) == MOST_KEY_PARTS:
                raise self.wrong(f"Key of more than {MOST_KEY_PARTS} parts")
            self.at += 1

    def value(self, path: KeyPath) -> None:
        if self.text.startswith("[", self.at):
            self.array(path)
        elif self.text.startswith("{", self.at):
            self.inline_table(path)
        else:
            found = _SCALAR.match(self.text, self.at)
            if found is None:
                raise self.wrong("No value")
            self.at = found.end()

    def array(self, path: KeyPath) -> None:
        self.expect("[")
        count = 0
        while not self.closed("]"):
            self.lines[*path, count] = self.line()
            self.value((*path, count))
            count += 1

    def inline_table(self, path: KeyPath) -> None:
        self.expect("{")
        while not self.closed("}"):
            self.key_and_value(path)

    def closed(self, bracket: str) -> bool:
        self.blank()
        if self.text.startswith(",", self.at):
            self.at += 1
            self.blank()
        if self.text.startswith(bracket, self.at):
            self.at += 1
            return True
        return False

    def expect(self, character: str) -> None:
        if not self.text.startswith(character, self.at):
            raise self.wrong(f"No {character}")
        self.at += 1

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def wrong(self, what: str) -> ValueError:
        return ValueError(f"{what} (at line {self.line()}, column 1)")

    def line(self) -> int:
        return bisect_left(self.line_ends, self.at) + 1
