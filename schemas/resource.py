"""`Resource`: the one declaration of a published thing, from which every VO surface is derived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

__all__ = ["ALL_SKY", "Coverage", "Example", "JobDeclaration", "JobParameter", "Resource"]

ALL_SKY = "0/0-11"
"""The whole sphere as an ASCII MOC (MOC 2.0): the twelve pixels of order 0."""


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
    arraysize : str
        As in VOTable, of a parameter with several numbers; empty for one value.
    ucd : str
        Empty where it has none.
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
    arraysize: str = ""
    ucd: str = ""


@dataclass(frozen=True, slots=True)
class JobDeclaration:
    """A compute job that clients start through UWS, at ``/jobs/<name>`` or a path of its own.

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
    registers_images : bool
        Whether ``register`` adds images with their files: it then gets the archive of images
        (`satvo.ingest.images.archive.ImageArchive`), the folder, the identifier of the job, and a
        function that it has called within its transaction with that and what it added.
    prepare : str
        ``module:function`` that writes what the job needs from the archive into its work folder,
        since its process sees no database: it gets the store, the parameters, the folder of the
        uploads and the work folder. Empty where the job needs nothing.
    path : str
        Where a standard has the job list; empty for ``/jobs/<name>``. Values of a parameter that is
        given more than once reach the job with semicolons between.
    standard_id : str
        IVOID of the standard that names the job list; empty where none does.
    needs_files : bool
        Whether ``prepare`` gets, as a fifth argument, what finds the stored file of a product_id.
    """

    name: str
    title: str
    description: str
    run: str
    parameters: tuple[JobParameter, ...]
    register: str = ""
    prepare: str = ""
    path: str = ""
    standard_id: str = ""
    needs_files: bool = False
    registers_images: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where in space, time and spectrum a resource has data (VODataService 1.2, type Coverage).

    Attributes
    ----------
    spatial : str
        ASCII MOC in ICRS; empty where no place on the sky can be named.
    temporal : tuple of Column
        Columns of one table that hold MJD in UTC. The coverage runs from their least value to their
        greatest, as the archive holds them at the time.
    arrival : Column, optional
        When each row of that table came (UTC): the description changes with the newest.
    spectral : tuple of (float, float)
        Intervals of the energy of a particle in the solar system's barycentre, J, both ends
        included.
    wavebands : tuple of str
        Words of the IVOA vocabulary messenger.
    """

    spatial: str = ""
    temporal: tuple[sa.Column[Any], ...] = ()
    arrival: sa.Column[Any] | None = None
    spectral: tuple[tuple[float, float], ...] = ()
    wavebands: tuple[str, ...] = ()


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
    created, updated : datetime
        When this declaration was written first and when it was changed last (UTC, to the second).
        Whoever changes what it says moves ``updated``: by it harvesters know that they must fetch
        the description again.
    examples : tuple of Example
        Queries on these tables.
    jobs : tuple of JobDeclaration
        What it computes on demand.
    coverage : Coverage
        Where it has data.
    types, content_levels : tuple of str
        Words of the IVOA vocabularies voresource/content_type and voresource/content_level.
    rights, rights_uri : str
        Who owns the content and on what terms it may be used, and the address of those terms.
    withdrawn : datetime, optional
        Since when it is no longer published (UTC). It then declares no tables and no jobs, and
        stays declared for half a year at least, so that harvesters learn of it (Registry Interfaces
        1.1, section 2.5).
    """

    shortname: str
    path: str
    title: str
    description: str
    creator: str
    subjects: tuple[str, ...]
    tables: tuple[sa.Table, ...]
    created: datetime
    updated: datetime
    examples: tuple[Example, ...] = ()
    jobs: tuple[JobDeclaration, ...] = ()
    coverage: Coverage = Coverage()
    types: tuple[str, ...] = ("Catalog",)
    content_levels: tuple[str, ...] = ("Research",)
    rights: str = ""
    rights_uri: str = ""
    withdrawn: datetime | None = None
