"""Outlines of many images at once, as tables of images tell them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from satvo.ingest.images.outlines import Outline, outline_of_region
from satvo.schemas.convex_polygons import MOST_VERTICES, ConvexPolygons
from satvo.schemas.errors import BadParameter
from satvo.schemas.region_text import region_numbers
from satvo.schemas.region_values import Circle, Polygon
from satvo.schemas.sphere import separation_deg

__all__ = ["outlines"]

_T = TypeVar("_T")

_SLACK_DEG = 3e-8


def outlines(texts: Sequence[str | None]) -> list[Outline | None]:
    """The outline that each text says, as ivoa.obscore has them.

    Parameters
    ----------
    texts : sequence of str or None
        As `satvo.schemas.region_text.region_numbers` takes them; None where there is no region.

    Returns
    -------
    list of Outline or None
        Polygons counter-clockwise, ICRS, with a circle that holds each. The vertices are those of
        the text, but where `satvo.ingest.images.outlines.outline_of_region` mends them.

    Raises
    ------
    BadParameter
        With the row, counted from 1: a text that says no polygon and no circle, a value out of
        range, or a polygon that crosses itself.
    """
    told: list[Outline | None] = [None] * len(texts)
    by_size: dict[int, list[int]] = {}
    numbers: list[list[float]] = []
    for row, text in enumerate(texts):
        numbers.append([] if text is None else _of_row(row, partial(region_numbers, text)))
        by_size.setdefault(len(numbers[-1]), []).append(row)
    for size, rows in by_size.items():
        if 6 <= size <= 2 * MOST_VERTICES:
            degrees = np.array([numbers[row] for row in rows])
            for row, found in zip(rows, _plain(degrees), strict=True):
                told[row] = found
    for row, values in enumerate(numbers):
        if values and told[row] is None:
            told[row] = _of_row(row, partial(_outline, values))
    return told


def _plain(degrees: npt.NDArray[np.float64]) -> list[Outline | None]:
    """Outlines of polygons, shape (n, 2k); None of those that are to be looked at one by one."""
    polygons = ConvexPolygons.of(degrees)
    lon, lat = degrees[:, ::2], degrees[:, 1::2]
    fits = polygons.is_plain & ((lon >= 0) & (lon <= 360)).all(axis=1)
    middle = polygons.vertices.mean(axis=1)
    with np.errstate(invalid="ignore"):
        mid_lon = np.degrees(np.arctan2(middle[:, 1], middle[:, 0])) % 360.0
        mid_lat = np.degrees(np.arctan2(middle[:, 2], np.hypot(middle[:, 0], middle[:, 1])))
        away = separation_deg(mid_lon[:, None], mid_lat[:, None], lon, lat).max(axis=1)
    found: list[Outline | None] = []
    each = zip(fits, polygons.is_clockwise, degrees.tolist(), mid_lon.tolist(), mid_lat.tolist(),
               (2 * away + _SLACK_DEG).tolist(), strict=True)  # fmt: skip
    for fit, turn, values, ra, dec, diameter in each:
        if not fit:
            found.append(None)
            continue
        if turn:
            pairs = list(zip(values[::2], values[1::2], strict=True))[::-1]
            values = [number for pair in pairs for number in pair]
        found.append(Outline(f"POLYGON ICRS {' '.join(map(str, values))}", ra, dec, diameter))
    return found


def _outline(values: list[float]) -> Outline:
    if len(values) == 2:
        raise BadParameter("a position has no area; give a CIRCLE or a POLYGON")
    found = outline_of_region(Circle(*values) if len(values) == 3 else Polygon(values))
    if " ICRS " not in found.region:
        found.region = found.region.replace(" ", " ICRS ", 1)
    return found


def _of_row(row: int, work: Callable[[], _T]) -> _T:
    try:
        return work()
    except BadParameter as err:
        raise BadParameter(f"row {row + 1}: s_region: {err}") from err
