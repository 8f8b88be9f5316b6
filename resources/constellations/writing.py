"""Simulated constellations as files: TLE, and OMM in each of its notations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from satvo.resources.constellations.simulation import SimulatedElements
from satvo.resources.orbits.omm_columns import VARYING, write_omm_columns
from satvo.resources.orbits.tle import ALPHA5_LAST, alpha5, checksum, second_line, tle_lines
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import ElementSet

__all__ = ["element_sets", "write_simulated", "write_simulated_tle"]

_CHUNK = 5000


def write_simulated(elements: SimulatedElements, notation: str) -> Iterator[bytes]:
    """An OMM file of them, in pieces.

    Parameters
    ----------
    elements : SimulatedElements
    notation : str
        kvn, xml, json or csv.
    """
    return write_omm_columns(_common(elements.epoch), _rows(elements), notation)


def write_simulated_tle(elements: SimulatedElements, *, names: bool = False) -> Iterator[bytes]:
    """Two-line element sets, in pieces; with ``names`` a line before them (24 characters at most).

    Raises
    ------
    BadParameter
        At once, if a catalogue number has no place in a TLE, or the epoch has none.
    """
    last = int(elements.norad_id.max(initial=0))
    if last > ALPHA5_LAST:
        lower = "" if len(elements) > ALPHA5_LAST else ", or begin with a lower --first-number"
        raise BadParameter(
            f"catalogue numbers up to {last}: a TLE holds none above {ALPHA5_LAST} (alpha-5); "
            f"write OMM (.json, .csv, .xml or .kvn){lower}"
        )
    try:
        one = tle_lines(_common(elements.epoch))[0]
    except ValueError as err:
        raise BadParameter(f"a TLE cannot be written: {err}; write OMM") from err
    return _tle_pieces(elements, one[7:-1], names=names)


def element_sets(elements: SimulatedElements) -> Iterator[ElementSet]:
    """The same as records, one after another."""
    for name, number, motion, eccentricity, inclination, node, pericenter, anomaly in _rows(
        elements
    ):
        yield ElementSet(
            norad_id=number,
            epoch=elements.epoch,
            mean_motion=motion,
            eccentricity=eccentricity,
            inclination=inclination,
            ra_of_asc_node=node,
            arg_of_pericenter=pericenter,
            mean_anomaly=anomaly,
            object_name=name,
            originator="SATVO",
            classification_type="U",
            creation_date=elements.epoch,
        )


def _rows(elements: SimulatedElements) -> Iterator[tuple[Any, ...]]:
    """The values of `VARYING` of each, made a chunk at a time for the sake of memory."""
    for chunk in elements.chunks(_CHUNK):
        columns = (getattr(chunk, name).tolist() for name in VARYING[1:])
        yield from zip(chunk.object_names(), *columns, strict=True)


def _tle_pieces(elements: SimulatedElements, first: str, *, names: bool) -> Iterator[bytes]:
    for chunk in elements.chunks(_CHUNK):
        lines = []
        for name, norad_id, motion, eccentricity, inclination, node, pericenter, anomaly in _rows(
            chunk
        ):
            number = alpha5(norad_id)
            one = f"1 {number}{first}"
            two = second_line(number, inclination, node, eccentricity, pericenter, anomaly, motion)
            title = f"{name[:24]}\n" if names else ""
            lines.append(f"{title}{one}{checksum(one)}\n{two}\n")
        yield "".join(lines).encode("ascii")


def _common(epoch: datetime) -> ElementSet:
    """What all have in common; set and revolution as CelesTrak has them where nobody counts."""
    return ElementSet(
        norad_id=1,
        epoch=epoch,
        mean_motion=1.0,
        eccentricity=0.0,
        inclination=0.0,
        ra_of_asc_node=0.0,
        arg_of_pericenter=0.0,
        mean_anomaly=0.0,
        ephemeris_type=0,
        classification_type="U",
        element_set_no=999,
        rev_at_epoch=0,
        originator="SATVO",
        creation_date=epoch,
    )
