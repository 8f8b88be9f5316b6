"""`Resource`: the one declaration of a published thing, from which every VO surface is derived."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

__all__ = ["Example", "JobDeclaration", "JobParameter", "Resource"]


@dataclass(frozen=True, slots=True)
class Example:
    """A query to start from; shown at /examples and on the web page, and run in tests.

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
class JobParameter:
    """A parameter of a compute job.

    Attributes
    ----------
    name : str
        In capitals; a client may write it in any case.
    description : str
        With its unit and what is accepted.
    is_file : bool
        Whether it comes as an uploaded file.
    datatype : str
        As in VOTable: char, boolean, int, long, float or double.
    unit : str
        VOUnits; empty for none.
    xtype : str
        DALI 1.1, section 3.3, e.g. timestamp.
    default : str, optional
        What is taken where a client does not give it.
    choices : tuple of str
        The only values accepted; empty where they cannot be listed.
    is_repeatable : bool
        Whether it may be given more than once.
    """

    name: str
    description: str
    is_file: bool = False
    datatype: str = "char"
    unit: str = ""
    xtype: str = ""
    default: str | None = None
    choices: tuple[str, ...] = ()
    is_repeatable: bool = False


@dataclass(frozen=True, slots=True)
class JobDeclaration:
    """A compute job that clients start through UWS, at ``/jobs/<name>``.

    Attributes
    ----------
    name, title, description : str
    run : str
        ``module:function``, named and not imported: the web process loads none of it.
    parameters : tuple of JobParameter
    register : str
        ``module:function`` that adds what the job wrote to the archive, where its client asks for
        it by REGISTER: it gets the transaction, the folder of the files, and the present (UTC), and
        returns what it added, for the client. Empty where the job gives files only.
    """

    name: str
    title: str
    description: str
    run: str
    parameters: tuple[JobParameter, ...]
    register: str = ""


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
    jobs : tuple of JobDeclaration
        What it computes on demand.
    """

    shortname: str
    path: str
    title: str
    description: str
    creator: str
    subjects: tuple[str, ...]
    tables: tuple[sa.Table, ...]
    examples: tuple[Example, ...] = ()
    jobs: tuple[JobDeclaration, ...] = ()
