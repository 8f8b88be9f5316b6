"""Expat as strangers' documents are read with it: no DOCTYPE, so no entities, and no odd encodings.

Expat reads them, not lxml, because libxml2 joins the text of an element and refuses more than 10 MB
of it, which is any BINARY stream of a few hundred thousand rows.
"""

from __future__ import annotations

from xml.parsers import expat

from satvo.schemas.errors import BadParameter

__all__ = ["guarded_parser", "xml_fault"]

_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]

_ENCODINGS = frozenset((
    "utf-8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "iso-8859-1", "iso-8859-15",
    "windows-1252",
))  # fmt: skip
"""Those that Expat knows, and two of one byte a character. Python's codecs are not asked for
others: some among them are no encodings of text."""


def guarded_parser() -> expat.XMLParserType:
    """A parser that raises `BadParameter` at a DOCTYPE or an encoding that is not accepted."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 65_536
    parser.XmlDeclHandler = _check_declaration
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def xml_fault(err: expat.ExpatError, *, cut: bool) -> Exception:
    """What is to be raised for an error of the parser; cut where the document had ended."""
    if err.code == _NO_MEMORY:
        return MemoryError()
    why = expat.ErrorString(err.code)
    if cut:
        why = f"the document breaks off ({why})"
    return BadParameter(f"this is not well-formed XML: {why}, line {err.lineno}")


def _check_declaration(version: str, encoding: str | None, standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise BadParameter(
            f"XML encoding {encoding[:40]!r} is not accepted; write the document in UTF-8"
        )


def _refuse_doctype(
    name: str, system_id: str | None, public_id: str | None, has_internal_subset: bool
) -> None:
    raise BadParameter("the document has a DOCTYPE, which it must not have; leave it out")
