"""The record of one published resource, from its declaration and what the archive holds of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from lxml import etree
from satvo.resources.catalogue import SCHEMAS
from satvo.schemas.resource import Coverage, JobDeclaration, Resource
from satvo.service.config import Config
from satvo.service.registry.records import About, Record, ivoid, publish, resource_element
from satvo.service.tablesets import add_schemas
from satvo.service.voresource import add_interface, add_parameter

__all__ = ["Extent", "Select", "measured", "resource_record"]

Select = Callable[[sa.Select[Any]], pa.Table]
"""Carries out a SELECT of our own making."""

_TAP_AUX = "ivo://ivoa.net/std/TAP#aux"
"""The tables are found in a service with a record of its own (Discovering Data Collections Within
Services, version 1.1, section 2.2)."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What of a resource's coverage only its rows tell.

    Attributes
    ----------
    start_mjd, end_mjd : int or None
        Whole days (UTC) between which all rows lie; None where there are none.
    arrived : datetime or None
        When the newest row came (UTC), to the second.
    """

    start_mjd: int | None = None
    end_mjd: int | None = None
    arrived: datetime | None = None


def measured(coverage: Coverage, select: Select) -> Extent:
    """The extent of what the archive holds.

    Days are rounded outwards: the standard asks for no precision, and the time scale differs by
    seconds (VODataService 1.2, type Coverage, wants barycentric TDB).

    Parameters
    ----------
    coverage : Coverage
    select : callable
    """
    asked = [*map(sa.func.min, coverage.temporal), *map(sa.func.max, coverage.temporal)]
    if coverage.arrival is not None:
        asked.append(sa.func.max(coverage.arrival))
    if not asked:
        return Extent()
    found = select(sa.select(*(value.label(f"v{i}") for i, value in enumerate(asked))))
    values = [column[0].as_py() for column in found.columns]
    n = len(coverage.temporal)
    starts, ends = ([v for v in part if v is not None] for part in (values[:n], values[n : 2 * n]))
    arrived = values[2 * n] if coverage.arrival is not None else None
    return Extent(
        start_mjd=math.floor(min(starts)) if starts else None,
        end_mjd=math.ceil(max(ends)) if ends else None,
        arrived=arrived and arrived.replace(microsecond=0),
    )


def resource_record(config: Config, resource: Resource, extent: Extent, *, tap: str) -> Record:
    """The record of a resource.

    One with tables is a vs:CatalogResource, a data collection that TAP serves; one without is a
    vs:DataService, known by its jobs alone (VODataService 1.2).

    Parameters
    ----------
    config : Config
    resource : Resource
    extent : Extent
        As `measured` finds it.
    tap : str
        Title of the TAP service.
    """
    if resource.withdrawn is not None:
        return Record(ivoid(config, resource.path), resource.withdrawn.replace(microsecond=0))
    dates = (resource.updated, config.records_date, extent.arrived)
    about = About(
        kind="vs:CatalogResource" if resource.tables else "vs:DataService",
        path=resource.path,
        title=resource.title,
        shortname=resource.shortname,
        description=resource.description,
        subjects=resource.subjects,
        types=resource.types,
        content_levels=resource.content_levels,
        creator=resource.creator,
        created=resource.created,
        updated=max(date for date in dates if date is not None).replace(microsecond=0),
        served_by=((ivoid(config, "tap"), tap),) if resource.tables else (),
    )
    root = resource_element(config, about)
    if resource.rights:
        rights = etree.SubElement(root, "rights")
        rights.text = resource.rights
        if resource.rights_uri:
            rights.set("rightsURI", resource.rights_uri)
    if resource.tables:
        capability = etree.SubElement(root, "capability", standardID=_TAP_AUX)
        add_interface(capability, config.url("/tap"), use="base")
    for job in resource.jobs:
        _add_job(root, config, job)
    _add_coverage(root, resource.coverage, extent)
    if resource.tables:
        add_schemas(etree.SubElement(root, "tableset"), SCHEMAS, resource.tables, {}, columns=True)
    return publish(root, about.updated)


def _add_job(root: etree._Element, config: Config, job: JobDeclaration) -> None:
    """A job list as a capability; mostly no standard names it, so it has no standardID."""
    capability = etree.SubElement(root, "capability")
    if job.standard_id:
        capability.set("standardID", job.standard_id)
    etree.SubElement(
        capability, "description"
    ).text = f"{job.title}. {job.description} A UWS 1.1 job list."
    interface = add_interface(
        capability, config.url(job.path or f"/jobs/{job.name}"), use="base", role=""
    )
    etree.SubElement(interface, "queryType").text = "POST"
    for parameter in job.parameters:
        add_parameter(interface, parameter, std="false")


def _add_coverage(root: etree._Element, declared: Coverage, extent: Extent) -> None:
    coverage = etree.Element("coverage")
    if declared.spatial:
        etree.SubElement(coverage, "spatial").text = declared.spatial
    if extent.start_mjd is not None:
        etree.SubElement(coverage, "temporal").text = f"{extent.start_mjd} {extent.end_mjd}"
    for least, greatest in declared.spectral:
        etree.SubElement(coverage, "spectral").text = f"{least!r} {greatest!r}"
    for word in declared.wavebands:
        etree.SubElement(coverage, "waveband").text = word
    if len(coverage):
        root.append(coverage)
