"""What the command hands back to a script."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of `dorsiflex`, the same for every sub-command."""

    OK = 0, "done"
    USAGE = 2, "the command line is wrong"
    BAD_CONFIG = 3, "the config or limits file has errors"
    BAD_FILE = 4, "a file is missing, unreadable or not what it should be"
    NO_DEVICE = 5, "a device is absent, busy or the wrong one, or no run answers"
    CANNOT_WRITE = 6, "the disk is full or the folder may not be written"
    LATCHED = 7, "ended with a latched fault"
    DIFFERENT = 8, "a replay differs from the recording"
    OUTSIDE_LIMITS = 9, "a score does not keep its limits, a fault campaign found harm, or a run refused a command"
    INTERNAL = 70, "a bug in Dorsiflex"
    INTERRUPTED = 130, "stopped with Ctrl-C"

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "ExitCode":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
