"""What the XML of VOSI and of the registry share (VOResource 1.1, VODataService 1.2)."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from satvo.schemas.resource import JobParameter

__all__ = [
    "NAMESPACES", "XSI_TYPE", "add_interface", "add_parameter", "all_capabilities",
    "with_addresses",
]  # fmt: skip

NAMESPACES = {
    "vosi-cap": "http://www.ivoa.net/xml/VOSICapabilities/v1.0",
    "vosi-av": "http://www.ivoa.net/xml/VOSIAvailability/v1.0",
    "vosi-tab": "http://www.ivoa.net/xml/VOSITables/v1.0",
    "vr": "http://www.ivoa.net/xml/VOResource/v1.0",
    "vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "cs": "http://www.ivoa.net/xml/ConeSearch/v1.0",
    "sia": "http://www.ivoa.net/xml/SIA/v1.1",
    "tr": "http://www.ivoa.net/xml/TAPRegExt/v1.0",
    "vg": "http://www.ivoa.net/xml/VORegistry/v1.0",
    "ri": "http://www.ivoa.net/xml/RegistryInterface/v1.0",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
XSI_TYPE = f"{{{NAMESPACES['xsi']}}}type"


def add_interface(
    parent: etree._Element, url: str, *, use: str, version: str = "", role: str = "std"
) -> etree._Element:
    """Add a vs:ParamHTTP interface to a capability."""
    interface = etree.SubElement(parent, "interface", {XSI_TYPE: "vs:ParamHTTP"})
    if role:
        interface.set("role", role)
    if version:
        interface.set("version", version)
    etree.SubElement(interface, "accessURL", use=use).text = url
    return interface


_SIMPLE_TYPES = {
    "char": "string",
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "float": "real",
    "double": "real",
}
"""Types of parameters as the type SimpleDataType of VODataService 1.2 has them."""


def add_parameter(
    interface: etree._Element, parameter: JobParameter, **attributes: str
) -> etree._Element:
    """Add a parameter to a vs:ParamHTTP interface (VODataService 1.2, type InputParam)."""
    element = etree.SubElement(interface, "param", attributes)
    etree.SubElement(element, "name").text = parameter.name
    etree.SubElement(element, "description").text = parameter.description
    if parameter.unit:
        etree.SubElement(element, "unit").text = parameter.unit
    datatype = etree.SubElement(element, "dataType", {XSI_TYPE: "vs:SimpleDataType"})
    datatype.text = _SIMPLE_TYPES[parameter.datatype]
    return element


def all_capabilities(
    base: str, own: Iterable[etree._Element], *, with_tables: bool
) -> list[etree._Element]:
    """Everything that a service can do: VOSI (VOSI 1.1, section 2), and then its own.

    Parameters
    ----------
    base : str
        Public address of the service.
    own : iterable of element
        Capabilities whose addresses are below the service's own.
    with_tables : bool
        Whether it has tables to describe.
    """
    found = []
    for standard, name in (
        ("capabilities", "capabilities"),
        ("availability", "availability"),
        *((("tables-1.1", "tables"),) if with_tables else ()),
    ):
        standard_id = f"ivo://ivoa.net/std/VOSI#{standard}"
        nsmap = {prefix: NAMESPACES[prefix] for prefix in ("vs", "xsi")}
        found.append(etree.Element("capability", standardID=standard_id, nsmap=nsmap))
        add_interface(found[-1], f"{base}/{name}", use="full")
    return found + [with_addresses(capability, base) for capability in own]


def with_addresses(capability: etree._Element, base: str) -> etree._Element:
    """A copy of a capability whose relative addresses are below the service's public one."""
    copy: etree._Element = etree.fromstring(etree.tostring(capability))
    for url in copy.iter("accessURL"):
        url.text = f"{base}{url.text or ''}"
    return copy
