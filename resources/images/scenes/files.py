"""Made-up frames as files: FITS with a whole header, masks, and catalogues of the truth."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.scenes.canvas import MASK_BITS, Canvas, Drawn
from satvo.schemas.moments import mjd_of

__all__ = ["cards_of", "catalogue", "ecsv", "exposed", "fits_file", "mask_file", "trail_rows"]

_TRUTH = (
    ("kind", "string", "", "What it is"),
    ("x", "float64", "pix", "Column, 1-based; of a trail the end that came first"),
    ("y", "float64", "pix", "Row, 1-based"),
    ("x2", "float64", "pix", "Column of the other end of a trail"),
    ("y2", "float64", "pix", "Row of the other end"),
    ("ra", "float64", "deg", "Right ascension of x and y, ICRS"),
    ("dec", "float64", "deg", "Declination of x and y, ICRS"),
    ("ra2", "float64", "deg", "Right ascension of the other end"),
    ("dec2", "float64", "deg", "Declination of the other end"),
    ("mag", "float64", "mag", "AB magnitude in the band of the frame"),
    ("norad_id", "int64", "", "Satellite, where it is one that is known"),
)
_MADE = datetime(2026, 11, 22)
"""DATE of every file, so that the same scene is the same file on any day."""

Floats = NDArray[np.float64]


def exposed(canvas: Canvas, expected: Floats, *, raw: bool) -> NDArray[Any]:
    """Counts: photons and read noise at random, float32 if calibrated, 16 bit with bias if raw."""
    setup = canvas.setup
    photons = canvas.random.poisson(np.maximum(expected, 0.0))
    electrons = photons + canvas.random.normal(0.0, setup.read_noise, expected.shape)
    counts = electrons / setup.gain
    if not raw:
        return np.minimum(counts, setup.saturation).astype(np.float32)
    return np.clip(np.rint(counts + 500.0), 0, setup.saturation).astype(np.uint16)


def cards_of(
    canvas: Canvas, title: str, start: datetime, *, raw: bool
) -> dict[str, tuple[Any, str]]:
    """What the header says, all that the report asks for (section 2.1), but the WCS."""
    setup = canvas.setup
    lon, lat, height = setup.place()
    end = start + (canvas.end - canvas.start)
    cards: dict[str, tuple[Any, str]] = {
        "OBJECT": (title, ""),
        "ORIGIN": ("satvo", "simulated, not observed"),
        "TELESCOP": (setup.telescope, ""),
        "INSTRUME": (setup.instrument, ""),
        "DATE": (_MADE.isoformat(), ""),
        "TIMESYS": ("UTC", ""),
        **began(start),
        "DATE-END": (end.isoformat(timespec="milliseconds"), "end"),
        "MJD-END": (mjd_of(end), "[d] end"),
        "EXPTIME": (canvas.exposure_s, "[s]"),
        "SITELONG": (round(lon, 6), "[deg] WGS84, east positive"),
        "SITELAT": (round(lat, 6), "[deg] WGS84"),
        "SITEELEV": (round(height, 1), "[m] above the ellipsoid"),
        "FOCALLEN": (round(setup.focal_length_m * 1e3, 3), "[mm]"),
        "APTDIA": (round(setup.aperture_m * 1e3, 3), "[mm]"),
        "OPTICS": (setup.optics, ""),
        "FILTER": (setup.filter_name, ""),
        "GAIN": (setup.gain, "[electron/adu]"),
        "RDNOISE": (setup.read_noise, "[electron]"),
        "SATURATE": (setup.saturation, "[adu]"),
        "BUNIT": ("adu", ""),
        "SEEING": (setup.seeing_arcsec, "[arcsec] full width at half maximum"),
        "MAGZERO": (_zero_point(canvas), "magnitude of one adu in the exposure"),
        "MAGSYS": ("AB", ""),
        "CALIBRAT": ("raw" if raw else "bias, dark and flat are right", ""),
    }
    if setup.filter_url:
        cards["FILTURL"] = (setup.filter_url, "")
    if setup.detector:
        cards["DETSIZE"] = (setup.detector, "of which this is a window")
    return cards


def began(start: datetime) -> dict[str, tuple[Any, str]]:
    """When an exposure began, UTC: both as a date and as MJD, or wcslib would add the one."""
    return {
        "DATE-OBS": (start.isoformat(timespec="milliseconds"), "start"),
        "MJD-OBS": (mjd_of(start), "[d] start"),
    }


def fits_file(units: Sequence[tuple[NDArray[Any] | None, Mapping[str, Any]]]) -> bytes:
    """A FITS file of these arrays and cards, the first of them primary."""
    from astropy.io import fits

    hdus = fits.HDUList()
    for array, cards in units:
        kind = fits.ImageHDU if len(hdus) else fits.PrimaryHDU
        hdu = kind(array)
        for key, value in cards.items():
            hdu.header[key] = value
        hdus.append(hdu)
    stream = io.BytesIO()
    hdus.writeto(stream, checksum=False)
    return stream.getvalue()


def mask_file(mask: NDArray[np.uint8], cards: Mapping[str, Any]) -> bytes:
    """A truth mask as FITS, which says what its bits mean."""
    bits = {f"BIT{value:d}": (kind, "pixels with this bit") for kind, value in MASK_BITS.items()}
    return fits_file([(mask, {**cards, **bits})])


def catalogue(canvas: Canvas, *, pixels: bool = True) -> bytes:
    """The truth as ECSV: every star and trail, and whatever else was drawn.

    Without ``pixels`` it has places on the sky alone, for a frame of several detectors.
    """
    wcs = canvas.wcs()
    rows = []
    for each in canvas.objects:
        row = dict(each)
        for end in ("", "2"):
            if f"x{end}" in each:
                at = each[f"x{end}"], each[f"y{end}"]
                row[f"ra{end}"], row[f"dec{end}"] = map(float, wcs.wcs_pix2world(*at, 0))
                row[f"x{end}"], row[f"y{end}"] = at[0] + 1.0, at[1] + 1.0
                if not pixels:
                    del row[f"x{end}"], row[f"y{end}"]
        rows.append(row)
    return ecsv(_TRUTH, rows, {"made": "simulated by satvo, with simple models"})


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
        What is missing or None is left empty.
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


def trail_rows(canvas: Canvas) -> list[dict[str, Any]]:
    """The trails as rows of `satvo.trail`, without what only the archive knows."""
    return [_trail_row(canvas, trail) for trail in canvas.trails]


def _trail_row(canvas: Canvas, trail: Drawn) -> dict[str, Any]:
    from satvo.schemas.sphere import separation_deg

    wcs = canvas.wcs()
    x1, y1, x2, y2 = trail.ends
    length = float(np.hypot(x2 - x1, y2 - y1))
    half = trail.width_arcsec / canvas.setup.pixel_arcsec / 2
    across = -(y2 - y1) / length * half, (x2 - x1) / length * half
    places = [
        (x1, y1), (x2, y2), ((x1 + x2) / 2, (y1 + y2) / 2),
        (x1 - across[0], y1 - across[1]), (x2 - across[0], y2 - across[1]),
        (x2 + across[0], y2 + across[1]), (x1 + across[0], y1 + across[1]),
    ]  # fmt: skip
    (ra1, dec1), (ra2, dec2), (ra, dec), *corners = wcs.wcs_pix2world(places, 0).tolist()
    area = canvas.setup.pixel_arcsec**2
    peak = float(trail.light.max()) / canvas.exposure_s / area
    return {
        "origin": "simulated",
        "norad_id": trail.passing.norad_id,
        "x1": x1 + 1.0, "y1": y1 + 1.0, "x2": x2 + 1.0, "y2": y2 + 1.0,
        "ra_start": ra1, "dec_start": dec1, "ra_end": ra2, "dec_end": dec2,
        "s_ra": ra, "s_dec": dec,
        "s_region": [value for corner in corners for value in corner],
        "length": float(separation_deg(ra1, dec1, ra2, dec2)) * 3600.0,
        "width": trail.width_arcsec,
        "pos_angle": _pos_angle(ra1, dec1, ra2, dec2) % 180.0,
        "sb": canvas.setup.zero_point - 2.5 * float(np.log10(peak)),
        "snr": canvas.snr(trail),
    }  # fmt: skip


def _pos_angle(ra1: float, dec1: float, ra2: float, dec2: float) -> float:
    """Of the second place from the first, deg from north through east."""
    a1, d1, a2, d2 = np.radians([ra1, dec1, ra2, dec2])
    east = np.sin(a2 - a1) * np.cos(d2)
    north = np.cos(d1) * np.sin(d2) - np.sin(d1) * np.cos(d2) * np.cos(a2 - a1)
    return float(np.degrees(np.arctan2(east, north)))


def _zero_point(canvas: Canvas) -> float:
    """Magnitude of one count in the whole exposure."""
    setup = canvas.setup
    return float(
        round(setup.zero_point + 2.5 * np.log10(canvas.exposure_s) - 2.5 * np.log10(setup.gain), 4)
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if value != value else repr(round(value, 9))
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n ') else text
