"""The columns of Simple Image Access 1.0, and how they follow from those of ObsCore."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from satvo.schemas.columns import Field

__all__ = ["FIELDS", "GRAPHIC", "SELECT", "image_rows", "sia1_fields"]

GRAPHIC = ("image/png", "image/jpeg", "image/gif")
"""Formats for eyes (SIA 1.0, section 4.1.1)."""

_ARCSEC_IN_DEG = 3600.0
_BYTES_OF_KBYTE = 1000

SELECT = (
    "SELECT obs_title, obs_id, s_ra, s_dec, dataproduct_type, s_xel1, s_xel2, em_xel, "
    "s_pixel_scale, access_format, access_url, access_estsize, instrument_name, t_min, t_max, "
    "em_min, em_max, obs_publisher_did, obs_collection, data_source, f.wcs_projection, "
    "f.preview_url FROM ivoa.obscore LEFT OUTER JOIN (SELECT obs_publisher_did AS did, "
    "wcs_projection, preview_url FROM satvo.dataproduct) AS f ON obs_publisher_did = f.did"
)
"""What the columns are made of, as ADQL up to WHERE."""

_KINDS = {
    ("char", "*"): pa.string(),
    ("int", ""): pa.int32(),
    ("int", "*"): pa.list_(pa.int32()),
    ("long", ""): pa.int64(),
    ("double", ""): pa.float64(),
    ("double", "*"): pa.list_(pa.float64()),
}

Row = Mapping[str, Any]
Maker = Callable[[Row], object]


def _field(
    name: str, kind: str, size: str, ucd: str, description: str, unit: str = "", **more: str
) -> Field:
    return Field(name, kind, size, unit=unit, ucd=ucd, description=description, **more)


def _naxis(row: Row) -> list[int] | None:
    if row["s_xel1"] is None or row["s_xel2"] is None:
        return None
    sides = [row["s_xel1"], row["s_xel2"]]
    if row["dataproduct_type"] == "cube" and row["em_xel"]:
        sides.append(row["em_xel"])
    return sides


def _naxes(row: Row) -> int:
    return len(_naxis(row) or (0, 0))


def _scale(row: Row) -> list[float] | None:
    scale = row["s_pixel_scale"]
    return None if scale is None else [scale / _ARCSEC_IN_DEG] * 2


def _middle(low: str, high: str) -> Maker:
    def middle(row: Row) -> float | None:
        ends = row[low], row[high]
        return None if None in ends else sum(ends) / 2

    return middle


def _bytes(row: Row) -> int | None:
    size = row["access_estsize"]
    return None if size is None else size * _BYTES_OF_KBYTE


def _known(value: str, of: str) -> Maker:
    """A word, where the image has a value in a column of ObsCore."""
    return lambda row: None if row[of] is None else value


def _same(name: str) -> Maker:
    return lambda row: row[name]


_NEEDED: tuple[tuple[Field, Maker], ...] = (
    (_field("title", "char", "*", "VOX:Image_Title", "Title of the image"),
     lambda row: row["obs_title"] or row["obs_id"]),
    (_field("ra", "double", "", "POS_EQ_RA_MAIN", "Right ascension of its middle, ICRS", "deg",
            coosys="ICRS"), _same("s_ra")),
    (_field("dec", "double", "", "POS_EQ_DEC_MAIN", "Declination of its middle, ICRS", "deg",
            coosys="ICRS"), _same("s_dec")),
    (_field("naxes", "int", "", "VOX:Image_Naxes", "Number of its axes"), _naxes),
    (_field("naxis", "int", "*", "VOX:Image_Naxis", "Pixels along each axis", "pixel"), _naxis),
    (_field("scale", "double", "*", "VOX:Image_Scale", "Angle of a pixel along each axis of the "
            "sky", "deg/pixel"), _scale),
    (_field("format", "char", "*", "VOX:Image_Format", "Media type"), _same("access_format")),
    (_field("accref", "char", "*", "VOX:Image_AccessReference", "Where to get it"),
     _same("access_url")),
)  # fmt: skip
"""What every answer must have (SIA 1.0, section 4.2.2)."""

_MORE: tuple[tuple[Field, Maker], ...] = (
    (_field("instrument", "char", "*", "INST_ID", "Instrument or camera"),
     _same("instrument_name")),
    (_field("dateobs", "double", "", "VOX:Image_MJDateObs", "Middle of the exposure: MJD in UTC",
            "d", timesys="UTC TOPOCENTER"), _middle("t_min", "t_max")),
    (_field("refframe", "char", "*", "VOX:STC_CoordRefFrame", "Frame of its positions here"),
     _known("ICRS", "s_ra")),
    (_field("projection", "char", "*", "VOX:WCS_CoordProjection", "Projection of its WCS; null "
            "where it has none or the service has no header of it"), _same("wcs_projection")),
    (_field("bandunit", "char", "*", "VOX:BandPass_Unit", "Unit of the three below"),
     _known("m", "em_min")),
    (_field("bandref", "double", "", "VOX:BandPass_RefValue", "Middle of the band", "m"),
     _middle("em_min", "em_max")),
    (_field("bandhi", "double", "", "VOX:BandPass_HiLimit", "Longest wavelength", "m"),
     _same("em_max")),
    (_field("bandlo", "double", "", "VOX:BandPass_LoLimit", "Shortest wavelength", "m"),
     _same("em_min")),
    (_field("filesize", "long", "", "VOX:Image_FileSize", "Size, to a kilobyte", "byte"), _bytes),
    (_field("obs_publisher_did", "char", "*", "meta.ref.ivoid", "Identifier of the image",
            identifies="ivoa.obscore.obs_publisher_did"), _same("obs_publisher_did")),
    (_field("obs_collection", "char", "*", "meta.id", "Collection"), _same("obs_collection")),
    (_field("data_source", "char", "*", "meta.code.class", "observation, or artificial for what "
            "is simulated"), _same("data_source")),
)  # fmt: skip

FIELDS: tuple[Field, ...] = tuple(field for field, _ in (*_NEEDED, *_MORE))


def sia1_fields(verbosity: int) -> tuple[Field, ...]:
    """The columns of an answer: those that must be there for 0, all of them above."""
    return FIELDS[: len(_NEEDED)] if verbosity == 0 else FIELDS


def image_rows(found: pa.Table, *, graphic: bool) -> pa.Table:
    """Rows of `FIELDS` from those of `SELECT`.

    Parameters
    ----------
    found : Table
    graphic : bool
        Whether pictures are asked for: the preview then takes the place of what is no picture. Its
        pixels are fewer, so that their number and scale are null.
    """
    rows = found.to_pylist()
    if graphic:
        rows = [row if row["access_format"] in GRAPHIC else _preview(row) for row in rows]
    arrays = [
        pa.array([make(row) for row in rows], _KINDS[field.datatype, field.arraysize])
        for field, make in (*_NEEDED, *_MORE)
    ]
    return pa.Table.from_arrays(arrays, names=[field.name for field in FIELDS])


def _preview(row: Row) -> Row:
    nothing = dict.fromkeys(("s_xel1", "s_xel2", "s_pixel_scale", "access_estsize"))
    return {
        **row,
        **nothing,
        "access_url": row["preview_url"],
        "access_format": "image/png",
        "wcs_projection": None,
    }
