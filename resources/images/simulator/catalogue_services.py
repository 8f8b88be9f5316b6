"""Stars from services of the Virtual Observatory, for library and command, not for the server."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from satvo.resources.images.simulator.catalogues import StarTable
from satvo.resources.images.simulator.stars import StarField
from satvo.schemas.errors import BadParameter, Unavailable

__all__ = ["ConeSearch", "TapCatalogue"]

_MOST_BYTES = 200_000_000
_MOST_ROWS = 500_000


@dataclass(frozen=True)
class TapCatalogue:
    """Stars of a table that a TAP service has.

    Attributes
    ----------
    address : str
        Of the service, without /sync.
    table : str
    ra, dec, mag : str
        Columns; places in ICRS and deg.
    pm_ra, pm_dec : str, optional
        mas/yr, the first with cos dec.
    colour : str, optional
        Gaia BP - RP.
    epoch : float
        Of the places, Julian year.
    band : str
        Of the magnitudes.
    timeout_s : float
    """

    address: str
    table: str = "gaiadr3.gaia_source"
    ra: str = "ra"
    dec: str = "dec"
    mag: str = "phot_g_mean_mag"
    pm_ra: str | None = "pmra"
    pm_dec: str | None = "pmdec"
    colour: str | None = "bp_rp"
    epoch: float = 2016.0
    band: str = "G"
    timeout_s: float = 60.0

    def near(
        self, ra: float, dec: float, radius_deg: float, when: datetime, faintest: float
    ) -> StarField:
        """Stars within a circle.

        Raises
        ------
        Unavailable
            If the service cannot be reached, or does not answer with a table.
        BadParameter
            For an address that is none of HTTP.
        """
        form = {
            "REQUEST": "doQuery", "LANG": "ADQL", "FORMAT": "votable",
            "MAXREC": str(_MOST_ROWS), "QUERY": self.query(ra, dec, radius_deg, faintest),
        }  # fmt: skip
        answer = _asked(f"{self.address.rstrip('/')}/sync", form, self.timeout_s)
        stars = StarTable.of(_table(answer, self.address), epoch=self.epoch, band=self.band)
        return stars.near(ra, dec, radius_deg, when, faintest)

    def query(self, ra: float, dec: float, radius_deg: float, faintest: float) -> str:
        """What is asked, in ADQL."""
        columns = {
            "ra": self.ra, "dec": self.dec, "mag": self.mag,
            "pm_ra": self.pm_ra, "pm_dec": self.pm_dec, "colour": self.colour,
        }  # fmt: skip
        listed = ", ".join(f"{name} AS {alias}" for alias, name in columns.items() if name)
        circle = f"CIRCLE({ra:.8f}, {dec:.8f}, {radius_deg:.8f})"
        inside = f"1 = CONTAINS(POINT({self.ra}, {self.dec}), {circle})"
        # The names are the caller's own, and a TAP service only reads.
        return f"SELECT {listed} FROM {self.table} WHERE {inside} AND {self.mag} <= {faintest:.4f}"  # noqa: S608


@dataclass(frozen=True)
class ConeSearch:
    """Stars of a Simple Cone Search service, whose columns have usual names.

    Attributes
    ----------
    address : str
    epoch : float
        Of the places, Julian year.
    band : str
        Of the magnitudes.
    timeout_s : float
    """

    address: str
    epoch: float = 2000.0
    band: str = "V"
    timeout_s: float = 60.0

    def near(
        self, ra: float, dec: float, radius_deg: float, when: datetime, faintest: float
    ) -> StarField:
        """Stars within a circle; raises as `TapCatalogue.near` does."""
        form = {"RA": f"{ra:.8f}", "DEC": f"{dec:.8f}", "SR": f"{radius_deg:.8f}", "VERB": "2"}
        joint = "&" if "?" in self.address else "?"
        answer = _asked(
            f"{self.address.rstrip('?&')}{joint}{urlencode(form)}", None, self.timeout_s
        )
        stars = StarTable.of(_table(answer, self.address), epoch=self.epoch, band=self.band)
        return stars.near(ra, dec, radius_deg, when, faintest)


def _asked(address: str, form: dict[str, str] | None, timeout_s: float) -> bytes:
    if not address.startswith(("http://", "https://")):
        raise BadParameter(f"a catalogue at {address}: addresses with http or https are accepted")
    data = None if form is None else urlencode(form).encode()
    try:
        request = Request(address, data=data)  # noqa: S310 (looked at above)
        with urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
            read: bytes = answer.read(_MOST_BYTES + 1)
    except (URLError, OSError) as err:
        raise Unavailable(f"the catalogue at {address} cannot be reached: {err}") from err
    if len(read) > _MOST_BYTES:
        raise Unavailable(f"the catalogue at {address} answers with more than {_MOST_BYTES} bytes")
    return read


def _table(answer: bytes, address: str) -> Any:
    from astropy.io.votable import parse_single_table

    try:
        return parse_single_table(io.BytesIO(answer), verify="ignore").to_table()
    except (ValueError, IndexError, OSError) as err:
        raise Unavailable(
            f"the catalogue at {address} does not answer with a table: {answer[:200]!r}"
        ) from err
