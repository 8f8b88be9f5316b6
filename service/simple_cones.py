"""What all Simple Cone Searches have in common: their parameters, and how a capability tells them.

References
----------
Simple Cone Search 1.03, section 2; SimpleDALRegExt 1.1, section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import JobParameter
from satvo.service.cone_requests import number_of
from satvo.service.config import Config
from satvo.service.parameters import Parameters
from satvo.service.voresource import NAMESPACES, XSI_TYPE, add_interface

__all__ = ["CONE_INPUTS", "NEEDED", "SIZE_INPUTS", "cone_capability", "cone_of", "verbosity_of"]

NEEDED = ("RA", "DEC", "SR")

CONE_INPUTS = (
    JobParameter("RA", "Right ascension of the centre, ICRS", datatype="double", unit="deg"),
    JobParameter("DEC", "Declination of the centre, ICRS", datatype="double", unit="deg"),
    JobParameter(
        "SR", "Radius of the cone; 0 gives the columns without a row", datatype="double", unit="deg"
    ),
)
"""The cone; all are needed."""

SIZE_INPUTS = (
    JobParameter("VERB", "How many columns: 1 few, 2 most, 3 all", datatype="int", default="2"),
    JobParameter("MAXREC", "Rows at most; 0 gives the columns without a row", datatype="int"),
    JobParameter("RESPONSEFORMAT", "As for TAP", default="votable/td"),
)
"""How much is answered, and in which form."""

_UCDS = {
    "RA": "pos.eq.ra", "DEC": "pos.eq.dec", "SR": "phys.angSize.radius", "TIME": "time.epoch",
    "EPOCH": "time.epoch", "OBSERVER": "meta.id;instr.obsty", "VERB": "meta.number",
    "MAXREC": "meta.number",
}  # fmt: skip


def cone_of(parameters: Parameters) -> tuple[float, float, float]:
    """Right ascension, declination and radius of a cone, deg; raises `BadParameter` for none."""
    values = tuple(number_of(parameters, name) for name in NEEDED)
    limits = ((0.0, 360.0), (-90.0, 90.0), (0.0, 180.0))
    for name, value, (low, high) in zip(NEEDED, values, limits, strict=True):
        if not low <= value <= high:
            raise BadParameter(f"{name}={value:g}: {low:g} to {high:g} deg is accepted")
    ra, dec, radius = values
    return ra, dec, radius


def verbosity_of(parameters: Parameters) -> int:
    """How many columns are asked for, 1 to 3; 2 where nothing is said."""
    verbosity = parameters.integer("VERB")
    if verbosity not in (None, 1, 2, 3):
        raise BadParameter(f"VERB={verbosity}: 1, 2 or 3 is accepted")
    return verbosity or 2


def cone_capability(
    config: Config, inputs: Sequence[JobParameter], test: Sequence[tuple[str, str]]
) -> etree._Element:
    """What a cone search can do; its addresses are below its own.

    Parameters
    ----------
    config : Config
    inputs : sequence of JobParameter
    test : sequence of (str, str)
        The elements of a query that has rows: ra, dec, sr, ...
    """
    root = etree.Element(
        "capability",
        {XSI_TYPE: "cs:ConeSearch", "standardID": "ivo://ivoa.net/std/ConeSearch"},
        nsmap={prefix: NAMESPACES[prefix] for prefix in ("cs", "vs", "xsi")},
    )
    interface = add_interface(root, "?", use="base")
    etree.SubElement(interface, "queryType").text = "GET"
    etree.SubElement(interface, "resultType").text = "application/x-votable+xml"
    for each in inputs:
        use = "required" if each.name in NEEDED else "optional"
        about = etree.SubElement(interface, "param", std=str(each.name in NEEDED).lower(), use=use)
        etree.SubElement(about, "name").text = each.name
        etree.SubElement(about, "description").text = each.description
        if each.unit:
            etree.SubElement(about, "unit").text = each.unit
        if each.name in _UCDS:
            etree.SubElement(about, "ucd").text = _UCDS[each.name]
        kind = {"double": "real", "int": "integer", "char": "string"}[each.datatype]
        etree.SubElement(about, "dataType").text = kind
    etree.SubElement(root, "maxSR").text = "180"
    etree.SubElement(root, "maxRecords").text = str(config.hard_maxrec)
    etree.SubElement(root, "verbosity").text = "true"
    query = etree.SubElement(root, "testQuery")
    for name, value in test:
        etree.SubElement(query, name).text = value
    return root
