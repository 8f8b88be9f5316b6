"""The element sets and the satellite catalogue of CelesTrak, as local files for the ingester."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from satvo.ingest.download import check_base_url
from satvo.ingest.polite import Fetched, Polite, Source, Verdict
from satvo.schemas.errors import BadParameter, NoOrbit
from satvo.schemas.satellite import FIRST_SIMULATED, is_analyst

__all__ = ["Celestrak", "Fetched"]

_GP_EVERY = timedelta(hours=2)
"""CelesTrak renews GP data every two hours and blocks clients that ask for them more often."""
_SATCAT_EVERY = timedelta(days=7)
_LAST_NUMBER = 999_999_999


class Celestrak:
    """What CelesTrak publishes, fetched no more often than it wishes; nothing is asked at creation.

    Parameters
    ----------
    cache : Path
        The folder under which the copies are kept, in a folder of their own.
    base_url : str
        CelesTrak, or a mirror of it.
    clock : callable
        The present time; without a zone it is taken as UTC.
    timeout_s, deadline_s : float
        The longest silence of the server, and the longest download.
    max_bytes : int
        The largest file accepted, after decoding.

    Raises
    ------
    BadParameter
        `base_url` is not an http or https address.

    Notes
    -----
    All three methods raise `Unavailable` when CelesTrak refuses, fails or cannot be reached; the
    message says when to try again, and until then nothing is asked, in this process or another.
    An older copy is left where it is.

    References
    ----------
    CelesTrak, "A New Way to Obtain GP Data (aka TLEs)", T. S. Kelso, updated 2024 Sep 14:
    the queries GROUP and CATNR, FORMAT=JSON.

    Examples
    --------
    >>> from datetime import UTC
    >>> celestrak = Celestrak(Path("cache"), clock=lambda: datetime.now(UTC))
    >>> celestrak.group("../starlink")
    Traceback (most recent call last):
    satvo.schemas.errors.BadParameter: '../starlink': not a group of CelesTrak; ...
    """

    def __init__(
        self,
        cache: Path,
        *,
        base_url: str = "https://celestrak.org",
        clock: Callable[[], datetime],
        timeout_s: float = 60.0,
        deadline_s: float = 900.0,
        max_bytes: int = 512 * 2**20,
    ) -> None:
        self._base_url = check_base_url(base_url)
        self._polite = Polite(
            cache / "celestrak",
            provider="CelesTrak",
            clock=clock,
            timeout_s=timeout_s,
            deadline_s=deadline_s,
            max_bytes=max_bytes,
        )

    def group(self, name: str) -> Fetched:
        """The current element sets of a group, such as starlink, active or last-30-days.

        Parameters
        ----------
        name : str
            As CelesTrak spells it, in either case.

        Returns
        -------
        Fetched
            A file in OMM JSON.

        Raises
        ------
        BadParameter
            It is no name of a group, or CelesTrak has no such group.
        Unavailable
            No answer to be had now.
        """
        folded = name.casefold()
        if not re.fullmatch(r"[a-z0-9-]{1,40}", folded):
            raise BadParameter(
                f"{name[:60]!r}: not a group of CelesTrak; give letters, digits and hyphens, "
                "40 at most, e.g. starlink"
            )
        missing = BadParameter(
            f"{folded}: CelesTrak has no such group, or nothing in it now; its page "
            f"{self._base_url}/NORAD/elements/ lists them"
        )
        return self._gp(f"GROUP={folded}", f"group-{folded}.json", missing)

    def object(self, norad_id: int) -> Fetched:
        """The current element set of one object.

        Parameters
        ----------
        norad_id : int
            1 to 899999999, and not an analyst number.

        Returns
        -------
        Fetched
            A file in OMM JSON.

        Raises
        ------
        BadParameter
            The number is out of range, of a simulated satellite or of an analyst object.
        NoOrbit
            CelesTrak has no element set for it.
        Unavailable
            No answer to be had now.
        """
        number = int(operator.index(norad_id))
        if not 1 <= number <= _LAST_NUMBER:
            raise BadParameter(f"norad_id={number}: not within 1 to {_LAST_NUMBER}")
        if number >= FIRST_SIMULATED:
            raise BadParameter(
                f"norad_id={number}: a simulated satellite, which CelesTrak does not have; "
                f"give a number below {FIRST_SIMULATED}"
            )
        if is_analyst(number):
            raise BadParameter(
                f"norad_id={number}: an analyst number, given to one object after another, so "
                "that its element sets need not be of one object; give the catalogue number"
            )
        missing = NoOrbit(
            f"norad_id={number}: CelesTrak has no current element set; the object may have "
            "decayed, or its orbit may not be public"
        )
        return self._gp(f"CATNR={number}", f"object-{number}.json", missing)

    def catalogue(self) -> Fetched:
        """The satellite catalogue: what was launched, is in orbit, or decayed.

        Returns
        -------
        Fetched
            A file in the CSV of CelesTrak's SATCAT.

        Raises
        ------
        Unavailable
            No answer to be had now.
        """
        url = f"{self._base_url}/pub/satcat.csv"
        return self._polite.fetch(Source(url, "satcat.csv", _SATCAT_EVERY, _judge_satcat))

    def _gp(self, query: str, name: str, missing: BadParameter) -> Fetched:
        url = f"{self._base_url}/NORAD/elements/gp.php?{query}&FORMAT=json"
        return self._polite.fetch(Source(url, name, _GP_EVERY, _judge_gp, missing))


def _judge_gp(status: int, head: bytes, tail: bytes) -> Verdict:
    """What an answer to a GP query is; its refusals have come with 200 as well as 403 and 404."""
    words = " ".join(head.decode("utf-8", "replace").split()).lower()
    if words.startswith("gp data has not updated"):
        return "too_soon"
    if status == 404 or words.startswith(("no gp data found", "invalid query")):
        return "missing"
    if status != 200:
        return "bad"
    if words == "[]":
        return "missing"
    whole = head.lstrip().startswith(b"[") and tail.rstrip().endswith(b"]")
    return "good" if whole else "bad"


def _judge_satcat(status: int, head: bytes, _tail: bytes) -> Verdict:
    """What an answer to the request for the catalogue is; the header names its first column."""
    if status == 404:
        return "missing"
    named = head.startswith((b"OBJECT_NAME,", b"\xef\xbb\xbfOBJECT_NAME,"))
    return "good" if status == 200 and named else "bad"
