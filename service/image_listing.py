"""What pages show of the archive of images: a gallery, one data product with what belongs to it.

The gallery asks in ADQL, as clients do, so that positions and texts go the ways that are indexed
and checked there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from satvo.resources.images.build import Cell, coverage
from satvo.resources.images.cases import PARTS
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import MJD_EPOCH, mjd_of, read_moment
from satvo.schemas.obscore import ARTIFICIAL, OBSCORE, OBSERVED
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store import Store
from satvo.schemas.testcase import TESTCASE
from satvo.schemas.trail import TRAIL
from satvo.service.archive import Archive
from satvo.service.tap_request import tap_request

__all__ = [
    "PAGE_IMAGES",
    "SOURCES",
    "Asked",
    "Belonging",
    "Cell",
    "Gallery",
    "belonging",
    "cases_of",
    "collections",
    "coverage",
    "gallery",
    "moment_of",
]

PAGE_IMAGES = 24
SOURCES = {"observed": OBSERVED, "simulated": ARTIFICIAL}
"""Words for people, and values of ``data_source``."""

_DID = "obs_publisher_did"
_SHOWN = (
    "o.obs_publisher_did, o.obs_title, o.obs_collection, o.data_source, o.dataproduct_type, "
    "o.t_min, o.t_exptime, o.s_ra, o.s_dec, o.facility_name, o.access_url, d.product_id, "
    "d.thumbnail_url"
)
_FROM = (
    "ivoa.obscore AS o LEFT OUTER JOIN satvo.dataproduct AS d "
    "ON d.obs_publisher_did = o.obs_publisher_did"
)
_TEXTS = ("o.obs_title", "o.target_name", "o.facility_name", "o.instrument_name", "o.obs_id")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor of the gallery asks for; empty texts ask for all.

    Attributes
    ----------
    collection : str
    source : str
        A key of `SOURCES`.
    text : str
        That a title, a target, a telescope, an instrument or an observation has.
    since, until : str
        Times in UTC, ISO 8601.
    place : str
        Right ascension, declination and radius, ICRS, deg; without a radius 1.
    trails : bool
        Only frames in which a trail is known.
    page : int
        From 1.
    """

    collection: str = ""
    source: str = ""
    text: str = ""
    since: str = ""
    until: str = ""
    place: str = ""
    trails: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Gallery:
    """A page of the gallery.

    Attributes
    ----------
    images : list of dict
        Columns of both tables.
    count : int
        Of all images that were asked for.
    pages : int
    """

    images: list[dict[str, Any]]
    count: int
    pages: int


@dataclass(frozen=True, slots=True)
class Belonging:
    """What belongs to a data product.

    Attributes
    ----------
    trails : list of dict
        Rows of `satvo.trail`, and object_name of the satellite.
    origin : dict or None
        What it was made from: did, title and product_id.
    made : list of dict
        What was made from it.
    cases : list of dict
        Rows of `satvo.testcase` that name it.
    """

    trails: list[dict[str, Any]]
    origin: dict[str, Any] | None
    made: list[dict[str, Any]]
    cases: list[dict[str, Any]]


def gallery(archive: Archive, asked: Asked) -> Gallery:
    """The frames that a visitor asks for, newest first.

    Raises
    ------
    BadParameter
        For a time or a place that is none.
    """
    where = " AND ".join(_conditions(asked))
    query = f"SELECT COUNT(*) AS n FROM {_FROM} WHERE {where}"  # noqa: S608 (ADQL, not SQL)
    counted = _rows(archive, query)[0]["n"]
    pages = max(1, -(-counted // PAGE_IMAGES))
    first = (min(asked.page, pages) - 1) * PAGE_IMAGES
    query = (
        f"SELECT TOP {PAGE_IMAGES} {_SHOWN} FROM {_FROM} WHERE {where} "  # noqa: S608 (ADQL)
        f"ORDER BY t_min DESC, obs_publisher_did OFFSET {first}"
    )
    return Gallery(_rows(archive, query), counted, pages)


def collections(store: Store) -> list[str]:
    """The names of the collections, in order."""
    found = store.select(sa.select(OBSCORE.c.obs_collection).distinct()).to_pylist()
    return sorted(row["obs_collection"] for row in found)


def belonging(store: Store, did: str, progenitor: str | None) -> Belonging:
    """What belongs to a data product.

    Parameters
    ----------
    store : Store
    did : str
        Its ``obs_publisher_did``.
    progenitor : str, optional
        Of what it was made.
    """
    trails = store.select(
        sa.select(TRAIL, SATELLITE.c.object_name)
        .select_from(TRAIL.outerjoin(SATELLITE, SATELLITE.c.norad_id == TRAIL.c.norad_id))
        .where(TRAIL.c[_DID] == did)
        .order_by(TRAIL.c.trail_id)
    ).to_pylist()
    relatives = store.select(
        sa.select(
            OBSCORE.c[_DID], OBSCORE.c.obs_title, DATAPRODUCT.c.product_id, DATAPRODUCT.c.role,
            DATAPRODUCT.c.progenitor_did,
        )
        .select_from(DATAPRODUCT.join(OBSCORE, OBSCORE.c[_DID] == DATAPRODUCT.c[_DID]))
        .where(
            sa.or_(DATAPRODUCT.c.progenitor_did == did, DATAPRODUCT.c[_DID] == (progenitor or ""))
        )
        .order_by(DATAPRODUCT.c.role)
    ).to_pylist()  # fmt: skip
    naming = sa.or_(*(TESTCASE.c[column] == did for column in PARTS.values()))
    return Belonging(
        trails,
        next((row for row in relatives if row[_DID] == progenitor), None),
        [row for row in relatives if row["progenitor_did"] == did],
        cases_of(store, naming),
    )


def cases_of(store: Store, where: sa.ColumnElement[bool] | None = None) -> list[dict[str, Any]]:
    """Test cases in order, each with ``terms`` as a list and ``files``: product_id by part."""
    found: list[dict[str, Any]] = store.select(
        sa.select(TESTCASE)
        .where(sa.true() if where is None else where)
        .order_by(TESTCASE.c.case_id)
    ).to_pylist()
    dids = {row[column] for row in found for column in PARTS.values() if row[column]}
    known = store.select(
        sa.select(DATAPRODUCT.c[_DID], DATAPRODUCT.c.product_id, DATAPRODUCT.c.thumbnail_url).where(
            DATAPRODUCT.c[_DID].in_(sorted(dids))
        )
    ).to_pylist()
    about: Mapping[str, dict[str, Any]] = {row[_DID]: row for row in known}
    sources = {
        row[_DID]: row["data_source"]
        for row in store.select(
            sa.select(OBSCORE.c[_DID], OBSCORE.c.data_source).where(
                OBSCORE.c[_DID].in_(sorted(dids))
            )
        ).to_pylist()
    }
    for row in found:
        row["terms"] = row["terms"].split("#")
        row["data_source"] = sources.get(row[_DID])
        row["files"] = {
            part: about[row[column]]["product_id"]
            for part, column in PARTS.items()
            if row[column] in about
        }
        row["thumbnail_url"] = about.get(row[_DID], {}).get("thumbnail_url")
    return found


def _conditions(asked: Asked) -> list[str]:
    found = ["(d.role = 'frame' OR d.role IS NULL)"]
    if asked.collection:
        found.append(f"o.obs_collection = {_literal(asked.collection)}")
    if asked.source:
        if asked.source not in SOURCES:
            raise BadParameter(f"SOURCE={asked.source[:40]}: give {' or '.join(SOURCES)}")
        found.append(f"o.data_source = '{SOURCES[asked.source]}'")
    if asked.text:
        like = _literal(f"%{asked.text}%")
        found.append(f"({' OR '.join(f'{column} ILIKE {like}' for column in _TEXTS)})")
    if asked.since:
        found.append(f"o.t_max >= {_mjd('SINCE', asked.since)!r}")
    if asked.until:
        found.append(f"o.t_min <= {_mjd('UNTIL', asked.until, whole_day=True)!r}")
    if asked.place:
        ra, dec, radius = _place(asked.place)
        found.append(f"INTERSECTS(o.s_region, CIRCLE({ra!r}, {dec!r}, {radius!r})) = 1")
    if asked.trails:
        found.append("o.obs_publisher_did IN (SELECT obs_publisher_did FROM satvo.trail)")
    return found


def _literal(text: str) -> str:
    """A text of ADQL."""
    if not text.isprintable() or len(text) > 200:
        raise BadParameter("give up to 200 printable characters to look for")
    return "'" + text.replace("'", "''") + "'"


def _mjd(name: str, text: str, *, whole_day: bool = False) -> float:
    try:
        moment = read_moment(text)
    except ValueError as err:
        raise BadParameter(
            f"{name}={text[:40]}: give a time in UTC, as 2026-11-22 or 2026-11-22T01:30:00"
        ) from err
    if whole_day and len(text) <= len("2026-11-22"):
        moment += timedelta(days=1)
    return mjd_of(moment)


def _place(text: str) -> tuple[float, float, float]:
    try:
        numbers = [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) == 2:
        numbers.append(1.0)
    if len(numbers) == 3:
        ra, dec, radius = numbers
        if 0.0 <= ra <= 360.0 and -90.0 <= dec <= 90.0 and 0.0 < radius <= 180.0:
            return ra, dec, radius
    raise BadParameter(
        f"PLACE={text[:60]}: give right ascension, declination and radius in degrees, ICRS, as "
        "187.5 -31 0.5"
    )


def _rows(archive: Archive, query: str) -> list[dict[str, Any]]:
    answer = archive.answer(tap_request({"QUERY": query}))
    names = [field.name for field in answer.fields]
    return [row for batch in answer.batches() for row in batch.rename_columns(names).to_pylist()]


def moment_of(mjd: float | None) -> str:
    """A time for people, UTC to the second; empty where it is not known.

    Examples
    --------
    >>> moment_of(61366.5)
    '2026-11-22 12:00:00'
    """
    if mjd is None or mjd != mjd or not 0.0 <= mjd < 2_900_000.0:
        return ""
    return (MJD_EPOCH + timedelta(days=mjd)).strftime("%Y-%m-%d %H:%M:%S")
