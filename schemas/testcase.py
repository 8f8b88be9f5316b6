"""The tables of the test suite: its cases, and the vocabulary that they are described by."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["CASE_KINDS", "TESTCASE", "TESTTERM"]

CASE_KINDS = ("trailmask", "passpredict")
"""Values of ``kind``: which algorithm a case tests."""

_DID = "ivoa.obscore.obs_publisher_did"

TESTTERM = published_table(
    "satvo",
    "testterm",
    "The kinds of cases that the test suite should hold (SATCON2 Algorithms report, section 2), "
    "one row a term. A term that no row of satvo.testcase has is a cell that is still empty.",
    column("term", sa.String(), "The term, as satvo.testcase has it", ucd="meta.id;meta.main",
           key=True, principal=True),
    column("theme", sa.String(), "What it is about: field, exposure, streak, ...",
           ucd="meta.code.class", nullable=False, principal=True),
    column("label", sa.String(), "The term for people", ucd="meta.title", nullable=False,
           principal=True),
    column("description", sa.String(), "What counts as this, with numbers where there are some",
           ucd="meta.note", nullable=False),
    column("asked_in", sa.String(), "Report and section that ask for it", ucd="meta.bib",
           nullable=False),
    title="Terms of the test suite",
    order_by=("term",),
)  # fmt: skip

TESTCASE = published_table(
    "satvo",
    "testcase",
    "The cases of the test suite: frames with trails and the same fields without, with masks and "
    "catalogues of the truth (kind trailmask), and exposures with the crossings that are to be "
    "found (kind passpredict).",
    column("case_id", sa.String(), "Name of the case", ucd="meta.id;meta.main", key=True,
           principal=True),
    column("kind", sa.String(), f"What it tests: {' or '.join(CASE_KINDS)}",
           ucd="meta.code.class", nullable=False, principal=True),
    column("title", sa.String(), "A few words", ucd="meta.title", nullable=False, principal=True),
    column("relevance", sa.String(), "Why the case is here, and what may go wrong with it",
           ucd="meta.note", nullable=False),
    column("terms", sa.String(),
           "Terms of satvo.testterm with # between; ivo_hashlist_has(terms, 'leo') asks for one",
           ucd="meta.code.class", nullable=False, principal=True),
    column("obs_publisher_did", sa.String(),
           "The frame with the trail, or the table of crossings that are to be found",
           ucd="meta.ref.ivoid", nullable=False, indexed=True, principal=True, references=_DID),
    column("pair_did", sa.String(), "The same field without the trail; null where there is none",
           ucd="meta.ref.ivoid", principal=True, references=_DID),
    column("mask_did", sa.String(), "The mask that says where the trail is", ucd="meta.ref.ivoid",
           references=_DID),
    column("truth_did", sa.String(), "The catalogue of the trails, and of the stars if simulated",
           ucd="meta.ref.ivoid", references=_DID),
    column("elements_did", sa.String(), "The fixed element sets of a case of PassPredict",
           ucd="meta.ref.ivoid", references=_DID),
    column("exposures_did", sa.String(), "The exposures of a case of PassPredict",
           ucd="meta.ref.ivoid", references=_DID),
    title="Test cases",
    order_by=("case_id",),
)  # fmt: skip
