"""The parameters of SODA, as they are described to clients."""

from __future__ import annotations

from satvo.resources.images.cutouts.asked import POL_STATES
from satvo.schemas.resource import JobParameter

__all__ = ["CUTOUT_PARAMETERS", "FILTERS", "FORMATS"]

FORMATS = ("image/fits", "image/png")
"""Values of RESPONSEFORMAT; the first where a client gives none."""

CUTOUT_PARAMETERS = (
    JobParameter(
        "ID", "The data product: its obs_publisher_did", ucd="meta.ref.ivoid;meta.curation",
        is_repeatable=True,
    ),
    JobParameter(
        "CIRCLE", "Circle that the part is to cover: right ascension, declination and radius, ICRS",
        datatype="double", arraysize="3", xtype="circle", unit="deg", ucd="phys.angArea;obs",
        is_repeatable=True,
    ),
    JobParameter(
        "POLYGON", "Polygon that the part is to cover: right ascension and declination of each "
        "vertex, ICRS", datatype="double", arraysize="*", xtype="polygon", unit="deg",
        ucd="phys.angArea;obs", is_repeatable=True,
    ),
    JobParameter(
        "POS", "Instead: CIRCLE ra dec radius, RANGE ra1 ra2 dec1 dec2 or POLYGON ra1 dec1 ra2 "
        "dec2 ra3 dec3 ..., ICRS, deg", ucd="phys.angArea;obs", is_repeatable=True,
    ),
    JobParameter(
        "PIXEL", "Instead: first and last column, first and last row, counted from 1 as in FITS, "
        "of every image in the file", datatype="long", arraysize="4", ucd="meta.number;instr.pixel",
        is_repeatable=True,
    ),
    JobParameter(
        "BAND", "Wavelengths in vacuum: shortest and longest", datatype="double", arraysize="2",
        xtype="interval", unit="m", ucd="em.wl;stat.interval", is_repeatable=True,
    ),
    JobParameter(
        "TIME", "Start and end, MJD in UTC", datatype="double", arraysize="2", xtype="interval",
        unit="d", ucd="time;stat.interval", is_repeatable=True,
    ),
    JobParameter(
        "POL", "Polarisation state; several are kept together, with those between them",
        ucd="meta.code;phys.polarization", choices=POL_STATES, is_repeatable=True,
    ),
    JobParameter(
        "EXTENSION", "The only unit of the file that is cut: its number, from 0, or its EXTNAME; "
        "without it every image that has pixels in the part", ucd="meta.id;meta.dataset",
    ),
    JobParameter(
        "MASK", "true has the same part of the frame's masks follow as extensions",
        datatype="boolean", ucd="meta.code", choices=("true", "false"),
    ),
    JobParameter(
        "RESPONSEFORMAT", "image/fits, or a picture, image/png", ucd="meta.code.mime",
        default=FORMATS[0], choices=FORMATS,
    ),
)  # fmt: skip

FILTERS = ("CIRCLE", "POLYGON", "POS", "PIXEL", "BAND", "TIME", "POL", "EXTENSION")
"""Those that say which part is wanted."""
