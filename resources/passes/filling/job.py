"""Filling `satvo.ephemeris` and `satvo.transit` as jobs: elements and sites in, rows out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
from satvo.resources.ephemeris.build import elements_from_table
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.sites import Site, find_observer
from satvo.resources.passes.build import elements_file
from satvo.resources.passes.filling.above import count_above, ephemeris_rows
from satvo.resources.passes.filling.asked import MOST_ROWS, Asked, days_of, read_asked
from satvo.resources.passes.filling.pass_rows import pass_rows, transit_table
from satvo.resources.passes.filling.planned import planned_exposures
from satvo.resources.passes.light import brightness_of
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict_by_day
from satvo.schemas.ephemeris import EPHEMERIS
from satvo.schemas.errors import BadParameter
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.transit import TRANSIT

__all__ = ["run_ephemeris", "run_transits"]

Progress = Callable[[float], object]

_LOOKS_A_DAY = 8
_ROWS_AT_ONCE = 100_000
_SATELLITES_AT_ONCE = 4000
_MOST_PASSES = 10_000_000
_TABLE_BYTES = 200 << 20


@dataclass(slots=True)
class _Work:
    """What was asked, and what is written."""

    folder: Path
    asked: Asked
    observers: list[GroundObserver]
    sites: list[Site]
    batches: list[str] = field(default_factory=list)
    rows: int = 0

    def elements(self, noon: float) -> Elements:
        return elements_from_table(feather.read_table(elements_file(self.folder, noon)))

    def write(self, writer: Any, observer: str, rows: pa.Table) -> None:
        for batch in rows.combine_chunks().to_batches():
            writer.write_batch(batch)
            self.batches.append(observer)
            self.rows += batch.num_rows


def run_ephemeris(
    parameters: Mapping[str, str], folder: Path, uploads: Path, progress: Progress
) -> list[dict[str, Any]]:
    """Write what stands above each observer's horizon at each step of the span.

    Parameters
    ----------
    parameters : mapping
        Those that were prepared count.
    folder : Path
        Has what `satvo.resources.passes.filling.build.prepare_ephemeris` wrote; ``rows.arrow`` and
        ``filled.json`` are written.
    uploads : Path
        Not looked at.
    progress : callable
        Told the fraction done.

    Raises
    ------
    BadParameter
        If there would be more than `MOST_ROWS` rows; they are counted at eight instants a day.
    """
    work = _begun(folder)
    asked, days = work.asked, days_of(work.asked)
    a_step = _refuse_too_many(work, days)
    at_once = max(1, int(_ROWS_AT_ONCE / max(a_step, 1.0)))
    instants = asked.start_mjd + np.arange(asked.steps, dtype=np.float64) * (asked.step_s / 86400.0)
    done = 0
    with _writer(folder, EPHEMERIS) as writer:
        for noon, start, end in days:
            catalogue = Catalogue(work.elements(noon), most_bytes=_TABLE_BYTES)
            satellites = brightness_of(catalogue.elements)
            ours = instants[(instants >= start - 1e-9) & (instants < end - 1e-9)]
            for first in range(0, len(ours), at_once):
                frames = Frames.at(ours[first : first + at_once])
                for observer in work.observers:
                    rows = ephemeris_rows(
                        catalogue, satellites, observer, frames, max_age_d=asked.max_age_d
                    )
                    work.write(writer, observer.name, rows)
                done += len(frames.mjd_utc)
                progress(done / len(instants))
    return _ended(work, {})


def run_transits(
    parameters: Mapping[str, str], folder: Path, uploads: Path, progress: Progress
) -> list[dict[str, Any]]:
    """Write the passes above each observer's horizon, and the crossings of planned exposures.

    As `run_ephemeris`; the plans are in ``plans.arrow``.
    """
    work = _begun(folder)
    more: dict[str, Any] = {"kinds": list(work.asked.kinds), "exposures": [], "left_out": {}}
    share = 1.0 / len(work.asked.kinds)
    with _writer(folder, TRANSIT) as writer:
        if "pass" in work.asked.kinds:
            for done, observer, rows in _passes(work):
                work.write(writer, observer, rows)
                progress(done * share)
        if "fov" in work.asked.kinds:
            _cross(work, writer, more, lambda done: progress(1.0 - share + done * share))
    return _ended(work, more)


def _begun(folder: Path) -> _Work:
    given = json.loads((folder / "request.json").read_text("utf-8"))
    sites = [
        Site(
            *(row[n] for n in ("observer_id", "mpc_code", "facility_name", "lon", "lat", "height"))
        )
        for row in given["observers"]
    ]
    pairs = zip(sites, given["observers"], strict=True)
    wanted = [site.observer() for site, row in pairs if row["wanted"]]
    return _Work(folder, read_asked(given["parameters"], given["now_mjd"]), wanted, sites)


def _refuse_too_many(work: _Work, days: list[tuple[float, float, float]]) -> float:
    """How many rows an observer has at one instant; refuses what would be too much."""
    noon, start, end = days[len(days) // 2]
    catalogue = Catalogue(work.elements(noon), most_bytes=_TABLE_BYTES)
    looks = (np.arange(_LOOKS_A_DAY, dtype=np.float64) + 0.5) / _LOOKS_A_DAY
    frames = Frames.at(start + looks * (end - start))
    counts = [count_above(catalogue, observer, frames) for observer in work.observers]
    rows = sum(counts) * work.asked.steps
    if rows > MOST_ROWS:
        raise BadParameter(
            f"about {rows:,.0f} rows ({np.mean(counts):.0f} satellites above each of {len(counts)} "
            f"observers at {work.asked.steps} steps); at most {MOST_ROWS:,} are written at once: "
            "give fewer HOURS, a longer STEP, or fewer by OBSERVER or CONSTELLATION"
        )
    return float(np.mean(counts))


def _passes(work: _Work) -> Iterator[tuple[float, str, pa.Table]]:
    """Fraction done, observer and rows, some satellites at a time."""
    days = days_of(work.asked)
    days_d = sum(end - start for _, start, end in days)
    done = 0.0
    for noon, start, end in days:
        elements = work.elements(noon)
        most = 0.5 * float(np.sum(elements.mean_motion + 1.0)) * days_d * len(work.observers)
        if most > _MOST_PASSES:
            raise BadParameter(
                f"up to {most:,.0f} passes; {_MOST_PASSES:,} are written at once: give fewer "
                "HOURS, or fewer by OBSERVER or CONSTELLATION"
            )
        for first in range(0, len(elements), _SATELLITES_AT_ONCE):
            some = elements[slice(first, first + _SATELLITES_AT_ONCE)]
            catalogue = Catalogue(some, most_bytes=_TABLE_BYTES)
            satellites = brightness_of(some)
            done += (end - start) / days_d * len(some) / len(elements)
            for observer in work.observers:
                rows = pass_rows(
                    catalogue, satellites, observer, (start, end), max_age_d=work.asked.max_age_d
                )
                yield done, observer.name, rows


def _cross(work: _Work, writer: Any, more: dict[str, Any], progress: Progress) -> None:
    """The crossings of planned exposures; what they are of is noted."""
    plans = feather.read_table(work.folder / "plans.arrow").to_pylist()
    exposures, observers, left_out = planned_exposures(
        plans, lambda text: find_observer(text, work.sites)
    )
    wanted = {observer.name for observer in work.observers} if work.asked.observers else None
    options = Options(max_age_d=work.asked.max_age_d)
    seen: set[str] = set()
    groups = [
        (observers[facility], some)
        for (_, facility), some in exposures.items()
        if wanted is None or observers[facility].name in wanted
    ]
    first, last = (days_of(work.asked)[end][0] for end in (0, -1))

    def catalogue_of(noon: float) -> Catalogue:
        # The middle of the last exposure may be of the day after.
        return Catalogue(work.elements(min(max(noon, first), last)))

    for done, (observer, some) in enumerate(groups, 1):
        found = predict_by_day(some, observer, catalogue_of, options)
        rows = transit_table(found.columns)
        fresh = pa.array([each not in seen for each in rows["transit_id"].to_pylist()], pa.bool_())
        rows = rows.filter(fresh)  # the same plan under two names
        seen.update(rows["transit_id"].to_pylist())
        work.write(writer, observer.name, rows)
        more["exposures"] += [exposure.id for exposure in some]
        progress(done / len(groups))
    more["left_out"] = left_out
    progress(1.0)


def _writer(folder: Path, table: Any) -> Any:
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    return pa.ipc.new_file(folder / "rows.arrow", arrow_schema(table), options=options)


def _ended(work: _Work, more: dict[str, Any]) -> list[dict[str, Any]]:
    filled = {
        "start_mjd": work.asked.start_mjd,
        "end_mjd": work.asked.end_mjd,
        "keep_d": work.asked.keep_d,
        "observers": [observer.name for observer in work.observers],
        "batches": work.batches,
        "rows": work.rows,
        **more,
    }
    (work.folder / "filled.json").write_text(json.dumps(filled), "utf-8")
    for noon, _, _ in days_of(work.asked):
        elements_file(work.folder, noon).unlink(missing_ok=True)
    for name in ("request.json", "plans.arrow"):
        (work.folder / name).unlink(missing_ok=True)
    return [
        {"id": "rows", "file": "rows.arrow", "media_type": "application/vnd.apache.arrow.file"},
        {"id": "summary", "file": "filled.json", "media_type": "application/json"},
    ]
