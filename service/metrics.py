"""What the service does, in numbers that Prometheus reads (text exposition format 0.0.4).

Labels have few values: the rule that a path fits and never the path, a phase, a kind of job, a
table that is declared.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from satvo.ingest.confined.work import children_at_work
from satvo.schemas.store.interface import Load

__all__ = ["Metrics", "Sources"]

_METHODS = frozenset(("GET", "POST", "HEAD", "OPTIONS", "DELETE"))
_REQUEST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_JOB_S = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 7200)
_ROWS_KEPT_S = 60.0
"""How old the numbers of rows may be: counting them is cheap in one engine and not in another."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What is looked up when the numbers are asked for; none of it waits for the archive.

    Attributes
    ----------
    load : callable
        What the engine does; None while the archive is not open.
    rows : callable
        Rows of each table; None while the archive is not open.
    jobs : callable
        How many jobs there are of each kind and phase.
    spool_bytes : callable
        What files of slow clients' answers hold.
    """

    load: Callable[[], Load | None]
    rows: Callable[[], Mapping[str, int] | None]
    jobs: Callable[[], Mapping[tuple[str, str], int]]
    spool_bytes: Callable[[], int]


class Metrics:
    """The numbers of one application."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        name = ("route", "method", "status")
        self._requests = Counter(
            "satvo_http_requests", "Requests answered", name, registry=self.registry
        )
        self._seconds = Histogram(
            "satvo_http_request_duration_seconds",
            "From the head of a request to the last byte of its answer",
            ("route",),
            buckets=_REQUEST_S,
            registry=self.registry,
        )
        self._sent = Counter(
            "satvo_http_sent_bytes", "Bodies of answers", ("route",), registry=self.registry
        )
        self._rows = Counter(
            "satvo_rows_sent", "Rows of answers to queries", ("route",), registry=self.registry
        )
        self._jobs = Histogram(
            "satvo_job_duration_seconds",
            "Tries of jobs, by how they ended",
            ("kind", "phase"),
            buckets=_JOB_S,
            registry=self.registry,
        )
        about = Info("satvo_build", "The versions that run", registry=self.registry)
        about.info({name: version(name) for name in ("satvo", "duckdb", "pyarrow")})

    def request(
        self, route: str, method: str, status: int, seconds: float, sent: int, rows: int
    ) -> None:
        """Count a request that is answered."""
        known = method if method in _METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        self._sent.labels(route).inc(sent)
        if rows:
            self._rows.labels(route).inc(rows)

    def job(self, kind: str, phase: str, seconds: float) -> None:
        """Count a try of a job."""
        self._jobs.labels(kind, phase).observe(seconds)

    def look_at(self, sources: Sources) -> None:
        """Also tell what these know when they are asked."""
        self.registry.register(_Sampled(sources))

    def text(self) -> bytes:
        """All numbers as they are now."""
        return generate_latest(self.registry)


class _Sampled(Collector):
    """Numbers that are looked up when they are asked for."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lock = threading.Lock()
        self._rows: Mapping[str, int] = {}
        self._rows_until = 0.0

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()  # or they would be looked up before their sources are there

    def collect(self) -> Iterable[GaugeMetricFamily]:
        load = self._sources.load()
        queries = GaugeMetricFamily("satvo_queries", "Queries in the engine", labels=["state"])
        if load is not None:
            queries.add_metric(["working"], load.working)
            queries.add_metric(["waiting"], load.waiting)
        yield queries
        jobs = GaugeMetricFamily("satvo_jobs", "Jobs there are", labels=["kind", "phase"])
        for (kind, phase), count in self._sources.jobs().items():
            jobs.add_metric([kind, phase], count)
        yield jobs
        rows = GaugeMetricFamily("satvo_archive_rows", "Rows of each table", labels=["table"])
        for table, count in self._counted().items():
            rows.add_metric([table], count)
        yield rows
        for name, meaning, value in (
            ("satvo_archive_open", "Whether the archive can be asked", load is not None),
            (
                "satvo_spool_bytes",
                "Answers that wait for slow clients",
                self._sources.spool_bytes(),
            ),
            ("satvo_upload_children", "Uploads being read", children_at_work()),
            ("satvo_process_threads", "Threads of the process", _threads()),
        ):
            yield GaugeMetricFamily(name, meaning, value=float(value))

    def _counted(self) -> Mapping[str, int]:
        with self._lock:
            if time.monotonic() > self._rows_until:
                rows = self._sources.rows()
                if rows is None:
                    return {}
                self._rows = rows
                self._rows_until = time.monotonic() + _ROWS_KEPT_S
            return self._rows


def _threads() -> int:
    """Also those of libraries, which Python does not know."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())
