"""The services that draw trails into a data product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from satvo.resources.images.simulator.parameters import PARAMETERS
from satvo.service.config import Config
from satvo.service.links.described import job_descriptor

__all__ = ["can_be_drawn_into", "simulation_descriptor"]

_OFFERED = (
    "ID", "MAG", "ALTITUDE", "ORIENTATION", "TRANSIT", "NORAD_ID", "RATE", "COUNT", "SEED",
)  # fmt: skip


def can_be_drawn_into(row: Mapping[str, Any]) -> bool:
    """Whether a product is a frame that is kept here, of two axes, with pixels of known size."""
    return bool(
        row["product_id"] and row["role"] == "frame" and row["n_image"] and row["s_xel2"]
        and row["dataproduct_type"] == "image" and row["s_ra"] is not None
    )  # fmt: skip


def simulation_descriptor(row: Mapping[str, Any], config: Config, name: str) -> str:
    """The job that draws trails into a frame (UWS 1.1), with what it can be told.

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
        config.url("/jobs/imagesimulate"),
        PARAMETERS,
        _OFFERED,
        row["obs_publisher_did"],
        description="Draw satellite trails into the image: of any magnitude, of real satellites "
        "(TRANSIT=predict), or by rate",
    )
