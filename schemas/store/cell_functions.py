"""HEALPix and MOC as functions of the embedded engine, over `satvo.schemas.moc`.

The engine copies a constant for each row that a function is called with, and a MOC may be of
100 000 characters; so the MOC of a statement is held here while its rows are read, and the engine
knows it by a key.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.healpix import healpix_center, healpix_index
from satvo.schemas.moc import Moc, moc_key, parse_moc, region_moc
from satvo.schemas.regions import Region, parse_region
from satvo.schemas.store.region_functions import RegionFunction

__all__ = ["CELL_FUNCTIONS", "held_moc"]

_XTYPES = {2: "point", 3: "circle"}
_NUMBERS = pa.list_(pa.float64())
_HELD: weakref.WeakValueDictionary[str, Moc] = weakref.WeakValueDictionary()


def held_moc(text: str) -> Moc:
    """The MOC of a text, which the functions know by its key as long as the caller keeps it."""
    key = moc_key(text)
    found = _HELD.get(key)
    if found is None:
        found = _HELD[key] = parse_moc(text)
    return found


@lru_cache(maxsize=64)
def _parsed(text: str) -> Moc:
    return parse_moc(text)


def _moc(text: str) -> Moc:
    return _HELD[text] if text.startswith("#") else _parsed(text)


def _region(values: tuple[float, ...]) -> Region:
    return parse_region(values, _XTYPES.get(len(values), "polygon"))


@lru_cache(maxsize=256)
def _touched(values: tuple[float, ...]) -> Moc:
    return region_moc(_region(values))


def _distinct(values: Any) -> tuple[list[Any], npt.NDArray[np.intp]]:
    """The distinct values of a column, and the place of each row's among them."""
    if pa.types.is_list(values.type):
        places: dict[Any, int] = {}
        rows = [places.setdefault(tuple(row), len(places)) for row in values.to_pylist()]
        return list(places), np.array(rows, dtype=np.intp)
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    encoded = pc.dictionary_encode(whole)
    return encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.intp)


def _index(order: Any, lon: Any, lat: Any) -> pa.Array:
    return pa.array(healpix_index(np.asarray(order), np.asarray(lon), np.asarray(lat)))


def _center(order: Any, index: Any) -> pa.Array:
    lon, lat = healpix_center(np.asarray(order), np.asarray(index))
    return pa.array(np.stack((lon, lat), axis=1).tolist(), _NUMBERS)


def _in_moc(lon: Any, lat: Any, mocs: Any) -> pa.Array:
    cells = healpix_index(29, np.asarray(lon), np.asarray(lat))
    inside = np.zeros(len(cells), dtype=bool)
    texts, place = _distinct(mocs)
    for i, text in enumerate(texts):
        rows = place == i
        inside[rows] = _moc(text).holds(cells[rows])
    return pa.array(inside)


def _pairs(
    left: Any, right: Any, answer: Callable[[Any, Any], bool]
) -> Iterator[tuple[npt.NDArray[np.intp], bool]]:
    (a, place_a), (b, place_b) = _distinct(left), _distinct(right)
    pairs, place = np.unique(place_a * len(b) + place_b, return_inverse=True)
    for i, pair in enumerate(pairs):
        yield np.flatnonzero(place == i), answer(a[pair // len(b)], b[pair % len(b)])


def _of_two(answer: Callable[[Any, Any], bool]) -> Callable[[Any, Any], pa.Array]:
    def call(left: Any, right: Any) -> pa.Array:
        answers = np.zeros(len(left), dtype=bool)
        for rows, is_so in _pairs(left, right, answer):
            answers[rows] = is_so
        return pa.array(answers)

    return call


def _area(mocs: Any) -> pa.Array:
    texts, place = _distinct(mocs)
    return pa.array(np.array([_moc(text).area_deg2 for text in texts], dtype=np.float64)[place])


def _parse(texts: Any, xtypes: Any) -> pa.Array:
    pairs = zip(texts.to_pylist(), xtypes.to_pylist(), strict=True)
    return pa.array([list(parse_region(text, xtype).values) for text, xtype in pairs], _NUMBERS)


_TEXT, _LIST, _NUMBER, _BIG = "VARCHAR", "DOUBLE[]", "DOUBLE", "BIGINT"

CELL_FUNCTIONS: tuple[RegionFunction, ...] = (
    RegionFunction("satvo_healpix_index", _index, [_BIG, _NUMBER, _NUMBER], _BIG),
    RegionFunction("satvo_healpix_center", _center, [_BIG, _BIG], _LIST),
    RegionFunction("satvo_in_moc", _in_moc, [_NUMBER, _NUMBER, _TEXT], "BOOLEAN"),
    RegionFunction(
        "satvo_moc_contains",
        _of_two(lambda region, moc: _moc(moc).covers(_touched(region))),
        [_LIST, _TEXT],
        "BOOLEAN",
    ),
    RegionFunction(
        "satvo_moc_intersects",
        _of_two(lambda region, moc: _moc(moc).meets(_touched(region))),
        [_LIST, _TEXT],
        "BOOLEAN",
    ),
    RegionFunction(
        "satvo_moc_in_moc",
        _of_two(lambda inner, outer: _moc(outer).covers(_moc(inner))),
        [_TEXT, _TEXT],
        "BOOLEAN",
    ),
    RegionFunction(
        "satvo_moc_meets",
        _of_two(lambda a, b: _moc(a).meets(_moc(b))),
        [_TEXT, _TEXT],
        "BOOLEAN",
    ),
    RegionFunction("satvo_moc_area", _area, [_TEXT], _NUMBER),
    RegionFunction("satvo_region", _parse, [_TEXT, _TEXT], _LIST),
)
