"""Writing the test suite: its vocabulary, and cases with their files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import pyarrow as pa
import sqlalchemy as sa
from satvo.resources.images.cases import PARTS, Case, Product
from satvo.resources.images.terms import Term, joined_terms, known_terms
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import NotFound
from satvo.schemas.obscore import OBSCORE, OBSERVED
from satvo.schemas.store import Store
from satvo.schemas.store.interface import Transaction, arrow_schema
from satvo.schemas.testcase import TESTCASE, TESTTERM

__all__ = ["Cell", "add_case", "coverage", "drop_case", "place_of", "write_terms"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A term of the vocabulary, and the cases that have it.

    Attributes
    ----------
    term : Term
    observed, simulated : tuple of mapping
        case_id, title, and the product_id of the first file (None where it is held elsewhere).
    """

    term: Term
    observed: tuple[Mapping[str, Any], ...]
    simulated: tuple[Mapping[str, Any], ...]


class _Images(Protocol):
    """What of `satvo.ingest.images.archive.ImageArchive` is used."""

    def examine_stream(self, stream: Any, *, name: str, told: Mapping[str, Any]) -> Any: ...
    def add(self, examined: Sequence[Any], *, trails: Any = (), cases: Any = ()) -> Any: ...


def write_terms(tx: Transaction) -> None:
    """Bring the vocabulary up to date, where it differs from that of this version."""
    wanted = pa.Table.from_pylist([asdict(term) for term in known_terms()], arrow_schema(TESTTERM))
    there = tx.select(sa.select(TESTTERM)).sort_by("term")
    if not there.equals(wanted.sort_by("term")):
        tx.execute(sa.delete(TESTTERM))
        tx.append(TESTTERM, wanted)


def add_case(images: _Images, case: Case) -> tuple[int, int]:
    """Bring a case with its files into an archive, whole or not at all.

    Parameters
    ----------
    images : ImageArchive
    case : Case
        One of the same identifier is replaced; its files stay.

    Returns
    -------
    tuple of int
        How many of its files are new, and how many were there.

    Raises
    ------
    BadParameter
        If a file cannot be read.
    """
    with ExitStack() as stack:
        examined: dict[str, Any] = {}
        for part in sorted(case.products, key=list(PARTS).index):
            product = case.products[part]
            told = {**product.told, "role": product.role}
            if part in ("mask", "truth"):  # the frame stands before them
                told = {**place_of(examined["frame"].obscore), **told}
                told["progenitor_did"] = examined["frame"].did
            examined[part] = _examined(images, product, told)
            stack.callback(examined[part].discard)
        row = {
            "case_id": case.case_id,
            "kind": case.kind,
            "title": case.title,
            "relevance": case.relevance,
            "terms": joined_terms(case.terms),
            **{PARTS[part]: each.did for part, each in examined.items()},
        }
        mask = examined.get("mask")
        beside = {
            "obs_publisher_did": examined["frame"].did,
            "mask_url": mask and mask.obscore["access_url"],
            "mask_checksum": mask and mask.dataproduct["checksum"],
        }
        trails = [
            {"trail_id": f"{examined['frame'].product_id}-{number}", **beside, **trail}
            for number, trail in enumerate(case.trails, 1)
        ]
        added = images.add(list(examined.values()), trails=trails, cases=[row])
        return added.new, added.unchanged


def drop_case(tx: Transaction, case_id: str) -> None:
    """Forget a case; its files stay.

    Raises
    ------
    NotFound
        If there is none of that name.
    """
    if not tx.execute(sa.delete(TESTCASE).where(TESTCASE.c.case_id == case_id)):
        raise NotFound(f"there is no test case {case_id[:100]}; satvo testsuite list shows all")


def coverage(store: Store) -> list[Cell]:
    """The vocabulary, with the cases that have each term."""
    rows = store.select(
        sa.select(
            TESTCASE.c.case_id, TESTCASE.c.kind, TESTCASE.c.title, TESTCASE.c.terms,
            OBSCORE.c.data_source, DATAPRODUCT.c.product_id,
        )
        .select_from(
            TESTCASE.outerjoin(
                OBSCORE, OBSCORE.c.obs_publisher_did == TESTCASE.c.obs_publisher_did
            ).outerjoin(
                DATAPRODUCT, DATAPRODUCT.c.obs_publisher_did == TESTCASE.c.obs_publisher_did
            )
        )
        .order_by(TESTCASE.c.case_id)
    ).to_pylist()  # fmt: skip
    return [
        Cell(term, _having(rows, term.term, True), _having(rows, term.term, False))
        for term in known_terms()
    ]


def _having(
    rows: Iterable[Mapping[str, Any]], term: str, observed: bool
) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        row
        for row in rows
        if term in row["terms"].split("#") and (row["data_source"] == OBSERVED) == observed
    )


def place_of(obscore: Mapping[str, Any]) -> dict[str, Any]:
    """Where and when a frame is, for what was made from it."""
    wanted = ("s_region", "t_min", "t_max", "t_exptime")
    return {name: obscore[name] for name in wanted if obscore[name] is not None}


def _examined(images: _Images, product: Product, told: Mapping[str, Any]) -> Any:
    return images.examine_stream(io.BytesIO(product.content), name=product.name, told=told)
