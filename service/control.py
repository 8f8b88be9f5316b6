"""Commands beside a running server: they reach it over the socket in its home.

The socket has mode 0600, so whoever can connect owns the home. Files travel as streams, never as
paths, because the server must not read what only the caller may. Progress and result come back as
lines of JSON.
"""

from __future__ import annotations

import http.client
import json
import logging
import queue
import socket
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from urllib.parse import quote, unquote, urlencode

from flask import Blueprint, Response, abort, request
from satvo.ingest.load import LoadReport
from satvo.ingest.orbits.records import Rejected
from satvo.schemas import errors
from satvo.schemas.errors import SatvoError, Unavailable
from satvo.service.archive import Progress
from satvo.service.archive_access import archive
from satvo.service.config import Config
from satvo.service.parameters import read_parameters
from satvo.service.tap_request import tap_request
from werkzeug.exceptions import ClientDisconnected

__all__ = ["RemoteArchive", "control_blueprint", "server_answers"]

CHUNK = 1 << 16

_LOG = logging.getLogger("satvo.control")


# The server's side


def control_blueprint(config: Config) -> Blueprint:
    """The addresses under ``/control``, which exist on the home's socket only."""
    blueprint = Blueprint("control", __name__, url_prefix="/control")
    own = str(config.socket)

    @blueprint.before_app_request
    def only_by_socket() -> None:
        # Before every request: a blueprint's own hook does not see a wrong method.
        if not request.path.startswith("/control/"):
            return
        connection = request.environ.get("gunicorn.socket")
        name = connection.getsockname() if connection is not None else None
        if name not in (own, own.encode()):
            abort(404)
        # A catalogue file may be large, and its reader is bounded. None would mean the setting.
        request.max_content_length = sys.maxsize

    @blueprint.post("/ingest")
    def ingest() -> Response:
        holder = archive()
        stream = cast(BinaryIO, request.stream)
        name, format_, source = (
            unquote(request.headers.get(header, ""))
            for header in ("X-Name", "X-Format", "X-Source")
        )
        lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                report = holder.ingest(
                    stream,
                    name=name,
                    format=format_ or None,
                    source=source,
                    progress=lambda so_far: lines.put({"progress": asdict(so_far)}),
                )
                lines.put({"result": asdict(report)})
            except SatvoError as err:
                lines.put(_error_line(err))
                _swallow(stream)  # or the caller, still sending, would not read the answer
            except (OSError, ClientDisconnected):
                _LOG.warning("%s: the command that sent it went away", name)
            except Exception:
                lines.put(_error_line(Unavailable("the server could not finish; see its log")))
                _swallow(stream)
                raise
            finally:
                lines.put(None)

        threading.Thread(target=work, name="control-ingest", daemon=True).start()
        return Response(
            (json.dumps(line).encode() + b"\n" for line in iter(lines.get, None)),
            mimetype="application/x-ndjson",
        )

    @blueprint.post("/query")
    def query() -> Response:
        parameters = read_parameters(request)
        given = {name: parameters.single(name) or "" for name in ("QUERY", "FORMAT", "MAXREC")}
        answer = archive().answer(tap_request(given))
        return Response(answer, content_type=answer.media_type)

    @blueprint.get("/status")
    def status() -> Response:
        return _json({**archive().status(), "served": True, "url": config.public_url})

    @blueprint.get("/decayed/<int:norad_id>")
    def decayed(norad_id: int) -> Response:
        return _json({"decayed": archive().decayed(norad_id)})

    @blueprint.errorhandler(SatvoError)
    def tell(err: SatvoError) -> tuple[Response, int]:
        return _json(_error_line(err)), 409

    return blueprint


def _swallow(stream: BinaryIO) -> None:
    with suppress(OSError, ClientDisconnected):
        while stream.read(CHUNK):
            pass


def _json(content: Mapping[str, Any]) -> Response:
    return Response(json.dumps(content), mimetype="application/json")


def _error_line(err: SatvoError) -> dict[str, Any]:
    return {"error": str(err), "kind": type(err).__name__}


# The command's side


class RemoteArchive:
    """The archive of a running server; see `satvo.service.archive.ArchiveCommands`.

    Parameters
    ----------
    path : Path
        The server's socket.
    timeout_s : float
        How long one answer, or the next piece of it, may take, s.
    """

    def __init__(self, path: Path, *, timeout_s: float = 600.0) -> None:
        self._path = path
        self._timeout_s = timeout_s

    def ingest(
        self,
        stream: BinaryIO,
        *,
        name: str,
        format: str | None,
        source: str,
        progress: Progress,
    ) -> LoadReport:
        """Add what a file holds, sent as a stream."""
        headers = {
            "X-Name": quote(name),
            "X-Format": quote(format or ""),
            "X-Source": quote(source),
            "Transfer-Encoding": "chunked",
        }
        answer = self._ask(
            "POST", "/control/ingest", iter(lambda: stream.read(CHUNK), b""), headers
        )
        with answer, _ended("before the file was in; run the same command again"):
            for line in answer:
                told = json.loads(line)
                if "error" in told:
                    raise _raised(told)
                if "result" in told:
                    return _report(told["result"])
                progress(_report(told["progress"]))
        raise Unavailable("the server ended before the file was in; run the same command again")

    def query(self, text: str, *, format: str, maxrec: int | None) -> Generator[bytes, None, None]:
        """The answer to an ADQL query, in pieces."""
        fields = {"QUERY": text, "FORMAT": format}
        if maxrec is not None:
            fields["MAXREC"] = str(maxrec)
        answer = self._ask(
            "POST",
            "/control/query",
            urlencode(fields).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        return _pieces(answer)

    def status(self) -> Mapping[str, Any]:
        """What is here."""
        return self._json("/control/status")

    def decayed(self, norad_id: int) -> bool:
        """Whether an object is known to have decayed."""
        return bool(self._json(f"/control/decayed/{int(norad_id)}")["decayed"])

    def close(self) -> None:
        """Nothing is held between calls."""

    def _json(self, path: str) -> dict[str, Any]:
        with self._ask("GET", path) as answer, _ended("in its answer; ask again"):
            return cast(dict[str, Any], json.loads(answer.read()))

    def _ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        connection = _UnixConnection(self._path, self._timeout_s)
        try:
            connection.request(
                method,
                path,
                body,
                {**(headers or {}), "Connection": "close"},
                encode_chunked="Transfer-Encoding" in (headers or {}),
            )
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as err:
            raise Unavailable(
                f"the server of {self._path.parent} ended while it was asked "
                f"({err or 'no answer'}); run the same command again"
            ) from err
        if answer.status != 200:
            text = answer.read().decode("utf-8", "replace")
            try:
                told = json.loads(text)
            except ValueError:
                told = {"error": text.strip(), "kind": "Unavailable"}
            raise _raised(told)
        return answer


def server_answers(path: Path) -> bool:
    """Whether a server listens on a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _pieces(answer: IO[bytes]) -> Generator[bytes, None, None]:
    with answer, _ended("in the middle of its answer; ask again"):
        while piece := answer.read(CHUNK):
            yield piece


@contextmanager
def _ended(when: str) -> Iterator[None]:
    """Let an answer that breaks off be an error with a cause."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as err:
        raise Unavailable(f"the server ended {when}") from err


def _raised(told: Mapping[str, Any]) -> SatvoError:
    """The error that the server told, with the type it has there."""
    kind = getattr(errors, str(told.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, SatvoError)):
        kind = Unavailable
    return kind(str(told["error"]))


def _report(told: Mapping[str, Any]) -> LoadReport:
    return LoadReport(**{**told, "reasons": [Rejected(**reason) for reason in told["reasons"]]})
