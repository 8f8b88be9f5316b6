"""A registry record: its tree in VOResource 1.1, and the same in Dublin Core."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree
from satvo.service.config import Config
from satvo.service.voresource import NAMESPACES, XSI_TYPE

__all__ = ["About", "Record", "instant", "ivoid", "publish", "resource_element"]

_LOCATIONS = " ".join(
    f"{NAMESPACES[prefix]} {NAMESPACES[prefix]}" for prefix in ("ri", "vr", "vg", "vs", "tr", "sia")
)
"""Where the schemas are: the addresses of the IVOA's namespaces are those of their schemas."""
_DC = "http://purl.org/dc/elements/1.1/"
_OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
_DUBLIN_CORE = (
    ("title", "title"),
    ("identifier", "identifier"),
    ("curation/creator/name", "creator"),
    ("curation/publisher", "publisher"),
    ("curation/date", "date"),
    ("content/subject", "subject"),
    ("content/description", "description"),
    ("content/type", "type"),
    ("content/referenceURL", "source"),
    ("rights", "rights"),
)
"""Elements of VOResource and what they are in Dublin Core."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the registry.

    Attributes
    ----------
    identifier : str
        IVOID of the resource, which is the record's as well (Registry Interfaces 1.1, section 2.3).
    updated : datetime
        When what it says changed last, UTC without a zone, to the second.
    vor, dc : bytes
        The record in VOResource and in Dublin Core, each a whole XML document; empty for a resource
        that was withdrawn.
    """

    identifier: str
    updated: datetime
    vor: bytes = b""
    dc: bytes = b""

    @property
    def is_deleted(self) -> bool:
        """Whether the resource was withdrawn."""
        return not self.vor


@dataclass(frozen=True, slots=True)
class About:
    """What every kind of resource tells (VOResource 1.1, section 3.1).

    Attributes
    ----------
    kind : str
        Type of the record with its canonical prefix, e.g. ``vs:CatalogService``.
    path : str
        Part of the IVOID below the authority; empty for the authority itself.
    served_by : tuple of (str, str)
        IVOID and title of the services that give access to the resource.
    """

    kind: str
    path: str
    title: str
    description: str
    subjects: tuple[str, ...]
    types: tuple[str, ...]
    created: datetime
    updated: datetime
    shortname: str = ""
    creator: str = ""
    content_levels: tuple[str, ...] = ("Research",)
    served_by: tuple[tuple[str, str], ...] = ()
    is_active: bool = True


def ivoid(config: Config, path: str) -> str:
    """The IVOA identifier of what has a path below this service's authority.

    Examples
    --------
    >>> ivoid(Config(authority="example.org"), "orbits"), ivoid(Config(), "")
    ('ivo://example.org/orbits', 'ivo://satvo.invalid')
    """
    return f"ivo://{config.authority}/{path}".rstrip("/")


def instant(moment: datetime) -> str:
    """A time as OAI-PMH and VOResource write it, in UTC to the second.

    Examples
    --------
    >>> instant(datetime(2026, 11, 22, 1, 2, 3))
    '2026-11-22T01:02:03Z'
    """
    return f"{moment.isoformat(timespec='seconds')}Z"


def resource_element(config: Config, about: About) -> etree._Element:
    """An ri:Resource with what every kind has; whoever asked adds what its kind has beyond."""
    root = etree.Element(
        f"{{{NAMESPACES['ri']}}}Resource",
        {
            XSI_TYPE: about.kind,
            f"{{{NAMESPACES['xsi']}}}schemaLocation": _LOCATIONS,
            "created": instant(about.created),
            "updated": instant(about.updated),
            "status": "active" if about.is_active else "inactive",
            "version": "1.1",
        },
        nsmap={
            prefix: NAMESPACES[prefix] for prefix in ("ri", "vr", "vg", "vs", "cs", "tr", "xsi")
        },
    )
    _add(root, "title", about.title)
    if about.shortname:
        _add(root, "shortName", about.shortname)
    _add(root, "identifier", ivoid(config, about.path))
    _add_curation(etree.SubElement(root, "curation"), config, about)
    content = etree.SubElement(root, "content")
    for subject in about.subjects:
        _add(content, "subject", subject)
    _add(content, "description", about.description)
    _add(content, "referenceURL", config.url("/"))
    for word in about.types:
        _add(content, "type", word)
    for word in about.content_levels:
        _add(content, "contentLevel", word)
    for service, title in about.served_by:
        relationship = etree.SubElement(content, "relationship")
        _add(relationship, "relationshipType", "IsServedBy")
        _add(relationship, "relatedResource", title).set("ivo-id", service)
    return root


def publish(resource: etree._Element, updated: datetime) -> Record:
    """The record of a finished ri:Resource."""
    return Record(
        identifier=resource.findtext("identifier") or "",
        updated=updated,
        vor=etree.tostring(resource),
        dc=etree.tostring(_dublin_core(resource)),
    )


def _dublin_core(resource: etree._Element) -> etree._Element:
    """What oai_dc can hold of a record (OAI-PMH 2.0, section 5)."""
    root = etree.Element(
        f"{{{_OAI_DC}}}dc",
        {
            f"{{{NAMESPACES['xsi']}}}schemaLocation": (
                f"{_OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
            )
        },
        nsmap={"oai_dc": _OAI_DC, "dc": _DC, "xsi": NAMESPACES["xsi"]},
    )
    for path, name in _DUBLIN_CORE:
        for element in resource.iterfind(path):
            _add(root, f"{{{_DC}}}{name}", element.text or "")
    return root


def _add_curation(curation: etree._Element, config: Config, about: About) -> None:
    _add(curation, "publisher", config.publisher).set("ivo-id", ivoid(config, "organisation"))
    if about.creator:
        _add(etree.SubElement(curation, "creator"), "name", about.creator)
    for role, moment in (("Created", about.created), ("Updated", about.updated)):
        _add(curation, "date", instant(moment)).set("role", role)
    contact = etree.SubElement(curation, "contact")
    _add(contact, "name", config.contact_name)
    _add(contact, "email", config.contact_email)


def _add(parent: etree._Element, tag: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = text
    return element
