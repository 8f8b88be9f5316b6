"""Clean windows: when no satellite is in the field of a target, and when best to begin.

The night is taken as exposures end to end; what `satvo.resources.passes.predict.predict` finds in
them are the times to be avoided.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Field, direction_of
from satvo.resources.passes.observability import altitude_deg, culminations, observable_spans
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict
from satvo.schemas.errors import BadParameter

__all__ = ["LONGEST_D", "Plan", "Starts", "Windows", "best_starts", "clean_windows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONGEST_D = 8.0
"""Of a plan; a night of 10 h takes some seconds with the whole catalogue."""

_PIECE_S = 3600.0
_EDGE_S = 0.01
"""Kept clear beside a crossing, more than the error of its computed ends."""
_MOST_ERROR_S = 60.0
_SHORTEST_D = 1e-3 / 86400.0


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is to be observed, and when it may be.

    Attributes
    ----------
    ra_deg, dec_deg : float
        The target, ICRS.
    shape : callable
        From a right ascension and a declination in deg to the field there.
    start_mjd, stop_mjd : float
        MJD in UTC; up to `LONGEST_D` days.
    exposure_s : float
        How long the shutter is open, up to a day.
    min_alt_deg, max_sun_alt_deg : float
        The target at least so high, the Sun at most; without refraction.
    sigmas : float
        By how many standard errors of its time, of up to a minute each, a crossing is widened.
    """

    ra_deg: float
    dec_deg: float
    shape: Callable[[float, float], Field]
    start_mjd: float
    stop_mjd: float
    exposure_s: float
    min_alt_deg: float = 30.0
    max_sun_alt_deg: float = -18.0
    sigmas: float = 1.0

    def __post_init__(self) -> None:
        direction_of(self.ra_deg, self.dec_deg, "target")
        if not 0.0 < self.stop_mjd - self.start_mjd <= LONGEST_D:
            raise BadParameter(
                f"time {self.start_mjd} to {self.stop_mjd}: a begin and a later end, MJD in UTC, "
                f"at most {LONGEST_D:g} days apart, are accepted"
            )
        for name, low, high in (
            ("exposure_s", 1e-3, 86400.0),
            ("min_alt_deg", 0.0, 90.0),
            ("max_sun_alt_deg", -90.0, 90.0),
            ("sigmas", 0.0, 10.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadParameter(f"{name}={value}: {low:g} to {high:g} is accepted")


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """When a plan can be carried out, and when without a satellite in the field.

    Attributes
    ----------
    observable_mjd : ndarray (k, 2)
        Spans in which the target is high and the sky dark, MJD in UTC; none is an answer too.
    start_mjd, stop_mjd : ndarray (n,)
        The clean windows in them, in order.
    norad_id : ndarray of int (m,)
        The satellites that cross the field in these spans, by time, each once a crossing.
    enters_mjd, leaves_mjd : ndarray (m,)
        From when to when each is to be avoided: widened by the error of the time.
    mag : ndarray (m,)
        Magnitude of each, NaN where it is not known.
    """

    observable_mjd: Floats
    start_mjd: Floats
    stop_mjd: Floats
    norad_id: Ints
    enters_mjd: Floats
    leaves_mjd: Floats
    mag: Floats

    @property
    def observable_s(self) -> float:
        """How long the target can be observed at all."""
        return float((self.observable_mjd[:, 1] - self.observable_mjd[:, 0]).sum()) * 86400.0

    @property
    def clean_s(self) -> float:
        """How long of that without a satellite."""
        return float((self.stop_mjd - self.start_mjd).sum()) * 86400.0

    @property
    def longest_s(self) -> float:
        """Length of the longest clean window; 0 where there is none."""
        return float((self.stop_mjd - self.start_mjd).max(initial=0.0)) * 86400.0

    def crossed(self, start_mjd: Floats, exposure_s: float) -> Ints:
        """How many crossings exposures have that start then."""
        entered = np.searchsorted(
            np.sort(self.enters_mjd), start_mjd + exposure_s / 86400.0, side="left"
        )
        left = np.searchsorted(np.sort(self.leaves_mjd), start_mjd, side="right")
        return np.asarray(entered - left)


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """When best to begin, the best first.

    Attributes
    ----------
    start_mjd : ndarray (n,)
        MJD in UTC.
    crossings : ndarray of int (n,)
        How many satellites cross the field during the exposure.
    alt_deg : ndarray (n,)
        Altitude of the target in the middle of the exposure.
    """

    start_mjd: Floats
    crossings: Ints
    alt_deg: Floats


def clean_windows(
    plan: Plan, observer: Observer, catalogue: Catalogue, options: Options | None = None
) -> Windows:
    """The intervals of a plan without a satellite in the field.

    Parameters
    ----------
    plan : Plan
    observer : Observer
        On the ground.
    catalogue : Catalogue
    options : Options, optional
        Which satellites count: ``illuminated_only``, ``mag_limit`` and the others.

    Raises
    ------
    BadParameter
        If the observer has no horizon, or a time is outside the tables of the Earth's orientation.

    Notes
    -----
    A satellite is in the field from entry to exit as the elements have it, and before and after by
    the error of that time. That it passes beside the field and errs across its track into it is
    left out; ``p_cross`` of the transit list tells of that.
    """
    ground = _on_ground(observer)
    spans = observable_spans(
        direction_of(plan.ra_deg, plan.dec_deg),
        ground,
        plan.start_mjd,
        plan.stop_mjd,
        min_alt_deg=plan.min_alt_deg,
        max_sun_alt_deg=plan.max_sun_alt_deg,
    )
    exposures = _exposures(plan, spans)
    if not exposures:
        nothing = np.zeros(0)
        return Windows(spans, nothing, nothing, np.zeros(0, dtype=np.int64), *[nothing] * 3)
    found = predict(exposures, observer, catalogue, options).columns
    norad_id, enters, leaves, mag = _joined(found, plan.sigmas)
    start, stop = _between(spans, enters, leaves)
    return Windows(spans, start, stop, norad_id, enters, leaves, mag)


def best_starts(plan: Plan, windows: Windows, observer: Observer, *, most: int = 10) -> Starts:
    """When to begin an exposure: with the fewest crossings, then with the target highest.

    Parameters
    ----------
    plan : Plan
    windows : Windows
        Of that plan.
    observer : Observer
    most : int
        Of the starts, which are at least one exposure apart.

    Returns
    -------
    Starts
        None where no span of observing is as long as the exposure.
    """
    ground = _on_ground(observer)
    direction = direction_of(plan.ra_deg, plan.dec_deg)
    length = plan.exposure_s / 86400.0
    times: list[Floats] = []
    counts: list[Ints] = []
    for begin, end in windows.observable_mjd.tolist():
        if end - length < begin:
            continue
        # Between two of these the number of crossings stays, and the altitude only rises or falls.
        tops = culminations(direction, ground, begin, end) - length / 2.0
        marks = np.concatenate([windows.enters_mjd - length, windows.leaves_mjd, tops])
        edges = np.concatenate([[begin, end - length], np.clip(marks, begin, end - length)])
        edges = np.unique(edges)
        if len(edges) == 1:
            edges = np.repeat(edges, 2)
        low, high = edges[:-1], edges[1:]
        wide = (high - low > _SHORTEST_D) | (len(low) == 1)
        low, high = low[wide], high[wide]
        between = windows.crossed((low + high) / 2.0, plan.exposure_s)
        times += [low, high]
        counts += [between, between]
    if not times:
        return Starts(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0))
    when, crossings = np.concatenate(times), np.concatenate(counts)
    altitude = altitude_deg(direction, ground, when + length / 2.0)
    kept = _apart(when, np.lexsort((when, -altitude, crossings)), length, most)
    return Starts(when[kept], crossings[kept], altitude[kept])


def _on_ground(observer: Observer) -> GroundObserver:
    if not isinstance(observer, GroundObserver):
        raise BadParameter(
            f"observer {observer.name!r} has no horizon; clean windows are for a site on the ground"
        )
    return observer


def _exposures(plan: Plan, spans: Floats) -> list[Exposure]:
    """Exposures end to end through the spans."""
    field = plan.shape(plan.ra_deg, plan.dec_deg)
    found: list[Exposure] = []
    for begin, end in spans.tolist():
        count = max(int(np.ceil((end - begin) * 86400.0 / _PIECE_S)), 1)
        edges = np.linspace(begin, end, count + 1).tolist()
        for first, last in itertools.pairwise(edges):
            if last > first:
                found.append(Exposure(str(len(found)), first, (last - first) * 86400.0, field))
    return found


def _joined(found: dict[str, NDArray[Any]], sigmas: float) -> tuple[Ints, Floats, Floats, Floats]:
    """Satellite, widened ends and magnitude of each crossing by time, once in all exposures."""
    order = np.lexsort((found["t_min"], found["norad_id"]))
    norad_id, enters, leaves, mag, error = (
        np.asarray(found[name])[order] for name in ("norad_id", "t_min", "t_max", "mag", "t_err")
    )
    goes_on = (norad_id[1:] == norad_id[:-1]) & (enters[1:] - leaves[:-1] < _SHORTEST_D)
    first = np.flatnonzero(np.concatenate([[True], ~goes_on])[: len(enters)])
    if not len(first):
        nothing = np.zeros(0)
        return np.zeros(0, dtype=np.int64), nothing, nothing, nothing
    pad = sigmas * np.minimum(np.nan_to_num(error.astype(np.float64)), _MOST_ERROR_S) + _EDGE_S
    begins = np.minimum.reduceat(enters - pad / 86400.0, first)
    ends = np.maximum.reduceat(leaves + pad / 86400.0, first)
    brightest = np.fmin.reduceat(mag.astype(np.float64), first)
    by_time = np.argsort(begins, kind="stable")
    return norad_id[first][by_time], begins[by_time], ends[by_time], brightest[by_time]


def _between(spans: Floats, enters: Floats, leaves: Floats) -> tuple[Floats, Floats]:
    """What is left of the spans; ``enters`` are in order."""
    start: list[float] = []
    stop: list[float] = []
    for begin, end in spans.tolist():
        free = begin
        for enter, leave in zip(enters.tolist(), leaves.tolist(), strict=True):
            if leave <= free or enter >= end:
                continue
            if enter > free:
                start.append(free)
                stop.append(enter)
            free = leave
        if free < end:
            start.append(free)
            stop.append(end)
    return np.array(start), np.array(stop)


def _apart(when: Floats, order: Ints, least: float, most: int) -> Ints:
    """The first of an order that are at least so far from those before them."""
    kept: list[int] = []
    for i in order.tolist():
        if len(kept) == most:
            break
        if all(abs(when[i] - when[k]) >= least for k in kept):
            kept.append(i)
    return np.array(kept, dtype=np.int64)
