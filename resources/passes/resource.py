"""The declaration of the passes resource (PassPredict)."""

from __future__ import annotations

from datetime import datetime

from satvo.schemas.epn_core import EPN_CORE
from satvo.schemas.obsplan import OBSPLAN
from satvo.schemas.resource import (
    ALL_SKY,
    Coverage,
    Example,
    JobDeclaration,
    JobParameter,
    Resource,
)
from satvo.schemas.transit import TRANSIT

__all__ = ["RESOURCE"]

_PARAMETERS = (
    JobParameter(
        "EXPOSURES",
        "The exposures: a table with a row for each (id, ra, dec, start, duration, and radius, or "
        "width, height and pa, or polygon; or these under their names in ObsCore and FITS), or the "
        "JSON that POST /api/passes takes",
        is_file=True,
    ),
    JobParameter(
        "OBSERVER",
        "Who observes: a site's name (rubin), an MPC code (X05), longitude,latitude,height in "
        "deg, deg and m, or a telescope in space (norad:20580, ephemeris:<ephemeris_id>); not "
        "needed where the JSON has it",
    ),
    JobParameter("RESPONSEFORMAT", "Format of the transit list, as for TAP", default="votable"),
    JobParameter(
        "ILLUMINATED", "true leaves out what stays in the shadow of the Earth", datatype="boolean"
    ),
    JobParameter("MAGLIM", "Leaves out what is fainter", datatype="double", unit="mag"),
    JobParameter("BAND", "Band of magnitudes: V, B, R, I, u, g, r, i, z or G", default="V"),
    JobParameter("MODEL", "Brightness model; each satellite's best one without it"),
    JobParameter(
        "REFRACTION",
        "true adds the part of refraction that stars beside the satellite do not have",
        datatype="boolean",
    ),
    JobParameter("EXTINCTION", "true adds the air's extinction", datatype="boolean"),
    JobParameter("SEEING", "FWHM, for the width of trails", datatype="double", unit="arcsec"),
    JobParameter(
        "APERTURE", "Diameter of the telescope, for the width of trails", datatype="double",
        unit="m",
    ),
    JobParameter(
        "MAXAGE", "Leaves out satellites whose elements are farther from the exposure",
        datatype="double", unit="d", default="30",
    ),
    JobParameter(
        "AS_KNOWN_AT",
        "Only element sets and operators' ephemerides made until then, ISO 8601 in UTC; without "
        "it those nearest to the exposure, made before or after it",
        xtype="timestamp",
    ),
    JobParameter(
        "STEP", "Asks for a second table, steps: a row for each such step of time within each "
        "crossing", datatype="double", unit="s",
    ),
)  # fmt: skip

_SPAN = (
    JobParameter(
        "OBSERVER", "Names of registered observers (satvo.observer), with commas between; all "
        "without it",
    ),
    JobParameter(
        "START", "Where the span begins: ISO 8601 in UTC, or MJD; the present hour without it",
        xtype="timestamp",
    ),
    JobParameter("HOURS", "Length of the span", datatype="double", unit="h", default="24"),
    JobParameter(
        "MAXAGE", "Leaves out satellites whose elements are farther from the time",
        datatype="double", unit="d", default="30",
    ),
    JobParameter(
        "CONSTELLATION", "These constellations (satvo.satellite), with commas between, simulated "
        "ones among them; all that flies without it",
    ),
    JobParameter(
        "KEEP", "Removes rows of these observers that are older than so many days before START; "
        "none without it", datatype="double", unit="d",
    ),
    JobParameter(
        "REGISTER",
        "true, which is needed: the rows take the place of those of the same observers and span; "
        "needs a token with the right write",
        datatype="boolean",
    ),
)  # fmt: skip
_STEP = JobParameter(
    "STEP", "Time between two positions", datatype="double", unit="s", default="60"
)
_KIND = JobParameter(
    "KIND",
    "pass (above the horizon of each observer), fov (exposures of the registered plans), or both "
    "with a comma between",
    default="pass,fov",
)

RESOURCE = Resource(
    shortname="satvo passes",
    path="passes",
    title="Satellites that cross fields of view (PassPredict)",
    description=(
        "Which satellites cross which field of view, when, how bright and with what probability, "
        "and their passes above registered sites; and the observing plans registered here, which "
        "can be joined with them."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "ephemerides", "astronomical-site-protection"),
    tables=(TRANSIT, OBSPLAN, EPN_CORE),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    types=("Catalog", "Simulation"),
    jobs=(
        JobDeclaration(
            name="passpredict",
            title="PassPredict: satellites that cross exposures",
            description="Gives the transit list of a list of exposures.",
            run="satvo.resources.passes.job:run",
            prepare="satvo.resources.passes.build:prepare_job",
            parameters=_PARAMETERS,
        ),
        JobDeclaration(
            name="ephemeris",
            title="Positions of all satellites above the registered observers",
            description="Fills satvo.ephemeris for a span, at a step.",
            run="satvo.resources.passes.filling.job:run_ephemeris",
            prepare="satvo.resources.passes.filling.build:prepare_ephemeris",
            register="satvo.resources.passes.filling.build:register_ephemeris",
            parameters=(*_SPAN, _STEP),
        ),
        JobDeclaration(
            name="transits",
            title="Passes above the registered observers, and crossings of planned exposures",
            description="Fills satvo.transit for a span.",
            run="satvo.resources.passes.filling.job:run_transits",
            prepare="satvo.resources.passes.filling.build:prepare_transits",
            register="satvo.resources.passes.filling.build:register_transits",
            parameters=(*_SPAN, _KIND),
        ),
    ),
    coverage=Coverage(spatial=ALL_SKY, temporal=(TRANSIT.c.t_min, TRANSIT.c.t_max)),
    examples=(
        Example(
            "Planned exposures and who crosses them",
            "SELECT TOP 100 p.obs_id, p.facility_name, p.t_min AS t_start, p.s_ra,\n"
            "  p.s_dec, p.t_exptime, t.norad_id, t.t_mid, t.mag\n"
            "FROM ivoa.obsplan AS p\n"
            "LEFT JOIN satvo.transit AS t ON t.exposure_id = p.obs_id\n"
            "WHERE p.execution_status IN ('Planned', 'Scheduled')\n"
            "ORDER BY t_start",
            "The exposures of the registered plans, with the satellites that are known to cross "
            "them.",
        ),
        Example(
            "Bright passes of the coming night",
            "SELECT TOP 100 observer_id, norad_id, t_min, t_mid, t_max, alt_max, mag\n"
            "FROM satvo.transit\n"
            "WHERE kind = 'pass' AND illuminated = 1 AND sun_alt < -12 AND mag < 5\n"
            "  AND t_mid BETWEEN satvo_now_mjd() AND satvo_now_mjd() + 1\n"
            "ORDER BY t_mid",
            "What can be seen by eye from the registered sites within a day, where it was computed "
            "(satvo build transits).",
        ),
        Example(
            "What is known of crossings",
            "SELECT COUNT(*) AS n, COUNT(DISTINCT exposure_id) AS exposures,\n"
            "  MIN(t_min) AS since, MAX(t_max) AS until\n"
            "FROM satvo.transit\n"
            "WHERE kind = 'fov'",
            "How many crossings of how many exposures there are, and from when.",
        ),
    ),
)
