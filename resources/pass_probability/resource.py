"""The declaration of the pass-probability resource (PassProbability)."""

from __future__ import annotations

from datetime import datetime

from satvo.schemas.passprob import PASSPROB
from satvo.schemas.passprob_pix import PASSPROB_PIX
from satvo.schemas.resource import (
    ALL_SKY,
    Coverage,
    Example,
    JobDeclaration,
    JobParameter,
    Resource,
)

__all__ = ["RESOURCE"]

_WHO = (
    JobParameter(
        "CONSTELLATION",
        "Names with commas between: of filed constellations (kuiper, starlink-gen2, ...), counted "
        "by their filings, or of those in satvo.satellite (starlink, sim-kuiper, ...), counted by "
        "their elements",
    ),
    JobParameter(
        "DEFINITION", "A definition file (YAML) with shells, counted with or instead of them",
        is_file=True,
    ),
    JobParameter(
        "CATALOGUE", "true counts all that fly, by the elements nearest to the time, instead",
        datatype="boolean",
    ),
    JobParameter("OBSERVER", "A site's name (rubin), an MPC code (X05), or lon,lat,height"),
    JobParameter("LAT", "Instead: geodetic latitude, WGS84", datatype="double", unit="deg"),
    JobParameter("LON", "East longitude", datatype="double", unit="deg"),
    JobParameter("HEIGHT", "Height above the ellipsoid", datatype="double", unit="m", default="0"),
)  # fmt: skip
_EXPOSURE = (
    JobParameter("EXPTIME", "Length of the exposure", datatype="double", unit="s", default="30"),
    JobParameter("RADIUS", "Of a circular field", datatype="double", unit="deg", default="1"),
    JobParameter(
        "WIDTH", "Of a rectangular field, instead, whose orientation is taken as random",
        datatype="double", unit="deg",
    ),
    JobParameter("HEIGHT_DEG", "Height of that field", datatype="double", unit="deg"),
    JobParameter(
        "MAGLIM", "Illuminated satellites fainter than this V do not count", datatype="double",
        unit="mag",
    ),
    JobParameter(
        "DEPTH", "Limiting magnitude for stars: trails of a fainter effective magnitude cost "
        "nothing", datatype="double", unit="mag",
    ),
    JobParameter(
        "BLOOMING", "Trails of a brighter effective magnitude spoil the whole exposure",
        datatype="double", unit="mag",
    ),
    JobParameter(
        "TRAILWIDTH", "Width of what a trail makes useless", datatype="double", unit="arcsec",
        default="5",
    ),
    JobParameter(
        "RESOLUTION", "Resolution element, for effective magnitudes", datatype="double",
        unit="arcsec", default="1",
    ),
    JobParameter(
        "MODEL", "Brightness model; best takes each constellation's own", default="bassa-2022"
    ),
)  # fmt: skip
_MAP = (
    *_WHO,
    JobParameter(
        "TIME", "Middle of the exposure: ISO 8601 in UTC, or MJD", xtype="timestamp"
    ),
    *_EXPOSURE,
    JobParameter(
        "NSIDE", "Of the HEALPix cells: a power of two, 1 to 512", datatype="int", default="64"
    ),
    JobParameter(
        "FRAME", "What the cells are numbered in: ICRS, or azimuth and altitude",
        default="equatorial", choices=("altaz", "equatorial"),
    ),
    JobParameter(
        "THRESHOLD", "Probability of an illuminated trail that the area told of exceeds",
        datatype="double", default="0.1",
    ),
    JobParameter(
        "COLUMN", "Of the map's columns that which pictures show", default="p_illum",
        choices=(
            "n_sat", "n_sat_illum", "n_pass", "n_pass_illum", "p_pass", "p_illum", "loss", "t_next",
        ),
    ),
    JobParameter(
        "DAYLIGHT", "true makes a map though the Sun is above the horizon", datatype="boolean"
    ),
    JobParameter("RESPONSEFORMAT", "Format of the table visible, as for TAP", default="votable"),
    JobParameter(
        "REGISTER",
        "true adds the map to satvo.passprob and satvo.passprob_pix; needs a token with the right "
        "write",
        datatype="boolean", default="false",
    ),
    JobParameter("NAME", "Its map_id there: letters, digits and . _ -"),
    JobParameter("REPLACE", "true takes the place of a map of that name", datatype="boolean"),
)  # fmt: skip
_CALENDAR = (
    *_WHO,
    JobParameter("TARGET", "Right ascension and declination in ICRS, deg, as 52,-27.8"),
    JobParameter("YEAR", "From its first evening on", datatype="int"),
    JobParameter("START", "Instead: the date of the first evening", xtype="timestamp"),
    JobParameter("NIGHTS", "How many; those of a year without it", datatype="int"),
    JobParameter(
        "TIMES", "How many times in each night, even from noon to noon", datatype="int",
        default="48",
    ),
    *_EXPOSURE,
    JobParameter("RESPONSEFORMAT", "Format of the table, as for TAP", default="votable"),
)  # fmt: skip

RESOURCE = Resource(
    shortname="satvo passprob",
    path="pass_probability",
    title="Probabilities of satellite trails over the sky (PassProbability)",
    description=(
        "How many satellites are where on the sky of a site, how many of them the Sun shines on, "
        "and how probable their trails are in an exposure: HEALPix maps for constellations that "
        "fly or are planned, by the density of their orbits and not by their satellites' places."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "astronomical-site-protection"),
    tables=(PASSPROB, PASSPROB_PIX),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    types=("Simulation",),
    jobs=(
        JobDeclaration(
            name="passprobability",
            title="PassProbability: a map of trails over the sky",
            description=(
                "Gives the map as FITS and as pictures, the area above a threshold as MOC, and how "
                "many satellites are visible at once."
            ),
            run="satvo.resources.pass_probability.job:run_map",
            prepare="satvo.resources.pass_probability.build:prepare_map",
            register="satvo.resources.pass_probability.build:register_job",
            parameters=_MAP,
        ),
        JobDeclaration(
            name="passcalendar",
            title="PassProbability: a target through the nights of a year",
            description="Gives a row for each time of each night, and a picture.",
            run="satvo.resources.pass_probability.job:run_calendar",
            prepare="satvo.resources.pass_probability.build:prepare_calendar",
            parameters=_CALENDAR,
        ),
    ),
    coverage=Coverage(spatial=ALL_SKY, temporal=(PASSPROB.c.t_min, PASSPROB.c.t_max)),
    examples=(
        Example(
            "Where trails are most probable",
            "SELECT TOP 20 m.map_id, m.observer_id, m.t_min, p.ra, p.dec, p.n_pass_illum,\n"
            "  p.p_illum, p.loss\n"
            "FROM satvo.passprob AS m\n"
            "JOIN satvo.passprob_pix AS p ON p.map_id = m.map_id\n"
            "WHERE m.map_id IN (SELECT MIN(map_id) FROM satvo.passprob)\n"
            "ORDER BY n_pass_illum DESC",
            "The worst twenty directions of one map.",
        ),
        Example(
            "Illuminated satellites through the night",
            "SELECT observer_id, t_min, sun_alt, population, n_sat30, n_illum30\n"
            "FROM satvo.passprob\n"
            "ORDER BY observer_id, t_min",
            "How many satellites are higher than 30 deg for each map, and how many of them the "
            "Sun shines on.",
        ),
    ),
)
