"""The process that serves: gunicorn's, with two things done otherwise.

Requests that are no HTTP are refused as text: gunicorn does it in HTML, which no client of a
Virtual Observatory reads. And connections are closed by threads of their own: gunicorn 27 waits up
to 2 s for what a client still sends, in the loop that accepts connections, so that thirty clients
that are cut off kept all others out for a minute.
"""

from __future__ import annotations

import logging
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

__all__ = ["Worker"]

_LOG = logging.getLogger("satvo.worker")

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

_CLOSERS = 16

_TOLD = {
    HTTPStatus.REQUEST_URI_TOO_LONG: "the address is too long; send long queries by POST",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "the headers are too many or too long",
}


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker of threads, with refusals that programs can read."""

    def init_process(self) -> None:
        """Serve until told to stop."""
        self._closers = ThreadPoolExecutor(_CLOSERS, thread_name_prefix="closer")
        super().init_process()

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """Keep the connection for another request, or let a thread close it."""
        over = fs.cancelled() or (fs.exception() is None and not fs.result())
        if over:
            self.nr_conns -= 1
            self._closers.submit(conn.close, graceful=True)
        else:
            super().finish_request(conn, fs)

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
