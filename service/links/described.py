"""Service descriptors: how to call a service, told inside a VOTable (DataLink 1.1, section 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from satvo.schemas.resource import JobParameter
from satvo.service.votable import xml_text

__all__ = ["Given", "job_descriptor", "service_descriptor"]


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter of a described service.

    Attributes
    ----------
    about : JobParameter
    value : str
        What is sent unless the client changes it.
    least, most : str
        Bounds of what makes sense; of a shape or an interval ``most`` alone, the largest (SODA 1.0,
        section 4).
    options : tuple of str
        The values that make sense; those of ``about`` where empty.
    ref : str
        ID of the FIELD of the same document that the values come from; empty where none does.
    """

    about: JobParameter
    value: str = ""
    least: str = ""
    most: str = ""
    options: tuple[str, ...] = ()
    ref: str = ""


def service_descriptor(
    name: str,
    address: str,
    parameters: Iterable[Given],
    *,
    description: str,
    standard_id: str = "",
    content_type: str = "",
) -> str:
    """A RESOURCE that describes a service, as XML; a thousand of them take 0.1 s.

    Parameters
    ----------
    name : str
        Its ID in the document, as ``service_def`` of a link has it.
    address : str
        Where it is called; the inputs are put behind it as a query.
    parameters : iterable of Given
    description : str
        For people; TOPCAT shows it.
    standard_id, content_type : str
        Identifier of its standard, and what it answers; empty where there is none.
    """
    told = "".join(
        f'<PARAM name="{key}" datatype="char" arraysize="*" value={_quoted(value)}/>'
        for key, value in (
            ("standardID", standard_id), ("accessURL", address), ("contentType", content_type),
        )
        if value
    )  # fmt: skip
    return (
        f'<RESOURCE type="meta" utype="adhoc:service" ID={_quoted(name)} name={_quoted(name)}>'
        f"<DESCRIPTION>{_plain(description)}</DESCRIPTION>{told}"
        f'<GROUP name="inputParams">{"".join(map(_input, parameters))}</GROUP></RESOURCE>'
    )


def job_descriptor(
    name: str,
    address: str,
    parameters: Iterable[JobParameter],
    offered: Iterable[str],
    did: str,
    *,
    description: str,
) -> str:
    """A RESOURCE that describes a job of one data product (UWS 1.1), as `service_descriptor`.

    Parameters
    ----------
    name : str
    address : str
        The list of the jobs.
    parameters : iterable of JobParameter
        All that the job takes. A number without a value is null to astropy, and pyvo fails on
        that: all are described as text.
    offered : iterable of str
        Names of those that are told, in their order; ID is the product.
    did : str
        Identifier of the product.
    description : str
    """
    known = {each.name: each for each in parameters}
    given = [
        Given(
            replace(known[each], datatype="char", arraysize="*", xtype="", is_repeatable=False),
            did if each == "ID" else "",
        )
        for each in offered
    ]
    return service_descriptor(
        name,
        address,
        given,
        description=f"{description} (a UWS job: POST these parameters and PHASE=RUN)",
        content_type="text/xml",
    )


def _input(given: Given) -> str:
    about = given.about
    size = about.arraysize or ("*" if about.datatype == "char" else "")
    attributes = "".join(
        f" {key}={_quoted(value)}"
        for key, value in (
            ("arraysize", size), ("xtype", about.xtype), ("unit", about.unit), ("ucd", about.ucd),
            ("ref", given.ref),
        )
        if value
    )  # fmt: skip
    bounds = "".join(
        f"<{tag} value={_quoted(value)}/>"
        for tag, value in (
            ("MIN", given.least), ("MAX", given.most),
            *(("OPTION", option) for option in given.options or about.choices),
        )
        if value
    )  # fmt: skip
    return (
        f'<PARAM name="{about.name}" datatype="{about.datatype}" value={_quoted(given.value)}'
        f"{attributes}><DESCRIPTION>{_plain(about.description)}</DESCRIPTION>"
        f"{f'<VALUES>{bounds}</VALUES>' if bounds else ''}</PARAM>"
    )


def _plain(text: str) -> str:
    return escape(xml_text(text))


def _quoted(text: str) -> str:
    return quoteattr(xml_text(text))
