"""The records that every service has: authority, organisation, the registry itself, and TAP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from lxml import etree
from satvo.resources.catalogue import SCHEMAS
from satvo.service.config import Config
from satvo.service.registry.records import About, Record, ivoid, publish, resource_element
from satvo.service.tablesets import add_schemas
from satvo.service.voresource import NAMESPACES, XSI_TYPE, all_capabilities, with_addresses

__all__ = [
    "PAGE_RECORDS", "SERVICE_PATHS", "authority_record", "cone_record", "harvest_capability",
    "hips_record", "objobs_record", "organisation_record", "product_record", "registry_record",
    "table_cone_record", "tap_record",
]  # fmt: skip

PAGE_RECORDS = 100
"""Records of one answer; a harvester gets more by a resumption token."""

SERVICE_PATHS = (
    "", "objobs", "organisation", "registry", "tap", "scs/satellites", "hips", "sia2", "datalink",
    "soda",
)  # fmt: skip
"""Paths below the authority that no published resource can have."""

_CREATED = datetime(2026, 11, 22)
_UPDATED = datetime(2026, 11, 22)
"""When the texts below, or the capabilities of TAP, changed last; whoever changes them moves it."""
_SUBJECTS = ("virtual-observatories",)
_AUTHOR = "The satvo developers"


def authority_record(config: Config) -> Record:
    """Who may give out identifiers under this authority (VORegistry 1.1, type Authority)."""
    if config.is_registrable:
        title = f"Naming authority {config.authority}"
        description = (
            f"{config.publisher} gives out the IVOA identifiers under {config.authority}. Whether "
            "this authority is registered, the Registry of Registries of the IVOA knows."
        )
    else:
        title = f"Naming authority {config.authority} (not registered)"
        description = (
            f"The authority {config.authority} is not registered with the IVOA and cannot be: it "
            "is the one that satvo has before its operator sets another. Identifiers under it "
            "are not unique over the Virtual Observatory; do not harvest or cite them."
        )
    about = About(
        "vg:Authority", "", title, description, _SUBJECTS, ("Organisation",), _CREATED,
        _updated(config), is_active=config.is_registrable,
    )  # fmt: skip
    root = resource_element(config, about)
    organisation = etree.SubElement(root, "managingOrg")
    organisation.set("ivo-id", ivoid(config, "organisation"))
    organisation.text = config.publisher
    return publish(root, about.updated)


def organisation_record(config: Config) -> Record:
    """Who runs the service (VOResource 1.1, type Organisation)."""
    about = About(
        "vr:Organisation",
        "organisation",
        config.publisher,
        f"{config.publisher} publishes artificial satellites at {config.url('/')} with satvo.",
        (*_SUBJECTS, "artificial-satellites"),
        ("Organisation",),
        _CREATED,
        _updated(config),
    )
    return publish(resource_element(config, about), about.updated)


def registry_record(config: Config) -> Record:
    """This registry (Registry Interfaces 1.1, section 3.2)."""
    about = About(
        "vg:Registry",
        "registry",
        f"Publishing registry of {config.publisher}",
        "Describes the resources that this service publishes, and no others, to the searchable "
        "registries of the Virtual Observatory."
        + ("" if config.is_registrable else " Its authority is not registered with the IVOA."),
        _SUBJECTS,
        ("Registry",),
        _CREATED,
        _updated(config),
        shortname="satvo registry",
        creator=_AUTHOR,
    )
    root = resource_element(config, about)
    root.extend(all_capabilities(config.url("/oai"), [harvest_capability()], with_tables=False))
    etree.SubElement(root, "full").text = "false"
    etree.SubElement(root, "managedAuthority").text = config.authority
    return publish(root, about.updated)


def harvest_capability() -> etree._Element:
    """What the registry can do (Registry Interfaces 1.1, section 3.4); addresses are below it."""
    root = etree.Element(
        "capability",
        {XSI_TYPE: "vg:Harvest", "standardID": "ivo://ivoa.net/std/Registry"},
        nsmap={prefix: NAMESPACES[prefix] for prefix in ("vg", "xsi")},
    )
    interface = etree.SubElement(root, "interface", {XSI_TYPE: "vg:OAIHTTP"})
    interface.set("role", "std")
    interface.set("version", "1.0")
    etree.SubElement(interface, "accessURL", use="base").text = ""
    etree.SubElement(root, "maxRecords").text = str(PAGE_RECORDS)
    return root


def tap_record(
    config: Config,
    capabilities: Sequence[etree._Element],
    tables: Sequence[sa.Table],
    changed: datetime,
) -> Record:
    """The TAP service with all its tables (VODataService 1.2, type CatalogService).

    Parameters
    ----------
    config : Config
    capabilities : sequence of element
        What it can do beside VOSI.
    tables : sequence of Table
        All that it publishes.
    changed : datetime
        When the declaration of these tables changed last (UTC).
    """
    about = About(
        "vs:CatalogService",
        "tap",
        "satvo TAP service: artificial satellites",
        "Answers queries in ADQL on artificial satellites: which are known, where their orbits "
        "were on any date, and where each number comes from.",
        ("artificial-satellites", "orbital-elements", "space-debris"),
        ("Catalog",),
        _CREATED,
        max(_updated(config), changed),
        shortname="satvo TAP",
        creator=_AUTHOR,
    )
    root = resource_element(config, about)
    root.extend(all_capabilities(config.url("/tap"), capabilities, with_tables=True))
    add_schemas(etree.SubElement(root, "tableset"), SCHEMAS, tables, {}, columns=True)
    return publish(root, about.updated)


def objobs_record(config: Config, capabilities: Sequence[etree._Element]) -> Record:
    """The service of clean windows (VODataService 1.2, type DataService).

    Parameters
    ----------
    config : Config
    capabilities : sequence of element
        What it can do beside VOSI.
    """
    about = About(
        "vs:DataService",
        "objobs",
        "satvo clean windows: when no satellite is in the field",
        "For a target, a time and a site: the intervals in which the target is high, the sky dark "
        "and no artificial satellite in the field of view; the best times to begin an exposure, "
        "and what another pointing, site or field would gain. ObjObsSAP, a working draft.",
        ("artificial-satellites", "observation-planning", "astronomical-site-protection"),
        ("Simulation",),
        _CREATED,
        _updated(config),
        shortname="satvo windows",
        creator=_AUTHOR,
    )
    root = resource_element(config, about)
    root.extend(all_capabilities(config.url("/objobs"), capabilities, with_tables=False))
    return publish(root, about.updated)


def cone_record(config: Config, path: str, capability: etree._Element) -> Record:
    """The cone search at a time and place (VODataService 1.2, type CatalogService)."""
    about = About(
        "vs:CatalogService",
        path.strip("/"),
        "satvo cone search: artificial satellites at a time and place",
        "Finds the artificial satellites inside a cone at a time, as an observer on the Earth "
        "sees them, or those that cross it in a range of time. Without a time it is the present, "
        "without an observer the centre of the Earth.",
        ("artificial-satellites", "ephemerides", "space-debris"),
        ("Catalog",),
        _CREATED,
        _updated(config),
        shortname="satvo cone",
        creator=_AUTHOR,
    )
    root = resource_element(config, about)
    root.extend(all_capabilities(config.url(path), [capability], with_tables=False))
    return publish(root, about.updated)


def table_cone_record(
    config: Config, path: str, table: sa.Table, capability: etree._Element, changed: datetime
) -> Record:
    """The cone search of a table (VODataService 1.2, type CatalogService).

    Parameters
    ----------
    config : Config
    path : str
        Where it is, e.g. ``/scs/ivoa.obscore``.
    table : Table
    capability : element
        What it can do; its address is the path.
    changed : datetime
        When the declaration of the tables changed last (UTC).
    """
    about = About(
        "vs:CatalogService",
        path.strip("/"),
        f"satvo cone search: {table.info['title']} ({table.fullname})",
        f"Finds rows of {table.fullname} by position. {table.comment}",
        ("artificial-satellites",),
        ("Catalog",),
        _CREATED,
        max(_updated(config), changed),
        shortname="satvo cone",
        creator=_AUTHOR,
    )
    root = resource_element(config, about)
    root.extend(all_capabilities(config.url(path), [capability], with_tables=False))
    return publish(root, about.updated)


def hips_record(config: Config, path: str, capability: etree._Element) -> Record:
    """The list of HiPS (HiPS 1.0, section 5.4; VODataService 1.2, type DataService).

    Parameters
    ----------
    config : Config
    path : str
        Where the list is, e.g. ``/hips``.
    capability : element
        What tells of it; its address is below the path.
    """
    about = About(
        "vs:DataService",
        path.strip("/"),
        "satvo HiPS: maps of the probability of satellite trails",
        "Maps of how many artificial satellites are where on the sky of an observatory, and how "
        "probable their trails are in an exposure, as HiPS for Aladin and the like: one for each "
        "registered map and quantity. The identifier of a HiPS is this one, a question mark, and "
        "the map's and the quantity's name.",
        ("artificial-satellites", "astronomical-site-protection"),
        ("Simulation",),
        _CREATED,
        _updated(config),
        shortname="satvo HiPS",
        creator=_AUTHOR,
    )
    root = resource_element(config, about)
    root.append(with_addresses(capability, config.url(path)))
    return publish(root, about.updated)


_OF_PRODUCTS = {
    "datalink": (
        "satvo links: what belongs to an image",
        "For an image, a mask or a catalogue of the archive: the file and its pictures, its "
        "masks, the frame it was made from, its pair without a trail, the trails in it and their "
        "satellites, the job that made it, and services that can be called for it (DataLink 1.1).",
        "satvo links",
    ),
    "soda": (
        "satvo cut-outs: parts of images",
        "Cuts rectangles of whole pixels, as they are stored, out of images, cubes and masks of "
        "the archive, with their WCS; at once or as jobs (SODA 1.0).",
        "satvo cutouts",
    ),
}


def product_record(config: Config, path: str, capabilities: Sequence[etree._Element]) -> Record:
    """The services of single data products (VODataService 1.2, type DataService).

    Parameters
    ----------
    config : Config
    path : str
        Where the service is: /datalink or /soda.
    capabilities : sequence of element
        What it can do beside VOSI; addresses are below the path.
    """
    name = path.strip("/")
    title, description, shortname = _OF_PRODUCTS[name]
    about = About(
        "vs:DataService", name, title, description,
        ("artificial-satellites", "astronomical-site-protection"), ("Archive",), _CREATED,
        _updated(config), shortname=shortname, creator=_AUTHOR,
    )  # fmt: skip
    root = resource_element(config, about)
    root.extend(all_capabilities(config.url(path), capabilities, with_tables=False))
    return publish(root, about.updated)


def _updated(config: Config) -> datetime:
    return max(_UPDATED, config.records_date)
