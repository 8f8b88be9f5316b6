"""The table `satvo.passprob`: maps of the probability that a satellite leaves a trail."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["ABOVE_DEG", "PASSPROB"]

ABOVE_DEG = (0, 10, 20, 30, 60)
"""Altitudes above which the satellites of a map are counted."""


def _above(word: str, what: str) -> tuple[sa.Column[float], ...]:
    """Columns with how many are above each altitude."""
    return tuple(
        column(
            f"n_{word}{altitude:02d}",
            sa.Double(),
            f"How many {what} are expected above an altitude of {altitude} deg",
            ucd="meta.number;stat.mean",
        )
        for altitude in ABOVE_DEG
    )


def _sun(name: str, what: str, ucd: str, *, is_icrs: bool = False) -> sa.Column[float]:
    return column(
        f"sun_{name}",
        sa.Double(),
        f"{what} of the Sun in the middle of the exposure",
        unit="deg",
        ucd=ucd,
        coosys="ICRS TOPOCENTER" if is_icrs else "",
        principal=name == "alt",
    )


PASSPROB = published_table(
    "satvo",
    "passprob",
    "Maps of how many satellites are where on the sky of a site at a time, and how probable their "
    "trails are in an exposure: one row each. Their pixels are in satvo.passprob_pix. Where a map "
    "has a magnitude limit, illuminated means illuminated and no fainter than that.",
    column(
        "map_id",
        sa.String(),
        "Identifier of the map",
        ucd="meta.id;meta.main",
        key=True,
    ),
    column(
        "observer_id",
        sa.String(),
        "Whose sky it is: a site of satvo.observer, or what the request named",
        ucd="meta.id;instr.obsty",
        nullable=False,
        principal=True,
        references="satvo.observer.observer_id",
    ),
    column(
        "t_min",
        sa.Double(),
        "Beginning of the exposure: MJD in UTC",
        unit="d",
        ucd="time.start",
        timesys="UTC TOPOCENTER",
        nullable=False,
        principal=True,
        indexed=True,
    ),
    column(
        "t_max",
        sa.Double(),
        "End of the exposure: MJD in UTC",
        unit="d",
        ucd="time.end",
        timesys="UTC TOPOCENTER",
        nullable=False,
        principal=True,
    ),
    column(
        "t_exptime",
        sa.REAL(),
        "Length of the exposure",
        unit="s",
        ucd="time.duration;obs.exposure",
        nullable=False,
        principal=True,
    ),
    column(
        "fov",
        sa.REAL(),
        "Diameter of the field of view; of a rectangle, its diagonal",
        unit="deg",
        ucd="phys.angSize;instr.fov",
        nullable=False,
        principal=True,
    ),
    column(
        "fov_width",
        sa.REAL(),
        "Width of a rectangular field, whose orientation is taken as random; null for a circle",
        unit="deg",
        ucd="phys.angSize;instr.fov",
    ),
    column(
        "fov_height",
        sa.REAL(),
        "Height of a rectangular field; null for a circle",
        unit="deg",
        ucd="phys.angSize;instr.fov",
    ),
    column(
        "mag_limit",
        sa.REAL(),
        "Illuminated satellites that are fainter than this V are left out; null: none is",
        unit="mag",
        ucd="phot.mag;stat.max",
        principal=True,
    ),
    column(
        "mag_depth",
        sa.REAL(),
        "Effective V magnitude below which a trail is not detected and costs nothing; null: every "
        "illuminated satellite leaves a trail",
        unit="mag",
        ucd="phot.mag;stat.max",
    ),
    column(
        "mag_blooming",
        sa.REAL(),
        "Effective V magnitude above which a trail spoils the whole exposure; null: none does",
        unit="mag",
        ucd="phot.mag;stat.min",
    ),
    column(
        "trail_width",
        sa.REAL(),
        "Width of what a trail makes useless",
        unit="arcsec",
        ucd="phys.angSize.sminAxis",
    ),
    column(
        "resolution",
        sa.REAL(),
        "Resolution element to which effective magnitudes refer",
        unit="arcsec",
        ucd="pos.angResolution",
    ),
    column(
        "hpx_order",
        sa.SmallInteger(),
        "Order of the HEALPix cells: nside is 2 to this power",
        ucd="meta.number;pos.healpix",
        nullable=False,
        principal=True,
    ),
    column(
        "frame",
        sa.String(),
        "What the cells are numbered in: equatorial (ICRS), or altaz, where the longitude is the "
        "azimuth from north through east and the latitude the altitude",
        ucd="pos.frame",
        nullable=False,
        principal=True,
    ),
    column(
        "population",
        sa.String(),
        "Which satellites are counted: constellations with commas between, or catalogue for all "
        "that fly",
        ucd="meta.id.parent",
        nullable=False,
        principal=True,
    ),
    column(
        "model",
        sa.String(),
        "Model of the satellites' brightness; best is the best one known for each",
        ucd="meta.id;meta.modelled",
        nullable=False,
    ),
    column("lon", sa.Double(), "East longitude of the site, ITRS", unit="deg",
           ucd="pos.earth.lon;obs.observer", nullable=False),
    column("lat", sa.Double(), "Geodetic latitude of the site, on WGS84", unit="deg",
           ucd="pos.earth.lat;obs.observer", nullable=False),
    column("height", sa.Double(), "Height of the site above the WGS84 ellipsoid", unit="m",
           ucd="pos.earth.altitude;obs.observer", nullable=False),
    _sun("az", "Azimuth, from north through east,", "pos.az.azi;obs.param"),
    _sun("alt", "Altitude, without refraction,", "pos.az.alt;obs.param"),
    _sun("ra", "Right ascension", "pos.eq.ra;obs.param", is_icrs=True),
    _sun("dec", "Declination", "pos.eq.dec;obs.param", is_icrs=True),
    column(
        "n_total",
        sa.Double(),
        "How many satellites the population has in all",
        ucd="meta.number",
        principal=True,
    ),
    *_above("sat", "satellites"),
    *_above("illum", "illuminated satellites"),
    column(
        "moc",
        sa.String(),
        "Where p_illum exceeds moc_threshold: ASCII MOC in ICRS; no cell where it nowhere does",
        ucd="pos.outline;pos.healpix",
    ),
    column(
        "moc_threshold",
        sa.REAL(),
        "Probability of an illuminated trail that is exceeded within moc",
        ucd="stat.probability;stat.min",
    ),
    column(
        "access_url",
        sa.String(),
        "The map as FITS (HEALPix)",
        ucd="meta.ref.url",
        base="service",
        principal=True,
    ),
    column(
        "hips_url",
        sa.String(),
        "The map as HiPS, for Aladin and the like",
        ucd="meta.ref.url;meta.preview",
        base="service",
    ),
    column(
        "created",
        sa.DateTime(),
        "When it was computed (UTC)",
        ucd="time.creation",
        nullable=False,
    ),
    title="Pass-probability maps",
    order_by=("t_min", "map_id"),
)  # fmt: skip
