"""VOTable 1.4 documents: the only writer of them.

The head and the tail are made as XML trees; the rows between are streamed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree
from satvo.schemas.columns import Field
from satvo.service.binary import NULL_INTEGERS, binary_rows
from satvo.service.cells import declared, text_bytes, text_cells

__all__ = ["Info", "VOTableWriter", "error_document"]

NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
VERSION = "1.4"  # stilts 3.4.7 refuses 1.5
_ROWS = "rows"  # where the stream goes in the head


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
    """

    def __init__(self, serialization: str) -> None:
        self._serialization = serialization
        self._fields: tuple[Field, ...] = ()
        self._rest = b""

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """Everything before the first row."""
        self._fields = fields
        root, resource = _root([Info("QUERY_STATUS", "OK"), *infos])
        table = etree.SubElement(resource, "TABLE")
        for field in fields:
            _add_field(table, field, null_values=self._serialization != "BINARY2")
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
            return _tabledata(columns)
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
        return rest + self._table_end + b"</TABLE>" + late + self._document_end


def error_document(message: str) -> bytes:
    """A document that says what went wrong (DALI 1.1, section 4.4.1)."""
    root, _ = _root([Info("QUERY_STATUS", "ERROR", text=message)])
    return _document(root)


def _root(infos: Iterable[Info]) -> tuple[etree._Element, etree._Element]:
    # The stubs know no default namespace; the elements are written inside it.
    root = etree.Element("VOTABLE", {"version": VERSION}, {None: NAMESPACE})  # type: ignore[dict-item]
    resource = etree.SubElement(root, "RESOURCE", type="results")
    for info in infos:
        resource.append(_info(info))
    return root, resource


def _info(info: Info) -> etree._Element:
    element = etree.Element("INFO", name=info.name, value=info.value)
    if info.ucd:
        element.set("ucd", info.ucd)
    if info.text:
        element.text = info.text
    return element


def _add_field(table: etree._Element, field: Field, *, null_values: bool) -> None:
    element = etree.SubElement(table, "FIELD", name=field.name, datatype=field.datatype)
    for name in ("arraysize", "xtype", "unit", "ucd", "utype"):
        if value := getattr(field, name):
            element.set(name, value)
    if field.description:
        etree.SubElement(element, "DESCRIPTION").text = field.description
    if null_values and not field.arraysize and (null := NULL_INTEGERS.get(field.datatype)):
        etree.SubElement(element, "VALUES", null=str(null))


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _tabledata(columns: list[pa.Array]) -> bytes:
    cells: list[pa.Array | str] = ["<TR><TD>"]
    for column in columns:
        text = text_cells(column)
        if pa.types.is_string(column.type):
            for raw, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
                text = pc.replace_substring(text, raw, escaped)
        cells += [text.fill_null(""), "</TD><TD>"]
    cells[-1] = "</TD></TR>\n"
    return _joined(cells)


def _joined(cells: list[pa.Array | str]) -> bytes:
    """Cells joined into rows, and the rows into one text: the buffer of the joined column."""
    return bytes(text_bytes(pc.binary_join_element_wise(*cells, ""))[0])
