"""Services that take values of an answer, as VOTables tell of them (DataLink 1.1, section 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from satvo.resources.images.cutouts.parameters import CUTOUT_PARAMETERS, FORMATS
from satvo.schemas.columns import Field
from satvo.schemas.resource import JobParameter
from satvo.service.links.described import Given, service_descriptor
from satvo.service.reference_systems import system_id
from satvo.service.votable import VOTableWriter

__all__ = ["CUTOUTS", "LINKS", "Service", "describe_services"]

_PLAIN = re.compile("[A-Za-z_][A-Za-z0-9_.-]*")
"""What may be an ID of XML, of the letters that names of columns mostly have."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that takes values of a key.

    Attributes
    ----------
    name : str
        A word, which becomes a part of the ID of its RESOURCE.
    standard_id : str
        IVOID of its protocol.
    path : str
        Where it is, below the public address.
    key : str
        ``schema.table.column`` of the values that it takes as ID.
    description : str
        What it does, as TOPCAT shows it.
    parameters : tuple of JobParameter
        ID, and what else it takes.
    content_type : str
        Media type of its answers.
    """

    name: str
    standard_id: str
    path: str
    key: str
    description: str
    parameters: tuple[JobParameter, ...]
    content_type: str


_DID = "ivoa.obscore.obs_publisher_did"

LINKS = Service(
    "datalink",
    "ivo://ivoa.net/std/DataLink#links-1.1",
    "/datalink/links",
    _DID,
    "What belongs to a data product: the file, masks, truth, trails, previews, and services that "
    "cut it out",
    (JobParameter("ID", "The data product", ucd="meta.ref.ivoid"),),
    "application/x-votable+xml;content=datalink",
)
"""DataLink, of which every answer tells that has identifiers of data products."""

CUTOUTS = Service(
    "cutout",
    "ivo://ivoa.net/std/SODA#sync-1.0",
    "/soda/sync",
    _DID,
    "A part of an image: pixels as they are stored, with their WCS (SODA 1.0)",
    tuple(replace(each, is_repeatable=False) for each in CUTOUT_PARAMETERS),
    FORMATS[0],
)
"""SODA, of which answers tell whose rows are images."""


def describe_services(
    writer: object, fields: Sequence[Field], address: str, services: Sequence[Service] = (LINKS,)
) -> None:
    """Have a writer of VOTables tell which services take values of its columns; others do not.

    A column that holds the key comes before those that refer to it, since clients that know one
    service of a kind take the first. The ID of a FIELD is its name where it can be: astropy calls
    columns by their IDs.

    Parameters
    ----------
    writer : TableWriter
    fields : sequence of Field
        Its columns.
    address : str
        Public address of this server, without a last slash.
    services : sequence of Service
        Those that may be told of.
    """
    if not isinstance(writer, VOTableWriter):
        return
    resources = []
    ids: dict[int, str] = {}
    for service in services:
        for number, place in enumerate(_places(fields, service.key), 1):
            ids.setdefault(place, _field_id(fields, place, set(ids.values())))
            about, *inputs = service.parameters
            resources.append(
                service_descriptor(
                    f"satvo_{service.name}" + (f"_{number}" if number > 1 else ""),
                    f"{address}{service.path}",
                    [Given(about, ref=ids[place]), *map(_given, inputs)],
                    description=service.description,
                    standard_id=service.standard_id,
                    content_type=service.content_type,
                )
            )
    writer.describe(ids, resources)


def _places(fields: Sequence[Field], key: str) -> list[int]:
    """Numbers of the columns that hold a key, and then of those that refer to it."""
    places = [place for place, field in enumerate(fields) if field.identifies == key]
    return sorted(places, key=lambda place: fields[place].name != key.rpartition(".")[2])


def _field_id(fields: Sequence[Field], place: int, taken: set[str]) -> str:
    systems = {system_id(field, version) for field in fields for version in ("1.4", "1.5")}
    name = fields[place].name
    if _PLAIN.fullmatch(name) and name not in taken | systems:
        return name
    return f"satvo_column_{place + 1}"


def _given(parameter: JobParameter) -> Given:
    return Given(parameter, parameter.default or "")
