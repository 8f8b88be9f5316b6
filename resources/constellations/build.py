"""Simulated element sets of filed constellations, as records for the loader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files

from satvo.ingest.constellations.definition import Constellation, read_constellation
from satvo.resources.constellations.walker import kozai_mean_motion, walker_elements
from satvo.schemas.gp import ElementSet

__all__ = ["filed_constellations", "simulated_sets"]


def filed_constellations() -> list[Constellation]:
    """The constellations whose filings the package carries, by name."""
    found = []
    for path in (files("satvo.resources.constellations") / "filings").iterdir():
        if path.name.endswith(".yaml"):
            with path.open("rb") as stream:
                found.append(read_constellation(stream, name=path.name))
    return sorted(found, key=lambda constellation: constellation.name)


def simulated_sets(
    constellation: Constellation, *, epoch: datetime, first_number: int
) -> Iterator[ElementSet]:
    """One element set for each satellite of a constellation.

    Parameters
    ----------
    constellation : Constellation
    epoch : datetime
        Of the elements, UTC without a zone.
    first_number : int
        ``norad_id`` of the first satellite; the others follow.
    """
    number = first_number
    for shell in constellation.shells:
        motion = kozai_mean_motion(shell.altitude_km, shell.inclination_deg)
        elements = walker_elements(
            shell.planes,
            shell.satellites_per_plane,
            raan_spread_deg=shell.raan_spread_deg,
            phasing=shell.phasing,
        )
        for node, anomaly, plane, place in zip(
            elements.ra_of_asc_node.tolist(),
            elements.mean_anomaly.tolist(),
            elements.plane.tolist(),
            elements.place.tolist(),
            strict=True,
        ):
            yield ElementSet(
                norad_id=number,
                epoch=epoch,
                mean_motion=motion,
                eccentricity=0.0,
                inclination=shell.inclination_deg,
                ra_of_asc_node=node,
                arg_of_pericenter=0.0,
                mean_anomaly=anomaly,
                object_name=f"SIM {constellation.name.upper()} {shell.id} {plane + 1}-{place + 1}",
                originator="SATVO",
                classification_type="U",
                creation_date=epoch,
            )
            number += 1
