"""The rows of a DataLink answer, and the services that they name (DataLink 1.1, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.schemas.obscore import DATAPRODUCT_TYPES
from satvo.service.config import Config
from satvo.service.jobs.book import Job
from satvo.service.links.cutouts import (
    can_be_cut,
    cone_asked,
    cone_descriptor,
    cutout_descriptor,
    span_of,
)
from satvo.service.links.masks import can_be_masked, masking_descriptor
from satvo.service.links.relations import Related
from satvo.service.links.simulations import can_be_drawn_into, simulation_descriptor

__all__ = ["LINK_FIELDS", "Link", "link_batch", "links_of", "not_found"]

Row = Mapping[str, Any]


def _text(name: str, ucd: str, description: str) -> Field:
    return Field(name, "char", "*", ucd=ucd, description=description)


LINK_FIELDS = (
    _text("ID", "meta.id;meta.main", "The data product that was asked for"),
    _text("access_url", "meta.ref.url", "Where to get what is linked"),
    _text("service_def", "meta.ref", "The service of this document that gives it"),
    _text("error_message", "meta.code.error", "Why there is no link"),
    _text("semantics", "meta.code", "What it is to the product: a word of datalink/core"),
    _text("description", "meta.note", "What it is"),
    _text("content_type", "meta.code.mime", "Its media type"),
    Field(
        "content_length", "long", unit="byte", ucd="phys.size;meta.file", description="Its size"
    ),
    _text("local_semantics", "meta.id.assoc", "What it is, in words of this service"),
    _text("content_qualifier", "meta.code", "What kind of data: a word of product-type"),
    _text("link_auth", "meta.code", "Whether a token is needed: true, optional or false"),
    Field(
        "link_authorized", "boolean", ucd="meta.code",
        description="Whether who asked now may use it",
    ),
)  # fmt: skip
"""The columns (DataLink 1.1, table 1)."""

_VOTABLE = "application/x-votable+xml"


@dataclass(frozen=True, slots=True)
class Link:
    """A row; texts that are empty and numbers that are None are null."""

    ID: str
    access_url: str = ""
    service_def: str = ""
    error_message: str = ""
    semantics: str = ""
    description: str = ""
    content_type: str = ""
    content_length: int | None = None
    local_semantics: str = ""
    content_qualifier: str = ""
    link_auth: str = ""
    link_authorized: bool | None = None


def link_batch(links: Sequence[Link]) -> pa.RecordBatch:
    """The rows as the writers take them."""
    kinds = {"long": pa.int64(), "boolean": pa.bool_()}
    schema = pa.schema([(f.name, kinds.get(f.datatype, pa.string())) for f in LINK_FIELDS])
    columns = [
        pa.array(
            [None if (value := getattr(link, f.name)) == "" else value for link in links], f.type
        )
        for f in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def not_found(did: str) -> Link:
    """The row of an identifier of nothing."""
    return Link(
        did, semantics="#this", error_message=f"NotFoundFault: there is no data product {did[:200]}"
    )


def links_of(
    related: Related, rows: Mapping[str, Row], jobs: Mapping[str, tuple[Job, str]], config: Config,
    owner: str | None,
) -> tuple[list[Link], list[str]]:  # fmt: skip
    """The links of one product, and the services that they name.

    Parameters
    ----------
    related : Related
    rows : mapping
        Of all products that it is related to, by identifier.
    jobs : mapping
        By identifier of the job: the job, and the path of its list.
    config : Config
    owner : str or None
        Who asks.
    """
    maker = _Links(related, config)
    maker.product()
    for relation in related.relations:
        if other := rows.get(relation.did):
            maker.add(other, relation.semantics, relation.local, relation.description)
    maker.trails()
    services = maker.services()
    if found := jobs.get(related.row["job_id"] or ""):
        maker.job(*found, owner)
    return maker.links, services


class _Links:
    def __init__(self, related: Related, config: Config) -> None:
        self.links: list[Link] = []
        self._related = related
        self._row = related.row
        self._did: str = related.row["obs_publisher_did"]
        self._config = config

    def add(self, row: Row, semantics: str, local: str, description: str) -> None:
        """A link to a product."""
        size = row["size_bytes"]
        if size is None and row["access_estsize"] is not None:
            size = row["access_estsize"] * 1000
        title = f": {row['obs_title']}" if row["obs_title"] else ""
        told = row["dataproduct_type"]
        kind = told if told in DATAPRODUCT_TYPES else ""  # product-type has the words of ObsCore
        self._link(
            row["access_url"], semantics, f"{description}{title}", row["access_format"] or "",
            local=local, size=size, qualifier=f"#{kind}" if kind else "",
        )  # fmt: skip

    def product(self) -> None:
        """The product itself, its pictures and what documents it."""
        row = self._row
        self.add(row, "#this", f"#{row['role'] or 'data'}", "The data product")
        for column, semantics, local, what in (
            ("preview_url", "#preview-image", "", "A picture of it"),
            ("thumbnail_url", "#preview", "#thumbnail", "A small picture of it"),
        ):
            if row[column]:
                self._link(row[column], semantics, what, "image/png", local=local)
        if row["product_id"]:
            page = f"/archive/{row['product_id']}"
            self._link(page, "#auxiliary", "Its page: all that is known of it", "text/html",
                       local="#documentation")  # fmt: skip
        if row["filter_url"]:
            self._link(row["filter_url"], "#auxiliary", "Transmission of the filter", "",
                       local="#filter")  # fmt: skip

    def trails(self) -> None:
        """The trails in it and their satellites, as queries."""
        if self._related.trails:
            self._query(
                "SELECT * FROM satvo.trail AS t",
                "#trails",
                f"The trails in it: {self._related.trails}",
            )
        if self._related.known_trails:
            self._query(
                "SELECT s.*, t.trail_id, t.p_match FROM satvo.trail AS t "
                "JOIN satvo.satellite AS s ON s.norad_id = t.norad_id",
                "#satellites",
                "The satellites that made the trails in it",
            )

    def _query(self, query: str, local: str, description: str) -> None:
        did = self._did.replace("'", "''")
        whole = f"{query} WHERE t.obs_publisher_did = '{did}'"
        asked = urlencode({"LANG": "ADQL", "QUERY": whole})
        self._link(f"/tap/sync?{asked}", "#auxiliary", description, _VOTABLE, local=local)

    def services(self) -> list[str]:
        """What can be called for it."""
        found: list[str] = []
        row = self._row
        key = row["product_id"] or ""
        if can_be_cut(row):
            name = f"soda_{key}"
            found.append(cutout_descriptor(row, self._config, name))
            self._link("", "#cutout", "A part of it (SODA)", "image/fits", service=name)
        if asked := cone_asked(row):
            self._link(
                f"/scs/satellites?{urlencode(asked)}", "#auxiliary",
                "Satellites predicted to cross its field during the exposure", _VOTABLE,
                local="#predicted-passes",
            )  # fmt: skip
            self._link(f"/passes?{urlencode(self._pass_page())}", "#auxiliary",
                       "The same as a page, with their tracks", "text/html",
                       local="#passes-page")  # fmt: skip
            name = f"satellites_{key}"
            found.append(cone_descriptor(asked, self._config, name))
            self._link("", "#proc", "Predict satellites for its field, time and site", _VOTABLE,
                       service=name, local="#passpredict")  # fmt: skip
        if can_be_drawn_into(row):
            asked = {"ID": self._did}
            self._link(f"/simulate?{urlencode(asked)}", "#auxiliary",
                       "A form that adds a trail to this image", "text/html",
                       local="#simulate-page")  # fmt: skip
            name = f"simulate_{key}"
            found.append(simulation_descriptor(row, self._config, name))
            self._link("", "#proc", "Add a trail to this image (ImageSimulate)", "text/xml",
                       service=name, local="#imagesimulate")  # fmt: skip
        if can_be_masked(row):
            self._link(f"/mask?{urlencode({'ID': self._did})}", "#auxiliary",
                       "A form that masks the trails in this image", "text/html",
                       local="#mask-page")  # fmt: skip
            name = f"mask_{key}"
            found.append(masking_descriptor(row, self._config, name))
            self._link("", "#proc", "Mask trails in this image (TrailMask)", "text/xml",
                       service=name, local="#trailmask")  # fmt: skip
        return found

    def _pass_page(self) -> dict[str, str]:
        row = self._row
        return {
            "ra": f"{row['s_ra']:.6f}",
            "dec": f"{row['s_dec']:.6f}",
            "start": span_of(row)[0],
            "duration": f"{(row['t_max'] - row['t_min']) * 86400:.3f}",
            "radius": f"{row['s_fov'] / 2:.6f}",
            "lon": f"{row['site_lon']:.6f}",
            "lat": f"{row['site_lat']:.6f}",
            "elevation": f"{row['site_height'] or 0.0:.1f}",
            "go": "1",
        }

    def job(self, job: Job, path: str, owner: str | None) -> None:
        """The job that made it."""
        self._link(
            f"{path}/{job.job_id}", "#auxiliary", "The job that made it", "text/xml",
            local="#job", auth="false" if job.owner is None else "true",
            authorized=job.owner is None or job.owner == owner,
        )  # fmt: skip

    def _link(
        self, address: str, semantics: str, description: str, content_type: str, *,
        local: str = "", service: str = "", size: int | None = None, qualifier: str = "",
        auth: str = "false", authorized: bool = True,
    ) -> None:  # fmt: skip
        if not (address or service):
            return
        if address.startswith("/"):
            address = self._config.url(address)
        self.links.append(
            Link(
                self._did, address, service, "", semantics, description, content_type, size, local,
                qualifier, auth, authorized,
            )
        )  # fmt: skip
