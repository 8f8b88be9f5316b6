"""Answers that a client may keep and ask after by their name (RFC 9110, section 8.8.3)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

__all__ = ["kept_answer", "unchanged"]

_SECONDS = 600
"""How long a client need not ask again."""


def kept_answer(name: str, media_type: str, make: Callable[[], bytes]) -> Response:
    """What is made, or 304 without making it where the client has it.

    Parameters
    ----------
    name : str
        The same as long as the content is (ETag).
    media_type : str
    make : callable
        Gives the content.
    """
    answer = unchanged(name)
    if answer is None:
        answer = Response(make(), content_type=media_type)
        _named(answer, name)
    return answer


def unchanged(name: str) -> Response | None:
    """The answer 304 where the client has what this name stands for; None where it has not."""
    if not request.if_none_match.contains_weak(name):
        return None
    return _named(Response(status=304), name)


def _named(answer: Response, name: str) -> Response:
    answer.set_etag(name)
    answer.cache_control.public = True
    answer.cache_control.max_age = _SECONDS
    return answer
