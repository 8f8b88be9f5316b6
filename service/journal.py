"""The log of the server: one JSON object a line on standard error, or plain lines for a person.

A line has time (UTC), level, logger, and the request or the job that its thread works on; after
them the message, and facts that its writer gives by ``extra={"facts": {...}}``. What clients send
is escaped, so that nobody can forge a line.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

from satvo.schemas.errors import BadParameter

__all__ = ["begin_journal", "work_on"]

_LEVELS = ("debug", "info", "warning", "error")

_SUBJECT: ContextVar[tuple[str, str] | None] = ContextVar("subject", default=None)


def work_on(kind: Literal["request", "job"] | None, name: str = "") -> None:
    """Let the lines that this thread logs from now on name what it works on.

    Parameters
    ----------
    kind : str or None
        ``request`` or ``job``; None when it is done.
    name : str
        Its id.
    """
    _SUBJECT.set(None if kind is None else (kind, name))


def begin_journal(level: str, form: str) -> None:
    """Send all that is logged, warned of or left uncaught in a thread to standard error.

    Parameters
    ----------
    level : str
        The least that is logged: debug, info, warning or error.
    form : str
        json, text, or auto: text where standard error is a terminal, json elsewhere.

    Raises
    ------
    BadParameter
        For another level or form.
    """
    if level.lower() not in _LEVELS:
        raise BadParameter(f"SATVO_LOG_LEVEL={level}: give one of {', '.join(_LEVELS)}")
    if form.lower() not in ("json", "text", "auto"):
        raise BadParameter(f"SATVO_LOG_FORMAT={form}: give json, text or auto")
    if form.lower() == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form.lower() == "json" else _TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    threading.excepthook = _log_uncaught


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = _facts(record)
        if record.exc_info:
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = _facts(record)
        head = [str(line.pop(name)) for name in ("time", "level", "logger")]
        message = json.dumps(line.pop("message", ""), ensure_ascii=False)[1:-1].replace('\\"', '"')
        facts = [f"{name}={json.dumps(value, default=str)}" for name, value in line.items()]
        text = " ".join(filter(None, (*head, message, *facts)))
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
    line: dict[str, Any] = {
        "time": f"{moment.isoformat(timespec='milliseconds')}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if (subject := _SUBJECT.get()) is not None:
        line[subject[0]] = subject[1]
    if message := record.getMessage():
        line["message"] = message
    line.update(getattr(record, "facts", {}))
    return line


def _log_uncaught(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        caught = (args.exc_type, args.exc_value, args.exc_traceback)
        name = "a thread" if args.thread is None else f"the thread {args.thread.name}"
        logging.getLogger("satvo").error("%s ended by an error", name, exc_info=caught)
