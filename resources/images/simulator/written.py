"""Simulated exposures as files: FITS with a whole header, truth masks, and truth catalogues.

The same exposure is the same bytes on any day and any machine of one byte order.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.exposure import (
    MASK_BITS,
    MASK_MEANING,
    Exposure,
    TrailTruth,
)

__all__ = ["ecsv", "fits_file", "frame_file", "trail_rows", "truth_catalogue", "truth_file"]

Cards = Mapping[str, Any]

_COLUMNS = (
    ("kind", "string", "", "What it is: trail, star, galaxy, source, comet, asteroid, ghost"),
    ("name", "string", "", "Its name, where it has one"),
    ("norad_id", "int64", "", "Catalogue number of the satellite, where it is one that is known"),
    ("x", "float64", "pix", "Column, 1-based as FITS; of a trail where it is first in the frame"),
    ("y", "float64", "pix", "Row, 1-based"),
    ("x2", "float64", "pix", "Column where a trail is last in the frame"),
    ("y2", "float64", "pix", "Row of the same"),
    ("ra", "float64", "deg", "Right ascension of x and y, ICRS"),
    ("dec", "float64", "deg", "Declination of x and y, ICRS"),
    ("ra2", "float64", "deg", "Right ascension of x2 and y2, ICRS"),
    ("dec2", "float64", "deg", "Declination of x2 and y2, ICRS"),
    ("mag", "float64", "mag", "AB magnitude in the band of the frame; of a trail, of its source"),
    ("length", "float64", "pix", "Length of a trail inside the frame"),
    ("width", "float64", "pix", "Full width at half maximum of a trail as drawn"),
    ("mask_width", "float64", "pix", "Width of a trail in the truth mask"),
    ("mask_pixels", "int64", "", "Pixels of the truth mask that are its own"),
    ("electrons", "float64", "electron", "Expected of a trail inside the frame"),
    ("snr_avg", "float64", "", "Mean signal over the mask by the noise of the background"),
    ("snr_tot", "float64", "", "Sum of the signal over the mask by the noise of the background"),
    ("sb", "float64", "mag / arcsec2", "Surface brightness of a trail at its brightest pixel, AB"),
    ("first", "float64", "s", "From the start of the exposure to x and y of a trail"),
    ("last", "float64", "s", "From the start of the exposure to x2 and y2"),
    ("rate", "float64", "arcsec / s", "Angular speed of a satellite against the stars"),
    ("pos_angle", "float64", "deg", "Direction of its motion, from north through east"),
    ("range", "float64", "km", "Distance of the satellite, where it is known"),
    ("enclosed", "bool", "", "Whether a trail begins and ends inside the frame"),
)  # fmt: skip
_NAMES = tuple(name for name, *_ in _COLUMNS)


def frame_file(exposure: Exposure, more: Cards | None = None) -> bytes:
    """The frame as FITS.

    Parameters
    ----------
    exposure : Exposure
    more : mapping, optional
        Further cards, keyword to value or (value, comment).
    """
    return fits_file(exposure.counts, {**exposure.wcs_cards, **exposure.cards, **(more or {})})


def truth_file(exposure: Exposure, more: Cards | None = None) -> bytes:
    """The truth mask as FITS: uint8, what each bit means in the header, and the WCS.

    Parameters
    ----------
    exposure : Exposure
    more : mapping, optional
        Further cards.
    """
    kept = ("OBJECT", "ORIGIN", "DATE", "TIMESYS", "DATE-OBS", "MJD-OBS", "EXPTIME", "FILTER")
    cards: dict[str, Any] = {
        **exposure.wcs_cards,
        **{key: value for key, value in exposure.cards.items() if key in kept},
        "MASKDEF": (MASK_MEANING, ""),
        **{f"BIT{bit:d}": (kind, "pixels with this bit") for kind, bit in MASK_BITS.items()},
        "TRAILPIX": (exposure.share("trail"), "share of the pixels with the trail's bit"),
        **(more or {}),
    }
    return fits_file(exposure.truth, cards)


def fits_file(array: NDArray[Any], cards: Cards) -> bytes:
    """An image as FITS; texts too long for a card are continued on further cards.

    Parameters
    ----------
    array : ndarray (rows, columns)
    cards : mapping
        Keyword to value or (value, comment). What is NaN, infinite or None is left out.
    """
    from astropy.io import fits

    header = fits.Header()
    for key, given in cards.items():
        value, comment = given if isinstance(given, tuple) else (given, "")
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            continue
        if isinstance(value, str):
            value = " ".join(value.encode("ascii", "replace").decode().split())
            if len(value) > 60:
                comment = ""  # astropy puts a comment after each piece
        header[key] = (value, comment)
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(array, header)]).writeto(stream, checksum=False)
    return stream.getvalue()


def truth_catalogue(exposure: Exposure, about: Mapping[str, Any] | None = None) -> bytes:
    """Trails, stars and whatever else was drawn, as ECSV.

    Pixels count from 1 here, as FITS and the programs that show FITS count them; arrays of
    this package count from 0.

    Parameters
    ----------
    exposure : Exposure
    about : mapping, optional
        Further entries of its meta.
    """
    rows = [_trail(trail) for trail in exposure.trails]
    rows += [_object(each) for each in exposure.objects]
    extra = sorted({key for row in rows for key in row} - set(_NAMES))
    columns = [*_COLUMNS, *((key, _type([row.get(key) for row in rows]), "", "") for key in extra)]
    meta = {
        "mask_bits": MASK_BITS,
        "mask_definition": MASK_MEANING,
        "noise_electrons": _plain(exposure.noise_electrons),
        "sky_electrons": _plain(exposure.sky_electrons),
        "trail_share": round(exposure.share("trail"), 9),
        "star_share": _plain(exposure.star_share),
        **(about or {}),
    }
    return ecsv(columns, rows, meta)


def _trail(trail: TrailTruth) -> dict[str, Any]:
    return {
        "kind": "trail", "name": trail.name or None, "norad_id": trail.norad_id,
        "x": trail.x1 + 1.0, "y": trail.y1 + 1.0, "x2": trail.x2 + 1.0, "y2": trail.y2 + 1.0,
        "ra": trail.ra1, "dec": trail.dec1, "ra2": trail.ra2, "dec2": trail.dec2,
        "mag": trail.mag, "length": trail.length_px, "width": trail.width_px,
        "mask_width": trail.mask_px, "mask_pixels": trail.mask_pixels,
        "electrons": trail.electrons, "snr_avg": trail.snr_avg, "snr_tot": trail.snr_tot,
        "sb": trail.sb, "first": trail.first_s, "last": trail.last_s,
        "rate": trail.rate_arcsec_s, "pos_angle": trail.pos_angle, "range": trail.range_km,
        "enclosed": trail.enclosed,
    }  # fmt: skip


def _object(found: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(found)
    for key in ("x", "y", "x2", "y2"):
        if row.get(key) is not None:
            row[key] = float(row[key]) + 1.0
    return row


def ecsv(
    columns: Sequence[tuple[str, str, str, str]],
    rows: Sequence[Mapping[str, Any]],
    about: Mapping[str, Any],
) -> bytes:
    """A table as ECSV 1.0, as astropy reads it.

    Parameters
    ----------
    columns : sequence of (name, type, unit, description)
    rows : sequence of mapping
        What is missing, None or NaN is left empty.
    about : mapping
        Its meta.
    """
    lines = ["%ECSV 1.0", "---", "delimiter: ','", "datatype:"]
    for name, kind, unit, description in columns:
        told = {"name": name, "unit": unit, "datatype": kind, "description": description}
        lines.append(f"- {json.dumps({key: value for key, value in told.items() if value})}")
    lines += [f"meta: {json.dumps(dict(about))}", "schema: astropy-2.0"]
    text = "".join(f"# {line}\n" for line in lines)
    text += ",".join(column[0] for column in columns) + "\n"
    for row in rows:
        text += ",".join(_cell(row.get(name)) for name, *_ in columns) + "\n"
    return text.encode()


def trail_rows(exposure: Exposure) -> list[dict[str, Any]]:
    """The trails as rows of `satvo.trail`, without what only the archive knows.

    Pixels count from 1, as that table has them; lengths and widths are arcsec.
    """
    return [_archive_row(exposure, trail) for trail in exposure.trails]


def _archive_row(exposure: Exposure, trail: TrailTruth) -> dict[str, Any]:
    from astropy.io import fits
    from astropy.wcs import WCS
    from satvo.schemas.sphere import separation_deg

    wcs = WCS(fits.Header(dict(exposure.wcs_cards)))
    (x1, y1), (x2, y2) = (trail.x1, trail.y1), (trail.x2, trail.y2)
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    half = trail.width_px / 2.0
    across = -(y2 - y1) / length * half, (x2 - x1) / length * half
    places = [
        ((x1 + x2) / 2, (y1 + y2) / 2),
        (x1 - across[0], y1 - across[1]), (x2 - across[0], y2 - across[1]),
        (x2 + across[0], y2 + across[1]), (x1 + across[0], y1 + across[1]),
    ]  # fmt: skip
    (ra, dec), *corners = wcs.all_pix2world(places, 0).tolist()
    breadth = separation_deg(*corners[0], *corners[3]) * 3600.0
    ends = separation_deg(trail.ra1, trail.dec1, trail.ra2, trail.dec2) * 3600.0
    return {
        "origin": "simulated",
        "norad_id": trail.norad_id,
        "x1": x1 + 1.0, "y1": y1 + 1.0, "x2": x2 + 1.0, "y2": y2 + 1.0,
        "ra_start": trail.ra1, "dec_start": trail.dec1,
        "ra_end": trail.ra2, "dec_end": trail.dec2,
        "s_ra": ra, "s_dec": dec,
        "s_region": [value for corner in corners for value in corner],
        "length": float(ends), "width": float(breadth),
        "pos_angle": trail.pos_angle % 180.0,
        "sb": trail.sb, "snr": trail.snr_avg,
    }  # fmt: skip


def _type(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool, np.bool_}:
        return "bool"
    numbers = (bool, int, float, np.number, np.bool_)
    return "float64" if all(issubclass(kind, numbers) for kind in kinds) else "string"


def _plain(value: float) -> float | None:
    return round(float(value), 9) if math.isfinite(value) else None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)):
        return "" if value != value else repr(round(float(value), 9))
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n ') else text
