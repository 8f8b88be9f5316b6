"""The server's side of commands that run beside it: addresses on the socket in its home.

The socket has mode 0600, so whoever can connect owns the home. Files travel as streams, never as
paths, because the server must not read what only the caller may. Progress and result come back as
lines of JSON. The commands' side is `satvo.service.remote`.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote

import pyarrow as pa
from flask import Blueprint, Response, abort, request
from satvo.resources.passes.chosen import Chosen
from satvo.schemas.errors import SatvoError, Unavailable
from satvo.service.archive_access import archive
from satvo.service.builds import packed, unpack
from satvo.service.config import Config
from satvo.service.image_stream import unpacked_images
from satvo.service.parameters import read_parameters
from satvo.service.request_watch import request_record
from satvo.service.tap_request import tap_request
from werkzeug.exceptions import ClientDisconnected

__all__ = ["control_blueprint"]

CHUNK = 1 << 16

_LOG = logging.getLogger("satvo.control")


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

    blueprint.add_url_rule("/ingest", "ingest", _ingest, methods=["POST"])

    @blueprint.post("/query")
    def query() -> Response:
        parameters = read_parameters(request)
        given = {name: parameters.single(name) or "" for name in ("QUERY", "FORMAT", "MAXREC")}
        request_record().query = given["QUERY"]
        answer = archive().answer(tap_request(given))
        return Response(answer, content_type=answer.media_type)

    @blueprint.get("/status")
    def status() -> Response:
        return _json({**archive().status(), "served": True, "url": config.public_url})

    @blueprint.get("/backup")
    def backup() -> Response:
        return Response(archive().backup(), mimetype="application/zip")

    @blueprint.errorhandler(SatvoError)
    def tell(err: SatvoError) -> tuple[Response, int]:
        return _json(_error_line(err)), 409

    _add_orbits(blueprint)
    _add_tables(blueprint)
    _add_statuses(blueprint)
    _add_observers(blueprint)
    _add_plans(blueprint)
    _add_held_elsewhere(blueprint)
    _add_maps(blueprint)
    _add_images(blueprint)
    _add_cases(blueprint)
    _add_builds(blueprint, config)
    return blueprint


def _add_orbits(blueprint: Blueprint) -> None:
    @blueprint.post("/elements")
    def elements() -> Response:
        told = request.get_json()
        noon, max_age_d = told.pop("noon"), told.pop("max_age_d")
        return _arrow(archive().elements(noon, max_age_d, _chosen(told)))

    @blueprint.post("/ephemerides")
    def ephemerides() -> Response:
        told = request.get_json()
        first, last, name = (told.pop(each) for each in ("first", "last", "ephemeris_id"))
        return _arrow(archive().ephemerides(first, last, _chosen(told), name))


def _chosen(told: dict[str, Any]) -> Chosen:
    if told["as_known_at"]:
        told["as_known_at"] = datetime.fromisoformat(told["as_known_at"])
    return Chosen(**told)


def _arrow(table: pa.Table) -> Response:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Response(sink.getvalue().to_pybytes(), mimetype="application/vnd.apache.arrow.stream")


def _add_tables(blueprint: Blueprint) -> None:
    @blueprint.get("/tables")
    def tables() -> Response:
        return _json({"tables": archive().kept_tables()})

    @blueprint.delete("/tables/<owner>/<name>")
    def drop(owner: str, name: str) -> Response:
        archive().drop_kept_table(owner, name)
        return _json({})


def _add_statuses(blueprint: Blueprint) -> None:
    @blueprint.get("/decayed/<int:norad_id>")
    def decayed(norad_id: int) -> Response:
        return _json({"decayed": archive().decayed(norad_id)})

    @blueprint.post("/statuses")
    def statuses() -> Response:
        return _json({"statuses": dict(archive().renew_statuses())})


def _add_observers(blueprint: Blueprint) -> None:
    @blueprint.get("/observers")
    def observers() -> Response:
        return _json({"observers": archive().observers()})

    @blueprint.post("/observers")
    def add_observer() -> Response:
        told = request.get_json()
        return _json(archive().add_observer(told["name"], told["at"], told["facility"]))

    @blueprint.delete("/observers/<path:name>")
    def drop_observer(name: str) -> Response:
        archive().drop_observer(name)
        return _json({})


def _add_plans(blueprint: Blueprint) -> None:
    @blueprint.get("/plans")
    def plans() -> Response:
        return _json({"plans": archive().plans()})

    @blueprint.put("/plans/<path:name>")
    def add_plan(name: str) -> Response:
        rows = pa.ipc.open_stream(request.get_data()).read_all()
        replace = request.args.get("replace") == "1"
        return _json({"rows": archive().add_plan(name, rows, replace=replace)})

    @blueprint.delete("/plans/<path:name>")
    def drop_plan(name: str) -> Response:
        return _json({"rows": archive().drop_plan(name)})


def _add_held_elsewhere(blueprint: Blueprint) -> None:
    @blueprint.get("/obscore")
    def held_elsewhere() -> Response:
        return _json({"collections": archive().held_elsewhere()})

    @blueprint.put("/obscore/<path:name>")
    def add_held_elsewhere(name: str) -> Response:
        rows = pa.ipc.open_stream(request.get_data()).read_all()
        replace = request.args.get("replace") == "1"
        return _json({"rows": archive().add_held_elsewhere(name, rows, replace=replace)})

    @blueprint.delete("/obscore/<path:name>")
    def drop_held_elsewhere(name: str) -> Response:
        return _json({"rows": archive().drop_held_elsewhere(name)})


def _add_maps(blueprint: Blueprint) -> None:
    @blueprint.get("/maps")
    def maps() -> Response:
        return _json({"maps": archive().maps()})

    @blueprint.delete("/maps/<path:map_id>")
    def drop_map(map_id: str) -> Response:
        return _json({"pixels": archive().drop_map(map_id)})


def _add_builds(blueprint: Blueprint, config: Config) -> None:
    @blueprint.post("/builds/<name>/prepare")
    def prepare_build(name: str) -> Response:
        made = tempfile.TemporaryDirectory(prefix="build-", dir=config.home)
        try:
            archive().prepare_build(name, request.get_json(), Path(made.name))
        except BaseException:
            made.cleanup()
            raise

        def pieces() -> Iterator[bytes]:
            with made:
                yield from packed(Path(made.name))

        return Response(pieces(), mimetype="application/octet-stream")

    @blueprint.post("/builds/<name>/register")
    def register_build(name: str) -> Response:
        with tempfile.TemporaryDirectory(prefix="build-", dir=config.home) as made:
            unpack(cast(BinaryIO, request.stream), Path(made))
            return _json(archive().register_build(name, Path(made)))


def _add_images(blueprint: Blueprint) -> None:
    @blueprint.post("/images")
    def add_images() -> Response:
        def lines(stream: BinaryIO, tell: Callable[[dict[str, Any]], object]) -> None:
            for report in holder.add_images(unpacked_images(stream)):
                tell(asdict(report))
            tell({"end": True})

        holder = archive()
        return _told_while_read("images", lines)

    @blueprint.get("/images")
    def images() -> Response:
        return _json({"images": archive().images_listed(request.args.get("collection"))})

    @blueprint.get("/images/one")
    def image() -> Response:
        return _json(archive().image_row(request.args.get("name", "")))

    @blueprint.delete("/images/one")
    def drop_image() -> Response:
        archive().drop_image(request.args.get("name", ""))
        return _json({})


def _add_cases(blueprint: Blueprint) -> None:
    @blueprint.get("/cases")
    def suite() -> Response:
        return _json({"cells": archive().suite()})

    @blueprint.post("/cases")
    def add_cases() -> Response:
        told = request.get_json()
        archive().add_cases(told["rows"], told["trails"])
        return _json({})

    @blueprint.delete("/cases/<path:case_id>")
    def drop_case(case_id: str) -> Response:
        archive().drop_case(case_id)
        return _json({})


def _ingest() -> Response:
    """Add what the body holds; progress and result come back as lines while it is read."""
    holder = archive()
    name, format_, source = (
        unquote(request.headers.get(header, "")) for header in ("X-Name", "X-Format", "X-Source")
    )

    def work(stream: BinaryIO, tell: Callable[[dict[str, Any]], object]) -> None:
        report = holder.ingest(
            stream,
            name=name,
            format=format_ or None,
            source=source,
            progress=lambda so_far: tell({"progress": asdict(so_far)}),
        )
        tell({"result": asdict(report)})

    return _told_while_read(name, work)


def _told_while_read(
    name: str, work: Callable[[BinaryIO, Callable[[dict[str, Any]], object]], object]
) -> Response:
    """Lines of JSON that work on the body tells, while the body is still being read."""
    stream = cast(BinaryIO, request.stream)
    lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def carry_out() -> None:
        try:
            work(stream, lines.put)
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

    threading.Thread(target=carry_out, name="control-ingest", daemon=True).start()
    return Response(
        (json.dumps(line).encode() + b"\n" for line in iter(lines.get, None)),
        mimetype="application/x-ndjson",
    )


def _swallow(stream: BinaryIO) -> None:
    with suppress(OSError, ClientDisconnected):
        while stream.read(CHUNK):
            pass


def _json(content: Mapping[str, Any]) -> Response:
    return Response(json.dumps(content), mimetype="application/json")


def _error_line(err: SatvoError) -> dict[str, Any]:
    return {"error": str(err), "kind": type(err).__name__}
