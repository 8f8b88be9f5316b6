"""What packages register, ours and those of others.

Found by entry points (Python Packaging User Guide, "Entry points specification").
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from satvo.schemas.errors import BadParameter

__all__ = ["plugin", "plugins"]


@cache
def plugins(group: str) -> Mapping[str, Any]:
    """All of a kind by their NAME: the built-in ones first, then those of other packages.

    Parameters
    ----------
    group : str
        Of entry points, e.g. ``satvo.propagators``.

    Examples
    --------
    >>> next(iter(plugins("satvo.propagators")))
    'sgp4'
    """
    found = sorted(
        entry_points(group=group), key=lambda e: (not e.value.startswith("satvo."), e.name)
    )
    named: dict[str, Any] = {}
    for entry in found:
        loaded = entry.load()
        # The first of a name stays, so that no other package can change what a built-in name means.
        named.setdefault(loaded.NAME, loaded)
    return named


def plugin(group: str, name: str, kind: str) -> Any:
    """The one of a name.

    Parameters
    ----------
    group, name : str
    kind : str
        What they are called, for the message.

    Raises
    ------
    BadParameter
        If there is none.
    """
    known = plugins(group)
    if name not in known:
        raise BadParameter(f"{kind} {name[:40]!a}: there are {', '.join(known)}")
    return known[name]
