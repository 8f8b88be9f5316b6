"""Requests that are no HTTP, refused as text by the worker that reads them.

gunicorn refuses them in HTML, which no client of a Virtual Observatory reads.
"""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

__all__ = ["Worker"]

_LOG = logging.getLogger("satvo.refusals")

_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    # Two that are the application's fault, not the client's.
    (errors.InvalidResponseHeader, HTTPStatus.INTERNAL_SERVER_ERROR),
    (errors.InvalidResponseHeaderName, HTTPStatus.INTERNAL_SERVER_ERROR),
    (errors.LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG),
    (errors.LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (errors.UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED),
    (errors.ExpectationFailed, HTTPStatus.EXPECTATION_FAILED),
    (errors.ParseException, HTTPStatus.BAD_REQUEST),
)

_TOLD = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "the address is too long; send long queries by POST",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "the headers are too many or too long",
}


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker of threads, with refusals that programs can read."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer a request that cannot be read, or that broke the server."""
        status = next(
            (code for kind, code in _STATUS if isinstance(exc, kind)),
            HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            _LOG.error("a request could not be answered", exc_info=exc)
        told = _TOLD.get(status, f"this request cannot be answered: {status.phrase}")
        body = f"{told}\n".encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nAccess-Control-Allow-Origin: *\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):  # the client went away
            client.sendall(head.encode() + body)
