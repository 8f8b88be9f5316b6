"""By which address an anonymous client is counted."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

__all__ = ["client_address"]


def client_address(environ: Mapping[str, Any], proxies: str) -> str:
    """The address that stands for the client of a request.

    Parameters
    ----------
    environ : mapping
        The WSGI environment.
    proxies : str
        Addresses, comma-separated, whose X-Forwarded-For is believed. Nothing of it is believed
        from others: anyone can write that header.

    Returns
    -------
    str
        An IPv4 address, or the /64 network of an IPv6 one, because each customer has a whole one
        (RFC 6177); empty for a client on the home's socket.

    Examples
    --------
    >>> forged = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    >>> client_address(forged, "")
    '192.0.2.1'
    >>> client_address(forged, "192.0.2.1")
    '198.51.100.7'
    >>> client_address({"REMOTE_ADDR": "2001:db8::1:2"}, "")
    '2001:db8::/64'
    """
    believed = {part.strip() for part in proxies.split(",")}
    address = str(environ.get("REMOTE_ADDR") or "")
    # Each proxy adds at the right whom it was asked by, so the first one not ours is the client.
    for added in reversed(str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
        if address not in believed or not added.strip():
            break
        address = added.strip()
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known.ipv4_mapped or known) if known.version == 6 else str(known)
