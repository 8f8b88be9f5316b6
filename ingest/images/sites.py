"""Where a telescope stands, by whatever keywords its images have.

References
----------
FITS standard 4.0, section 9.5: OBSGEO-X, -Y, -Z are geocentric, OBSGEO-L, -B, -H geodetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import erfa
import numpy as np
from satvo.ingest.images.synonyms import Found, Headers, degrees, west_positive

__all__ = ["Site", "find_site"]

_WGS84 = 1  # erfa.gc2gd's number for it
_NEAREST_M, _FARTHEST_M = 6.3e6, 6.4e6


@dataclass(slots=True)
class Site:
    """Where a telescope stands, WGS84; None for what is not told.

    Attributes
    ----------
    lon_deg, lat_deg, height_m : float or None
        East longitude, geodetic latitude, height above the ellipsoid.
    found, doubtful : list of str
    """

    lon_deg: float | None = None
    lat_deg: float | None = None
    height_m: float | None = None
    found: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


def find_site(headers: Headers) -> Site:
    """The site of an image.

    A longitude counts to the east, but where its comment or a letter says otherwise. One that some
    observatories give without a sign is not believed where it has none.
    """
    site = Site()
    if _geocentric(headers, site):
        return site
    lon = _longitude(headers, site)
    lat = next((each for each in map(_latitude, headers.all("latitude")) if each), None)
    height = headers.number("height")
    if lat is not None:
        site.lat_deg = lat[0]
    if height is not None and -500 < height[0] < 9000:
        site.height_m = height[0]
    names = [lon, lat[1] if lat else None, height[1].keyword if height else None]
    if any(names):
        site.found.append(f"site ({', '.join(name for name in names if name)})")
    return site


def _geocentric(headers: Headers, site: Site) -> bool:
    parts = [headers.get(f"OBSGEO-{axis}") for axis in "XYZ"]
    if not all(isinstance(part, (int, float)) for part in parts):
        return False
    place = np.array(parts, dtype=float)
    distance = float(np.linalg.norm(place))
    if not _NEAREST_M < distance < _FARTHEST_M:
        site.doubtful.append(f"OBSGEO-X, Y, Z are {distance / 1e3:.0f} km from the geocentre")
        return False
    lon, lat, height = erfa.gc2gd(_WGS84, place)
    site.lon_deg = round(math.degrees(lon), 9)
    site.lat_deg = round(math.degrees(lat), 9)
    site.height_m = round(float(height), 3)
    site.found.append("site (OBSGEO-X, OBSGEO-Y, OBSGEO-Z)")
    return True


def _longitude(headers: Headers, site: Site) -> str | None:
    for found in headers.all("longitude"):
        angle, letter = _angle(found, "EW")
        if angle is None or not -180 <= angle <= 360:
            continue
        if found.about.get("signless") and angle > 0 and not letter:
            site.doubtful.append(
                f"{found.keyword}={angle:g} may count to the west, as it does in files of some "
                "observatories; tell site_lon"
            )
            continue
        if letter == "W" or (not letter and west_positive(found.comment)):
            angle = -angle
        site.lon_deg = angle if angle <= 180 else angle - 360
        return found.keyword
    return None


def _latitude(found: Found) -> tuple[float, str] | None:
    angle, letter = _angle(found, "NS")
    if angle is None or not -90 <= angle <= 90:
        return None
    return (-angle if letter == "S" else angle), found.keyword


def _angle(found: Found, letters: str) -> tuple[float | None, str]:
    """An angle and the letter behind or before it."""
    value, letter = found.value, ""
    if isinstance(value, str):
        text = value.strip().upper()
        for each in letters:
            if text.startswith(each) or text.endswith(each):
                letter, text = each, text.strip(f"{each} ")
        value = text
    return degrees(value), letter
