"""The table `satvo.satellite`: the objects known, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["ANALYST_NUMBERS", "FIRST_SIMULATED", "SATELLITE", "CatalogueEntry", "is_analyst"]

ANALYST_NUMBERS = range(80_000, 90_000)
"""Catalogue numbers that the tracking network re-uses for objects not yet identified."""

FIRST_SIMULATED = 900_000_000
"""Simulated satellites are numbered from here; the real catalogue has not come near it."""


def is_analyst(norad_id: int) -> bool:
    """Whether a catalogue number is one of the re-used analyst numbers.

    Examples
    --------
    >>> is_analyst(81234), is_analyst(25544)
    (True, False)
    """
    return norad_id in ANALYST_NUMBERS


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What a satellite catalogue says of one object; None where it says nothing.

    Attributes are the columns of `satvo.satellite` of the same names: period in min, inclination in
    deg, apogee and perigee in km, rcs in m**2, dates in UTC without a zone. An entry of a magnitude
    alone (`ingest/orbits/qsmag.py`) makes no satellite: it is for those that are known.
    """

    norad_id: int
    object_id: str | None = None
    object_name: str | None = None
    object_type: str | None = None
    ops_status: str | None = None
    owner: str | None = None
    launch_date: datetime | None = None
    decay_date: datetime | None = None
    period: float | None = None
    inclination: float | None = None
    apogee: float | None = None
    perigee: float | None = None
    rcs: float | None = None
    mag_std: float | None = None
    mag_std_err: float | None = None


SATELLITE = published_table(
    "satvo",
    "satellite",
    "The objects known to this service, one row each: catalogue identity, owner, launch and decay, "
    "and the size of the orbit. Simulated satellites have norad_id from 900000000 on and a "
    "constellation that starts with sim-. Analyst objects (norad_id 80000 to 89999) have no row "
    "here, because their numbers are re-used.",
    column(
        "norad_id",
        sa.Integer(),
        "NORAD (SATCAT) catalogue number, up to nine digits; alpha-5 numbers are decoded. "
        "From 900000000 on: a simulated satellite",
        ucd="meta.id;meta.main",
        key=True,
        principal=True,
    ),
    column(
        "object_id",
        sa.String(),
        "COSPAR international designator, e.g. 1998-067A; null where none was given",
        ucd="meta.id.cross",
    ),
    column("object_name", sa.String(), "Common name", ucd="meta.id;src", principal=True),
    column(
        "object_type",
        sa.String(),
        "PAYLOAD, ROCKET BODY, DEBRIS or UNKNOWN; from the satellite catalogue where it was "
        "loaded, otherwise from the suffix of the name",
        ucd="src.class",
        principal=True,
    ),
    column(
        "target_class",
        sa.String(),
        "EPN-TAP target class: spacecraft for a payload, spacejunk for debris and rocket bodies, "
        "null where unknown",
        ucd="meta.code.class",
    ),
    column(
        "ops_status",
        sa.String(),
        "Operational status code of the satellite catalogue: + operational, P partially, "
        "B backup, S spare, X extended mission, - not operational, D decayed; null where unknown",
        ucd="meta.code.status",
    ),
    column(
        "constellation",
        sa.String(),
        "Constellation recognised by the object's name (starlink, oneweb, ...); sim-... for a "
        "simulated one; null where none is recognised",
        ucd="meta.id.parent",
        principal=True,
    ),
    column("owner", sa.String(), "Owner or operator code of the catalogue", ucd="meta.curation"),
    column("launch_date", sa.DateTime(), "Launch date (UTC)", ucd="time.start"),
    column(
        "decay_date",
        sa.DateTime(),
        "Date of decay (UTC); null while the object is in orbit",
        ucd="time.end",
    ),
    column(
        "period",
        sa.Double(),
        "Period of revolution: of the satellite catalogue, or 1440/mean_motion of the current "
        "element set where the catalogue was not loaded",
        unit="min",
        ucd="time.period.revolution",
    ),
    column(
        "inclination",
        sa.Double(),
        "Inclination of the orbit to the Earth's equator",
        unit="deg",
        ucd="src.orbital.inclination",
        principal=True,
    ),
    column(
        "apogee",
        sa.Double(),
        "Height of apogee above the WGS-72 equatorial radius of 6378.135 km",
        unit="km",
        ucd="pos.bodyrc.alt;stat.max",
        principal=True,
    ),
    column(
        "perigee",
        sa.Double(),
        "Height of perigee above the WGS-72 equatorial radius of 6378.135 km",
        unit="km",
        ucd="pos.bodyrc.alt;stat.min",
        principal=True,
    ),
    column("rcs", sa.REAL(), "Radar cross section", unit="m**2", ucd="phys.area"),
    column(
        "mag_std",
        sa.REAL(),
        "Standard V magnitude at 1000 km range and 90 deg phase angle; null where not known",
        unit="mag",
        ucd="phys.magAbs;em.opt.V",
    ),
    column(
        "mag_std_err",
        sa.REAL(),
        "1-sigma error of mag_std",
        unit="mag",
        ucd="stat.error;phys.magAbs",
    ),
    column(
        "status",
        sa.String(),
        "What its orbit does, by the history of its element sets: raising, on station, drifting, "
        "descending or decayed; null where the history does not tell",
        ucd="meta.code.status",
    ),
    title="Satellites",
    order_by=("norad_id",),
)
