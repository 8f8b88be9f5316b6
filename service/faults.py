"""Errors into answers: the only place where a cause becomes a status and a document."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from flask import Flask, Response, request
from satvo.schemas.errors import (
    AlreadyThere,
    BadParameter,
    Busy,
    Denied,
    LimitExceeded,
    NotFound,
    SatvoError,
    Unauthorized,
    Unavailable,
)
from satvo.service.request_watch import request_record
from satvo.service.votable import Info, error_document
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

__all__ = [
    "answer_faults", "cone_fault", "dali_fault", "json_fault", "soda_fault", "text_fault",
]  # fmt: skip

_LOG = logging.getLogger("satvo.faults")

Fault = Callable[[str, int], Response]

_STATUS: tuple[tuple[type[SatvoError], int], ...] = (
    (AlreadyThere, 409),
    (BadParameter, 400),
    (LimitExceeded, 400),
    (Unauthorized, 401),
    (Denied, 403),
    (NotFound, 404),
    (Busy, 429),
    (Unavailable, 503),
)

RETRY_AFTER_S = 5

_SODA_WORDS = {
    400: "UsageError", 401: "AuthenticationError", 403: "AuthorizationError", 404: "UsageError",
    429: "ServiceUnavailable", 503: "ServiceUnavailable",
}  # fmt: skip

CHALLENGE = 'ivoa_bearer standard_id="ivo://ivoa.net/std/BearerToken", Bearer realm="satvo"'
"""How a token is asked for (IVOA SSO 2.0 working draft of 2022-04-29, and RFC 6750)."""

_SWALLOWED_BYTES = 1 << 26
"""Read of a request that is too large, so that its sender comes to read the answer."""


def dali_fault(message: str, status: int) -> Response:
    """A VOTable with QUERY_STATUS=ERROR (DALI 1.1, section 4.4.1)."""
    return Response(error_document(message), status, mimetype="application/x-votable+xml")


def cone_fault(message: str, status: int) -> Response:
    """The same with what Simple Cone Search 1.03, section 2.3, has for it."""
    document = error_document(message, [Info("Error", message)])
    return Response(document, status, mimetype="application/x-votable+xml")


def json_fault(message: str, status: int) -> Response:
    """``{"error": ...}``."""
    return Response(json.dumps({"error": message}), status, mimetype="application/json")


def text_fault(message: str, status: int) -> Response:
    """A line of text."""
    return Response(message + "\n", status, mimetype="text/plain")


def soda_fault(message: str, status: int) -> Response:
    """A line of text that begins with the kind of error (SODA 1.0, section 5.2)."""
    if not message.startswith("MultiValuedParamNotSupported:"):
        message = f"{_SODA_WORDS.get(status, 'Error')}: {message}"
    return text_fault(message, status)


def answer_faults(app: Flask, choose: Callable[[str], Fault]) -> None:
    """Let every error of the application become an answer.

    Parameters
    ----------
    app : Flask
    choose : callable
        From the path of the request to the form of its errors.
    """

    def fault(err: Exception) -> Response:
        message, status = _told(err)
        if status == 413:
            _swallow_body()
        # pyvo looks at the status, and so at Retry-After, only where there is no VOTable to read.
        answer = (text_fault if status == 429 else choose(request.path))(message, status)
        if status in (429, 503):
            answer.headers["Retry-After"] = str(RETRY_AFTER_S)
        if status == 401:
            answer.headers["WWW-Authenticate"] = CHALLENGE
        if isinstance(err, HTTPException) and status == 405:
            answer.headers["Allow"] = ", ".join(sorted(getattr(err, "valid_methods", None) or ()))
        return answer

    app.register_error_handler(Exception, fault)


def _swallow_body() -> None:
    left = _SWALLOWED_BYTES
    try:
        while left > 0 and (piece := request.environ["wsgi.input"].read(1 << 16)):
            left -= len(piece)
    except OSError:  # the client went away
        pass


def _told(err: Exception) -> tuple[str, int]:
    """The message and the status of an error."""
    if isinstance(err, SatvoError):
        status = next((code for cause, code in _STATUS if isinstance(err, cause)), 500)
        if status in (500, 503):
            _LOG.warning("%s", err)
            return f"{err} ({_quoted()})", status
        return str(err), status
    if isinstance(err, RequestEntityTooLarge):
        limit = request.max_content_length
        return f"the request is too large; at most {limit} bytes and 100 parts are accepted", 413
    if isinstance(err, HTTPException):
        if err.code == 404:
            return f"{request.path}: there is no such address in this service", 404
        if err.code == 405:
            return f"{request.method} is not possible here", 405
        return str(err.description or err.name), err.code or 500
    _LOG.exception("fault at %s %s", request.method, request.path[:200])
    return f"the service made a mistake; its log knows more under {_quoted()}", 500


def _quoted() -> str:
    """How a client names this request to whoever has the log."""
    return f"request {request_record().request_id}"
