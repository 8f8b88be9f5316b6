"""The columns of a transit list, as clients see them, and the list as an Arrow table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from satvo.schemas.columns import Field
from satvo.schemas.ephemeris import EPHEMERIS
from satvo.schemas.transit import TRANSIT

__all__ = ["FIELDS", "STEP_FIELDS", "arrow_table"]

_BESIDE = (
    Field.of(EPHEMERIS.c.err_maj),
    Field.of(EPHEMERIS.c.err_min),
    Field.of(EPHEMERIS.c.err_pa),
    Field.of(EPHEMERIS.c.mag_err),
    Field(
        "mag_model", "char", "*", ucd="meta.id;meta.modelled",
        description="Which brightness model gave mag; empty where none applies",
    ),
    Field(
        "ephemeris_id", "char", "*", ucd="meta.id.parent",
        description="The operator's ephemeris used, a row of satvo.ephemeris_file; null where "
        "elements were",
    ),
    Field(
        "aperture_id", "char", "*", ucd="meta.id;instr.fov",
        description="Which of the exposure's apertures (fibres) is crossed; null for one field",
    ),
)  # fmt: skip


def _fields() -> tuple[Field, ...]:
    names = [c.name for c in TRANSIT.columns if c.name != "moc"]
    found = [Field.of(TRANSIT.c[name]) for name in names]
    # A swath has four corners. Said so, votlint (stilts 3.4.7) reads it: of a polygon of no fixed
    # length in BINARY and BINARY2 it loses its place.
    region = names.index("s_region")
    found[region] = replace(found[region], arraysize="8")
    place = names.index("norad_id") + 1
    found.insert(place, Field.of(EPHEMERIS.c.object_name))
    return (*found, *_BESIDE)


FIELDS = _fields()
"""Those of `satvo.transit` but moc, and what a request gets beside them."""

_STEP = {
    "exposure_id": TRANSIT.c.exposure_id, "streak_id": TRANSIT.c.streak_id,
    "norad_id": EPHEMERIS.c.norad_id, "object_name": EPHEMERIS.c.object_name,
    "epoch_mjd": EPHEMERIS.c.epoch_mjd, "ra": EPHEMERIS.c.ra, "dec": EPHEMERIS.c.dec,
    "az": EPHEMERIS.c.az, "alt": EPHEMERIS.c.alt, "range": EPHEMERIS.c.range,
    "rate": EPHEMERIS.c.rate, "illuminated": EPHEMERIS.c.illuminated, "mag": EPHEMERIS.c.mag,
}  # fmt: skip

STEP_FIELDS = (
    *(Field.of(each) for each in _STEP.values()),
    Field(
        "offset_east", "double", unit="arcsec", ucd="pos.cartesian.x;instr.fov",
        description="Place in the field: to the east of its centre in the tangent plane; of a "
        "telescope that stands still, at the middle of the exposure",
    ),
    Field(
        "offset_north", "double", unit="arcsec", ucd="pos.cartesian.y;instr.fov",
        description="The same, to the north",
    ),
    Field(
        "x", "double", unit="pixel", ucd="pos.cartesian.x;instr.det",
        description="Place in the image as in FITS (centre of the first pixel is 1); null where "
        "no WCS was given",
    ),
    Field(
        "y", "double", unit="pixel", ucd="pos.cartesian.y;instr.det", description="The same, y"
    ),
    next(field for field in _BESIDE if field.name == "aperture_id"),
)  # fmt: skip
"""What is told of each step of time within a crossing."""

_ARROW = {
    "double": pa.float64(),
    "float": pa.float32(),
    "int": pa.int32(),
    "long": pa.int64(),
    "boolean": pa.bool_(),
    "char": pa.string(),
}


def arrow_table(columns: dict[str, NDArray[Any]], fields: tuple[Field, ...] = FIELDS) -> pa.Table:
    """A prediction's columns as the table that fields describe; NaN becomes null."""
    arrays = []
    for field in fields:
        kind = _ARROW[field.datatype]
        if field.xtype == "polygon":
            kind = pa.list_(pa.float64())
        values = columns[field.name]
        if values.dtype.kind == "f":
            arrays.append(pa.array(values, mask=np.isnan(values)).cast(kind))
        elif values.dtype.kind == "M":
            arrays.append(pa.array(values, pa.timestamp("us")))
        else:
            arrays.append(pa.array(values.tolist(), type=kind))
    return pa.Table.from_arrays(arrays, names=[field.name for field in fields])
