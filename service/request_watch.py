"""Every request from its first line to its last byte: its id, its place, its line in the log."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask import Flask, Response, request
from satvo.schemas.errors import Busy
from satvo.service.journal import work_on
from satvo.service.metrics import Metrics

__all__ = ["RequestRecord", "RequestWatch", "request_record"]

_LOG = logging.getLogger("satvo.request")

_KEY = "satvo.record"
_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEPT_PATH = 200
_KEPT_QUERY = 2000

_ALWAYS = ("/health", "/metrics", "/control/")
"""What is answered however many clients there are, and logged only where details are."""

_PATIENCE_S = 0.25
"""How long a client waits for another one's place: its end may be a moment behind its answer."""


class Counted(Protocol):
    """An answer that counts its rows."""

    rows_written: int


@dataclass(slots=True)
class RequestRecord:
    """What is known of a request.

    Attributes
    ----------
    request_id : str
        The client's X-Request-ID if that is short and harmless, else made here.
    begun : float
        Of the clock that `time.perf_counter` reads, s.
    route : str
        The rule that its path fits; empty where none does.
    token_id, run_id, query : str or None
        Who asks, as what (RUNID), and for what, where that is known.
    answer : Counted or None
        Where its rows are counted.
    placed : bool
        Whether it has one of the places for clients.
    """

    request_id: str
    begun: float = field(default_factory=time.perf_counter)
    route: str = ""
    token_id: str | None = None
    run_id: str | None = None
    query: str | None = None
    answer: Counted | None = None
    placed: bool = False


def request_record() -> RequestRecord:
    """The record of the request that this thread answers, begun when it is first asked for."""
    record: RequestRecord | None = request.environ.get(_KEY)
    if record is None:
        given = request.headers.get("X-Request-ID", "")
        known = given if _HARMLESS.fullmatch(given) else secrets.token_hex(8)
        record = request.environ[_KEY] = RequestRecord(known)
    return record


class RequestWatch:
    """Watches the requests of an application.

    Parameters
    ----------
    metrics : Metrics
        Where they are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._places: threading.Semaphore | None = None

    def watch(self, app: Flask) -> None:
        """Begin to; before anything else is done for a request of this application."""
        app.before_request(self._begin)
        app.after_request(self._name)

    def limit(self, clients: int) -> None:
        """Answer so many at once and refuse more; needs a server that calls `end`."""
        self._places = threading.Semaphore(clients)

    def end(self, environ: Mapping[str, Any], status: int | None, sent: int) -> None:
        """Count and log a request whose last byte is sent, or whose client went away.

        Parameters
        ----------
        environ : mapping
            Its WSGI environment.
        status : int or None
        sent : int
            Bytes of its answer's body.
        """
        record: RequestRecord | None = environ.get(_KEY)
        if record is None:
            return
        if record.placed and self._places is not None:
            self._places.release()
        seconds = time.perf_counter() - record.begun
        rows = None if record.answer is None else record.answer.rows_written
        method = str(environ["REQUEST_METHOD"])
        self._metrics.request(record.route, method, status or 0, seconds, sent, rows or 0)
        path = str(environ.get("PATH_INFO", ""))
        level = logging.DEBUG if path.startswith(_ALWAYS) else logging.INFO
        if _LOG.isEnabledFor(level):
            facts = {
                "method": method,
                "path": _shortened(path, _KEPT_PATH),
                "status": status,
                "sent": sent,
                "seconds": round(seconds, 6),
                "token": record.token_id,
                "runid": record.run_id,
            }
            if rows is not None:
                facts["rows"] = rows
            if record.query is not None:
                facts["query"] = _shortened(record.query, _KEPT_QUERY)
            if sys.exc_info()[0] is not None:  # called while the connection's error is on its way
                facts["cut"] = True
            _LOG.log(level, "", extra={"facts": facts})
        work_on(None)

    def _begin(self) -> None:
        record = request_record()
        work_on("request", record.request_id)
        if self._places is not None and not request.path.startswith(_ALWAYS):
            record.placed = self._places.acquire(timeout=_PATIENCE_S)
            if not record.placed:
                raise Busy("the service answers as many clients as it can at once; try again")

    def _name(self, answer: Response) -> Response:
        record = request_record()
        record.route = "" if request.url_rule is None else request.url_rule.rule
        answer.headers["X-Request-ID"] = record.request_id
        return answer


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}..."
