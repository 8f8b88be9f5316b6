"""The record of the searches for images: one service with a capability for each version of SIA."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml import etree
from satvo.service.config import Config
from satvo.service.registry.records import About, Record, publish, resource_element
from satvo.service.voresource import all_capabilities, with_addresses

__all__ = ["SIA_PATH", "sia_record"]

SIA_PATH = "sia2"
"""Below the authority."""

_CREATED = datetime(2026, 11, 22)
_UPDATED = datetime(2026, 11, 22)
"""When the text below or the capabilities of SIA changed last; whoever changes them moves it."""


def sia_record(config: Config, services: Iterable[tuple[str, etree._Element]]) -> Record:
    """The searches for images (VODataService 1.2, type CatalogService).

    Parameters
    ----------
    config : Config
    services : iterable of (str, element)
        Path and capability of each version of SIA; the first is that whose VOSI is named.
    """
    about = About(
        "vs:CatalogService",
        SIA_PATH,
        "satvo images: frames with and without satellite trails",
        "Finds images and cubes by place, time, band and more: frames with trails of artificial "
        "satellites and without, observed and simulated, and the masks made of them. Simulated "
        "ones come where no observed one matches, or where DATASOURCE asks for them.",
        ("artificial-satellites", "astronomical-site-protection"),
        ("Archive",),
        _CREATED,
        max(_UPDATED, config.records_date),
        shortname="satvo SIA",
        creator="The satvo developers",
    )
    root = resource_element(config, about)
    (path, first), *others = services
    root.extend(all_capabilities(config.url(path), [first], with_tables=False))
    root.extend(with_addresses(capability, config.url(other)) for other, capability in others)
    return publish(root, about.updated)
