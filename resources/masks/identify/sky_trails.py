"""A trail of an image on the sky: where its ends are, and how well that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.identify.predicted import ARCSEC
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import normalised, unit_vectors

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["SkyTrail", "sky_of", "sky_trail"]

Floats = NDArray[np.float64]

_ACROSS_PX, _ALONG_PX = 0.5, 2.0
"""Of an end whose errors are not told."""
_LEAST_ALONG_PX = 0.5
_EDGE_PX = 2.0
_LEAST_ARCSEC = 1e-3


@dataclass(frozen=True, eq=False, slots=True)
class SkyTrail:
    """A trail on the sky.

    Attributes
    ----------
    ends : ndarray (2, 3)
        Unit vectors of start and end, in the frame of catalogued stars.
    is_open : tuple of bool
        Whether it leaves the image at its start, at its end.
    across_arcsec, along_arcsec : float
        1-sigma errors of an end.
    """

    ends: Floats
    is_open: tuple[bool, bool]
    across_arcsec: float
    along_arcsec: float

    @property
    def middle(self) -> Floats:
        """Unit vector (3,)."""
        return np.asarray(normalised(self.ends.sum(axis=0)))

    @property
    def length_arcsec(self) -> float:
        """From start to end."""
        apart = float(np.linalg.norm(self.ends[1] - self.ends[0]))
        return 2.0 * math.asin(min(apart / 2.0, 1.0)) * ARCSEC

    def turned(self) -> SkyTrail:
        """The same from its end to its start."""
        return SkyTrail(self.ends[::-1], self.is_open[::-1], self.across_arcsec, self.along_arcsec)


def sky_trail(
    trail: FoundTrail, wcs: WCS | Any, shape: tuple[int, int], *, wcs_arcsec: float = 0.0
) -> SkyTrail:
    """A found trail on the sky.

    An end that lies within its width of the border is taken to be open, whatever its detector says.

    Parameters
    ----------
    trail : FoundTrail
    wcs : astropy.wcs.WCS
        Celestial, of the same pixels.
    shape : (int, int)
        Rows and columns of the image.
    wcs_arcsec : float
        1-sigma error of the WCS, added to that of each end.

    Raises
    ------
    BadParameter
        If the WCS says nothing at an end, or both are at one place.
    """
    xy = np.array([trail.start_xy, trail.end_xy], dtype=np.float64)
    ends = sky_of(wcs, xy)
    if not np.isfinite(ends).all():
        raise BadParameter(
            f"the WCS has no place on the sky for ({xy[0, 0]:.1f}, {xy[0, 1]:.1f}) or "
            f"({xy[1, 0]:.1f}, {xy[1, 1]:.1f}); solve the image anew"
        )
    apart = float(np.linalg.norm(ends[1] - ends[0])) * ARCSEC
    if not apart > _LEAST_ARCSEC:
        raise BadParameter(
            f"a trail from {trail.start_xy} to {trail.end_xy} has no length; two ends that differ "
            "are accepted"
        )
    scale = apart / trail.length
    across = _known(trail.across_error, _ACROSS_PX) * scale
    along = max(_known(trail.along_error, _ALONG_PX), _LEAST_ALONG_PX) * scale
    first, last = (_is_at_edge(point, trail, shape) for point in xy)
    return SkyTrail(
        ends,
        (trail.open_ends[0] or first, trail.open_ends[1] or last),
        math.hypot(across, wcs_arcsec),
        math.hypot(along, wcs_arcsec),
    )


def sky_of(wcs: WCS | Any, xy: Floats) -> Floats:
    """Unit vectors (n, 3), ICRS, of pixels (n, 2) from 0; NaN where the WCS has no place.

    Whatever system the WCS is of: galactic ones and those of older equinoxes are seen.
    """
    from astropy.wcs.utils import pixel_to_skycoord

    sky = pixel_to_skycoord(xy[:, 0], xy[:, 1], wcs, 0).icrs
    return unit_vectors(np.asarray(sky.ra.deg), np.asarray(sky.dec.deg))


def _known(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise


def _is_at_edge(point: Floats, trail: FoundTrail, shape: tuple[int, int]) -> bool:
    near = max(_EDGE_PX, _known(trail.width, 0.0))
    rows, columns = shape
    x, y = point
    return bool(min(x, y) < near - 0.5 or x > columns - 0.5 - near or y > rows - 0.5 - near)
