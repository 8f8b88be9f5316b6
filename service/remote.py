"""The archive of a running server, asked by a command over the socket in its home."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from urllib.parse import quote, urlencode

import pyarrow as pa
from satvo.ingest.images.batches import ImageFile, ImageReport
from satvo.ingest.load import LoadReport
from satvo.ingest.orbits.records import Rejected
from satvo.resources.passes.chosen import Chosen
from satvo.schemas import errors
from satvo.schemas.errors import SatvoError, Unavailable
from satvo.service.archive_commands import Progress
from satvo.service.builds import packed, unpack
from satvo.service.image_stream import packed_images

__all__ = ["RemoteArchive", "server_answers"]

CHUNK = 1 << 16


class RemoteArchive:
    """The archive of a running server; see `satvo.service.archive_commands.ArchiveCommands`.

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

    def renew_statuses(self) -> Mapping[str, int]:
        """Derive what the orbit of each satellite does."""
        return cast(Mapping[str, int], self._json("/control/statuses", "POST")["statuses"])

    def kept_tables(self) -> list[dict[str, Any]]:
        """The tables of all tokens."""
        return cast(list[dict[str, Any]], self._json("/control/tables")["tables"])

    def drop_kept_table(self, owner: str, name: str) -> None:
        """Remove a table of a token."""
        self._json(f"/control/tables/{quote(owner, safe='')}/{quote(name, safe='')}", "DELETE")

    def observers(self) -> list[dict[str, Any]]:
        """The registered observers."""
        return cast(list[dict[str, Any]], self._json("/control/observers")["observers"])

    def add_observer(self, name: str, at: str | None, facility: str | None) -> dict[str, Any]:
        """Register one."""
        body = json.dumps({"name": name, "at": at, "facility": facility}).encode()
        return self._json("/control/observers", "POST", body)

    def drop_observer(self, name: str) -> None:
        """Forget one."""
        self._json(f"/control/observers/{quote(name, safe='')}", "DELETE")

    def plans(self) -> list[dict[str, Any]]:
        """The registered plans."""
        return cast(list[dict[str, Any]], self._json("/control/plans")["plans"])

    def add_plan(self, name: str, rows: pa.Table, *, replace: bool) -> int:
        """Register a plan."""
        return self._put_rows("plans", name, rows, replace)

    def drop_plan(self, name: str) -> int:
        """Forget a plan."""
        return int(self._json(f"/control/plans/{quote(name, safe='')}", "DELETE")["rows"])

    def held_elsewhere(self) -> list[dict[str, Any]]:
        """The collections of images held elsewhere."""
        return cast(list[dict[str, Any]], self._json("/control/obscore")["collections"])

    def add_held_elsewhere(self, name: str, rows: pa.Table, *, replace: bool) -> int:
        """Register one."""
        return self._put_rows("obscore", name, rows, replace)

    def drop_held_elsewhere(self, name: str) -> int:
        """Forget one."""
        return int(self._json(f"/control/obscore/{quote(name, safe='')}", "DELETE")["rows"])

    def _put_rows(self, where: str, name: str, rows: pa.Table, replace: bool) -> int:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as writer:
            writer.write_table(rows)
        path = f"/control/{where}/{quote(name, safe='')}?replace={int(replace)}"
        return int(self._json(path, "PUT", sink.getvalue().to_pybytes())["rows"])

    def maps(self) -> list[dict[str, Any]]:
        """The registered maps of pass probabilities."""
        return cast(list[dict[str, Any]], self._json("/control/maps")["maps"])

    def drop_map(self, map_id: str) -> int:
        """Forget a map."""
        return int(self._json(f"/control/maps/{quote(map_id, safe='')}", "DELETE")["pixels"])

    def add_images(self, files: Iterable[ImageFile]) -> Iterator[ImageReport]:
        """Add images, sent as one stream."""
        headers = {"Transfer-Encoding": "chunked"}
        answer = self._ask("POST", "/control/images", packed_images(files), headers)
        ended = "before all images were in; run the same command again"
        with answer, _ended(ended):
            for line in answer:
                told = json.loads(line)
                if "error" in told:
                    raise _raised(told)
                if "end" in told:
                    return
                lists = {key: tuple(told[key]) for key in ("missing", "doubtful")}
                yield ImageReport(**{**told, **lists})
        raise Unavailable(f"the server ended {ended}")

    def images_listed(self, collection: str | None) -> list[dict[str, Any]]:
        """The files of the archive."""
        asked = f"?{urlencode({'collection': collection})}" if collection is not None else ""
        return cast(list[dict[str, Any]], self._json(f"/control/images{asked}")["images"])

    def image_row(self, name: str) -> dict[str, Any]:
        """What is known of one."""
        return self._json(f"/control/images/one?{urlencode({'name': name})}")

    def drop_image(self, name: str) -> None:
        """Remove one."""
        self._json(f"/control/images/one?{urlencode({'name': name})}", "DELETE")

    def add_cases(
        self, rows: Sequence[Mapping[str, Any]], trails: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add test cases."""
        body = json.dumps({"rows": list(rows), "trails": list(trails)}).encode()
        self._json("/control/cases", "POST", body)

    def suite(self) -> list[dict[str, Any]]:
        """What the test suite covers."""
        return cast(list[dict[str, Any]], self._json("/control/cases")["cells"])

    def drop_case(self, case_id: str) -> None:
        """Forget a test case."""
        self._json(f"/control/cases/{quote(case_id, safe='')}", "DELETE")

    def elements(self, noon: float, max_age_d: float, chosen: Chosen) -> pa.Table:
        """Of each satellite the set nearest to a time."""
        told = {"noon": noon, "max_age_d": max_age_d, **_told(chosen)}
        return self._table("/control/elements", told)

    def ephemerides(
        self, first: float, last: float, chosen: Chosen, ephemeris_id: str | None = None
    ) -> pa.Table:
        """Ephemeris files of a span of time."""
        told = {"first": first, "last": last, "ephemeris_id": ephemeris_id, **_told(chosen)}
        return self._table("/control/ephemerides", told)

    def prepare_build(self, name: str, parameters: Mapping[str, str], folder: Path) -> None:
        """Write what a build needs."""
        kind = {"Content-Type": "application/json"}
        body = json.dumps(dict(parameters)).encode()
        path = f"/control/builds/{quote(name, safe='')}/prepare"
        with self._ask("POST", path, body, kind) as answer, _ended("in its answer; ask again"):
            unpack(answer, folder)

    def register_build(self, name: str, folder: Path) -> dict[str, Any]:
        """Take in what was computed."""
        path = f"/control/builds/{quote(name, safe='')}/register"
        headers = {"Transfer-Encoding": "chunked"}
        with (
            self._ask("POST", path, packed(folder), headers) as answer,
            _ended("in its answer; look whether the rows are there"),
        ):
            return cast(dict[str, Any], json.loads(answer.read()))

    def backup(self) -> Generator[bytes, None, None]:
        """A backup of the home, in pieces."""
        return _pieces(self._ask("GET", "/control/backup"))

    def close(self) -> None:
        """Nothing is held between calls."""

    def _table(self, path: str, asked: dict[str, Any]) -> pa.Table:
        kind = {"Content-Type": "application/json"}
        with (
            self._ask("POST", path, json.dumps(asked).encode(), kind) as answer,
            _ended("in its answer; ask again"),
        ):
            return pa.ipc.open_stream(answer.read()).read_all()

    def _json(self, path: str, method: str = "GET", body: bytes | None = None) -> dict[str, Any]:
        kind = {"Content-Type": "application/json"} if body else None
        with self._ask(method, path, body, kind) as answer, _ended("in its answer; ask again"):
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


def _told(chosen: Chosen) -> dict[str, Any]:
    """As JSON has it."""
    told = chosen.arguments()
    if chosen.as_known_at is not None:
        told["as_known_at"] = chosen.as_known_at.isoformat()
    return told


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
