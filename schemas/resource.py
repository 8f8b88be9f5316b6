"""`Resource`: the one declaration of a published thing, from which every VO surface is derived."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

__all__ = ["Example", "Resource"]


@dataclass(frozen=True, slots=True)
class Example:
    """A query that a person can start from; shown at /examples and on the web page, and run in tests.

    Attributes
    ----------
    name : str
        A few words.
    query : str
        ADQL that answers on any archive of this service.
    description : str
        What the answer tells.
    """

    name: str
    query: str
    description: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that a client can discover.

    Attributes
    ----------
    shortname : str
        At most 16 characters (VOResource 1.1, section 3.1.1).
    path : str
        The resource's part of its IVOID, below the authority.
    title, description : str
        For people; the description may have several sentences.
    creator : str
        Whom to name as the author.
    subjects : tuple of str
        Words of the Unified Astronomy Thesaurus.
    tables : tuple of Table
        What it publishes by TAP, in the order shown.
    examples : tuple of Example
        Queries on these tables.
    """

    shortname: str
    path: str
    title: str
    description: str
    creator: str
    subjects: tuple[str, ...]
    tables: tuple[sa.Table, ...]
    examples: tuple[Example, ...] = ()
