"""The table `satvo.ephemeris_file`: one row for each segment of an ephemeris received."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["EPHEMERIS_FILE"]


def _instant(name: str, description: str, ucd: str, *, nullable: bool = False) -> sa.Column[object]:
    return column(
        name,
        sa.Double(),
        f"{description}: MJD in UTC",
        unit="d",
        ucd=ucd,
        timesys="UTC GEOCENTER",
        nullable=nullable,
        principal=not nullable,
    )


EPHEMERIS_FILE = published_table(
    "satvo",
    "ephemeris_file",
    "The ephemerides received from operators and laboratories (CCSDS OEM, ILRS CPF, modified ITC), "
    "one row for each segment of a file: whose it is, which time it covers, how to interpolate "
    "in it, and where it came from. Its states are the rows of satvo.state_vector with the same "
    "ephemeris_id.",
    column(
        "ephemeris_id",
        sa.String(),
        "Name of the segment, made from its content: the same states have the same name, "
        "whatever file they came in",
        ucd="meta.id;meta.main",
        key=True,
        principal=True,
    ),
    column(
        "norad_id",
        sa.Integer(),
        "NORAD (SATCAT) catalogue number; of the file, or of the international designator in it",
        ucd="meta.id",
        nullable=False,
        principal=True,
        indexed=True,
        references="satvo.satellite.norad_id",
    ),
    column(
        "object_id",
        sa.String(),
        "COSPAR international designator that the file gives; null where it gives none",
        ucd="meta.id.cross",
    ),
    column("object_name", sa.String(), "Name of the object in the file", ucd="meta.id;src"),
    column("format", sa.String(), "oem, cpf or itc", ucd="meta.code.mime", principal=True),
    column(
        "frame",
        sa.String(),
        "Axes of the states: TEME, EME2000 (mean equator and equinox of J2000), GCRS or ITRS",
        ucd="pos.frame",
        nullable=False,
        principal=True,
    ),
    _instant("t_min", "First state", "time.start"),
    _instant("t_max", "Last state", "time.end"),
    _instant(
        "useable_t_min",
        "When results may be used from (OEM USEABLE_START_TIME), states before only help to "
        "interpolate; null where the file does not say",
        "time.start",
        nullable=True,
    ),
    _instant(
        "useable_t_max",
        "Until when results may be used (OEM USEABLE_STOP_TIME); null where the file does not say",
        "time.end",
        nullable=True,
    ),
    column("states", sa.Integer(), "How many rows it has", ucd="meta.number", nullable=False),
    column(
        "covariances",
        sa.Integer(),
        "How many of them have a covariance",
        ucd="meta.number",
        nullable=False,
    ),
    column(
        "interpolation",
        sa.String(),
        "Method that the file asks for: hermite or lagrange; null where it does not say",
        ucd="meta.code",
    ),
    column(
        "interpolation_degree",
        sa.SmallInteger(),
        "Degree of that polynomial; null where the file does not say",
        ucd="meta.number",
    ),
    column("originator", sa.String(), "Who made it, as the file says", ucd="meta.curation"),
    _instant("creation_mjd", "When it was made, as the file says", "time.creation", nullable=True),
    column(
        "ingest_date",
        sa.DateTime(),
        "When this service got it (UTC)",
        ucd="time.processing",
        nullable=False,
    ),
    column("source", sa.String(), "Provider: starlink, space-track, user, ...", ucd="meta.ref"),
    column("file_name", sa.String(), "Name of the file it came in", ucd="meta.id;meta.file"),
    title="Operator ephemerides",
    order_by=("norad_id", "t_min"),
)
