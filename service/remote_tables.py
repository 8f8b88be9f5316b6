"""Tables fetched from an address that a client names, without letting it reach inside.

Only http and https, only public addresses unless the configuration names the host, checked after
name resolution and connected to as resolved, so that a second answer of the name server changes
nothing; redirects are checked in the same way. No proxy is used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["fetch_table"]

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 3
_TIMEOUT_S = 20.0
_CHUNK = 1 << 16

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses behind which a translator puts those of IPv4 (RFC 6052, section 2.1)."""

_COMPATIBLE = ipaddress.IPv6Network("::/96")
"""Addresses that once stood for those of IPv4 (RFC 4291, section 2.5.5.1)."""


def fetch_table(
    url: str, target: Path, *, max_bytes: int, max_seconds: float, hosts: frozenset[str]
) -> None:
    """Fetch what is at an address into a file.

    Parameters
    ----------
    url : str
    target : Path
    max_bytes : int
        More is refused.
    max_seconds : float
        How long it may take in all, s.
    hosts : frozenset of str
        Hosts that may be asked although their addresses are not public.

    Raises
    ------
    BadParameter
        For an address that is not accepted, or an answer other than 200.
    LimitExceeded
        For more bytes or time than is allowed.
    """
    deadline = time.monotonic() + max_seconds
    for _ in range(_MOST_REDIRECTS + 1):
        parts = _checked(url)
        connection = _connection(parts, _resolved(parts, hosts))
        connection.timeout = min(_TIMEOUT_S, max(0.1, deadline - time.monotonic()))
        try:
            connection.connect()
            with _cut_at(deadline, connection.sock):
                location = _answered(connection, parts, target, max_bytes)
        except (OSError, http.client.HTTPException, ValueError) as err:
            _check_time(url, deadline, max_seconds)
            raise BadParameter(f"UPLOAD: {url[:200]} could not be fetched") from err
        finally:
            connection.close()
        _check_time(url, deadline, max_seconds)  # what was cut looks as if it had ended
        if location is None:
            return
        url = urljoin(url, location)
    raise BadParameter(f"UPLOAD: {url[:200]} leads on more than {_MOST_REDIRECTS} times")


def _check_time(url: str, deadline: float, max_seconds: float) -> None:
    if time.monotonic() >= deadline:
        raise LimitExceeded(
            f"UPLOAD: {url[:200]} took more than {max_seconds:g} s to come; that is the most "
            "accepted"
        )


@contextmanager
def _cut_at(deadline: float, open_socket: socket.socket) -> Iterator[None]:
    """End what waits for a socket at a time.

    A host that sends a byte now and then outlasts the time limit of every single read. The
    connection itself is not asked for its socket: it forgets it when an answer has no length.
    """

    def cut() -> None:
        with suppress(OSError):
            open_socket.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _answered(
    connection: http.client.HTTPConnection, parts: SplitResult, target: Path, max_bytes: int
) -> str | None:
    """Save what is at an address; where it leads on, the address it names."""
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    connection.request("GET", path, headers={"User-Agent": "satvo", "Connection": "close"})
    answer = connection.getresponse()
    location = answer.getheader("Location")
    if answer.status in _REDIRECTS and location:
        return location
    if answer.status != 200:
        raise BadParameter(f"UPLOAD: {parts.geturl()[:200]} answered {answer.status}")
    size = 0
    with target.open("wb") as file:
        while piece := answer.read(_CHUNK):
            size += len(piece)
            if size > max_bytes:
                raise LimitExceeded(f"UPLOAD: the table has more than {max_bytes} bytes")
            file.write(piece)
    if answer.length:  # of the bytes announced, so many did not come
        raise http.client.IncompleteRead(b"", answer.length)
    return None


def _checked(url: str) -> SplitResult:
    refused = BadParameter(f"UPLOAD: {url[:200]!r} is not an http or https address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as err:
        raise refused from err
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain or port == 0:
        raise refused
    if parts.username is not None or parts.password is not None:
        raise BadParameter("UPLOAD: an address with a user name is not accepted")
    return parts


def _resolved(parts: SplitResult, hosts: frozenset[str]) -> str:
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as err:
        raise BadParameter(f"UPLOAD: there is no host {host[:100]}") from err
    addresses = [str(entry[4][0]) for entry in found]
    public = all(_is_public(ipaddress.ip_address(a.partition("%")[0])) for a in addresses)
    if not public and host not in hosts:
        raise BadParameter(
            f"UPLOAD: {host[:100]} is not a public address; send the table inline, by param:"
        )
    return addresses[0]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address, and any of IPv4 that it stands for, is one of the open network.

    Examples
    --------
    >>> [_is_public(ipaddress.ip_address(a)) for a in ("192.0.43.10", "64:ff9b::7f00:1")]
    [True, False]
    """
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    within = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _TRANSLATED or address in _COMPATIBLE:
        within.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return all(_is_public(each) for each in within if each is not None)


def _connection(parts: SplitResult, address: str) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    # Without a port http.client would take the end of an IPv6 address for one.
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port or 443, timeout=_TIMEOUT_S, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port or 80, timeout=_TIMEOUT_S)
    # http.client connects through this; the certificate is still checked against the name.
    connection._create_connection = (  # type: ignore[attr-defined]
        lambda named, timeout, source: socket.create_connection((address, named[1]), timeout)
    )
    return connection
