"""Where an image is on the sky, by its WCS: outline, scale, and what is wrong with it.

It runs in a confined child.

References
----------
FITS standard 4.0, section 8; Calabretta & Greisen, A&A 395, 1077 (2002); Shupe et al., ADASS XIV,
491 (2005) for SIP; the TPV convention of the FITS registry.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.coordinates import ICRS, SkyCoord
from astropy.io import fits
from astropy.wcs import WCS, WcsError
from astropy.wcs.utils import wcs_to_celestial_frame
from satvo.ingest.images.outlines import Outline, circle_around, hull, polygon_around
from satvo.ingest.images.units import Unit
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import cross, norm, unit_vectors

__all__ = ["Place", "place_of", "places_together"]

_Array = npt.NDArray[np.float64]

_ALONG = 33
"""Points along each side; between them a distortion bends by less than the tolerance."""
_TOLERANCE_PIXEL = 0.05
_WIDEST_RAD = math.radians(60)
_WIDEST_SCALE_DEG = 30.0
_NARROWEST_SCALE_DEG = 1e-9
_ROUND_TRIP_PIXEL = 1e-3
_CHECKED = re.compile(r"((CRVAL|CRPIX|CDELT|CROTA)\d|(CD|PC|PV)\d_\d+|[AB]_\d_\d)$")
_NEEDED = re.compile(
    r"(NAXIS|WCS|C(TYPE|UNIT|RVAL|RPIX|DELT|ROTA|D|NAME|PDIS|PERR|QDIS|QERR)\d|PC|P[VS]\d|[AB]P?_"
    r"|D[PQ]\d|D2IM|AXISCORR|LONPOLE|LATPOLE|RADE|EQUINOX|EPOCH|MJD|DATE|SIMPLE|XTENSION|BITPIX)"
)
_CELESTIAL = ("RA--", "DEC-", "GLON", "GLAT", "ELON", "ELAT", "SLON", "SLAT")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one image is.

    Attributes
    ----------
    sides : tuple of (n, 3) arrays
        Unit vectors in ICRS along its sides; a single one, of its middle and points all over it,
        where it is wider than a polygon can be or not all of it is on the sky.
    is_on_sky : bool
        Whether all of it is on the sky.
    scale_deg : float
        Root of the area of a pixel in the middle.
    projection : str
        ``TAN``, ``TAN-SIP``, ...
    """

    sides: tuple[_Array, ...]
    is_on_sky: bool
    scale_deg: float
    projection: str

    @property
    def has_sides(self) -> bool:
        """Whether it can be told by its sides."""
        return len(self.sides) == 4

    def outline(self) -> Outline:
        """Its region."""
        if not self.has_sides:
            return circle_around(self.sides[0], centre=self.sides[0][0])
        found = polygon_around(self.sides, math.radians(self.scale_deg) * _TOLERANCE_PIXEL)
        return found or circle_around(np.concatenate(self.sides))


def places_together(places: list[Place]) -> Outline:
    """The region of images side by side: the convex hull around all."""
    if len(places) == 1:
        return places[0].outline()
    points = np.concatenate([side for place in places for side in place.sides])
    tolerance_rad = math.radians(places[0].scale_deg) * _TOLERANCE_PIXEL
    around = hull(points, tolerance_rad) if all(place.has_sides for place in places) else None
    return around or circle_around(points)


def place_of(unit: Unit) -> Place | None:
    """Where the image of a unit is; None where its header tells no place.

    Raises
    ------
    BadParameter
        If there is a WCS and it is broken, with what is wrong.
    """
    header = unit.header
    if not _tells_place(header):
        return None
    _check_numbers(unit)
    _check_matrix(unit)
    try:
        wcs = WCS(_wcs_cards(header), fobj=unit.whole)
        wcs = wcs if wcs.naxis == 2 else wcs.celestial
    except (WcsError, ValueError, KeyError, TypeError, IndexError, MemoryError) as err:
        raise _broken(unit, str(err).strip().splitlines()[0] if str(err) else "unreadable") from err
    if wcs.naxis != 2:
        return None
    if len(unit.shape) < 2:
        return None
    width, height = unit.shape[-1], unit.shape[-2]
    _check_wcs(unit, wcs, width, height)
    scale = _scale_deg(unit, wcs, width, height)
    sides = _sides(wcs, width, height)
    is_on_sky = all(np.isfinite(side).all() for side in sides)
    good = tuple(side[np.isfinite(side[:, 0])] for side in sides)
    return Place(good, is_on_sky, scale, _projection(header, wcs))


def _tells_place(header: Any) -> bool:
    return len(_kinds(header)) == 2


def _wcs_cards(header: Any) -> Any:
    """The cards that a WCS may need: of a header of a thousand, all would take most of the time."""
    return fits.Header([card for card in header.cards if _NEEDED.match(card.keyword)])


def _kinds(header: Any) -> list[str]:
    """Kinds of its celestial axes, as CTYPE has them."""
    kinds = [str(header.get(f"CTYPE{n}", "")).upper() for n in range(1, 5)]
    return [kind for kind in kinds if kind[:4] in _CELESTIAL]


def _projection(header: Any, wcs: Any) -> str:
    # As the file has it: wcslib makes its own of some.
    projection = _kinds(header)[0][4:].strip("- ") or "linear"
    return f"{projection}-SIP" if wcs.sip is not None and "SIP" not in projection else projection


def _check_numbers(unit: Unit) -> None:
    """Find what is no number: wcslib would take it for the default, without a word."""
    for key in {card.keyword for card in unit.header.cards if _CHECKED.match(card.keyword)}:
        try:
            value = unit.header[key]
        except fits.VerifyError as err:
            raise _broken(unit, f"{key} is no value that FITS knows") from err
        if isinstance(value, (int, float)) and not math.isfinite(value):
            raise _broken(unit, f"{key} is {value}")
        if isinstance(value, str) and key.startswith(("CRVAL", "CRPIX", "CDELT", "CD", "PC")):
            try:
                good = math.isfinite(float(value))
            except ValueError:
                good = False
            if not good:
                raise _broken(unit, f"{key} is {value[:30]!r}")


def _check_matrix(unit: Unit) -> None:
    """Find rows of zeros, which wcslib would replace by ones, without a word."""
    for row in range(1, 5):
        keys = [f"CD{row}_{column}" for column in range(1, 5)]
        numbers = [unit.header[key] for key in keys if key in unit.header]
        if numbers and not any(numbers):
            raise _broken(unit, f"row {row} of its CD matrix is zero, so it is singular")


def _check_wcs(unit: Unit, wcs: Any, width: int, height: int) -> None:
    matrix = wcs.pixel_scale_matrix
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < _NARROWEST_SCALE_DEG**2:
        raise _broken(unit, "its matrix is singular, so all pixels are in one place or on a line")
    if np.abs(matrix).max() > _WIDEST_SCALE_DEG:
        raise _broken(unit, f"a pixel would be {np.abs(matrix).max():g} deg wide")
    middle = np.array([[(width + 1) / 2, (height + 1) / 2]])
    try:
        there = wcs.wcs_pix2world(middle, 1)
        back = wcs.wcs_world2pix(there, 1)
    except WcsError as err:
        raise _broken(unit, str(err).strip().splitlines()[0]) from err
    if not np.isfinite(there).all():
        raise _broken(unit, "the middle of the image is nowhere on the sky")
    # Away from the image's own part of the projection the way back may lead elsewhere.
    if np.abs(back - middle).max() > _ROUND_TRIP_PIXEL * max(width, height, 1):
        raise _broken(unit, "the way from a pixel to the sky and back leads elsewhere")


def _scale_deg(unit: Unit, wcs: Any, width: int, height: int) -> float:
    x, y = (width + 1) / 2, (height + 1) / 2
    u, v = min(0.5, width / 4), min(0.5, height / 4)
    here = _directions(wcs, np.array([[x - u, y], [x + u, y], [x, y - v], [x, y + v]]))
    area = float(norm(cross(here[1] - here[0], here[3] - here[2]))) / (4 * u * v)
    scale = math.degrees(math.sqrt(area)) if area > 0 else math.nan
    if not _NARROWEST_SCALE_DEG < scale < _WIDEST_SCALE_DEG:
        raise _broken(unit, f"a pixel in the middle would be {scale:g} deg wide")
    return scale


def _sides(wcs: Any, width: int, height: int) -> tuple[_Array, ...]:
    """The sides from corner to corner of the outermost pixels, once around; or see `Place`."""
    along = np.linspace(0.0, 1.0, _ALONG)
    left, right, low, high = 0.5, width + 0.5, 0.5, height + 0.5
    x, y = left + along * (right - left), low + along * (high - low)
    ways = [
        (x, np.full(_ALONG, low)), (np.full(_ALONG, right), y),
        (x[::-1], np.full(_ALONG, high)), (np.full(_ALONG, left), y[::-1]),
    ]  # fmt: skip
    middle = np.array([[(left + right) / 2, (low + high) / 2]])
    around = _directions(wcs, np.concatenate([middle, *(np.stack(way, axis=1) for way in ways)]))
    away = np.arccos(np.clip(around @ around[0], -1, 1))
    if np.isfinite(away).all() and away.max() < _WIDEST_RAD:
        return tuple(np.split(around[1:], 4))
    # What lies around more than half of the sky has its edge on the other side of it.
    grid = np.stack([each.ravel() for each in np.meshgrid(x, y)], axis=1)
    return (np.concatenate([around, _directions(wcs, grid)]),)


def _directions(wcs: Any, pixels: _Array) -> _Array:
    """Unit vectors in ICRS of 1-based pixels; NaN where they are nowhere."""
    try:
        world = wcs.all_pix2world(pixels, 1)
    except WcsError:
        return np.full((len(pixels), 3), np.nan)
    lon, lat = world[:, wcs.wcs.lng], world[:, wcs.wcs.lat]
    frame = wcs_to_celestial_frame(wcs)
    if isinstance(frame, ICRS):
        return unit_vectors(lon, lat)
    good = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90)
    found = np.full((len(pixels), 3), np.nan)
    sky = SkyCoord(lon[good], lat[good], unit="deg", frame=frame).icrs
    found[good] = unit_vectors(sky.ra.deg, sky.dec.deg)
    return found


def _broken(unit: Unit, what: str) -> BadParameter:
    return BadParameter(
        f"the WCS of {unit.name} is broken: {what:.200}; mend it, or remove it to have the image "
        "without a place"
    )
