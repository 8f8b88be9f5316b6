"""The declaration of the archive of images, and of the test suite in it."""

from __future__ import annotations

from datetime import datetime

from satvo.resources.images.cutouts.parameters import CUTOUT_PARAMETERS
from satvo.resources.images.simulator.parameters import PARAMETERS as SIMULATION_PARAMETERS
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.resource import Coverage, Example, JobDeclaration, Resource
from satvo.schemas.testcase import TESTCASE, TESTTERM

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo images",
    path="images",
    title="Images with and without satellite trails (TestData)",
    description=(
        "Frames with satellite trails and without, observed and simulated, masks and catalogues "
        "of the truth: the test data that SATCON2's Algorithms report asks for, and whatever "
        "contributors bring."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "astronomical-site-protection"),
    tables=(OBSCORE, DATAPRODUCT, TESTCASE, TESTTERM),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22),
    types=("Archive",),
    jobs=(
        JobDeclaration(
            name="cutout",
            title="SODA: parts of images",
            description=(
                "Gives parts of data products, each a result: pixels as they are stored, with "
                "their WCS."
            ),
            run="satvo.resources.images.cutouts.job:run",
            prepare="satvo.resources.images.cutouts.build:prepare_cutouts",
            path="/soda/async",
            standard_id="ivo://ivoa.net/std/SODA#async-1.0",
            needs_files=True,
            parameters=CUTOUT_PARAMETERS,
        ),
        JobDeclaration(
            name="imagesimulate",
            title="ImageSimulate: frames with satellite trails, and the truth about them",
            description=(
                "Makes frames of a scene that is described as YAML or JSON (by the schema at "
                "/schemas/scene.json), of an instrument with simple parameters, or draws trails "
                "into a frame of the archive: trails of any magnitude, crossings of real "
                "satellites, or as many as a rate brings. Gives each frame as FITS, its truth "
                "mask, its truth catalogue, a picture, the parameters as YAML, and a summary."
            ),
            run="satvo.resources.images.simulator.job:run",
            prepare="satvo.resources.images.simulator.build:prepare_simulation",
            register="satvo.resources.images.simulator.registering:register_simulation",
            needs_files=True,
            registers_images=True,
            parameters=SIMULATION_PARAMETERS,
        ),
    ),
    coverage=Coverage(temporal=(OBSCORE.c.t_min, OBSCORE.c.t_max), wavebands=("Optical",)),
    examples=(
        Example(
            name="Images of a place",
            query=(
                "SELECT obs_title, t_min, t_exptime, access_url FROM ivoa.obscore "
                "WHERE 1 = INTERSECTS(s_region, CIRCLE('ICRS', 83.8, -5.4, 30))"
            ),
            description="All data products whose outline comes within a circle.",
        ),
        Example(
            name="Pairs of the test suite",
            query=(
                "SELECT c.case_id, c.title, a.access_url AS with_trail, b.access_url AS without "
                "FROM satvo.testcase AS c "
                "JOIN ivoa.obscore AS a ON a.obs_publisher_did = c.obs_publisher_did "
                "JOIN ivoa.obscore AS b ON b.obs_publisher_did = c.pair_did"
            ),
            description="Frames with a trail, each with the same field without it.",
        ),
    ),
)
