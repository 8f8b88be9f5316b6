"""A folder of fetched files and what is remembered of each, safe against crashes and rivals.

A file `x.json` has its state in `x.json.state`; `x.json.part` is a download not yet whole. Files
and states are written under another name, synchronised and renamed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from satvo.schemas.durable import sync_path
from satvo.schemas.errors import BadParameter, Busy

__all__ = ["NEVER", "CacheFolder", "FileState"]

NEVER = datetime.min.replace(tzinfo=UTC)
"""The time of what has not happened."""

_TIMES = "requests.times"
_FURTHEST = timedelta(days=8)
"""A request is put off by a week at most; a state that says more was written by a wrong clock."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What is remembered of a file.

    Attributes
    ----------
    url : str
        Where it comes from; empty where nothing is remembered.
    not_before : datetime
        UTC; from when on it may be asked for again.
    fetched_at : datetime
        UTC; when it was brought or last confirmed.
    size : int
        Of the file, in bytes; -1 where there was none.
    etag, last_modified : str
        The validators that came with it, or empty.
    trouble : str
        What went wrong at the last request, or empty.
    missing : bool
        Whether the last answer was that there is no such thing.
    """

    url: str = ""
    not_before: datetime = NEVER
    fetched_at: datetime = NEVER
    size: int = -1
    etag: str = ""
    last_modified: str = ""
    trouble: str = ""
    missing: bool = False


class CacheFolder:
    """A folder of files with their states; made at the first use.

    Parameters
    ----------
    path : Path
        The folder.

    Notes
    -----
    Everything but `path_of` is done by the holder of the lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def path_of(self, name: str) -> Path:
        """Where the file of that name is, or would be.

        Raises
        ------
        BadParameter
            The name is not of [a-z0-9-] with a suffix.
        """
        if not re.fullmatch(r"[a-z0-9-]{1,80}(\.[a-z]{1,5}){1,2}", name):
            raise BadParameter(f"{name!r}: not a name for a file in the cache")
        return self._path / name

    @contextmanager
    def lock(self, wait_s: float) -> Iterator[None]:
        """Hold the folder against all other threads and processes.

        Raises
        ------
        Busy
            Another one kept it for longer than `wait_s`.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        end = time.monotonic() + wait_s
        with (self._path / "lock").open("ab") as file:  # closing it releases the lock
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise Busy(
                            "another fetch from the same provider is running; wait"
                        ) from None
                    time.sleep(0.05)
            yield

    def load(self, name: str, now: datetime) -> FileState:
        """The state of a file; an empty one where what is stored makes no sense."""
        try:
            stored = json.loads(self.path_of(f"{name}.state").read_bytes())
            return _parsed(stored, now)
        except (
            FileNotFoundError,
            ValueError,
            TypeError,
            KeyError,
            ArithmeticError,
            RecursionError,
        ):
            return FileState()

    def save(self, name: str, state: FileState) -> None:
        """Store the state of a file."""
        written = asdict(state)
        for key in ("not_before", "fetched_at"):
            written[key] = written[key].isoformat()
        part = self.part(name + ".state")
        with part.open("x", encoding="ascii") as file:
            json.dump(written, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        self.settle(part)

    def recent(self, now: datetime, within: timedelta) -> list[datetime]:
        """When files were asked for in the time before now, as `note` was told, oldest first."""
        try:
            told = json.loads(self.path_of(_TIMES).read_bytes())
            times = sorted(datetime.fromisoformat(each).astimezone(UTC) for each in told)
        except (OSError, ValueError, TypeError, OverflowError, RecursionError):
            return []
        # A time in the future was written by a wrong clock.
        return [each for each in times if now - within < each <= now]

    def note(self, now: datetime, within: timedelta, most: int) -> None:
        """Remember that a file is asked for now, and the last `most` times within a time."""
        times = [*self.recent(now, within), now][-most:]
        part = self.part(_TIMES)
        with part.open("x", encoding="ascii") as file:
            json.dump([each.isoformat() for each in times], file)
            file.flush()
            os.fsync(file.fileno())
        self.settle(part)

    def part(self, name: str) -> Path:
        """The name to write a file under before it is whole, freed of what a crash left there."""
        part = self._path / f"{name}.part"
        part.unlink(missing_ok=True)
        return part

    def settle(self, part: Path) -> None:
        """Give a whole and synchronised file its name, in the place of the older one."""
        part.replace(part.with_suffix(""))
        sync_path(self._path)


def _parsed(stored: object, now: datetime) -> FileState:
    """A state as `CacheFolder.save` wrote it; ValueError, TypeError or KeyError otherwise."""
    if not isinstance(stored, dict):
        raise TypeError("a state is an object")
    values = {field.name: stored[field.name] for field in fields(FileState)}
    for key in ("not_before", "fetched_at"):
        values[key] = datetime.fromisoformat(values[key]).astimezone(UTC)
    state = FileState(**values)
    for field in fields(FileState):
        if type(getattr(state, field.name)) is not type(field.default):
            raise TypeError(f"{field.name} has the wrong type")
    validators = state.etag + state.last_modified  # these go into the headers of a request
    if not validators.isascii() or not validators.isprintable():
        raise ValueError("a validator that no header can hold")
    if state.not_before > now + _FURTHEST:
        raise ValueError("put off for too long")
    return state
