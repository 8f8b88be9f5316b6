"""Multi-order coverage maps of the sky as sorted ranges of HEALPix cells.

References
----------
MOC 2.0, sections 2.3 (ranges of the finest order) and 4.3.1 (ASCII serialisation).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import MAX_ORDER, healpix_center, healpix_index, reach_rad
from satvo.schemas.region_values import Circle, Point, Polygon, Region
from satvo.schemas.sphere import angle_rad, unit_vectors

__all__ = ["Moc", "moc_key", "parse_moc"]

_Cells = npt.NDArray[np.int64]
_ITEM = re.compile(r"(?:(\d{1,2})/)?(?:(\d{1,19})(?:-(\d{1,19}))?)?", re.ASCII)
_WHOLE_SKY_DEG2 = 129600 / math.pi
_LARGEST_RAD = math.sqrt(math.pi / 3)
"""Square root of the area of one of the twelve largest cells."""
_STEPS = 256
"""An edge of a region is followed to this part of the region's extent."""
_BEHIND = 1 << 62
"""Behind the last cell of order 29."""


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

    Notes
    -----
    Regions are compared by cells halved from the twelve largest on, by their centre's distance
    from the region's edge. cone_search of cdshealpix 0.9 calls cells full that reach 11 deg out of
    a circle of 30 deg, and loses cells of circles near 180 deg, so it is not used.
    """

    starts: _Cells
    ends: _Cells
    order: int

    @classmethod
    def of_cells(cls, order: int, cells: _Cells) -> Moc:
        """What cells of one order cover, in NESTED numbering and in any sequence.

        Examples
        --------
        >>> Moc.of_cells(2, np.array([7, 4, 6, 5, 9])).text
        '1/1 2/9'
        """
        return _merged(*_ranges(np.sort(cells.astype(np.int64)), order), order)

    @classmethod
    def union(cls, parts: Iterable[Moc]) -> Moc:
        """What any of some covers, in the order of the finest; empty, of order 0, of none.

        Examples
        --------
        >>> Moc.union([parse_moc("2/0-2"), parse_moc("3/12 13")]).text
        '2/0-2 3/12-13'
        """
        all_parts = list(parts)
        starts = np.concatenate([np.zeros(0, np.int64), *(part.starts for part in all_parts)])
        ends = np.concatenate([np.zeros(0, np.int64), *(part.ends for part in all_parts)])
        return _merged(starts, ends, max((part.order for part in all_parts), default=0))

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
        return bool(self._fills(inner.starts, inner.ends).all())

    def meets(self, other: Moc) -> bool:
        """Whether it has a cell in common with another."""
        return bool(self._touches(other.starts, other.ends).any())

    def meets_region(self, region: Region) -> bool:
        """Whether it and a region have a point in common, the region's edge as `_finest` has it."""
        if isinstance(region, Point):
            return bool(self.contains_points([region.lon_deg], [region.lat_deg])[0])
        cells = np.arange(12)
        for order in range(_finest(region) + 1):
            starts, ends = _ranges(cells, order)
            near = self._touches(starts, ends)
            if not near.any():
                return False
            depth_rad = _depth_rad(region, cells[near], order)
            full = self._fills(starts[near], ends[near])
            if (depth_rad >= np.where(full, 0.0, reach_rad(order))).any():
                return True
            left = cells[near][depth_rad >= -reach_rad(order)]
            if not len(left):
                return False
            cells = _split(left)
        return True

    def covers_region(self, region: Region) -> bool:
        """Whether a region lies in it, with all cells that the edge touches (see `_finest`)."""
        if isinstance(region, Point):
            return self.meets_region(region)
        cells = np.arange(12)
        for order in range(_finest(region) + 1):
            depth_rad = _depth_rad(region, cells, order)
            starts, ends = _ranges(cells, order)
            if ((depth_rad >= 0) & ~self._touches(starts, ends)).any():
                return False
            left = cells[(depth_rad >= -reach_rad(order)) & ~self._fills(starts, ends)]
            if not len(left):
                return True
            cells = _split(left)
        return False

    def _touches(self, starts: _Cells, ends: _Cells) -> npt.NDArray[np.bool_]:
        """Whether each range of cells has one in common with it."""
        later = np.append(self.starts, _BEHIND)
        return np.asarray(later[np.searchsorted(self.ends, starts, side="right")] < ends)

    def _fills(self, starts: _Cells, ends: _Cells) -> npt.NDArray[np.bool_]:
        """Whether each range of cells is in it."""
        earlier = np.append(0, self.ends)
        return np.asarray(ends <= earlier[np.searchsorted(self.starts, starts, side="right")])

    @property
    def area_deg2(self) -> float:
        """Its area, deg2."""
        part = int((self.ends - self.starts).sum()) / (12 << 2 * MAX_ORDER)
        return part * _WHOLE_SKY_DEG2

    def largest_cells(self) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """It in the largest cells that there are.

        Yields
        ------
        order : int
            Each from 0 to its own.
        ranges : list of (int, int)
            First cell of that order and the one behind the last, ascending.
        """
        left = list(zip(self.starts.tolist(), self.ends.tolist(), strict=True))
        for order in range(self.order + 1):
            step, rest, found = 1 << 2 * (MAX_ORDER - order), [], []
            for start, end in left:
                first, behind = -(-start // step), end // step
                if first >= behind:
                    rest.append((start, end))
                    continue
                found.append((first, behind))
                rest += [(start, first * step)] if start < first * step else []
                rest += [(behind * step, end)] if behind * step < end else []
            yield order, found
            left = rest

    @property
    def text(self) -> str:
        """The ASCII serialisation in the largest cells that there are, and its order at the end.

        Examples
        --------
        >>> parse_moc("1/0-2 2/12 13 14 15").text
        '0/0 2/'
        """
        words = []
        for order, ranges in self.largest_cells():
            if ranges or order == self.order:
                found = (f"{a}" if b - a == 1 else f"{a}-{b - 1}" for a, b in ranges)
                words.append(f"{order}/{' '.join(found)}")
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


def moc_key(text: str) -> str:
    """A short name for the text of a MOC, the same for the same text."""
    return "#" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _finest(region: Circle | Polygon) -> int:
    """The order of cells that follow a region's edge to 1/256 of its extent."""
    if isinstance(region, Circle):
        extent_rad = region.radius_rad
    else:
        extent_rad = math.pi if region.shape.cap is None else region.shape.cap[1]
    wanted = math.log2(_LARGEST_RAD * _STEPS / max(extent_rad, 1e-12))
    return min(MAX_ORDER, max(0, math.ceil(wanted)))


def _depth_rad(region: Circle | Polygon, cells: _Cells, order: int) -> npt.NDArray[np.float64]:
    """How deep inside a region the centre of each cell lies, rad; negative outside."""
    places = unit_vectors(*healpix_center(order, cells))
    if isinstance(region, Circle):
        return np.asarray(region.radius_rad - angle_rad(places, region.vector))
    distance_rad = region.shape.distances_rad(places)
    return np.where(region.shape.side(places) >= 0, distance_rad, -distance_rad)


def _ranges(cells: _Cells, order: int) -> tuple[_Cells, _Cells]:
    shift = 2 * (MAX_ORDER - order)
    return cells << shift, (cells + 1) << shift


def _split(cells: _Cells) -> _Cells:
    return (4 * cells[:, None] + np.arange(4)).ravel()


def _merged(starts: _Cells, ends: _Cells, order: int) -> Moc:
    by_start = np.argsort(starts, kind="stable")
    starts, ends = starts[by_start], np.maximum.accumulate(ends[by_start]) if len(ends) else ends
    new = np.ones(len(starts), dtype=bool)
    new[1:] = starts[1:] > ends[:-1]
    last = np.append(new[1:], True) if len(new) else new
    return Moc(starts[new], ends[last], order)
