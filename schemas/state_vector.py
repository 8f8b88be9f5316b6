"""The table `satvo.state_vector`: places and velocities of satellites about the geocentre."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["STATE_VECTOR"]


def _component(name: str, what: str, axis: str) -> sa.Column[object]:
    is_velocity = name.startswith("v")
    return column(
        name,
        sa.Double(),
        f"{axis} component of the {what}, geocentric, in frame; null in a row that has only a "
        "covariance" + (", or from a file of positions alone" if is_velocity else ""),
        unit="km/s" if is_velocity else "km",
        ucd=f"phys.veloc;pos.cartesian.{axis}"
        if is_velocity
        else f"pos.cartesian.{axis};pos.geocentric",
        principal=True,
    )


STATE_VECTOR = published_table(
    "satvo",
    "state_vector",
    "Cartesian states of satellites about the geocentre: those of operators' and laboratories' "
    "ephemeris files (CCSDS OEM, ILRS CPF, ITC), and those propagated from element sets. Between "
    "two rows of one ephemeris_id a state is interpolated as interpolation and "
    "interpolation_degree say, and never across a manoeuvre.",
    column(
        "state_id",
        sa.BigInteger(),
        "Number of the row in this archive",
        ucd="meta.id;meta.main",
        key=True,
    ),
    column(
        "norad_id",
        sa.Integer(),
        "NORAD (SATCAT) catalogue number",
        ucd="meta.id",
        nullable=False,
        principal=True,
        indexed=True,
        references="satvo.satellite.norad_id",
    ),
    column(
        "gp_id",
        sa.BigInteger(),
        "The element set it was propagated from; null where it came from a file",
        ucd="meta.id.parent",
        references="satvo.gp.gp_id",
    ),
    column(
        "ephemeris_id",
        sa.String(),
        "The ephemeris (a file, or a segment of one) that the row came from; null where it was "
        "propagated from gp_id",
        ucd="meta.id.parent",
        indexed=True,
        references="satvo.ephemeris_file.ephemeris_id",
    ),
    column(
        "epoch_mjd",
        sa.Double(),
        "When the satellite is there: MJD in UTC",
        unit="d",
        ucd="time.epoch;meta.main",
        timesys="UTC GEOCENTER",
        nullable=False,
        principal=True,
        indexed=True,
    ),
    column(
        "frame",
        sa.String(),
        "Axes of the components, as the file has them: TEME (true equator, mean equinox of date), "
        "EME2000 (mean equator and equinox of J2000, 23 mas from GCRS), GCRS or ITRS",
        ucd="pos.frame",
        nullable=False,
        principal=True,
    ),
    _component("x", "position", "x"),
    _component("y", "position", "y"),
    _component("z", "position", "z"),
    _component("vx", "velocity", "x"),
    _component("vy", "velocity", "y"),
    _component("vz", "velocity", "z"),
    column(
        "sub_lon",
        sa.Double(),
        "Geodetic longitude of the point below the satellite (ITRS, WGS84), east positive; null "
        "where it was not computed",
        unit="deg",
        ucd="pos.earth.lon",
    ),
    column(
        "sub_lat",
        sa.Double(),
        "Geodetic latitude of the point below the satellite (ITRS, WGS84); null where it was not "
        "computed",
        unit="deg",
        ucd="pos.earth.lat",
    ),
    column(
        "height",
        sa.Double(),
        "Height of the satellite above the WGS84 ellipsoid; null where it was not computed",
        unit="km",
        ucd="pos.earth.altitude",
    ),
    column(
        "pos_err",
        sa.REAL(),
        "1-sigma error of the position, root of the sum over the three axes: of cov where there "
        "is one, else by the age of the elements; null where unknown",
        unit="km",
        ucd="stat.error;pos.cartesian",
    ),
    column(
        "cov",
        sa.ARRAY(sa.Double()),
        "Lower triangle of the covariance of position and velocity, row by row (xx, yx, yy, zx, "
        "...), 21 numbers in km**2, km**2/s and km**2/s**2, along the axes of cov_frame; null "
        "where the file gives none",
        ucd="stat.covariance;pos.cartesian",
        arraysize="21",
    ),
    column(
        "cov_frame",
        sa.String(),
        "Axes of cov: RTN (radial, along track, cross track; UVW is the same), TNW (along the "
        "velocity, in the plane, cross track), TEME, EME2000, GCRS or ITRS; null without cov",
        ucd="pos.frame",
    ),
    column(
        "maneuver_after",
        sa.Boolean(),
        "Whether a manoeuvre, or the end of a segment, lies between this row and the next of its "
        "ephemeris: do not interpolate across it",
        ucd="meta.code",
    ),
    column(
        "interpolation",
        sa.String(),
        "How the file asks to interpolate between its rows: hermite or lagrange; null "
        "where it does not say",
        ucd="meta.code",
    ),
    column(
        "interpolation_degree",
        sa.SmallInteger(),
        "Degree of that polynomial; null where the file does not say",
        ucd="meta.number",
    ),
    column("source", sa.String(), "Provider, and the file it came in", ucd="meta.ref"),
    title="State vectors",
    order_by=("norad_id", "ephemeris_id", "epoch_mjd"),
)
