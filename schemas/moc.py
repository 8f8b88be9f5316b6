"""Multi-order coverage maps of the sky as sorted ranges of HEALPix cells.

References
----------
MOC 2.0, sections 2.3 (ranges of the finest order) and 4.3.1 (ASCII serialisation).
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import MAX_ORDER, cells_of, healpix_index
from satvo.schemas.region_values import Circle, Point, Polygon, Region

__all__ = ["Moc", "moc_key", "parse_moc", "region_moc"]

_Cells = npt.NDArray[np.int64]
_ITEM = re.compile(r"(?:(\d{1,2})/)?(?:(\d{1,19})(?:-(\d{1,19}))?)?", re.ASCII)
_WHOLE_SKY_DEG2 = 129600 / math.pi
_STEPS = 256
"""An edge of a region is followed to this part of the region's extent."""


@dataclass(frozen=True, eq=False)
class Moc:
    """A part of the sky.

    Attributes
    ----------
    starts, ends : (n,) array of int
        First cell of each range, of order 29, and the one behind its last; sorted, with a gap
        between ranges.
    order : int
        Of the finest cell that was given.
    """

    starts: _Cells
    ends: _Cells
    order: int

    def holds(self, cells: _Cells) -> npt.NDArray[np.bool_]:
        """Whether each cell of order 29 is in it."""
        place = np.searchsorted(self.starts, cells, side="right")
        ends = np.append(0, self.ends)  # before the first range nothing is inside
        return np.asarray(cells < ends[place])

    def contains_points(
        self, lon_deg: npt.ArrayLike, lat_deg: npt.ArrayLike
    ) -> npt.NDArray[np.bool_]:
        """Whether each position is in it; a boundary belongs to the cell of `healpix_index`."""
        return self.holds(healpix_index(MAX_ORDER, lon_deg, lat_deg))

    def covers(self, inner: Moc) -> bool:
        """Whether all cells of another are in it."""
        place = np.searchsorted(self.starts, inner.starts, side="right") - 1
        return bool((place >= 0).all() and (inner.ends <= self.ends[place]).all())

    def meets(self, other: Moc) -> bool:
        """Whether it has a cell in common with another."""
        place = np.searchsorted(self.ends, other.starts, side="right")
        there = place < len(self.starts)
        return bool((self.starts[place[there]] < other.ends[there]).any())

    @property
    def area_deg2(self) -> float:
        """Its area, deg2."""
        part = int((self.ends - self.starts).sum()) / (12 << 2 * MAX_ORDER)
        return part * _WHOLE_SKY_DEG2

    @property
    def text(self) -> str:
        """The ASCII serialisation in the largest cells that there are, and its order at the end.

        Examples
        --------
        >>> parse_moc("1/0-2 2/12 13 14 15").text
        '0/0 2/'
        """
        words, left = [], list(zip(self.starts.tolist(), self.ends.tolist(), strict=True))
        for order in range(self.order + 1):
            step, rest, found = 1 << 2 * (MAX_ORDER - order), [], []
            for start, end in left:
                first, behind = -(-start // step), end // step
                if first >= behind:
                    rest.append((start, end))
                    continue
                found.append(f"{first}" if behind - first == 1 else f"{first}-{behind - 1}")
                rest += [(start, first * step)] if start < first * step else []
                rest += [(behind * step, end)] if behind * step < end else []
            if found or order == self.order:
                words.append(f"{order}/{' '.join(found)}")
            left = rest
        return " ".join(words)


def parse_moc(text: str) -> Moc:
    """The coverage that a string says.

    Parameters
    ----------
    text : str
        Orders, each followed by a stroke and by cells or ranges of cells in NESTED numbering,
        parted by blanks or commas: ``4/30-33 38 52 7/324-934``.

    Raises
    ------
    BadParameter
        For anything else, an order above 29, or a cell that its order does not have.

    Examples
    --------
    >>> round(parse_moc("0/0-11").area_deg2, 3)
    41252.961
    """
    order, finest = -1, -1
    starts: list[int] = []
    ends: list[int] = []
    for word in text.replace(",", " ").split():
        item = _ITEM.fullmatch(word)
        if item is None:
            raise BadParameter(
                f"MOC: '{word[:40]}' is no cell; write order/cell or order/first-last"
            )
        given, first, last = item.groups()
        if given is not None:
            order = int(given)
            finest = max(finest, order)
        if not 0 <= order <= MAX_ORDER:
            raise BadParameter(f"MOC: '{word[:40]}' has no order from 0 to {MAX_ORDER} before it")
        if first is None:
            continue
        low, high = int(first), int(last or first)
        if not low <= high < 12 << 2 * order:
            raise BadParameter(
                f"MOC: {word[:40]}: cells of order {order} are from 0 to {(12 << 2 * order) - 1}"
            )
        shift = 2 * (MAX_ORDER - order)
        starts.append(low << shift)
        ends.append((high + 1) << shift)
    if finest < 0:
        raise BadParameter("MOC: the text is empty; write order/cells, such as 4/30-33 38")
    return _merged(np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), finest)


def region_moc(region: Region) -> Moc:
    """The cells that a region touches, its edge followed to 1/256 of its extent."""
    if isinstance(region, Point):
        cell = healpix_index(MAX_ORDER, [region.lon_deg], [region.lat_deg])
        return Moc(cell, cell + 1, MAX_ORDER)
    extent_deg = math.degrees(_radius_rad(region))
    order = min(MAX_ORDER, max(0, math.ceil(math.log2(58.6 * _STEPS / max(extent_deg, 1e-9)))))
    cells, orders = cells_of(region, order)
    shift = 2 * (MAX_ORDER - orders)
    return _merged(cells << shift, (cells + 1) << shift, order)


def moc_key(text: str) -> str:
    """A short name for the text of a MOC, the same for the same text."""
    return "#" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _radius_rad(region: Circle | Polygon) -> float:
    if isinstance(region, Circle):
        return region.radius_rad
    return math.pi if region.shape.cap is None else region.shape.cap[1]


def _merged(starts: _Cells, ends: _Cells, order: int) -> Moc:
    by_start = np.argsort(starts, kind="stable")
    starts, ends = starts[by_start], np.maximum.accumulate(ends[by_start]) if len(ends) else ends
    new = np.ones(len(starts), dtype=bool)
    new[1:] = starts[1:] > ends[:-1]
    last = np.append(new[1:], True) if len(new) else new
    return Moc(starts[new], ends[last], order)
