"""The satellites of the trails of a job, by the elements that its archive has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.reading import PlaneOfFile
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.ephemeris.observer import GroundObserver
    from satvo.resources.masks.identify.predicted import Known

__all__ = ["Named", "names_of"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """The satellite that made a trail.

    Attributes
    ----------
    norad_id : int
    object_name : str
    p_match : float
        Probability that it was this one.
    is_reversed : bool
        Whether it went from the trail's end to its start.
    """

    norad_id: int
    object_name: str
    p_match: float
    is_reversed: bool


def names_of(
    plane: PlaneOfFile, trails: Sequence[FoundTrail], known: Row, folder: Path
) -> tuple[list[Named | None], str]:
    """The satellites of the trails of an image of the archive, and why none can be told.

    Parameters
    ----------
    plane : PlaneOfFile
    trails : sequence of FoundTrail
    known : mapping
        Columns of the image, and ``elements``: name of the file with the elements of its time; None
        where it does not tell its time.
    folder : Path
        Where that is.

    Returns
    -------
    (list of Named or None, str)
        One for each trail, None where no satellite is as good as certain; and a note, empty where
        there is nothing to say.
    """
    if not trails:
        return [], ""
    from satvo.resources.masks.identify.identification import identify
    from satvo.resources.masks.identify.observation import exposure_of

    headers = [plane.header, *([plane.primary] if plane.hdu else [])]
    nobody: list[Named | None] = [None] * len(trails)
    try:
        exposure, doubtful = exposure_of(
            headers, plane.frame.wcs, plane.frame.shape, str(known["file_name"])
        )
        if known["elements"] is None:
            return nobody, "the archive has no time of the image: no satellite is named"
        observer = _observer(known, headers)
        sky = _sky(folder / known["elements"]).seen_by(observer)
        found = identify(trails, exposure, plane.frame.shape, sky)
    except BadParameter as err:
        return nobody, f"no satellite is named: {err}"
    matches = [each.satellite for each in found]
    named = [
        None
        if each is None
        else Named(each.norad_id, each.name, each.probability, each.is_reversed)
        for each in matches
    ]
    return named, "; ".join(doubtful)


def _observer(known: Row, headers: Sequence[Any]) -> GroundObserver:
    from satvo.resources.ephemeris.observer import GroundObserver
    from satvo.resources.masks.identify.observation import site_of

    lon, lat = known["site_lon"], known["site_lat"]
    if lon is None or lat is None:
        return site_of(headers, str(known["file_name"]))
    return GroundObserver.geodetic(lon, lat, known["site_height"] or 0.0)


@lru_cache(maxsize=1)
def _sky(path: Path) -> Known:
    """The satellites that are known at a time, seen from nowhere yet."""
    import pyarrow.feather as feather
    from satvo.resources.ephemeris.build import elements_from_table
    from satvo.resources.ephemeris.observer import GroundObserver
    from satvo.resources.masks.identify.predicted import Known

    elements = elements_from_table(feather.read_table(path, memory_map=False))
    return Known(elements, GroundObserver.geodetic(0.0, 0.0, 0.0))
