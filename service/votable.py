"""VOTable documents, of version 1.4 or 1.5: the only writer of them.

The head and the tail are made as XML trees; the rows between are streamed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree
from satvo.schemas.columns import Field
from satvo.service.binary import binary_rows
from satvo.service.cells import (
    NULL_INTEGERS,
    bytes_present,
    declared,
    joined_rows,
    relisted,
    text_cells,
)
from satvo.service.reference_systems import reference_systems, system_id

__all__ = [
    "VERSION",
    "Info",
    "VOTableWriter",
    "error_document",
    "metadata_document",
    "query_status",
    "xml_text",
]

NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
VERSION = "1.4"
"""What is written unless 1.5 is asked for, which stilts 3.4.7 refuses."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML document can carry (XML 1.0, section 2.2)."""

_NOT_XML_IN_ARROW = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
"""The same where there are no surrogates."""

_ROWS = "\ue000rows\ue000"
"""Where the stream goes in the document: nothing of this service says so behind it."""


@dataclass(frozen=True, slots=True)
class Info:
    """An INFO element."""

    name: str
    value: str
    text: str = ""
    ucd: str = ""


class VOTableWriter:
    """Writes one table as a stream.

    Parameters
    ----------
    serialization : str
        BINARY2, BINARY or TABLEDATA.
    version : str
        1.4 or 1.5, which both have the same namespace.
    """

    tells_status = True

    def __init__(self, serialization: str, version: str = VERSION) -> None:
        self._serialization = serialization
        self._version = version
        self._fields: tuple[Field, ...] = ()
        self._ids: Mapping[int, str] = {}
        self._services: Sequence[str] = ()
        self._rest = b""

    def describe(self, ids: Mapping[int, str], services: Sequence[str]) -> None:
        """Tell of services that take values of the table; before `begin`.

        Parameters
        ----------
        ids : mapping
            The ID of each FIELD that they refer to, by its place from 0.
        services : sequence of str
            RESOURCEs, as `satvo.service.links.described` makes them, for the document's end.
        """
        self._ids, self._services = ids, services

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """Everything before the first row."""
        self._fields = fields
        root, table = _table(
            fields,
            [Info("QUERY_STATUS", "OK"), *infos],
            self._version,
            # TABLEDATA has empty cells: a null value there would hide the smallest integer.
            null_values=self._serialization == "BINARY",
        )
        for place, name in self._ids.items():
            table[place].set("ID", name)
        data = etree.SubElement(table, "DATA")
        into = etree.SubElement(data, self._serialization)
        if self._serialization != "TABLEDATA":
            into = etree.SubElement(into, "STREAM", encoding="base64")
        into.text = _ROWS
        head, _, tail = _document(root).rpartition(_ROWS.encode())
        self._table_end, _, self._document_end = tail.partition(b"</TABLE>")
        return head

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch."""
        columns = declared(batch, self._fields)
        if self._serialization == "TABLEDATA":
            return _tabledata(columns, self._fields)
        data = self._rest + binary_rows(
            columns, self._fields, null_flags=self._serialization == "BINARY2"
        )
        whole = len(data) - len(data) % 3  # base64 takes three bytes at a time
        self._rest = data[whole:]
        return base64.b64encode(data[:whole])

    def end(self, infos: Iterable[Info] = ()) -> bytes:
        """Everything after the last row; an overflow or an error is told here."""
        rest, self._rest = base64.b64encode(self._rest), b""
        late = b"".join(etree.tostring(_info(info)) for info in infos)
        before, tag, after = self._document_end.rpartition(b"</VOTABLE>")
        services = "".join(self._services).encode()
        return rest + self._table_end + b"</TABLE>" + late + before + services + tag + after


def xml_text(text: str) -> str:
    """The text with a replacement for what no XML document can carry."""
    return _NOT_XML.sub("\ufffd", text)


def error_document(message: str, more: Iterable[Info] = ()) -> bytes:
    """A document that says what went wrong (DALI 1.1, section 4.4.1), and more."""
    root, _ = _root([Info("QUERY_STATUS", "ERROR", text=message), *more], VERSION)
    return _document(root)


def metadata_document(fields: Iterable[Field], infos: Iterable[Info]) -> bytes:
    """A document with a table that has no DATA, for a file whose rows stand elsewhere in it."""
    root, _ = _table(tuple(fields), infos, VERSION, null_values=False)
    return _document(root)


def query_status(late: Iterable[Info]) -> Info:
    """The QUERY_STATUS among what is told after the last row; OK where there is none."""
    told = [info for info in late if info.name == "QUERY_STATUS"]
    return told[-1] if told else Info("QUERY_STATUS", "OK")


def _root(infos: Iterable[Info], version: str) -> tuple[etree._Element, etree._Element]:
    # The stubs know no default namespace; the elements are written inside it.
    root = etree.Element("VOTABLE", {"version": version}, {None: NAMESPACE})  # type: ignore[dict-item]
    resource = etree.SubElement(root, "RESOURCE", type="results")
    for info in infos:
        resource.append(_info(info))
    return root, resource


def _table(
    fields: tuple[Field, ...], infos: Iterable[Info], version: str, *, null_values: bool
) -> tuple[etree._Element, etree._Element]:
    """The document, and the TABLE in it."""
    root, resource = _root(infos, version)
    resource.extend(reference_systems(fields, version))  # the schema has them after INFO
    table = etree.SubElement(resource, "TABLE")
    for field in fields:
        _add_field(table, field, version, null_values=null_values)
    return root, table


def _info(info: Info) -> etree._Element:
    # An error may quote what a client sent, and a client may send anything.
    element = etree.Element("INFO", name=info.name, value=xml_text(info.value))
    if info.ucd:
        element.set("ucd", info.ucd)
    if info.text:
        element.text = xml_text(info.text)
    return element


def _add_field(table: etree._Element, field: Field, version: str, *, null_values: bool) -> None:
    element = etree.SubElement(table, "FIELD", name=field.name, datatype=field.datatype)
    for name in ("arraysize", "xtype", "unit", "ucd", "utype"):
        if value := getattr(field, name):
            element.set(name, value)
    if system := system_id(field, version):
        element.set("ref", system)
    if field.description:
        etree.SubElement(element, "DESCRIPTION").text = field.description
    # The flags of BINARY2 tell that a cell is null; of an element of an array they tell nothing.
    if (null_values or field.arraysize) and (null := NULL_INTEGERS.get(field.datatype)):
        etree.SubElement(element, "VALUES", null=str(null))


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _tabledata(columns: list[pa.Array], fields: tuple[Field, ...]) -> bytes:
    cells: list[pa.Array | str] = []
    between = "<TR><TD>"
    for column, field in zip(columns, fields, strict=True):
        if column.null_count == len(column):  # as are most of the many columns of ObsCore
            between += "</TD><TD>"
            continue
        text = _texts_in_one(column, field) if "x" in field.arraysize else text_cells(column)
        if field.datatype in ("char", "unicodeChar"):
            text = _escaped(text, "?" if field.datatype == "char" else "\ufffd")
        cells += [between, text.fill_null("") if text.null_count else text]
        between = "</TD><TD>"
    end = between.removesuffix("<TD>") + "</TR>\n"
    if not cells:
        return end.encode() * len(columns[0])
    return joined_rows([*cells, end])


def _escaped(text: pa.Array, instead: str) -> pa.Array:
    """Strings as they stand in XML, with another character for those that it cannot carry."""
    present = bytes_present(text)
    for raw, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        if present[ord(raw)]:
            text = pc.replace_substring(text, raw, escaped)
    if present[:32].any() or present[0xEF]:  # the first byte of U+FFFE and U+FFFF
        text = pc.replace_substring_regex(text, _NOT_XML_IN_ARROW, instead)
    return text


def _texts_in_one(column: pa.Array, field: Field) -> pa.Array:
    """Arrays of texts as one text, each filled to its width (VOTable 1.4, section 2.2)."""
    width = field.arraysize.split("x")[0]
    if field.datatype not in ("char", "unicodeChar") or not width.isdigit():
        return text_cells(column)
    texts = pc.utf8_slice_codeunits(column.flatten().fill_null(""), 0, int(width))
    return pc.binary_join(relisted(column, pc.utf8_rpad(texts, int(width))), "")
