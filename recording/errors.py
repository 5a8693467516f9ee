"""What a recording may raise: one line that says what is wrong, where, and what to do next."""

import errno
import os
from pathlib import Path


class RecordingError(Exception):
    """A recording cannot be written, read or understood."""


class CannotWriteError(RecordingError):
    """The disk is full, or the place may not be written."""


_CURES = {
    errno.EACCES: "not allowed",
    errno.EPERM: "not allowed",
    errno.EROFS: "the file system is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EIO: "the disk reports an error: check it before the next session",
}


def write_failed(problem: OSError, path: Path) -> CannotWriteError:
    """The error to raise when `path` could not be made or written."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return CannotWriteError(f"no space left on {path}: free space or choose another folder")
    if problem.errno in (errno.ENOTDIR, errno.EEXIST):
        return CannotWriteError(f"cannot write {path}: a file is in the place of its folder: choose another folder")
    if problem.errno == errno.EISDIR:
        return CannotWriteError(f"cannot write {path}: it is a folder: name a file in it")
    return CannotWriteError(f"cannot write {path}: {_reason(problem)}: choose another file or folder")


def read_failed(problem: OSError, path: Path) -> RecordingError:
    """The error to raise when `path` could not be opened or read."""
    if problem.errno == errno.ENOENT:
        return RecordingError(f"no such file: {path}: check the name")
    if problem.errno == errno.EISDIR:
        return RecordingError(f"cannot read {path}: it is a folder: name a file in it")
    return RecordingError(f"cannot read {path}: {_reason(problem)}")


def _reason(problem: OSError) -> str:
    if problem.errno is None:
        return str(problem) or type(problem).__name__
    return _CURES.get(problem.errno) or os.strerror(problem.errno).lower()
