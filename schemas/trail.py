"""The table `satvo.trail`: trails in images."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["ORIGINS", "TRAIL"]

ORIGINS = ("predicted", "detected", "simulated", "manual")
"""Values of ``origin``: how a trail came to be known."""

_PIXEL = "1-based, the centre of the first pixel at (1, 1), as in FITS"


def _pixel(name: str, ucd: str, what: str) -> sa.Column[float]:
    return column(name, sa.REAL(), f"{what}; {_PIXEL}", unit="pixel", ucd=ucd)


def _place(name: str, ucd: str, what: str) -> sa.Column[float]:
    return column(name, sa.Double(), f"{what}, ICRS", unit="deg", ucd=ucd, coosys="ICRS TOPOCENTER")


TRAIL = published_table(
    "satvo",
    "trail",
    "Trails in images of the archive: predicted, detected, simulated or drawn by hand, one row "
    "each. Positions are null where the image has no WCS.",
    column("trail_id", sa.String(), "Identifier of the trail", ucd="meta.id;meta.main", key=True,
           principal=True),
    column("obs_publisher_did", sa.String(), "The image it is in", ucd="meta.ref.ivoid",
           nullable=False, indexed=True, principal=True,
           references="ivoa.obscore.obs_publisher_did"),
    column("job_id", sa.String(), "The UWS job that found or made it",
           ucd="meta.id;meta.software"),
    column("origin", sa.String(), f"How it is known: {', '.join(ORIGINS)}", ucd="meta.code.class",
           nullable=False, principal=True),
    column("norad_id", sa.Integer(), "The satellite that made it; null where it is not known",
           ucd="meta.id.assoc", principal=True, references="satvo.satellite.norad_id"),
    column("p_match", sa.REAL(), "Probability that it was this satellite", ucd="stat.probability"),
    _pixel("x1", "pos.cartesian.x;instr.det;time.start", "Column of the end that came first, or "
           "of either end where the direction is not known"),
    _pixel("y1", "pos.cartesian.y;instr.det;time.start", "Row of that end"),
    _pixel("x2", "pos.cartesian.x;instr.det;time.end", "Column of the other end"),
    _pixel("y2", "pos.cartesian.y;instr.det;time.end", "Row of the other end"),
    _place("ra_start", "pos.eq.ra;time.start", "Right ascension of the first end"),
    _place("dec_start", "pos.eq.dec;time.start", "Declination of the first end"),
    _place("ra_end", "pos.eq.ra;time.end", "Right ascension of the other end"),
    _place("dec_end", "pos.eq.dec;time.end", "Declination of the other end"),
    column("s_ra", sa.Double(), "Right ascension of its middle, ICRS", unit="deg",
           ucd="pos.eq.ra;meta.main", coosys="ICRS TOPOCENTER", principal=True, indexed=True),
    column("s_dec", sa.Double(), "Declination of its middle, ICRS", unit="deg",
           ucd="pos.eq.dec;meta.main", coosys="ICRS TOPOCENTER", principal=True, indexed=True),
    column("s_region", sa.ARRAY(sa.Double()),
           "Outline: a polygon, ICRS, counter-clockwise", unit="deg",
           ucd="pos.outline;obs.field", xtype="polygon", coosys="ICRS TOPOCENTER"),
    column("length", sa.REAL(), "Length of the trail in the image", unit="arcsec",
           ucd="phys.angSize.smajAxis", principal=True),
    column("width", sa.REAL(), "Full width at half maximum across the trail", unit="arcsec",
           ucd="phys.angSize.sminAxis"),
    column("pos_angle", sa.REAL(), "Position angle of the trail, north through east, 0 to 180",
           unit="deg", ucd="pos.posAng"),
    column("sb", sa.REAL(), "Surface brightness at its peak", unit="mag/arcsec**2",
           ucd="phot.mag.sb"),
    column("snr", sa.REAL(), "Signal-to-noise ratio: the mean signal of its pixels by the noise "
           "of the background", ucd="stat.snr", principal=True),
    column("score", sa.REAL(), "Score of the detector; null for what was not detected",
           ucd="stat.fit.goodness"),
    column("mask_url", sa.String(), "The mask that it is in", ucd="meta.ref.url;meta.file",
           base="service"),
    column("mask_checksum", sa.String(), "SHA-256 of that mask, hexadecimal", arraysize="64",
           ucd="meta.checksum;meta.file"),
    title="Trails in images",
    order_by=("obs_publisher_did", "trail_id"),
)  # fmt: skip
