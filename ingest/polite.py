"""Local copies of a provider's files, fetched no more often than the provider wishes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from satvo.ingest.cache_folder import NEVER, CacheFolder, FileState
from satvo.ingest.download import Answer, get
from satvo.schemas.errors import SatvoError, Unavailable

__all__ = ["Fetched", "Polite", "Source", "Verdict"]

Verdict = Literal["good", "missing", "too_soon", "bad"]
"""What an answer is: the file asked for, "no such thing", "asked too soon", or none of these."""

_PAUSE = timedelta(hours=2)
"""After an answer that brought nothing, where the provider did not say how long to wait."""
_OFFLINE = timedelta(minutes=10)
"""After no answer at all: the fault is as likely at this end."""
_MOST_WAITED = timedelta(minutes=1)
"""For a turn, where a provider limits how often it may be asked."""
_REFUSAL = "refusal.all"
"""Under this name the state of the whole provider is kept; there is no such file."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A local copy of a provider's file.

    Attributes
    ----------
    path : Path
        The copy; a later fetch replaces it whole.
    state : {"new", "unchanged", "cached"}
        Brought now; confirmed by the provider to be the latest; or not confirmed, because it is
        too early to ask again.
    url : str
        What is asked for.
    fetched_at : datetime
        UTC; when the copy was brought or last confirmed.
    not_before : datetime
        UTC; from when on the provider may be asked again.
    """

    path: Path
    state: Literal["new", "unchanged", "cached"]
    url: str
    fetched_at: datetime
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a provider offers.

    Attributes
    ----------
    url : str
        Where it is.
    name : str
        The name of the copy: [a-z0-9-], then a suffix.
    every : timedelta
        The shortest time between two requests.
    judge : callable
        The verdict on an answer, from its status and the first and last bytes of its body.
    missing : SatvoError, optional
        Raised where the provider has no such thing; None where it is known to have it.
    """

    url: str
    name: str
    every: timedelta
    judge: Callable[[int, bytes, bytes], Verdict]
    missing: SatvoError | None = None

    @property
    def pause(self) -> timedelta:
        """The wait after a request that brought nothing."""
        return min(self.every, _PAUSE)


class Polite:
    """The files of one provider, in one folder.

    Parameters
    ----------
    folder : Path
        Made when first needed; of no use to another provider.
    provider : str
        Its name, for messages.
    clock : callable
        The present time; without a zone it is taken as UTC.
    timeout_s, deadline_s : float
        The longest silence of the server, and the longest download.
    max_bytes : int
        The largest file accepted, after decoding.
    limits : sequence of (int, timedelta)
        How many files may be asked for within a time, whichever they are. A wait of up to a minute
        is waited here, a longer one is told.
    authorise : callable, optional
        Gives the headers that let this process in, just before each request; they stay on the host,
        and neither they nor what they hold is stored. It raises `Unavailable` with a verb phrase
        as `satvo.ingest.download` does, and any other `SatvoError` for its caller.
    sleep : callable
        How to wait, s.

    Notes
    -----
    One request runs at a time, over all threads and processes that share the folder. Nothing is
    tried twice: a failure is raised, remembered, and raised again without asking until its time is
    over. A request counts from before it is sent, so that a process killed half-way does not lead
    to a second one. No answer at all, 403 and 429 put off every file of the provider, other
    failures only the file asked for.
    """

    def __init__(
        self,
        folder: Path,
        *,
        provider: str,
        clock: Callable[[], datetime],
        timeout_s: float = 60.0,
        deadline_s: float = 900.0,
        max_bytes: int = 512 * 2**20,
        limits: Sequence[tuple[int, timedelta]] = (),
        authorise: Callable[[], Mapping[str, str]] | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._limits = limits
        self._authorise = authorise
        self._sleep = sleep
        self._folder = CacheFolder(folder)
        self._provider = provider
        self._clock = clock
        self._timeout_s = timeout_s
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        self._agent = f"satvo/{version('satvo')}"

    def fetch(self, source: Source) -> Fetched:
        """The local copy of a source, brought up to date if it is time to ask.

        Raises
        ------
        Unavailable
            There is none to be had now; the message says when to try again.
        SatvoError
            `source.missing`, where the provider has no such thing.
        """
        try:
            with self._folder.lock(wait_s=self._deadline_s + self._timeout_s):
                return self._fetch(source)
        except OSError as err:  # of the disk; network errors arrive as Unavailable
            raise Unavailable(
                f"the cache for {self._provider} cannot be used ({err.strerror or 'I/O error'}); "
                "see that its folder is writable and its disk not full"
            ) from err

    def _fetch(self, source: Source) -> Fetched:
        now = self._now()
        state = self._folder.load(source.name, now)
        if state.url != source.url:
            state = FileState(source.url)
        if now < state.not_before:
            return self._not_asked(source, state)
        refusal = self._folder.load(_REFUSAL, now)
        if now < refusal.not_before:
            raise self._unavailable(refusal, f"; {source.url} was not asked for")
        turn = self._turn(now)
        if turn - now > _MOST_WAITED:
            return self._no_turn(source, state, turn)
        if turn > now:
            self._sleep((turn - now).total_seconds())
            now = max(self._now(), turn)
        headers = {"User-Agent": self._agent, "Accept-Encoding": "gzip"}
        headers |= self._conditions(source, state)
        state = replace(state, not_before=now + source.pause, trouble="", missing=False)
        self._folder.save(source.name, state)
        try:
            headers |= self._let_in(source, state)
            if self._limits:
                self._folder.note(
                    now, max(each for _, each in self._limits), max(n for n, _ in self._limits)
                )
            answer = get(
                source.url, headers, timeout_s=self._timeout_s, deadline_s=self._deadline_s
            )
        except Unavailable as err:
            raise self._failed(source, state, str(err), _OFFLINE, everywhere=True) from err
        with closing(answer):
            if answer.status == 200:
                return self._store(source, state, answer)
            return self._without_body(source, state, answer)

    def _turn(self, now: datetime) -> datetime:
        """When one more file may be asked for, by the limits."""
        until = now
        for most, within in self._limits:
            times = self._folder.recent(now, within)
            if len(times) >= most:
                until = max(until, times[-most] + within)
        return until

    def _no_turn(self, source: Source, state: FileState, until: datetime) -> Fetched:
        """The copy, where too many others were asked for of late."""
        if not state.trouble and self._folder.path_of(source.name).is_file():
            return self._fetched(source, replace(state, not_before=until), "cached")
        limits = ", ".join(f"{most} in {within}" for most, within in self._limits)
        raise Unavailable(
            f"{self._provider} allows so many downloads: {limits} h; {source.url} was not asked "
            f"for; try again after {until:%Y-%m-%d %H:%M:%S} UTC"
        )

    def _let_in(self, source: Source, state: FileState) -> Mapping[str, str]:
        """The headers that let this process in; after a refusal nothing is asked for a while."""
        if self._authorise is None:
            return {}
        try:
            return self._authorise()
        except Unavailable:
            raise
        except SatvoError:
            self._failed(source, state, "did not let this account in", _OFFLINE, everywhere=True)
            raise

    def _conditions(self, source: Source, state: FileState) -> dict[str, str]:
        """The headers that ask only for a file that changed; none where no whole copy is."""
        copy = self._folder.path_of(source.name)
        if not copy.is_file() or copy.stat().st_size != state.size:
            return {}
        conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
        return {name: value for name, value in conditions.items() if value}

    def _store(self, source: Source, state: FileState, answer: Answer) -> Fetched:
        """Put the body of an answer in the place of the copy, if it is whole and good."""
        part = self._folder.part(source.name)
        try:
            with part.open("xb") as file:
                answer.write_to(file, max_bytes=self._max_bytes)
                file.flush()
                os.fsync(file.fileno())
            verdict = source.judge(200, *_ends(part))
            if verdict == "bad":
                raise Unavailable("answered 200 with something other than the file asked for")
            if verdict == "good":
                state = replace(state, size=part.stat().st_size, etag="", last_modified="")
                self._folder.settle(part)
        except Unavailable as err:
            raise self._failed(source, state, str(err), source.pause) from err
        finally:
            part.unlink(missing_ok=True)
        if verdict != "good":
            return self._nothing(source, state, verdict)
        return self._confirmed(source, state, answer, "new")

    def _without_body(self, source: Source, state: FileState, answer: Answer) -> Fetched:
        """What an answer other than 200 makes of the copy and its state."""
        if answer.status == 304 and self._conditions(source, state):
            return self._confirmed(source, state, answer, "unchanged")
        text = answer.text()
        verdict = source.judge(answer.status, text.encode(), b"")
        if verdict in ("missing", "too_soon"):
            return self._nothing(source, state, verdict)
        trouble = f"answered {answer.status} {answer.reason}".rstrip()
        if text and not text.startswith("<"):
            trouble += f" ({text[:200]})"
        if location := answer.headers.get("Location"):
            trouble += f", leading to {location[:200]!r}, which is not followed,"
        refused = answer.status in (403, 429)
        wait = _PAUSE if refused else source.pause
        wait = answer.retry_after(self._now()) or wait
        raise self._failed(source, state, trouble, wait, everywhere=refused)

    def _confirmed(
        self, source: Source, state: FileState, answer: Answer, news: Literal["new", "unchanged"]
    ) -> Fetched:
        """Remember that the copy is the latest, and the validators that came with the answer."""
        now = self._now()
        state = replace(
            state,
            fetched_at=now,
            not_before=now + source.every,
            etag=answer.validator("ETag") or state.etag,
            last_modified=answer.validator("Last-Modified") or state.last_modified,
        )
        self._folder.save(source.name, state)
        return self._fetched(source, state, news)

    def _nothing(self, source: Source, state: FileState, verdict: Verdict) -> Fetched:
        """Remember that a source is not there, or was asked for too soon."""
        missing = verdict == "missing"
        trouble = "has no such file" if missing and source.missing is None else ""
        until = self._now() + source.pause
        state = replace(state, not_before=until, missing=missing, trouble=trouble)
        self._folder.save(source.name, state)
        return self._not_asked(source, state)

    def _not_asked(self, source: Source, state: FileState) -> Fetched:
        """What is known of a source that may not be asked for yet."""
        if state.missing and source.missing is not None:
            raise source.missing
        if not state.trouble and self._folder.path_of(source.name).is_file():
            return self._fetched(source, state, "cached")
        raise self._unavailable(state)

    def _failed(
        self,
        source: Source,
        state: FileState,
        trouble: str,
        wait: timedelta,
        *,
        everywhere: bool = False,
    ) -> Unavailable:
        """Remember a failure, of the source or of the whole provider; the error that tells it."""
        state = replace(state, not_before=self._now() + wait, trouble=trouble)
        self._folder.save(source.name, state)
        if everywhere:
            self._folder.save(_REFUSAL, FileState(source.url, state.not_before, trouble=trouble))
        return self._unavailable(state)

    def _unavailable(self, state: FileState, also: str = "") -> Unavailable:
        if state.trouble:
            what = f"{state.trouble} when last asked for {state.url}{also}"
        else:
            what = f"was asked for {state.url} too recently, and no copy of it is here"
        when = f"{state.not_before:%Y-%m-%d %H:%M:%S} UTC"
        return Unavailable(f"{self._provider} {what}; try again after {when}")

    def _fetched(
        self, source: Source, state: FileState, news: Literal["new", "unchanged", "cached"]
    ) -> Fetched:
        path = self._folder.path_of(source.name)
        at = state.fetched_at
        if at == NEVER:  # the state was lost, the copy was not
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Fetched(path, news, source.url, at, state.not_before)

    def _now(self) -> datetime:
        now = self._clock()
        return now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The first 4096 and the last 64 bytes of a file."""
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(max(0, path.stat().st_size - 64))
        return head, file.read()
