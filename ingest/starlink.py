"""The ephemerides that SpaceX publishes of its Starlink satellites, as local files."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from satvo.ingest.download import check_base_url
from satvo.ingest.orbits.itc import object_of_name
from satvo.ingest.polite import Fetched, Polite, Source, Verdict
from satvo.schemas.errors import BadParameter, NoOrbit

__all__ = ["Starlink"]

_MANIFEST_EVERY = timedelta(hours=1)
"""The manifest is written anew about three times a day."""
_FILE_EVERY = timedelta(days=7)
"""A file never changes: a newer one of the satellite has another name."""
_LIMITS = ((120, timedelta(minutes=1)),)
_FILE = re.compile(r"MEME_\d{1,9}_[A-Za-z0-9().-]{1,60}_\d{1,12}_[A-Za-z]{1,30}_\d{1,14}_"
                   r"UNCLASSIFIED\.txt", re.ASCII)  # fmt: skip
_MOST_FILES = 100_000
_MANIFEST_BYTES = 32 * 2**20


class Starlink:
    """What SpaceX publishes, fetched no more often than is useful; nothing is asked at creation.

    Parameters
    ----------
    cache : Path
        The folder under which the copies are kept, in a folder of their own.
    base_url : str
        The folder with MANIFEST.txt, or a mirror of it.
    clock : callable
        The present time; without a zone it is taken as UTC.
    timeout_s, deadline_s : float
        The longest silence of the server, and the longest download.
    max_bytes : int
        The largest file accepted; three days at 60 s have 2 MB.
    sleep : callable
        How to wait for a turn, s.

    Raises
    ------
    BadParameter
        `base_url` is not an http or https address.

    Notes
    -----
    Methods raise `Unavailable` when the server refuses, fails or cannot be reached. The whole
    constellation is some ten thousand files of 2 MB: ask for what you need.

    References
    ----------
    Space-Track, "Spaceflight Safety Handbook for Operators" (the format); the names follow the
    manifest as of 2026-08.
    """

    def __init__(
        self,
        cache: Path,
        *,
        base_url: str = "https://api.starlink.com/public-files/ephemerides",
        clock: Callable[[], datetime],
        timeout_s: float = 60.0,
        deadline_s: float = 900.0,
        max_bytes: int = 64 * 2**20,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._base_url = check_base_url(base_url)
        self._polite = Polite(
            cache / "starlink",
            provider="Starlink",
            clock=clock,
            timeout_s=timeout_s,
            deadline_s=deadline_s,
            max_bytes=max_bytes,
            limits=_LIMITS,
            sleep=sleep,
        )

    def manifest(self) -> Mapping[int, str]:
        """The name of the newest ephemeris of each satellite, by catalogue number.

        A line that is no name of an ephemeris is passed over: nothing from outside becomes part
        of an address or a path otherwise.
        """
        source = Source(
            f"{self._base_url}/MANIFEST.txt", "manifest.txt", _MANIFEST_EVERY, _judge_manifest
        )
        copy = self._polite.fetch(source).path
        if copy.stat().st_size > _MANIFEST_BYTES:
            raise BadParameter(f"the manifest of Starlink has over {_MANIFEST_BYTES} bytes")
        found: dict[int, str] = {}
        for line in copy.read_text("ascii", "replace").splitlines()[:_MOST_FILES]:
            name = line.strip()
            if _FILE.fullmatch(name) and (known := object_of_name(name)):
                found[known[0]] = name
        return found

    def file(self, name: str) -> Fetched:
        """The ephemeris of that name in the manifest.

        Raises
        ------
        BadParameter
            It is no such name.
        NoOrbit
            There is no such file any more.
        Unavailable
            No answer to be had now.
        """
        known = object_of_name(name)
        if known is None or _FILE.fullmatch(name) is None:
            raise BadParameter(f"{name[:80]!r}: not the name of an ephemeris of Starlink")
        gone = NoOrbit(f"{name}: no such file any more; a newer one is in the manifest")
        url = f"{self._base_url}/{name}"
        return self._polite.fetch(
            Source(url, f"meme-{known[0]}.txt", _FILE_EVERY, _judge_file, gone)
        )


def _judge_manifest(status: int, head: bytes, _tail: bytes) -> Verdict:
    return "good" if status == 200 and b"MEME_" in head else "bad"


def _judge_file(status: int, head: bytes, _tail: bytes) -> Verdict:
    if status in (404, 410):
        return "missing"
    return "good" if status == 200 and head.lstrip().startswith(b"created:") else "bad"
