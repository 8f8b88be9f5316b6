"""The element sets of Space-Track, as local files for the ingester."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from satvo.ingest.download import check_base_url, get
from satvo.ingest.polite import Fetched, Polite, Source, Verdict
from satvo.schemas.errors import BadParameter, Denied, NoOrbit, Unavailable
from satvo.schemas.satellite import FIRST_SIMULATED, is_analyst

__all__ = ["Credentials", "Spacetrack"]

_GP_EVERY = timedelta(hours=1)
_LIMITS = ((1, _GP_EVERY),)
"""Space-Track allows one download of GP data an hour. With its login each is two requests, far
within 30 a minute and 300 an hour."""
_MOST_OBJECTS = 1_000
_QUERY = "basicspacedata/query/class/gp"
_COOKIE = re.compile(r"chocolatechip=[A-Za-z0-9%._~+/=-]{1,400}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Name and password of an account; `repr` shows neither."""

    identity: str = field(repr=False)
    password: str = field(repr=False)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Credentials:
        """From SPACETRACK_IDENTITY and SPACETRACK_PASSWORD.

        Raises
        ------
        BadParameter
            If either is missing.
        """
        names = ("SPACETRACK_IDENTITY", "SPACETRACK_PASSWORD")
        if missing := [name for name in names if not environment.get(name)]:
            raise BadParameter(
                f"{' and '.join(missing)} not set; Space-Track needs an account of yours, given "
                "in these two variables of the environment"
            )
        return cls(*(environment[name] for name in names))


class Spacetrack:
    """What Space-Track publishes, fetched no more often than it allows.

    Parameters
    ----------
    cache : Path
        The folder under which the copies are kept, in a folder of their own.
    credentials : Credentials
        Sent to `base_url` alone, in the body of a POST, and stored nowhere.
    base_url : str
        https; http only on this machine, for a test.
    clock : callable
        The present time; without a zone it is taken as UTC.
    timeout_s, deadline_s : float
        The longest silence of the server, and the longest download.
    max_bytes : int
        The largest file accepted, after decoding.

    Raises
    ------
    BadParameter
        `base_url` is not such an address.

    Notes
    -----
    Methods raise `Unavailable` when Space-Track refuses, fails or cannot be reached, and `Denied`
    when it does not know the account; after that nothing is asked for ten minutes, because
    accounts are locked after several failures.

    References
    ----------
    Space-Track, "API documentation": use guidelines, class gp, POST /ajaxauth/login.
    """

    def __init__(
        self,
        cache: Path,
        credentials: Credentials,
        *,
        base_url: str = "https://www.space-track.org",
        clock: Callable[[], datetime],
        timeout_s: float = 60.0,
        deadline_s: float = 900.0,
        max_bytes: int = 512 * 2**20,
    ) -> None:
        self._base_url = _private(check_base_url(base_url))
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._polite = Polite(
            cache / "spacetrack",
            provider="Space-Track",
            clock=clock,
            timeout_s=timeout_s,
            deadline_s=deadline_s,
            max_bytes=max_bytes,
            limits=_LIMITS,
            authorise=self._log_in,
        )

    def catalogue(self) -> Fetched:
        """The current element sets of all objects in orbit, as OMM JSON."""
        return self._gp("decay_date/null-val/epoch/%3Enow-30", "gp-all.json", None)

    def objects(self, norad_ids: Iterable[int]) -> Fetched:
        """The current element sets of some objects, as OMM JSON, in one request.

        Parameters
        ----------
        norad_ids : iterable of int
            1 to 899999999, no analyst numbers; a thousand at most.

        Raises
        ------
        BadParameter
            A number is none of these, or there are none or too many.
        NoOrbit
            Space-Track has no element set for any of them.
        """
        numbers = sorted(set(norad_ids))
        if not 1 <= len(numbers) <= _MOST_OBJECTS:
            raise BadParameter(f"{len(numbers)} objects; 1 to {_MOST_OBJECTS} at once are accepted")
        for number in numbers:
            if not 1 <= number < FIRST_SIMULATED or is_analyst(number):
                raise BadParameter(
                    f"norad_id={number}: no number of the catalogue; 1 to {FIRST_SIMULATED - 1} "
                    "but for the analyst numbers 80000 to 89999 is accepted"
                )
        listed = ",".join(map(str, numbers))
        missing = NoOrbit(f"norad_id={listed[:80]}: Space-Track has no current element set")
        name = f"gp-{sha256(listed.encode()).hexdigest()[:16]}.json"
        return self._gp(f"NORAD_CAT_ID/{listed}", name, missing)

    def _gp(self, condition: str, name: str, missing: NoOrbit | None) -> Fetched:
        query = f"{_QUERY}/{condition}/orderby/NORAD_CAT_ID/emptyresult/show/format/json"
        url = f"{self._base_url}/{query}"
        return self._polite.fetch(Source(url, name, _GP_EVERY, _judge_gp, missing))

    def _log_in(self) -> Mapping[str, str]:
        """The cookie of a session."""
        form = {
            "identity": self._credentials.identity, "password": self._credentials.password,
        }  # fmt: skip
        answer = get(
            f"{self._base_url}/ajaxauth/login",
            {"Content-Type": "application/x-www-form-urlencoded"},
            timeout_s=self._timeout_s,
            deadline_s=self._timeout_s,
            form=form,
        )
        with closing(answer):
            told = answer.text(2000)
            # What the answer says is not repeated: it may hold what was sent.
            if answer.status in (401, 403) or '"Failed"' in told.replace(" ", ""):
                raise Denied(
                    "Space-Track does not accept SPACETRACK_IDENTITY and SPACETRACK_PASSWORD; "
                    "see that they are right, and wait ten minutes before you try again"
                )
            if answer.status != 200:
                raise Unavailable(f"answered the login with {answer.status}")
            cookies = answer.headers.get_all("Set-Cookie") or []  # type: ignore[attr-defined]
        found = next(filter(None, map(_COOKIE.match, cookies)), None)
        if found is None:
            raise Unavailable("answered the login without a session")
        return {"Cookie": found[0]}


def _private(base_url: str) -> str:
    """The address, if what is sent there is read by nobody on the way."""
    parts = urllib.parse.urlsplit(base_url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise BadParameter(f"{base_url}: a password is sent by https only; give such an address")
    return base_url


def _judge_gp(status: int, head: bytes, tail: bytes) -> Verdict:
    """What an answer to a GP query is; a rate limit has come with 200 and with 500."""
    words = " ".join(head.decode("utf-8", "replace").split()).lower()
    if "query rate limit" in words[:500]:
        return "too_soon"
    if status == 200 and words == "[]":
        return "missing"
    whole = head.lstrip().startswith(b"[") and tail.rstrip().endswith(b"]")
    return "good" if status == 200 and whole else "bad"
