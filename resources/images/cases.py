"""A case of the test suite with its files, before an archive has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PARTS", "Case", "Product"]

PARTS = {
    "frame": "obs_publisher_did",
    "pair": "pair_did",
    "mask": "mask_did",
    "truth": "truth_did",
    "elements": "elements_did",
    "exposures": "exposures_did",
}
"""What files are to a case, and the column of `satvo.testcase` that names them; ``frame`` is the
table of crossings where PassPredict is tested."""


@dataclass(frozen=True, slots=True)
class Product:
    """A file of a case.

    Attributes
    ----------
    name : str
        Of the file.
    content : bytes
    role : str
        A value of `satvo.schemas.dataproduct.ROLES`.
    told : mapping
        Columns of ``ivoa.obscore`` and ``satvo.dataproduct`` that are told, not read from it.
    """

    name: str
    content: bytes
    role: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its files.

    Attributes
    ----------
    case_id, kind, title, relevance : str
        Columns of `satvo.testcase`.
    terms : tuple of str
        Of the vocabulary.
    products : mapping
        By a key of `PARTS`; ``frame`` is always there.
    trails : sequence of mapping
        Rows of `satvo.trail` of the frame, without ``trail_id``, ``obs_publisher_did`` and what
        the archive knows of the mask.
    """

    case_id: str
    kind: str
    title: str
    relevance: str
    terms: tuple[str, ...]
    products: Mapping[str, Product]
    trails: Sequence[Mapping[str, Any]] = ()
