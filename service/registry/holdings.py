"""All records of this service, built once and again only when the archive's extent changes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from lxml import etree
from satvo.schemas.resource import Coverage, Resource
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.registry.image_records import sia_record
from satvo.service.registry.records import Record
from satvo.service.registry.resource_records import Extent, Select, measured, resource_record
from satvo.service.registry.service_records import (
    SERVICE_PATHS,
    authority_record,
    cone_record,
    hips_record,
    objobs_record,
    organisation_record,
    product_record,
    registry_record,
    table_cone_record,
    tap_record,
)

__all__ = ["EXTENT_S", "Holdings", "holdings"]

EXTENT_S = 60.0
"""How long a measured extent holds: a harvester with many requests costs few scans."""

_RESOURCE_KEY = re.compile(r"[A-Za-z0-9._~!*'()+=-]+(/[A-Za-z0-9._~!*'()+=-]+)*")
"""VOResource 1.1, type ResourceKey. Identifiers compare without regard to case (IVOA Identifiers
2.0, section 2.2)."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a registry has to offer, whatever its records describe.

    Attributes
    ----------
    own : Record
        The registry's own record.
    earliest : datetime
        No record was updated before (UTC).
    records : callable
        All records, those of withdrawn resources too; may raise `Unavailable`.
    """

    own: Record
    earliest: datetime
    records: Callable[[], Sequence[Record]]


def holdings(
    config: Config,
    archive: Callable[[], Archive],
    capabilities: Sequence[etree._Element],
    objobs: Sequence[etree._Element],
    resources: Sequence[Resource],
    tables: Sequence[sa.Table],
    clock: Callable[[], float] = time.monotonic,
    *,
    cones: Sequence[tuple[str, etree._Element]] = (),
    table_cones: Sequence[tuple[str, sa.Table, etree._Element]] = (),
    hips: Sequence[tuple[str, etree._Element]] = (),
    links: Sequence[tuple[str, Sequence[etree._Element]]] = (),
    sia: Sequence[tuple[str, etree._Element]] = (),
) -> Holdings:
    """The records of a service.

    Parameters
    ----------
    config : Config
    archive : callable
        The archive, whose rows the coverage is measured by.
    capabilities : sequence of element
        What TAP can do beside VOSI.
    objobs : sequence of element
        What the service of clean windows can do beside VOSI.
    resources : sequence of Resource
    tables : sequence of Table
        All that TAP publishes.
    clock : callable
        A time that never goes back, s.
    cones : sequence of (str, element)
        Path and capability of each cone search.
    table_cones : sequence of (str, Table, element)
        The same of the cone searches of tables.
    hips : sequence of (str, element)
        The same of each list of HiPS.
    links : sequence of (str, sequence of element)
        The same of the services that tell of single data products, or cut them: DataLink, SODA.
    sia : sequence of (str, element)
        The same of each version of SIA, the newest first.

    Raises
    ------
    ValueError
        If the path of a resource cannot stand in an identifier, or two have the same.
    """
    _check_paths([resource.path for resource in resources])
    changed = max(
        (resource.withdrawn or resource.updated for resource in resources),
        default=config.records_date,
    )
    registry = registry_record(config)
    fixed = (
        authority_record(config),
        organisation_record(config),
        registry,
        tap := tap_record(config, capabilities, tables, changed),
        objobs_record(config, objobs),
        *(cone_record(config, path, capability) for path, capability in cones),
        *(table_cone_record(config, *each, changed) for each in table_cones),
        *(hips_record(config, path, capability) for path, capability in hips),
        *(product_record(config, path, able) for path, able in links),
        *((sia_record(config, sia),) if sia else ()),
    )
    title = etree.fromstring(tap.vor).findtext("title") or ""
    described = [_Described(config, resource, title, clock) for resource in resources]

    def records() -> Sequence[Record]:
        select = archive().store.select  # before any lock, because it may wait for the archive
        return (*fixed, *(each.record(select) for each in described))

    earliest = min(
        *(record.updated for record in fixed), *(resource.updated for resource in resources)
    )
    return Holdings(registry, earliest, records)


def _check_paths(paths: Sequence[str]) -> None:
    taken = set(SERVICE_PATHS)
    for path in paths:
        if not _RESOURCE_KEY.fullmatch(path):
            raise ValueError(f"the path {path!r} of a resource cannot stand in an IVOID")
        if path.lower() in taken:
            raise ValueError(f"the path {path!r} is another resource's too")
        taken.add(path.lower())


class _Described:
    """One resource and its record as of the extent measured last."""

    def __init__(
        self, config: Config, resource: Resource, tap: str, clock: Callable[[], float]
    ) -> None:
        self._config = config
        self._resource = resource
        self._tap = tap
        self._clock = clock
        self._lock = threading.Lock()
        self._extent: Extent | None = None
        self._record: Record | None = None
        self._until = 0.0

    def record(self, select: Select) -> Record:
        """The record, measured anew if the last time is more than `EXTENT_S` ago."""
        with self._lock:
            if self._record is None or self._clock() >= self._until:
                is_gone = self._resource.withdrawn is not None
                extent = measured(Coverage() if is_gone else self._resource.coverage, select)
                if self._record is None or extent != self._extent:
                    self._record = resource_record(
                        self._config, self._resource, extent, tap=self._tap
                    )
                self._extent = extent
                self._until = self._clock() + EXTENT_S
            return self._record
