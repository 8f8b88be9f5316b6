"""The declaration of the ephemerides resource."""

from __future__ import annotations

from datetime import datetime

from satvo.schemas.ephemeris import EPHEMERIS
from satvo.schemas.ephemeris_file import EPHEMERIS_FILE
from satvo.schemas.observer import OBSERVER
from satvo.schemas.resource import ALL_SKY, Coverage, Example, Resource
from satvo.schemas.state_vector import STATE_VECTOR

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo ephem.",
    path="ephemeris",
    title="Ephemerides of artificial satellites",
    description=(
        "Where satellites are: state vectors about the geocentre, those of operators with their "
        "covariances among them, and positions as registered observers see them, with their "
        "errors, which elements they come from, and whether the Sun shines on the satellite."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "ephemerides", "space-debris"),
    tables=(STATE_VECTOR, EPHEMERIS_FILE, OBSERVER, EPHEMERIS),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    types=("Catalog", "Simulation"),
    coverage=Coverage(spatial=ALL_SKY, temporal=(EPHEMERIS.c.epoch_mjd,)),
    rights=(
        "Ephemerides belong to their operators and laboratories, which satvo.ephemeris_file names "
        "in source and originator; name them too."
    ),
    examples=(
        Example(
            "Operators' ephemerides",
            "SELECT COUNT(*) AS segments, COUNT(DISTINCT norad_id) AS satellites,\n"
            "  MIN(t_min) AS since, MAX(t_max) AS until\n"
            "FROM satvo.ephemeris_file\n"
            "WHERE covariances > 0",
            "Of how many satellites there are ephemerides with errors, and for what time.",
        ),
        Example(
            "Registered observers",
            "SELECT observer_id, mpc_code, facility_name, lon, lat, height\n"
            "FROM satvo.observer\n"
            "ORDER BY lat",
            "The sites that this archive computes for, from south to north.",
        ),
        Example(
            "What is above each observer now",
            "SELECT o.observer_id, COUNT(e.norad_id) AS satellites, MAX(e.alt) AS highest\n"
            "FROM satvo.observer AS o\n"
            "LEFT JOIN satvo.ephemeris AS e ON e.observer_id = o.observer_id\n"
            "  AND e.epoch_mjd > satvo_now_mjd() - 60 / 86400.0 AND e.epoch_mjd <= satvo_now_mjd()\n"
            "  AND e.illuminated = 1\n"
            "GROUP BY o.observer_id",
            "How many satellites are up and in sunlight at each site, by the last positions of those "
            "computed at a step of a minute (satvo build ephemeris).",
        ),
        Example(
            "What was computed in advance",
            "SELECT COUNT(*) AS n, COUNT(DISTINCT norad_id) AS satellites,\n"
            "  MIN(epoch_mjd) AS since, MAX(epoch_mjd) AS until\n"
            "FROM satvo.ephemeris\n"
            "WHERE alt > 30 AND illuminated = 1",
            "How many positions 30 deg above the horizon and in sunlight there are, and from when.",
        ),
    ),
)
