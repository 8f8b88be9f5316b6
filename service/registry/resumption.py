"""Resumption tokens: the arguments of a list and where to go on, in letters that need no escape.

They are not signed: a token says nothing that its client could not ask for by arguments, and all
it says is checked as those are.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

__all__ = ["pack", "unpack"]

_LONGEST = 4000


def pack(words: Mapping[str, str]) -> str:
    """One token of some named words.

    Examples
    --------
    >>> pack({"verb": "ListRecords", "after": "ivo://example.org/a"})[:16]
    'eyJhZnRlciI6Iml2'
    """
    text = json.dumps(words, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unpack(token: str) -> dict[str, str] | None:
    """The words of a token; None for anything that `pack` did not write.

    Examples
    --------
    >>> unpack(pack({"verb": "ListRecords"})), unpack("ListRecords")
    ({'verb': 'ListRecords'}, None)
    """
    if not token.isascii() or len(token) > _LONGEST:
        return None
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        words = json.loads(text)
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
        return None
    return words if pack(words) == token else None
