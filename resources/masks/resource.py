"""The declaration of TrailMask."""

from __future__ import annotations

from datetime import datetime

from satvo.resources.masks.parameters import PARAMETERS
from satvo.schemas.resource import Example, JobDeclaration, Resource

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo masks",
    path="masks",
    title="Masks of satellite trails (TrailMask)",
    description=(
        "Finds the trails of satellites in images of the archive and in images that clients send, "
        "and masks them. A job gives masks whose bits their headers tell, a catalogue of the "
        "trails with their errors, the score of each pixel, the image without its trails, and a "
        "model of them. What it finds in images of the archive can be registered: masks in "
        "ivoa.obscore, trails in satvo.trail."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites", "astronomical-site-protection"),
    tables=(),
    created=datetime(2026, 11, 23),
    updated=datetime(2026, 11, 23),
    types=("Other",),
    jobs=(
        JobDeclaration(
            name="trailmask",
            title="TrailMask: masks and catalogues of satellite trails in images",
            description=(
                "Masks the trails in images of the archive, or in FITS files that are sent: one, "
                "a batch, or a sequence of one field. Gives of each what OUTPUTS names (mask, "
                "catalogue of trails, score, repaired image, model) and a picture with the trails "
                "marked, and a summary."
            ),
            run="satvo.resources.masks.job:run",
            prepare="satvo.resources.masks.build:prepare_masking",
            register="satvo.resources.masks.registering:register_masks",
            needs_files=True,
            registers_images=True,
            parameters=PARAMETERS,
        ),
    ),
    examples=(
        Example(
            name="Masks of trails",
            query=(
                "SELECT TOP 20 m.obs_title, m.access_url, d.progenitor_did FROM ivoa.obscore AS m "
                "JOIN satvo.dataproduct AS d ON d.obs_publisher_did = m.obs_publisher_did "
                "WHERE m.dataproduct_subtype IN ('trailmask', 'truthmask')"
            ),
            description="Of detectors and of simulations, each with the image that it belongs to.",
        ),
        Example(
            name="Trails with their masks",
            query=(
                "SELECT TOP 20 obs_publisher_did, origin, score, snr, x1, y1, x2, y2, mask_url "
                "FROM satvo.trail WHERE mask_url IS NOT NULL ORDER BY snr DESC"
            ),
            description="The clearest first; origin is detected where a detector found them.",
        ),
    ),
)
