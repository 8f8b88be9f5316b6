"""DataLink 1.1: what belongs to a data product, at /datalink/links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, request
from lxml import etree
from satvo.resources.catalogue import resources
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import JobParameter
from satvo.service.archive_access import archive
from satvo.service.config import Config
from satvo.service.identity import owner
from satvo.service.jobs.book import Job
from satvo.service.jobs.office import Office
from satvo.service.links.relations import related_products
from satvo.service.links.rows import LINK_FIELDS, Link, link_batch, links_of, not_found
from satvo.service.operations import Reply, operation
from satvo.service.parameters import read_parameters
from satvo.service.software import software_version
from satvo.service.voresource import NAMESPACES, add_interface, add_parameter
from satvo.service.votable import Info, VOTableWriter

__all__ = ["MEDIA_TYPE", "PATH", "datalink_blueprint", "datalink_capability"]

PATH = "/datalink"

MEDIA_TYPE = "application/x-votable+xml;content=datalink"
"""Compared as a string by pyvo, so nothing is added to it."""

_STANDARD = "ivo://ivoa.net/std/DataLink#links-1.1"

_MOST_IDS = 5000

_INPUTS = (
    JobParameter(
        "ID", "A data product: its obs_publisher_did", ucd="meta.id;meta.main", is_repeatable=True
    ),
    JobParameter("RESPONSEFORMAT", f"{MEDIA_TYPE}, or votable for short", default=MEDIA_TYPE),
)
_ACCEPTED = (MEDIA_TYPE, "application/x-votable+xml", "votable", "text/xml")


def datalink_blueprint(config: Config) -> Blueprint:
    """The address of the links."""
    blueprint = Blueprint("datalink", __name__)

    @blueprint.route(f"{PATH}/links", methods=["GET", "POST"])
    @operation(
        "What belongs to data products: files, masks, trails, services (DataLink 1.1)",
        parameters=_INPUTS,
        replies={200: Reply("A VOTable with a row for each link", (MEDIA_TYPE,))},
    )
    def links() -> Response:
        parameters = read_parameters(request)
        wanted = parameters.single("RESPONSEFORMAT") or MEDIA_TYPE
        if wanted.replace(" ", "").lower() not in _ACCEPTED:
            raise BadParameter(f"RESPONSEFORMAT={wanted[:60]}: {MEDIA_TYPE} is accepted")
        dids = list(dict.fromkeys(text.strip() for text in parameters.all("ID")))
        return Response(_document(dids, config), content_type=MEDIA_TYPE)

    return blueprint


def _document(dids: list[str], config: Config) -> bytes:
    """The answer; of more identifiers than are answered at once the first, and OVERFLOW."""
    asked = dids[:_MOST_IDS]
    found, rows = related_products(archive().store, [did for did in asked if did])
    jobs = _jobs({one.row["job_id"] for one in found.values() if one.row["job_id"]})
    who = owner()
    links: list[Link] = []
    services: list[str] = []
    for did in asked:
        if not did:
            links.append(Link("", semantics="#this", error_message="UsageFault: an ID is empty"))
        elif did not in found:
            links.append(not_found(did))
        else:
            own, called = links_of(found[did], rows, jobs, config, who)
            links += own
            services += called
    infos = [Info("standardID", _STANDARD), Info("server_software", f"satvo/{software_version()}")]
    writer = VOTableWriter("TABLEDATA")
    late = [Info("QUERY_STATUS", "OVERFLOW", f"{_MOST_IDS} identifiers are answered at once")]
    writer.describe({}, services)
    begun = writer.begin(LINK_FIELDS, infos) + writer.rows(link_batch(links))
    return begun + writer.end(late if len(dids) > _MOST_IDS else ())


def _jobs(job_ids: set[str]) -> Mapping[str, tuple[Job, str]]:
    """Those jobs that are still there, with the paths of their lists."""
    office: Office = current_app.extensions["satvo.jobs"]
    paths: dict[str, Any] = {
        job.name: job.path or f"/jobs/{job.name}" for each in resources() for job in each.jobs
    }
    return {
        job.job_id: (job, paths[job.kind]) for job in office.book.some(job_ids) if job.kind in paths
    }


def datalink_capability() -> etree._Element:
    """The links as a capability (DataLink 1.1, section 2.1); its address is below the service's."""
    root = etree.Element(
        "capability",
        standardID=_STANDARD,
        nsmap={prefix: NAMESPACES[prefix] for prefix in ("vs", "xsi")},
    )
    interface = add_interface(root, "/links", use="base", version="1.1")
    etree.SubElement(interface, "queryType").text = "GET"
    etree.SubElement(interface, "queryType").text = "POST"
    etree.SubElement(interface, "resultType").text = MEDIA_TYPE
    for parameter in _INPUTS:
        add_parameter(interface, parameter, std="true", use="optional")
    return root
