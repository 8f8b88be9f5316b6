"""The table `satvo.gp`: every orbital element set ever received, and the record of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["GP", "IDENTITY", "ElementSet"]

IDENTITY = (
    "norad_id",
    "epoch",
    "mean_element_theory",
    "mean_motion",
    "eccentricity",
    "inclination",
    "ra_of_asc_node",
    "arg_of_pericenter",
    "mean_anomaly",
    "bstar",
    "mean_motion_dot",
    "mean_motion_ddot",
)
"""Two element sets that agree in these columns are one set, whatever file they came in."""


@dataclass(frozen=True, slots=True)
class ElementSet:
    """One set of mean elements as its file gives it; None where the file says nothing.

    Attributes are the columns of `satvo.gp` of the same names, which are CCSDS 502.0-B-3 (OMM)
    keywords in lower case: mean_motion in rev/d, angles in deg, mean_motion_dot half the first
    derivative in rev/d**2, mean_motion_ddot a sixth of the second in rev/d**3, bstar in 1/earth
    radii; epoch and creation_date in UTC, without a zone, to the microsecond.
    object_type and decay_date are what Space-Track adds to its OMM.
    """

    norad_id: int
    epoch: datetime
    mean_motion: float
    eccentricity: float
    inclination: float
    ra_of_asc_node: float
    arg_of_pericenter: float
    mean_anomaly: float
    bstar: float = 0.0
    mean_motion_dot: float = 0.0
    mean_motion_ddot: float = 0.0
    object_name: str | None = None
    object_id: str | None = None
    center_name: str = "EARTH"
    ref_frame: str = "TEME"
    time_system: str = "UTC"
    mean_element_theory: str = "SGP4"
    ephemeris_type: int | None = None
    classification_type: str | None = None
    element_set_no: int | None = None
    rev_at_epoch: int | None = None
    originator: str | None = None
    creation_date: datetime | None = None
    tle_line1: str | None = None
    tle_line2: str | None = None
    object_type: str | None = None
    decay_date: datetime | None = None


GP = published_table(
    "satvo",
    "gp",
    "Every orbital element set ever received (OMM keywords in lower case). A set is never changed: "
    "a newer one of the same object fills superseded_by. epoch is when the elements hold, "
    "creation_date when their originator made them, ingest_date when this service got them, so "
    "that a query can ask what was known on a date.",
    column(
        "gp_id",
        sa.BigInteger(),
        "Number of the element set in this archive, in the order of arrival",
        ucd="meta.id;meta.main",
        key=True,
        principal=True,
    ),
    column(
        "norad_id",
        sa.Integer(),
        "NORAD (SATCAT) catalogue number; refers to satvo.satellite, where analyst numbers "
        "(80000 to 89999, re-used) have no row",
        ucd="meta.id",
        nullable=False,
        principal=True,
        indexed=True,
        references="satvo.satellite.norad_id",
    ),
    column(
        "object_id",
        sa.String(),
        "OMM OBJECT_ID: COSPAR international designator",
        ucd="meta.id.cross",
    ),
    column(
        "object_name",
        sa.String(),
        "OMM OBJECT_NAME, as this set's file gave it",
        ucd="meta.id;src",
        principal=True,
    ),
    column("center_name", sa.String(), "OMM CENTER_NAME, always EARTH", ucd="meta.ref;pos.frame"),
    column(
        "ref_frame",
        sa.String(),
        "OMM REF_FRAME: the frame of the elements, TEME (true equator, mean equinox) for SGP4",
        ucd="pos.frame",
    ),
    column(
        "time_system", sa.String(), "OMM TIME_SYSTEM: the scale of epoch, UTC", ucd="time.scale"
    ),
    column(
        "mean_element_theory",
        sa.String(),
        "OMM MEAN_ELEMENT_THEORY: SGP4, or SGP4-XP, which plain SGP4 must not propagate",
        ucd="meta.id;meta.modelled",
    ),
    column(
        "epoch",
        sa.DateTime(),
        "OMM EPOCH: instant at which the elements hold (UTC)",
        ucd="time.epoch",
        timesys="UTC GEOCENTER",
        nullable=False,
        principal=True,
    ),
    column(
        "epoch_mjd",
        sa.Double(),
        "The same instant as Modified Julian Date, UTC",
        unit="d",
        ucd="time.epoch;meta.main",
        timesys="UTC GEOCENTER",
        nullable=False,
        principal=True,
        indexed=True,
    ),
    column(
        "mean_motion",
        sa.Double(),
        "Mean motion in revolutions per day (Kozai convention, as in TLE and OMM)",
        unit="1/d",
        ucd="src.orbital.meanMotion",
        nullable=False,
        principal=True,
    ),
    column(
        "eccentricity",
        sa.Double(),
        "Mean eccentricity",
        ucd="src.orbital.eccentricity",
        nullable=False,
        principal=True,
    ),
    column(
        "inclination",
        sa.Double(),
        "Mean inclination to the true equator of epoch (TEME)",
        unit="deg",
        ucd="src.orbital.inclination",
        nullable=False,
        principal=True,
    ),
    column(
        "ra_of_asc_node",
        sa.Double(),
        "Mean right ascension of the ascending node, from the mean equinox (TEME)",
        unit="deg",
        ucd="src.orbital.node",
        nullable=False,
        principal=True,
    ),
    column(
        "arg_of_pericenter",
        sa.Double(),
        "Mean argument of pericentre",
        unit="deg",
        ucd="src.orbital.periastron",
        nullable=False,
        principal=True,
    ),
    column(
        "mean_anomaly",
        sa.Double(),
        "Mean anomaly at epoch",
        unit="deg",
        ucd="src.orbital.meanAnomaly",
        nullable=False,
        principal=True,
    ),
    column(
        "ephemeris_type",
        sa.SmallInteger(),
        "OMM EPHEMERIS_TYPE: 0 or 2 SGP4, 4 SGP4-XP",
        ucd="meta.code",
    ),
    column(
        "classification_type",
        sa.String(),
        "OMM CLASSIFICATION_TYPE: U unclassified, C classified, S secret",
        ucd="meta.code.class;meta.curation",
        arraysize="1",
    ),
    column(
        "element_set_no", sa.Integer(), "OMM ELEMENT_SET_NO of the originator", ucd="meta.version"
    ),
    column(
        "rev_at_epoch",
        sa.BigInteger(),
        "OMM REV_AT_EPOCH: revolution number at epoch",
        ucd="meta.number;src.orbital",
    ),
    column(
        "bstar",
        sa.Double(),
        "Drag term B* of SGP4, in 1/earth radii",
        ucd="arith.factor;src.orbital",
    ),
    column(
        "mean_motion_dot",
        sa.Double(),
        "Half the first time derivative of the mean motion, rev/d**2, as in TLE and OMM",
        unit="1/d**2",
        ucd="arith.rate;src.orbital.meanMotion",
    ),
    column(
        "mean_motion_ddot",
        sa.Double(),
        "A sixth of the second time derivative of the mean motion, rev/d**3, as in TLE and OMM",
        unit="1/d**3",
        ucd="arith.rate;src.orbital.meanMotion",
    ),
    column(
        "semimajor_axis",
        sa.Double(),
        "Mean semi-major axis, derived from mean_motion by Kepler's third law with the WGS-72 "
        "constant 398600.8 km**3/s**2",
        unit="km",
        ucd="phys.size.smajAxis;src.orbital",
        principal=True,
    ),
    column("originator", sa.String(), "OMM ORIGINATOR: who made the elements", ucd="meta.curation"),
    column(
        "creation_date",
        sa.DateTime(),
        "OMM CREATION_DATE: when the originator made the elements (UTC); null where the file does "
        "not say, as in a TLE",
        ucd="time.creation",
    ),
    column(
        "ingest_date",
        sa.DateTime(),
        "When this service got the elements (UTC)",
        ucd="time.processing",
        nullable=False,
    ),
    column(
        "superseded_by",
        sa.BigInteger(),
        "gp_id of the next newer set of the same object, by epoch and then creation_date; null for "
        "the current set",
        ucd="meta.id.cross",
        references="satvo.gp.gp_id",
    ),
    column(
        "tle_line1",
        sa.String(),
        "First line of the TLE this set came in; null where it came as OMM",
        ucd="meta.record",
        arraysize="69",
    ),
    column(
        "tle_line2",
        sa.String(),
        "Second line of the TLE this set came in; null where it came as OMM",
        ucd="meta.record",
        arraysize="69",
    ),
    column(
        "source",
        sa.String(),
        "Where it came from: celestrak, space-track, user, fixture (published verification sets) "
        "or simulated",
        ucd="meta.ref",
        principal=True,
    ),
    title="Orbital element sets",
    order_by=("norad_id", "epoch_mjd"),
)
