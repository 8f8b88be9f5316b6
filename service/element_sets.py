"""The element sets of an archive for many satellites, each at a time of its own."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray
from satvo.resources.ephemeris.build import registered_sites
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.positions import Positions
from satvo.resources.ephemeris.query_functions import position_functions
from satvo.resources.ephemeris.sites import find_observer
from satvo.schemas.gp import GP
from satvo.schemas.moments import mjd_of
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store import Store

__all__ = ["FARTHEST_D", "ElementSets", "declare_positions"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FARTHEST_D = 30.0
"""Sets farther from a time than this are not used for it."""

_SPAN_D = 32.0
_MOST_SETS = 300_000
_MOST_OBSERVERS = 1000
_COLUMNS = [name for name in ELEMENT_COLUMNS if name in GP.c]
_DATES = {"launch_mjd": "launch_date", "decay_mjd": "decay_date"}
_RANK_D = 4096.0
"""Between two satellites in one sorted column of times; more than a span is long."""


def declare_positions(store: Store) -> None:
    """Let statements call `satvo_ra` and the others where the engine can call Python."""
    store.declare(position_functions(Positions(ElementSets(store))))


@dataclass(frozen=True, slots=True)
class _Span:
    """The sets of some satellites around a span of time.

    ``ranked`` (m,) is in order: the place of the satellite times `_RANK_D`, and days since
    ``start_mjd``.
    """

    ids: Ints
    start_mjd: float
    ranked: Floats
    sets: pa.Table


class ElementSets:
    """Element sets nearest to times, and observers, read from an archive and kept until it changes.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writes = store.writes
        self._spans: OrderedDict[tuple[int, bytes], _Span] = OrderedDict()
        self._observers: dict[str, Observer] = {}

    @property
    def version(self) -> int:
        """Another number whenever the archive may have changed."""
        if self._store.writes != self._writes:
            self._writes = self._store.writes
            self._spans.clear()
            self._observers.clear()
        return self._writes

    def observer(self, text: str) -> Observer:
        """Who looks.

        Raises
        ------
        BadParameter
            If the text names nobody.
        """
        if text not in self._observers:
            if len(self._observers) >= _MOST_OBSERVERS:
                self._observers.clear()
            self._observers[text] = find_observer(text, registered_sites(self._store))
        return self._observers[text]

    def nearest(self, norad_id: Ints, mjd_utc: Floats) -> tuple[Elements, Ints]:
        """The sets that satellites go by, and which of them each has.

        Parameters
        ----------
        norad_id : ndarray of int (n,)
        mjd_utc : ndarray (n,)
            MJD in UTC, finite.

        Returns
        -------
        elements : Elements
        which : ndarray of int (n,)
            Places in the elements; -1 for a satellite without a set within `FARTHEST_D` of the
            time, or before its launch, or after its decay.
        """
        tables: list[pa.Table] = []
        which = np.full(len(norad_id), -1, dtype=np.int64)
        count = 0
        number = np.floor(mjd_utc / _SPAN_D).astype(np.int64)
        for span_number in np.unique(number).tolist():
            rows = np.flatnonzero(number == span_number)
            span = self._span(span_number, np.unique(norad_id[rows]))
            chosen = _nearest(span, norad_id[rows], mjd_utc[rows])
            used, place = np.unique(chosen[chosen >= 0], return_inverse=True)
            which[rows[chosen >= 0]] = count + place
            tables.append(span.sets.take(pa.array(used)))
            count += len(used)
        if not count:
            return Elements.of_columns({name: [] for name in ELEMENT_COLUMNS}), which
        elements = _elements(pa.concat_tables(tables))
        gone = (which >= 0) & (
            (mjd_utc < elements.launch_mjd[which]) | (mjd_utc >= elements.decay_mjd[which] + 1.0)
        )
        return elements, np.where(gone, -1, which)

    def _span(self, number: int, ids: Ints) -> _Span:
        key = number, ids.tobytes()
        if key not in self._spans:
            self._spans[key] = self._read(number, ids)
            kept = sum(len(span.ranked) for span in self._spans.values())
            while kept > _MOST_SETS and len(self._spans) > 1:
                kept -= len(self._spans.popitem(last=False)[1].ranked)
        self._spans.move_to_end(key)
        return self._spans[key]

    def _read(self, number: int, ids: Ints) -> _Span:
        start = number * _SPAN_D - FARTHEST_D
        end = (number + 1) * _SPAN_D + FARTHEST_D
        columns = [GP.c[name] for name in _COLUMNS]
        columns += [SATELLITE.c[name] for name in _DATES.values()]
        sets = self._store.select(
            sa.select(*columns)
            .select_from(GP.outerjoin(SATELLITE, GP.c.norad_id == SATELLITE.c.norad_id))
            .where(
                GP.c.norad_id.between(int(ids[0]), int(ids[-1])),
                GP.c.norad_id.in_(ids.tolist()),
                GP.c.epoch_mjd.between(start, end),
            )
            .order_by(GP.c.norad_id, GP.c.epoch_mjd, GP.c.gp_id)
        )
        place = np.searchsorted(ids, sets["norad_id"].to_numpy())
        ranked = place * _RANK_D + (sets["epoch_mjd"].to_numpy() - start)
        # Of sets with the same epoch the last is used, which came last.
        last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)])
        return _Span(ids, start, ranked[last], sets.take(pa.array(last)))


def _nearest(span: _Span, norad_id: Ints, mjd_utc: Floats) -> Ints:
    """Places of the sets nearest to each; -1 where there is none near enough."""
    if not len(span.ranked):
        return np.full(len(norad_id), -1, dtype=np.int64)
    wanted = np.searchsorted(span.ids, norad_id) * _RANK_D + (mjd_utc - span.start_mjd)
    after = np.searchsorted(span.ranked, wanted, side="right")
    sides = np.clip(np.stack([after - 1, after]), 0, len(span.ranked) - 1)
    away = np.abs(span.ranked[sides] - wanted)
    nearer = np.argmin(away, axis=0)
    pick = np.arange(len(norad_id))
    found = sides[nearer, pick]
    return np.where(away[nearer, pick] <= FARTHEST_D, found, -1)


def _elements(sets: pa.Table) -> Elements:
    columns: dict[str, Any] = {}
    for name in _COLUMNS:
        column = sets[name]
        plain = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
        columns[name] = column.to_numpy() if plain else column.to_pylist()
    for name, date in _DATES.items():
        columns[name] = [None if day is None else mjd_of(day) for day in sets[date].to_pylist()]
    return Elements.of_columns(columns)
