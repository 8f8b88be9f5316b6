"""How the data products of the archive belong together, looked up for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.obscore import ARTIFICIAL, OBSCORE
from satvo.schemas.store import Store
from satvo.schemas.testcase import TESTCASE
from satvo.schemas.trail import TRAIL

__all__ = ["Related", "Relation", "related_products"]

Row = Mapping[str, Any]

_DID = "obs_publisher_did"
_AT_ONCE = 1000
_FEW = 50
_COLUMNS = (
    "obs_title", "dataproduct_type", "dataproduct_subtype", "access_url", "access_format",
    "access_estsize", "s_ra", "s_dec", "s_fov", "s_region", "s_xel1", "s_xel2", "t_min", "t_max",
    "em_min", "em_max", "pol_states", "data_source",
)  # fmt: skip
_OF_FILE = (
    "product_id", "role", "progenitor_did", "job_id", "media_type", "size_bytes", "n_image",
    "site_lon", "site_lat", "site_height", "filter_url", "preview_url", "thumbnail_url",
)  # fmt: skip

_CASES: tuple[tuple[str, str, str, str, str], ...] = (
    # whose links, to what, semantics, local semantics, description
    (_DID, "pair_did", "#auxiliary", "#counterpart", "The same field without the trail"),
    ("pair_did", _DID, "#auxiliary", "#counterpart", "The same field with a trail"),
    (_DID, "mask_did", "#derivation", "#truth-mask", "Mask of the truth: where the trail is"),
    ("mask_did", _DID, "#progenitor", "#frame", "The frame that the mask belongs to"),
    (_DID, "truth_did", "#auxiliary", "#truth-catalogue", "Catalogue of the truth"),
    ("truth_did", _DID, "#progenitor", "#frame", "The frame that the catalogue belongs to"),
    (_DID, "elements_did", "#progenitor", "#elements", "Element sets that it was computed from"),
    ("elements_did", _DID, "#derivation", "#crossings", "Crossings that are to be found"),
    (_DID, "exposures_did", "#progenitor", "#exposures", "Exposures that it was computed for"),
    ("exposures_did", _DID, "#derivation", "#crossings", "Crossings that are to be found"),
)
"""What a row of satvo.testcase says of two of its products.

Of the words of datalink/core those of DataLink 1.0 are used, which all clients know and stilts
3.4.7 accepts; younger ones (counterpart, coderived, thumbnail, documentation) are local semantics.
"""

_HEIRS = {
    "mask": ("#derivation", "#mask", "Mask of the trails in it"),
    "truthmask": ("#derivation", "#truth-mask", "Mask of the truth: where the trail is"),
    "truthcatalogue": ("#auxiliary", "#truth-catalogue", "Catalogue of the truth"),
}


@dataclass(frozen=True, slots=True)
class Relation:
    """That one product belongs to another."""

    did: str
    semantics: str
    local: str
    description: str


@dataclass(slots=True)
class Related:
    """A product, and what belongs to it.

    Attributes
    ----------
    row : mapping
        Columns of ivoa.obscore and satvo.dataproduct; those of the latter are None where the
        product is kept elsewhere.
    relations : list of Relation
    trails, known_trails : int
        Rows of satvo.trail, and those of them whose satellite is known.
    """

    row: Row
    relations: list[Relation] = field(default_factory=list)
    trails: int = 0
    known_trails: int = 0

    def relate(self, relation: Relation) -> None:
        """Add a relation; the first to each product stays."""
        own = self.row[_DID]
        if relation.did != own and all(relation.did != each.did for each in self.relations):
            self.relations.append(relation)


def related_products(
    store: Store, dids: Sequence[str]
) -> tuple[dict[str, Related], dict[str, Row]]:
    """The products of some identifiers with all that belongs to each.

    Parameters
    ----------
    store : Store
    dids : sequence of str
        obs_publisher_did; those of no product are left out.

    Returns
    -------
    (dict of Related, dict of mapping)
        By identifier: the products asked for, and the rows of these and all that they are related
        to.
    """
    rows = _products(store, dids)
    found = {did: Related(rows[did]) for did in dids if did in rows}
    if not found:
        return {}, {}
    _relate_by_making(store, found)
    _relate_by_cases(store, found)
    _count_trails(store, found)
    others = {each.did for one in found.values() for each in one.relations} - rows.keys()
    return found, rows | _products(store, sorted(others))


def _products(store: Store, dids: Sequence[str]) -> dict[str, Row]:
    did = OBSCORE.c[_DID]
    query = (
        sa.select(
            did, *(OBSCORE.c[name] for name in _COLUMNS), *(DATAPRODUCT.c[n] for n in _OF_FILE)
        )
        .select_from(OBSCORE.outerjoin(DATAPRODUCT, DATAPRODUCT.c[_DID] == did))
    )  # fmt: skip
    return {row[_DID]: row for row in _among(store, query, did, dids)}


def _among(
    store: Store, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Iterable[str]
) -> list[Row]:
    """The rows whose column has one of many values."""
    wanted = list(values)
    rows: list[Row] = []
    for first in range(0, len(wanted), _AT_ONCE):
        chosen = query.where(column.in_(wanted[first : first + _AT_ONCE]))
        rows += store.select(chosen).to_pylist()
    return rows


def _relate_by_making(store: Store, found: Mapping[str, Related]) -> None:
    """Progenitors, what was made of a product, and what else was made of its progenitor."""
    parents = {r for one in found.values() if (r := one.row["progenitor_did"])}
    query = (
        sa.select(DATAPRODUCT.c[_DID], DATAPRODUCT.c.progenitor_did, DATAPRODUCT.c.role,
                  OBSCORE.c.data_source)
        .select_from(DATAPRODUCT.join(OBSCORE, OBSCORE.c[_DID] == DATAPRODUCT.c[_DID]))
        .order_by(DATAPRODUCT.c[_DID])
    )  # fmt: skip
    heirs: dict[str, list[Row]] = defaultdict(list)
    for row in _among(store, query, DATAPRODUCT.c.progenitor_did, sorted({*found, *parents})):
        heirs[row["progenitor_did"]].append(row)
    for did, one in found.items():
        parent = one.row["progenitor_did"]
        if parent:
            one.relate(Relation(parent, "#progenitor", "#frame", "What it was made from"))
        for heir in heirs[did]:
            one.relate(Relation(heir[_DID], *_heir(one.row, heir)))
        for sibling in heirs[parent] if parent else ():
            what = f"Made from the same product: {sibling['role']}"
            one.relate(Relation(sibling[_DID], "#auxiliary", "#coderived", what))


def _heir(row: Row, heir: Row) -> tuple[str, str, str]:
    if heir["role"] in _HEIRS:
        return _HEIRS[heir["role"]]
    if heir["data_source"] == ARTIFICIAL and row["data_source"] != ARTIFICIAL:
        return "#derivation", "#simulated-twin", "The same frame with simulated trails"
    return "#derivation", f"#{heir['role']}", "Made from it"


def _relate_by_cases(store: Store, found: Mapping[str, Related]) -> None:
    names = sorted({name for case in _CASES for name in case[:2]})
    query = sa.select(TESTCASE.c.case_id, *(TESTCASE.c[name] for name in names))
    if len(found) <= _FEW:  # of more the whole table is read, which is small
        query = query.where(sa.or_(*(TESTCASE.c[name].in_(list(found)) for name in names)))
    for case in store.select(query.order_by(TESTCASE.c.case_id)).to_pylist():
        for whose, to, semantics, local, description in _CASES:
            if case[to] and case[whose] in found:
                text = f"{description} (test case {case['case_id']})"
                found[case[whose]].relate(Relation(case[to], semantics, local, text))


def _count_trails(store: Store, found: Mapping[str, Related]) -> None:
    did = TRAIL.c[_DID]
    query = sa.select(
        did, sa.func.count().label("trails"), sa.func.count(TRAIL.c.norad_id).label("known")
    ).group_by(did)
    for row in _among(store, query, did, found):
        found[row[_DID]].trails = row["trails"]
        found[row[_DID]].known_trails = row["known"]
