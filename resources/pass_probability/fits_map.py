"""A map as a FITS file that healpy, Aladin and HipsGen read, and back."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.probability_map import (
    ALTITUDES_DEG,
    FRAMES,
    MAP_COLUMNS,
    MapFacts,
    ProbabilityMap,
)
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import MJD_EPOCH

__all__ = ["UNSEEN", "read_map", "write_map"]

UNSEEN = -1.6375e30
"""What HEALPix software takes as no value."""

_ROWS = 1 << 16
"""Cells that are written at once."""
_BLOCK = 2880
_COORDSYS = {"equatorial": "C", "altaz": "H"}
_NUMBERS = {  # attribute: keyword and comment
    "sun_az_deg": ("SUN_AZ", "[deg] azimuth of the Sun, north through east"),
    "sun_alt_deg": ("SUN_ALT", "[deg] altitude of the Sun, no refraction"),
    "sun_ra_deg": ("SUN_RA", "[deg] right ascension of the Sun, ICRS"),
    "sun_dec_deg": ("SUN_DEC", "[deg] declination of the Sun, ICRS"),
    "n_total": ("NTOTAL", "satellites in the population, anywhere"),
}
_CAMERA = {
    "exposure_s": ("EXPTIME", "[s] exposure"),
    "radius_deg": ("RADIUS", "[deg] of the field, or around its corners"),
    "width_deg": ("WIDTH", "[deg] of a rectangular field, 0: circle"),
    "height_deg": ("HEIGHT", "[deg] of a rectangular field, 0: circle"),
    "mag_limit": ("MAGLIM", "[mag] illuminated means brighter than this too"),
    "depth_mag": ("DEPTH", "[mag] fainter trails are not detected"),
    "blooming_mag": ("BLOOM", "[mag] brighter trails spoil the exposure"),
    "trail_width_arcsec": ("TRAILW", "[arcsec] width of what a trail spoils"),
    "resolution_arcsec": ("RESOL", "[arcsec] resolution element"),
}
_TEXTS = {
    "observer_name": ("OBSERVER", ""),
    "population": ("POPUL", "what was counted"),
    "model": ("MODEL", "brightness model"),
}


def write_map(probabilities: ProbabilityMap, stream: BinaryIO) -> None:
    """Write a map as a binary table of the whole sky, a row for each cell in NESTED order.

    Parameters
    ----------
    probabilities : ProbabilityMap
    stream : binary stream
        It is only written to, from beginning to end.

    Notes
    -----
    Cells below the horizon hold `UNSEEN` (BAD_DATA); NaN in t_next says that no satellite is
    expected there. What is not known (no limit, no time) has no keyword. COORDSYS is C for ICRS and
    H for the horizon, longitude being the azimuth from north through east. Characters that FITS
    has not are written with backslashes, as Python writes them.

    References
    ----------
    FITS standard 4.0, section 7.3. HEALPix conventions: the files that healpy 1.20 writes.
    """
    names = [name for name in MAP_COLUMNS if name in probabilities.values]
    kinds = np.dtype(
        [(n, ">f8" if probabilities.values[n].dtype == np.float64 else ">f4") for n in names]
    )
    cells = 12 * probabilities.nside**2
    stream.write(_headers(probabilities, kinds, cells))
    for start in range(0, cells, _ROWS):
        rows = np.full(min(_ROWS, cells - start), UNSEEN, dtype=kinds)
        low, high = np.searchsorted(probabilities.pixels, [start, start + len(rows)])
        places = probabilities.pixels[low:high] - start
        for name in names:
            rows[name][places] = probabilities.values[name][low:high]
        stream.write(rows.tobytes())
    stream.write(bytes(-cells * kinds.itemsize % _BLOCK))


def read_map(stream: BinaryIO) -> ProbabilityMap:
    """The map that a file of `write_map` holds.

    Raises
    ------
    BadParameter
        If it is no FITS file, or lacks a keyword or column that `write_map` writes.
    """
    from astropy.io import fits

    try:
        with fits.open(io.BytesIO(stream.read()), memmap=False) as found:
            header, table = found[1].header, found[1].data
            names = [name for name in MAP_COLUMNS if name in (table.columns.names or ())]
            seen = ~(np.asarray(table[names[0]]) < 0.999 * UNSEEN)
            pixels = np.flatnonzero(seen).astype(np.int64)
            values = {name: _native(np.asarray(table[name])[pixels]) for name in names}
            nside, frame, facts = int(header["NSIDE"]), str(header["FRAME"]), _facts(header)
    except (OSError, LookupError, TypeError, ValueError, AttributeError) as err:
        raise BadParameter(
            f"the file is no map of pass probabilities ({err}); give one that satvo has written"
        ) from err
    if frame not in FRAMES or len(seen) != 12 * nside**2 or nside & (nside - 1):
        raise BadParameter(
            f"the map has FRAME={frame}, NSIDE={nside} and {len(seen)} cells; accepted are "
            f"{' or '.join(FRAMES)} and 12 NSIDE^2 cells, NSIDE a power of two"
        )
    return ProbabilityMap(nside.bit_length() - 1, frame, pixels, values, facts)


def _headers(probabilities: ProbabilityMap, kinds: np.dtype[Any], cells: int) -> bytes:
    """Of the empty first part of the file and of the table."""
    from astropy.io import fits

    table = fits.BinTableHDU(np.zeros(0, dtype=kinds), name="PASSPROB")
    header = table.header
    header["NAXIS2"] = cells
    for number, name in enumerate(kinds.names or (), 1):
        unit, words = MAP_COLUMNS[name]
        header.comments[f"TTYPE{number}"] = _fitting(words, f"'{name:8}'")
        if unit:
            header.set(f"TUNIT{number}", unit, after=f"TFORM{number}")
    frame = probabilities.frame
    sky = "equatorial, ICRS" if frame == "equatorial" else "horizon: azimuth (N to E), altitude"
    cards: list[tuple[str, object, str]] = [
        ("PIXTYPE", "HEALPIX", "HEALPix cells"),
        ("ORDERING", "NESTED", "numbering of the cells"),
        ("COORDSYS", _COORDSYS[frame], sky),
        ("NSIDE", probabilities.nside, "cells along the side of a base cell"),
        ("FIRSTPIX", 0, "first cell"),
        ("LASTPIX", cells - 1, "last cell"),
        ("INDXSCHM", "IMPLICIT", "the row is the cell"),
        ("OBJECT", "FULLSKY", "rows for the whole sky"),
        ("BAD_DATA", UNSEEN, "below the horizon"),
        ("FRAME", frame, sky),
        *([("RADESYS", "ICRS", "")] if frame == "equatorial" else []),
        *_told(probabilities.facts),
        ("CREATOR", "satvo", "software"),
    ]
    for card in cards:
        header.append(card, end=True)
    text: str = fits.PrimaryHDU().header.tostring() + header.tostring()
    return text.encode("ascii")


def _told(facts: MapFacts) -> list[tuple[str, object, str]]:
    """Keywords, values and comments; none for what is NaN."""
    place = (facts.lon_deg, facts.lat_deg, facts.height_m)
    words = ("[deg] longitude, east positive", "[deg] latitude, WGS84", "[m] above WGS84")
    short, standard = ("OBSLON", "OBSLAT", "OBSHGT"), ("OBSGEO-L", "OBSGEO-B", "OBSGEO-H")
    cards: list[tuple[str, float, str]] = [
        *zip(short, place, words, strict=True),
        *zip(standard, place, words, strict=True),
    ]
    cards += [(key, getattr(facts.camera, name), note) for name, (key, note) in _CAMERA.items()]
    cards += [(key, getattr(facts, name), note) for name, (key, note) in _NUMBERS.items()]
    for altitude, up, lit in zip(
        ALTITUDES_DEG, facts.n_sat_above, facts.n_illum_above, strict=True
    ):
        cards.append((f"NSAT{altitude:02.0f}", up, f"satellites above {altitude:g} deg"))
        cards.append((f"NILL{altitude:02.0f}", lit, f"illuminated ones above {altitude:g} deg"))
    known = [card for card in cards if math.isfinite(card[1])]
    texts = [(key, _ascii(getattr(facts, name)), note) for name, (key, note) in _TEXTS.items()]
    return [*texts, *_when(facts), *known]


def _when(facts: MapFacts) -> list[tuple[str, object, str]]:
    if math.isnan(facts.mjd):
        return []
    start = facts.mjd - facts.camera.exposure_s / 172_800.0
    moment = (MJD_EPOCH + timedelta(days=start)).isoformat(timespec="milliseconds")
    return [
        ("TIMESYS", "UTC", ""),
        ("DATE-OBS", moment, "start of the exposure"),
        ("MJD-OBS", start, "[d] start of the exposure"),
        ("MJD-AVG", facts.mjd, "[d] middle of the exposure"),
    ]


def _facts(header: Mapping[str, Any]) -> MapFacts:
    numbers: dict[str, Any] = {
        name: float(header.get(key, math.nan)) for name, (key, _) in _NUMBERS.items()
    }
    above = {
        name: tuple(float(header[f"{key}{altitude:02.0f}"]) for altitude in ALTITUDES_DEG)
        for name, key in (("n_sat_above", "NSAT"), ("n_illum_above", "NILL"))
    }
    camera = {name: float(header.get(key, math.nan)) for name, (key, _) in _CAMERA.items()}
    texts: dict[str, Any] = {name: str(header[key]) for name, (key, _) in _TEXTS.items()}
    return MapFacts(
        lon_deg=float(header["OBSLON"]),
        lat_deg=float(header["OBSLAT"]),
        height_m=float(header["OBSHGT"]),
        mjd=float(header.get("MJD-AVG", math.nan)),
        camera=Camera(**camera),
        n_sat_above=above["n_sat_above"],
        n_illum_above=above["n_illum_above"],
        **numbers,
        **texts,
    )


def _native(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(values.dtype.newbyteorder("="))


def _ascii(text: str) -> str:
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return printable.encode("ascii", "backslashreplace").decode("ascii")


def _fitting(comment: str, value: str) -> str:
    """A comment cut at a word, so that the card holds it after its value."""
    room = 80 - len("TTYPE1  = ") - max(len(value), 20) - len(" / ")
    return comment if len(comment) <= room else comment[:room].rpartition(" ")[0]
