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
import time
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["fetch_table"]

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 3
_TIMEOUT_S = 20.0
_DEADLINE_S = 60.0
_CHUNK = 1 << 16


def fetch_table(url: str, target: Path, *, max_bytes: int, hosts: frozenset[str]) -> None:
    """Fetch what is at an address into a file.

    Parameters
    ----------
    url : str
    target : Path
    max_bytes : int
        More is refused.
    hosts : frozenset of str
        Hosts that may be asked although their addresses are not public.

    Raises
    ------
    BadParameter
        For an address that is not accepted, or an answer other than 200.
    LimitExceeded
        For more bytes or time than is allowed.
    """
    deadline = time.monotonic() + _DEADLINE_S
    for _ in range(_MOST_REDIRECTS + 1):
        parts = _checked(url)
        connection = _connection(parts, _resolved(parts, hosts))
        try:
            path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("GET", path, headers={"User-Agent": "satvo", "Connection": "close"})
            answer = connection.getresponse()
            location = answer.getheader("Location")
            if answer.status in _REDIRECTS and location:
                url = urljoin(url, location)
                continue
            if answer.status != 200:
                raise BadParameter(f"UPLOAD: {url[:200]} answered {answer.status}")
            _save(answer, target, max_bytes, deadline)
            return
        except (OSError, http.client.HTTPException, ValueError) as err:
            raise BadParameter(f"UPLOAD: {url[:200]} could not be fetched") from err
        finally:
            connection.close()
    raise BadParameter(f"UPLOAD: {url[:200]} leads on more than {_MOST_REDIRECTS} times")


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
    public = all(ipaddress.ip_address(a.partition("%")[0]).is_global for a in addresses)
    if not public and host not in hosts:
        raise BadParameter(
            f"UPLOAD: {host[:100]} is not a public address; send the table inline, by param:"
        )
    return addresses[0]


def _connection(parts: SplitResult, address: str) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=_TIMEOUT_S, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_S)
    # http.client connects through this; the certificate is still checked against the name.
    connection._create_connection = (  # type: ignore[attr-defined]
        lambda named, timeout, source: socket.create_connection((address, named[1]), timeout)
    )
    return connection


def _save(answer: http.client.HTTPResponse, target: Path, max_bytes: int, deadline: float) -> None:
    size = 0
    with target.open("wb") as file:
        while piece := answer.read(_CHUNK):
            size += len(piece)
            if size > max_bytes:
                raise LimitExceeded(f"UPLOAD: the table has more than {max_bytes} bytes")
            if time.monotonic() > deadline:
                raise LimitExceeded(f"UPLOAD: the table took more than {_DEADLINE_S:g} s to come")
            file.write(piece)
