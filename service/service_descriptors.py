"""Services that take values of an answer, as VOTables tell of them (DataLink 1.1, section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree
from satvo.schemas.columns import Field
from satvo.schemas.resource import JobParameter
from satvo.service.reference_systems import system_id

__all__ = ["DATALINK", "Descriptor", "Service", "descriptor_resource", "descriptors_of",
           "referred_ids"]  # fmt: skip

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
    description : str
        What it does, as TOPCAT shows it.
    parameter : str
        Which of its parameters takes the key.
    inputs : tuple of JobParameter
        Its further parameters, which a client asks its user for.
    content_type : str
        Media type of its answers; empty where there are several.
    """

    name: str
    standard_id: str
    path: str
    description: str
    parameter: str = "ID"
    inputs: tuple[JobParameter, ...] = ()
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A service, and the column of one answer that it takes.

    Attributes
    ----------
    service : Service
    place : int
        Number of the column in the answer, from 0.
    address : str
        Public address of this server, without a last slash.
    number : int
        From 1, where several columns of an answer are taken by one service.
    """

    service: Service
    place: int
    address: str
    number: int = 1


DATALINK = Service(
    "datalink",
    "ivo://ivoa.net/std/DataLink#links-1.1",
    "/datalink/links",
    "What belongs to a data product: the file, masks, truth, trails, previews, and services that "
    "cut it out",
    content_type="application/x-votable+xml;content=datalink",
)

_SERVICES: dict[str, tuple[Service, ...]] = {"ivoa.obscore.obs_publisher_did": (DATALINK,)}
"""The services that take a key, by its ``schema.table.column``."""


def descriptors_of(fields: Sequence[Field], address: str) -> list[Descriptor]:
    """What takes values of the columns of an answer.

    A column that holds the key comes before those that refer to it, since clients that know one
    service of a kind take the first.

    Parameters
    ----------
    fields : sequence of Field
    address : str
        Public address of this server, without a last slash.

    Examples
    --------
    >>> did = Field("did", "char", "*", identifies="ivoa.obscore.obs_publisher_did")
    >>> [each.place for each in descriptors_of([Field("n", "int"), did], "http://localhost")]
    [1]
    """
    found: list[Descriptor] = []
    for key, services in _SERVICES.items():
        places = [i for i, field in enumerate(fields) if field.identifies == key]
        places.sort(key=lambda place: fields[place].name != key.rpartition(".")[2])
        found += [
            Descriptor(service, place, address, number)
            for service in services
            for number, place in enumerate(places, 1)
        ]
    return found


def referred_ids(fields: Sequence[Field], descriptors: Iterable[Descriptor]) -> dict[int, str]:
    """The IDs of the FIELDs that services take, by their places.

    An ID is the column's name where it can be: astropy calls columns by their IDs.
    """
    taken = {system_id(field, version) for field in fields for version in ("1.4", "1.5")}
    ids: dict[int, str] = {}
    for place in sorted({each.place for each in descriptors}):
        name = fields[place].name
        if not _PLAIN.fullmatch(name) or name in taken:
            name = f"satvo_column_{place + 1}"
        taken.add(name)
        ids[place] = name
    return ids


def descriptor_resource(descriptor: Descriptor, field_id: str) -> etree._Element:
    """The RESOURCE that tells of a service.

    Parameters
    ----------
    descriptor : Descriptor
    field_id : str
        ID of the FIELD whose values it takes.

    References
    ----------
    DataLink 1.1, section 4.1.
    """
    service = descriptor.service
    name = f"satvo_{service.name}" + (f"_{descriptor.number}" if descriptor.number > 1 else "")
    root = etree.Element("RESOURCE", ID=name, type="meta", utype="adhoc:service")
    etree.SubElement(root, "DESCRIPTION").text = service.description
    _add_param(root, "standardID", service.standard_id)
    _add_param(root, "accessURL", f"{descriptor.address}{service.path}")
    if service.content_type:
        _add_param(root, "contentType", service.content_type)
    group = etree.SubElement(root, "GROUP", name="inputParams")
    _add_param(group, service.parameter, "", ref=field_id)
    for each in service.inputs:
        _add_input(group, each)
    return root


def _add_param(parent: etree._Element, name: str, value: str, *, ref: str = "") -> None:
    param = etree.SubElement(parent, "PARAM", name=name, datatype="char", arraysize="*")
    param.set("value", value)
    if ref:
        param.set("ref", ref)


def _add_input(group: etree._Element, parameter: JobParameter) -> None:
    is_text = parameter.datatype == "char"
    element = etree.SubElement(group, "PARAM", name=parameter.name, datatype=parameter.datatype)
    if is_text:
        element.set("arraysize", "*")
    element.set("value", parameter.default or "")
    for name in ("unit", "xtype"):
        if value := getattr(parameter, name):
            element.set(name, value)
    etree.SubElement(element, "DESCRIPTION").text = parameter.description
    if parameter.choices:
        values = etree.SubElement(element, "VALUES")
        for choice in parameter.choices:
            etree.SubElement(values, "OPTION", value=choice)
