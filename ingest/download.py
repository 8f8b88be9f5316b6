"""One request to one host, streamed to disk: redirects, gzip, size, time and completeness checked.

It knows no provider, no cache and no rate rule; those are in `satvo.ingest.polite`. Addresses are
built by this package, never taken from a client.
"""

from __future__ import annotations

import email.utils
import gzip
import http.client
import io
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

from satvo.schemas.errors import BadParameter, Unavailable

__all__ = ["Answer", "check_base_url", "get"]

_CHUNK = 1 << 16
_LEAST_WAIT, _MOST_WAIT = timedelta(minutes=1), timedelta(days=7)
_MOST_REDIRECTS = 3
# RFC 9110 section 15.4; the other 3xx codes name no single other place
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def check_base_url(base_url: str) -> str:
    """The address of a provider without a closing slash, once it is known to be one.

    Parameters
    ----------
    base_url : str
        Scheme http or https, a host, if need be a port and a path; no user, query or fragment.

    Raises
    ------
    BadParameter
        It is anything else.

    Examples
    --------
    >>> check_base_url("https://celestrak.org/")
    'https://celestrak.org'
    """
    try:
        parts = urllib.parse.urlsplit(base_url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or not base_url.isascii() or any(c in base_url for c in "@?# \t\r\n"):
        raise BadParameter(f"{base_url!r}: not an http or https address without user and query")
    return base_url.rstrip("/")


class _Body(io.RawIOBase):
    """The bytes of an answer as they come; ends in `Unavailable` when they are cut or too slow."""

    def __init__(self, response: http.client.HTTPResponse, deadline: float) -> None:
        super().__init__()
        self._response = response
        self._deadline = deadline
        self._missing = response.length  # None where the answer does not tell its length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer).cast("B")
        wanted = len(room) if self._missing is None else min(len(room), self._missing)
        if not wanted:
            return 0
        if time.monotonic() > self._deadline:
            raise Unavailable("sent its answer too slowly")
        try:
            piece = self._response.read1(wanted)
        except (OSError, http.client.HTTPException, ValueError) as err:
            raise Unavailable(f"broke its answer off ({_reason(err)})") from err
        if self._missing is not None:
            self._missing -= len(piece)
            if not piece:
                # read1 ends quietly when the connection closes early
                raise Unavailable(f"broke its answer off {self._missing} bytes before its end")
        room[: len(piece)] = piece
        return len(piece)


class Answer:
    """What a server said: its status, its headers, and a body to be read once.

    Attributes
    ----------
    status : int
        The HTTP status.
    reason : str
        The words that came with it.
    headers : mapping of str to str
        Looked up in any case.
    """

    def __init__(self, response: http.client.HTTPResponse, deadline: float) -> None:
        self.status = response.status
        self.reason = "".join(c for c in response.reason if c.isprintable())[:80]
        self.headers: Mapping[str, str] = cast("Mapping[str, str]", response.headers)
        self._response = response
        self._deadline = deadline

    def close(self) -> None:
        """End the connection, whether or not the body was read."""
        self._response.close()

    def validator(self, name: str) -> str:
        """A header to be sent back in a conditional request; empty where it cannot be."""
        value = self.headers.get(name) or ""
        return value if value.isascii() and value.isprintable() and len(value) < 1000 else ""

    def retry_after(self, now: datetime) -> timedelta | None:
        """How long Retry-After asks to wait, between a minute and a week; None where it does not.

        References
        ----------
        RFC 9110, "HTTP Semantics", section 10.2.3.
        """
        value = (self.headers.get("Retry-After") or "").strip()
        if value.isascii() and value.isdigit():
            wait = timedelta(seconds=min(int(value[:12]), _MOST_WAIT.total_seconds()))
        else:
            try:
                at = email.utils.parsedate_to_datetime(value)
            except ValueError:
                return None
            wait = at.replace(tzinfo=at.tzinfo or UTC) - now
        return max(_LEAST_WAIT, min(wait, _MOST_WAIT))

    def text(self, most: int = 4096) -> str:
        """The first `most` bytes of the body, on one line; empty where they cannot be read."""
        try:
            with closing(self._stream()) as stream:
                start = stream.read(most)
        except (Unavailable, OSError, EOFError, zlib.error):
            return ""
        words = " ".join(start.decode("utf-8", "replace").split())
        return "".join(c for c in words if c.isprintable())

    def write_to(self, file: BinaryIO, *, max_bytes: int) -> None:
        """Stream the decoded body into a file.

        Raises
        ------
        Unavailable
            It was cut, too slow, too large, or coded otherwise than asked for.
        OSError
            The file could not be written.
        """
        if (self._response.length or 0) > max_bytes:
            raise Unavailable(f"offered more than the {max_bytes} bytes accepted")
        size = 0
        with closing(self._stream()) as stream:
            while piece := _read(stream):
                size += len(piece)
                if size > max_bytes:
                    raise Unavailable(f"sent more than the {max_bytes} bytes accepted")
                file.write(piece)

    def _stream(self) -> io.BufferedIOBase:
        raw = io.BufferedReader(_Body(self._response, self._deadline), _CHUNK)
        coding = (self.headers.get("Content-Encoding") or "identity").strip().lower()
        if coding in ("gzip", "x-gzip"):
            return gzip.GzipFile(fileobj=raw, mode="rb")
        if coding != "identity":
            raise Unavailable("answered in a Content-Encoding that was not asked for")
        return raw


def _read(stream: io.BufferedIOBase) -> bytes:
    try:
        return stream.read(_CHUNK)
    except (gzip.BadGzipFile, EOFError, zlib.error) as err:
        raise Unavailable("sent gzip data that are cut or damaged") from err


def get(
    url: str,
    headers: Mapping[str, str],
    *,
    timeout_s: float,
    deadline_s: float,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """The answer to one GET, whatever its status; the caller closes it.

    Parameters
    ----------
    url : str
        An http or https address.
    headers : mapping of str to str
        Sent as given, to redirects too, since these stay on the host.
    timeout_s : float
        The longest silence of the server.
    deadline_s : float
        The longest time from here to the end of the body.
    form : mapping of str to str, optional
        Makes it a POST of these fields, of which no redirect is followed: what they hold is for
        this address alone.

    Raises
    ------
    Unavailable
        No answer came. The message is a verb phrase without its subject, for the caller to
        complete; so are those of `Answer.write_to`.

    Notes
    -----
    A redirect is followed on the same host and port, never from https to http, and at most three
    times; one that may not be followed is itself the answer. Proxies are taken from the
    environment as `urllib.request` takes them.
    """
    deadline = time.monotonic() + deadline_s
    opener = _opener()
    target: str | None = url
    body = None if form is None else urllib.parse.urlencode(form).encode("ascii")
    for _ in range(_MOST_REDIRECTS + 1):
        request = urllib.request.Request(target or url, body, dict(headers))  # noqa: S310 (checked)
        try:
            response = opener.open(request, timeout=timeout_s)
        except (OSError, http.client.HTTPException, ValueError) as err:
            raise Unavailable(f"did not answer ({_reason(err)})") from err
        answer = Answer(response, deadline)
        target = None if body is not None else _redirected(request.full_url, answer)
        if target is None:
            break
        answer.close()
    return answer


def _opener() -> urllib.request.OpenerDirector:
    """Nothing but http and https: no file or ftp address, no cookie, no redirect of its own."""
    opener = urllib.request.OpenerDirector()
    opener.addheaders = []
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _redirected(url: str, answer: Answer) -> str | None:
    """The address an answer leads to; None where it leads nowhere or may not be followed."""
    location = answer.headers.get("Location")
    if answer.status not in _REDIRECTS or not location:
        return None
    try:
        target = urllib.parse.urljoin(url, location).partition("#")[0]
        old, new = urllib.parse.urlsplit(url), urllib.parse.urlsplit(target)
        if new.scheme == old.scheme:
            allowed = new.netloc.lower() == old.netloc.lower()
        else:
            allowed = (new.scheme, new.port) == ("https", None) and new.hostname == old.hostname
    except ValueError:
        return None
    return target if allowed and target.isascii() and target.isprintable() else None


def _reason(err: BaseException) -> str:
    """What a network error says, without addresses of memory or files."""
    cause = getattr(err, "reason", None) or err
    if isinstance(cause, TimeoutError):
        return "timed out"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) if isinstance(cause, str) else type(cause).__name__
