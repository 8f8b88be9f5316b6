"""The declaration of the constellations resource (EphemSimulate)."""

from __future__ import annotations

from datetime import datetime

from satvo.resources.constellations.filed import filed_names
from satvo.schemas.resource import JobDeclaration, JobParameter, Resource

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo constell.",
    path="constellations",
    title="Simulated constellations (EphemSimulate)",
    description=(
        "Element sets of constellations that do not fly yet, computed from the shells of their "
        "public filings or of a definition of one's own."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "orbital-elements", "computational-methods"),
    tables=(),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22, 15),
    types=("Simulation",),
    jobs=(
        JobDeclaration(
            name="constellation",
            title="EphemSimulate: element sets of a constellation",
            description="Gives one OMM element set (CSV) for each satellite of a constellation.",
            run="satvo.resources.constellations.job:run",
            parameters=(
                JobParameter(
                    "CONSTELLATION",
                    "Name of a filed constellation",
                    choices=filed_names(),
                ),
                JobParameter(
                    "DEFINITION",
                    "A definition file (YAML) with shells, instead of a filed constellation",
                    is_file=True,
                ),
                JobParameter("EPOCH", "Epoch of the elements, ISO 8601 in UTC", xtype="timestamp"),
                JobParameter(
                    "SEED",
                    "Where each shell begins, and what is random in it; with 0 each begins at "
                    "node 0. The same seed gives the same elements",
                    datatype="long",
                    default="0",
                ),
                JobParameter(
                    "REGISTER",
                    "true adds the element sets to satvo.gp and satvo.satellite, as source "
                    "'simulated'; needs a token with the right write",
                    datatype="boolean",
                    default="false",
                ),
            ),
            register="satvo.resources.constellations.build:register_job",
        ),
    ),
)
