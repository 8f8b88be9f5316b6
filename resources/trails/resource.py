"""The declaration of the trails in images."""

from __future__ import annotations

from datetime import datetime

from satvo.schemas.resource import Example, Resource
from satvo.schemas.trail import TRAIL

__all__ = ["RESOURCE"]

RESOURCE = Resource(
    shortname="satvo trails",
    path="trails",
    title="Trails of satellites in images",
    description=(
        "Where satellites left trails in the images of the archive: simulated, detected, "
        "predicted or drawn by hand, with the satellite where it is known. TrailSimulate makes "
        "them: from the transits that PassPredict finds, or by rate (trails per square degree and "
        "hour by magnitude), by models of how trails look in telescopes and detectors, with the "
        "fraction of the pixels that they spoil, side effects counted."
    ),
    creator="The satvo developers",
    subjects=("artificial-satellites",),
    tables=(TRAIL,),
    created=datetime(2026, 11, 22),
    updated=datetime(2026, 11, 22, 23),
    examples=(
        Example(
            name="Trails of an image and its mask",
            query=(
                "SELECT TOP 10 o.obs_title, o.access_url, t.x1, t.y1, t.x2, t.y2, t.snr, "
                "t.mask_url FROM satvo.trail AS t JOIN ivoa.obscore AS o "
                "ON o.obs_publisher_did = t.obs_publisher_did ORDER BY snr DESC"
            ),
            description="The clearest trails, each with the image it is in and its mask.",
        ),
    ),
)
