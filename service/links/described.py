"""Service descriptors: how to call a service, told inside a VOTable (DataLink 1.1, section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree
from satvo.schemas.resource import JobParameter
from satvo.service.votable import xml_text

__all__ = ["Given", "service_descriptor", "with_descriptors"]


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter of a described service.

    Attributes
    ----------
    about : JobParameter
    value : str
        What is sent unless the client changes it.
    least, most : str
        Bounds of what makes sense; of a shape or an interval ``most`` alone, the largest (SODA 1.0,
        section 4).
    ref : str
        ID of the FIELD whose cell is the value; empty where none is.
    options : tuple of str
        The values that make sense; those of ``about`` where empty.
    """

    about: JobParameter
    value: str = ""
    least: str = ""
    most: str = ""
    ref: str = ""
    options: tuple[str, ...] = ()


def service_descriptor(
    name: str,
    address: str,
    parameters: Iterable[Given],
    *,
    description: str,
    standard_id: str = "",
    resource_id: str = "",
    content_type: str = "",
) -> etree._Element:
    """A RESOURCE that describes a service.

    Parameters
    ----------
    name : str
        Its ID in the document, as ``service_def`` of a link has it.
    address : str
        Where it is called; the inputs are put behind it as a query.
    parameters : iterable of Given
    description : str
        For people; TOPCAT shows it.
    standard_id, resource_id, content_type : str
        Identifiers of its standard and of its record in registries, and what it answers; empty
        where there is none.
    """
    resource = etree.Element("RESOURCE", type="meta", utype="adhoc:service", ID=name)
    resource.set("name", name)
    etree.SubElement(resource, "DESCRIPTION").text = xml_text(description)
    for key, value in (
        ("standardID", standard_id),
        ("accessURL", address),
        ("resourceIdentifier", resource_id),
        ("contentType", content_type),
    ):
        if value:
            about = {"name": key, "datatype": "char", "arraysize": "*", "value": xml_text(value)}
            if key == "accessURL":
                about["ucd"] = "meta.ref.url"
            etree.SubElement(resource, "PARAM", about)
    inputs = etree.SubElement(resource, "GROUP", name="inputParams")
    for each in parameters:
        _add_input(inputs, each)
    return resource


def _add_input(group: etree._Element, given: Given) -> None:
    about = given.about
    size = about.arraysize or ("*" if about.datatype == "char" else "")
    element = etree.SubElement(
        group, "PARAM", name=about.name, datatype=about.datatype, value=xml_text(given.value)
    )
    for key, value in (
        ("arraysize", size), ("xtype", about.xtype), ("unit", about.unit), ("ucd", about.ucd),
        ("ref", given.ref),
    ):  # fmt: skip
        if value:
            element.set(key, value)
    etree.SubElement(element, "DESCRIPTION").text = xml_text(about.description)
    options = given.options or about.choices
    if not (given.least or given.most or options):
        return
    values = etree.SubElement(element, "VALUES")
    for tag, value in (("MIN", given.least), ("MAX", given.most)):
        if value:
            etree.SubElement(values, tag, value=value)
    for option in options:
        etree.SubElement(values, "OPTION", value=option)


def with_descriptors(end: bytes, descriptors: Iterable[etree._Element]) -> bytes:
    """The end of a VOTable document with these behind its other resources.

    Parameters
    ----------
    end : bytes
        The last bytes of the document, its last end tag among them.
    descriptors : iterable of element
    """
    before, tag, after = end.rpartition(b"</VOTABLE>")
    return before + b"".join(map(etree.tostring, descriptors)) + tag + after
