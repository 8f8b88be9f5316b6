"""Parameters of a request, by GET or POST, with names in any case (DALI 1.1, section 3)."""

from __future__ import annotations

from flask import Request
from satvo.schemas.errors import BadParameter
from werkzeug.exceptions import RequestEntityTooLarge

__all__ = ["Parameters", "read_parameters"]


class Parameters:
    """The parameters of one request; names are in upper case."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def single(self, name: str) -> str | None:
        """The value of a parameter that may be given once; None where it is not given.

        Raises
        ------
        BadParameter
            If it is given twice.
        """
        values = self._values.get(name, [])
        if len(values) > 1:
            raise BadParameter(f"{name} is given {len(values)} times; give it once")
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """Every value of a parameter that may be given more than once."""
        return self._values.get(name, [])

    def integer(self, name: str) -> int | None:
        """The same as a whole number from 0 on.

        Raises
        ------
        BadParameter
            If it is something else.
        """
        text = self.single(name)
        if text is None or text == "":
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise BadParameter(f"{name}={text[:40]}: not a whole number from 0 on")
        return int(text)


def read_parameters(request: Request) -> Parameters:
    """All parameters of a request, from its address and from its body.

    Raises
    ------
    BadParameter
        For a form of parts that cannot be told apart (RFC 7578, section 4).
    RequestEntityTooLarge
        For a form that goes on beyond the limit.
    """
    if request.mimetype == "multipart/form-data" and not request.mimetype_params.get("boundary"):
        raise BadParameter("the multipart/form-data of the request has no boundary")
    form = request.form
    # Of a body without a length Werkzeug reads what is allowed, and takes the rest for nothing.
    if request.mimetype == "application/x-www-form-urlencoded" and request.content_length is None:
        if request.environ["wsgi.input"].read(1):
            raise RequestEntityTooLarge
    if None in form or None in request.files:
        raise BadParameter("a part of the request has no name")
    values: dict[str, list[str]] = {}
    for source in (request.args, form):
        for name, texts in source.lists():
            values.setdefault(name.upper(), []).extend(texts)
    for name in request.files:
        values.setdefault(name.upper(), []).append("")
    return Parameters(values)
