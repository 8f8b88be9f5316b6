"""The catalogue of trails: a table with units, UCDs and what each column means."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["COLUMNS", "Column", "catalogue"]


@dataclass(frozen=True)
class Column:
    """A column of the catalogue.

    Attributes
    ----------
    name, kind, unit, ucd, description : str
        ``kind`` is a type of ECSV.
    """

    name: str
    kind: str
    unit: str
    ucd: str
    description: str


_PIXEL = "1-based, the centre of the first pixel at (1, 1), as in FITS"
_FLOAT = "float64"

COLUMNS = tuple(Column(*each) for each in (
    ("trail_id", "int32", "", "meta.id;meta.main", "Number of the trail in this table, from 1"),
    ("hdu", "int32", "", "meta.number", "Unit of the file that the image is in, from 0"),
    ("extname", "string", "", "meta.id.part", "Name of that unit"),
    ("origin", "string", "", "meta.code.class", "How it is known: detected or manual; a ghost is "
     "detected"),
    ("detector", "string", "", "meta.id;meta.software", "What found it"),
    ("ghost_of", "int32", "", "meta.id.parent", "The trail that it is a ghost of: a faint copy by "
     "reflection or crosstalk; null for a trail"),
    ("x1", _FLOAT, "pix", "pos.cartesian.x;instr.det", f"Column of an end; {_PIXEL}"),
    ("y1", _FLOAT, "pix", "pos.cartesian.y;instr.det", "Row of that end"),
    ("x2", _FLOAT, "pix", "pos.cartesian.x;instr.det", "Column of the other end"),
    ("y2", _FLOAT, "pix", "pos.cartesian.y;instr.det", "Row of the other end"),
    ("across_err", _FLOAT, "pix", "stat.error;pos.cartesian", "1-sigma error of an end across the "
     "trail"),
    ("along_err", _FLOAT, "pix", "stat.error;pos.cartesian", "1-sigma error of an end along the "
     "trail; null where it leaves the image at both"),
    ("open1", "bool", "", "meta.code", "Whether the trail leaves the image at (x1, y1)"),
    ("open2", "bool", "", "meta.code", "Whether the trail leaves the image at (x2, y2)"),
    ("ra_start", _FLOAT, "deg", "pos.eq.ra", "Right ascension of (x1, y1), ICRS"),
    ("dec_start", _FLOAT, "deg", "pos.eq.dec", "Declination of (x1, y1), ICRS"),
    ("ra_end", _FLOAT, "deg", "pos.eq.ra", "Right ascension of (x2, y2), ICRS"),
    ("dec_end", _FLOAT, "deg", "pos.eq.dec", "Declination of (x2, y2), ICRS"),
    ("s_ra", _FLOAT, "deg", "pos.eq.ra;meta.main", "Right ascension of its middle, ICRS"),
    ("s_dec", _FLOAT, "deg", "pos.eq.dec;meta.main", "Declination of its middle, ICRS"),
    ("length", _FLOAT, "arcsec", "phys.angSize.smajAxis", "Length of the trail in the image"),
    ("width", _FLOAT, "arcsec", "phys.angSize.sminAxis", "Full width at half maximum across the "
     "trail"),
    ("pos_angle", _FLOAT, "deg", "pos.posAng", "Position angle, north through east, 0 to 180"),
    ("length_px", _FLOAT, "pix", "phys.angSize.smajAxis;instr.det", "Length in pixels"),
    ("width_px", _FLOAT, "pix", "phys.angSize.sminAxis;instr.det", "Full width at half maximum "
     "across the trail, in pixels"),
    ("angle", _FLOAT, "deg", "pos.posAng;instr.det", "Direction from columns towards rows, 0 to "
     "180"),
    ("fwhm", _FLOAT, "pix", "instr.det.psf", "Full width at half maximum of a point of its "
     "profile, pixels included"),
    ("fwhm_err", _FLOAT, "pix", "stat.error;instr.det.psf", "1-sigma error of fwhm"),
    ("beta", _FLOAT, "", "stat.fit.param", "Exponent of the Moffat profile of a point"),
    ("disk", _FLOAT, "pix", "phys.angSize", "Diameter of the disk that a point is spread over; 0 "
     "in focus"),
    ("sagitta", _FLOAT, "pix", "stat.fit.param", "Distance of the middle of its arc from its "
     "chord; 0 for a straight trail"),
    ("snr", _FLOAT, "", "stat.snr", "Mean signal of its pixels within width by the noise of the "
     "background"),
    ("significance", _FLOAT, "", "stat.snr;stat.fit", "Whole light by its error"),
    ("score", _FLOAT, "", "stat.fit.goodness", "Probability that it is a trail, as the detector "
     "says"),
    ("flux", _FLOAT, "", "phot.count", "Whole light in the image, in the unit of the image"),
    ("flux_err", _FLOAT, "", "stat.error;phot.count", "1-sigma error of flux"),
    ("flux_px", _FLOAT, "", "phot.count", "Light a pixel of length, in the unit of the image"),
    ("sb_px", _FLOAT, "", "phot.count;stat.max", "Brightest light a pixel of its middle, in the "
     "unit of the image"),
    ("mag", _FLOAT, "mag", "phot.mag", "Magnitude of flux by the zero point of the header"),
    ("sb", _FLOAT, "mag / arcsec2", "phot.mag.sb", "Surface brightness at its peak by the zero "
     "point of the header"),
    ("flickering", _FLOAT, "", "stat.stdev;phot.flux", "Scatter of its light along it beyond the "
     "noise, by its mean; 0 for a steady one"),
    ("saturated", _FLOAT, "", "stat.value;instr.saturation", "Share of its middle that is "
     "saturated"),
    ("depth", _FLOAT, "", "phot.count;stat.min", "Flux of the faintest point that is seen at 5 "
     "sigma under its middle, its model subtracted; null where it is saturated"),
    ("depth_beside", _FLOAT, "", "phot.count;stat.min", "The same beside it"),
    ("depth_loss", _FLOAT, "mag", "phot.mag;arith.diff", "How much brighter a point must be under "
     "it than beside it"),
    ("depth_mag", _FLOAT, "mag", "phot.mag;stat.max", "Magnitude of depth by the zero point of "
     "the header"),
    ("mask_px", "int64", "", "meta.number", "Pixels that it affects"),
))  # fmt: skip
"""Its columns; those that `satvo.trail` has are called and counted as there."""


def catalogue(rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> bytes:
    """The table as ECSV 1.0, as astropy reads it.

    Parameters
    ----------
    rows : sequence of mapping
        By the names of `COLUMNS`; what is missing, None or NaN is null.
    about : mapping
        Its meta: what JSON can say.
    """
    lines = ["%ECSV 1.0", "---", "delimiter: ','", "datatype:"]
    for column in COLUMNS:
        told: dict[str, Any] = {"name": column.name, "datatype": column.kind}
        if column.unit:
            told["unit"] = column.unit
        told |= {"description": column.description, "meta": {"ucd": column.ucd}}
        lines.append(f"- {json.dumps(told)}")
    lines += [f"meta: {json.dumps(dict(about))}", "schema: astropy-2.0"]
    text = "".join(f"# {line}\n" for line in lines)
    text += ",".join(column.name for column in COLUMNS) + "\n"
    for row in rows:
        text += ",".join(_cell(row.get(column.name)) for column in COLUMNS) + "\n"
    return text.encode()


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value)
