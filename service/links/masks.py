"""The service that masks the trails in a data product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from satvo.resources.masks.build import can_be_masked
from satvo.resources.masks.parameters import PARAMETERS
from satvo.service.config import Config
from satvo.service.links.described import job_descriptor

__all__ = ["can_be_masked", "masking_descriptor"]

_OFFERED = (
    "ID", "DETECTOR", "OUTPUTS", "WIDTH", "LENGTH", "SNR", "ANGLE", "THRESHOLD", "CUT",
)  # fmt: skip


def masking_descriptor(row: Mapping[str, Any], config: Config, name: str) -> str:
    """The job that masks the trails in an image (UWS 1.1), with what it can be told.

    Parameters
    ----------
    row : mapping
        Of `satvo.service.links.relations.Related`.
    config : Config
    name : str
        ID of the descriptor in its document.
    """
    return job_descriptor(
        name,
        config.url("/jobs/trailmask"),
        PARAMETERS,
        _OFFERED,
        row["obs_publisher_did"],
        description="Mask the satellite trails in the image",
    )
