"""What the XML of VOSI and of the registry share (VOResource 1.1, VODataService 1.2)."""

from __future__ import annotations

from lxml import etree

__all__ = ["NAMESPACES", "XSI_TYPE", "add_interface"]

NAMESPACES = {
    "vosi-cap": "http://www.ivoa.net/xml/VOSICapabilities/v1.0",
    "vosi-av": "http://www.ivoa.net/xml/VOSIAvailability/v1.0",
    "vosi-tab": "http://www.ivoa.net/xml/VOSITables/v1.0",
    "vr": "http://www.ivoa.net/xml/VOResource/v1.0",
    "vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "tr": "http://www.ivoa.net/xml/TAPRegExt/v1.0",
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
