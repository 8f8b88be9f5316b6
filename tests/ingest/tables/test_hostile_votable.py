"""VOTables as they should not be: each is refused soon, with its reason."""

from __future__ import annotations

import base64
import io
import struct
import time
import tracemalloc
from typing import Any

import pytest
from satvo.ingest.tables.formats import read_table
from satvo.schemas.errors import BadParameter, LimitExceeded, SatvoError

INT = '<FIELD name="x" datatype="int"/>'


class Endless(io.RawIOBase):
    """A head, then one piece for ever."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self.left = head
        self.piece = piece
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self.left:
            self.left = self.piece * (1 + 2**18 // len(self.piece))
        data, self.left = self.left[:size], self.left[size:]
        self.given += len(data)
        return data


def drained(stream: Endless) -> None:
    """Read to the end, keeping nothing."""
    table = read_table(
        stream,  # type: ignore[arg-type]
        name="t", format="votable", max_rows=100_000, max_bytes=30_000_000,
    )  # fmt: skip
    for _ in table:
        pass


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE VOTABLE [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + "]><VOTABLE>&m;</VOTABLE>"
).encode()


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (LAUGHS, "DOCTYPE"),
        (b'<!DOCTYPE VOTABLE SYSTEM "file:///etc/passwd"><VOTABLE/>', "DOCTYPE"),
        (b'<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "file:///etc/passwd">]><VOTABLE>&x;</VOTABLE>',
         "DOCTYPE"),
        (b"<VOTABLE>&x;</VOTABLE>", "undefined entity"),
        (b"<VOTABLE/>", "no TABLE"),
        (b"<VOTABLE><RESOURCE/></VOTABLE>", "no TABLE"),
        (b'<VOTABLE version="2.0"/>', "1.0 to 1.5"),
        (b"<x><VOTABLE/></x>", "the document is x"),
        (b"<VOTABLE><RESOURCE></VOTABLE>", "mismatched tag"),
        (b"<VOTABLE><RESOURCE>", "breaks off"),
        (b"<VOTABLE/>\0", "not well-formed"),
        (b"<VOTABLE>\0</VOTABLE>", "not well-formed"),
        (b'<?xml version="1.0" encoding="utf-7"?><VOTABLE/>', "UTF-8"),
        (b'<?xml version="1.0" encoding="unicode_escape"?><VOTABLE/>', "UTF-8"),
        (b'<?xml version="1.0" encoding="no-such"?><VOTABLE/>', "UTF-8"),
        (b"<VOTABLE>\xff\xfe</VOTABLE>", "not well-formed"),
    ],
)  # fmt: skip
def test_a_bad_document_is_refused(read: Any, document: bytes, reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        read(document, format="votable")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("", "no FIELD"),
        ('<FIELD name="x"/>', "no datatype"),
        ('<FIELD name="x" datatype="integer"/>', "'integer' is not known"),
        ('<FIELD name="x" datatype="floatComplex"/>', "complex numbers"),
        ('<FIELD name="x" datatype="doubleComplex" arraysize="*"/>', "complex numbers"),
        *[
            (f'<FIELD name="x" datatype="int" arraysize="{size}"/>', "arraysize")
            for size in ("0", "-1", "x", "2x", "*x2", "1e5", "2x0", "**", "2 3", "9" * 40, "٣")
        ],
        (f'<FIELD name="{"x" * 1001}" datatype="int"/>', "longer than 1000"),
    ],
)
@pytest.mark.parametrize("kind", ["TABLEDATA", "BINARY"])
def test_a_bad_field_is_refused(
    read: Any, votable: Any, field: str, reason: str, kind: str
) -> None:
    document = votable(field, [["1"]]) if kind == "TABLEDATA" else votable(field, stream=b"1234")
    with pytest.raises(SatvoError, match=reason):
        read(document)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('<BINARY><STREAM href="file:///etc/passwd" encoding="base64"/></BINARY>', "href"),
        ('<BINARY2><STREAM href="http://127.0.0.1:1/x"/></BINARY2>', "href"),
        ('<FITS extnum="1"><STREAM encoding="base64">AAAA</STREAM></FITS>', "FITS"),
        ("<PARQUET/>", "PARQUET"),
        ("<TABLEDATA/><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>", "TABLEDATA behind the data"),
        ("<TABLEDATA/></DATA><FIELD name='y' datatype='int'/><DATA>", "FIELD behind the data"),
        ('<BINARY><STREAM encoding="base64"/><STREAM encoding="base64"/></BINARY>',
         "STREAM behind the data"),
        ("<BINARY><TR/></BINARY>", "TR in BINARY"),
        ('<BINARY><STREAM encoding="base64">AA<b/>AA</STREAM></BINARY>', "b in STREAM"),
        ('<BINARY><STREAM encoding="base64">AAA*</STREAM></BINARY>', "damaged"),
        ('<BINARY><STREAM encoding="base64">AAA</STREAM></BINARY>', "damaged"),
        ('<BINARY><STREAM encoding="base64">AA==AAAA</STREAM></BINARY>', "damaged"),
        ('<BINARY><STREAM encoding="base64">ÄÖÜß</STREAM></BINARY>', "damaged"),
        ('<BINARY><STREAM encoding="base64">AAAAAAAA</STREAM></BINARY>', "breaks off in row 2"),
        ("<TABLEDATA><TR></TR></TABLEDATA>", "row 1 has 0 cells; there are 1"),
        ("<TABLEDATA><TR><TD>1</TD></TR><TR><TD>1</TD><TD>2</TD></TR></TABLEDATA>",
         "row 2 has 2 cells; there are 1"),
        ("<TABLEDATA><TD>1</TD></TABLEDATA>", "TD in TABLEDATA out of place"),
        ("<TABLEDATA><TR><TD><TD>1</TD></TD></TR></TABLEDATA>", "out of place"),
        ("<TABLEDATA><TR><TD>1<b/></TD></TR></TABLEDATA>", "b in TABLEDATA"),
        ("<TABLEDATA><TR><TD encoding='base64'>AAAA</TD></TR></TABLEDATA>", "encoding"),
        ("<TABLEDATA><TR><TD>1</TD></TR><TR><TD> one </TD></TR></TABLEDATA>",
         "row 2, column x: 'one' is no int"),
        ("<TABLEDATA><TR><TD>2147483648</TD></TR></TABLEDATA>", "row 1, column x: '2147483648'"),
        (f"<TABLEDATA><TR><TD>{'9' * 5000}</TD></TR></TABLEDATA>", r"'9{60}\.\.\.'"),
        ("<TABLEDATA><TR><TD>1.0</TD></TR></TABLEDATA>", "'1.0' is no int"),
        ("<TABLEDATA><TR><TD>0x1FFFFFFFF</TD></TR></TABLEDATA>", "is no int"),
        ("<TABLEDATA><TR><TD>1_0</TD></TR></TABLEDATA>", "is no int"),
        ("<TABLEDATA><TR><TD>١</TD></TR></TABLEDATA>", "is no int"),
    ],
)  # fmt: skip
def test_bad_data_are_refused(read: Any, votable: Any, data: str, reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        read(votable(INT, data=data))


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ('datatype="boolean"', "yes", "'yes' is no boolean"),
        ('datatype="unsignedByte"', "256", "0 to 255"),
        ('datatype="unsignedByte"', "-1", "0 to 255"),
        ('datatype="short"', "32768", "is no short"),
        ('datatype="long"', "9223372036854775808", "is no long"),
        ('datatype="float"', "1e39", "is no float"),
        ('datatype="double"', "1e999", "is no double"),
        ('datatype="double"', "1d5", "is no double"),
        ('datatype="double"', "1,5", "is no double"),
        ('datatype="double" arraysize="3"', "1 2", "2 elements instead of 3"),
        ('datatype="double" arraysize="3*"', "1 2 3 4", "more than the 3 declared"),
        ('datatype="double" arraysize="2x*"', "1 2 3", "no multiple of 2"),
        ('datatype="int" arraysize="*"', "1 x", "'x' is no int"),
        ('datatype="bit"', "2", "is no bit"),
        ('datatype="bit" arraysize="*"', "012", "is no bit"),
        ('datatype="char" xtype="timestamp" arraysize="*"', "2021-13-01", "is no timestamp"),
        ('datatype="char" xtype="timestamp" arraysize="*"', "2016-12-31T23:59:60", "timestamp"),
        ('datatype="char" xtype="timestamp" arraysize="*"', "2021-01-01T00:00:00+01:00", "times"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_told_with_its_row_and_column(
    read: Any, votable: Any, field: str, cell: str, reason: str
) -> None:
    rows = [[""]] * 30_500 + [[cell]]
    with pytest.raises(BadParameter, match=reason) as caught:
        read(votable(f'<FIELD name="c" {field}/>', rows), name="mine")
    assert str(caught.value).startswith("mine: row 30501, column c: ")


@pytest.mark.parametrize(
    ("field", "stream", "reason"),
    [
        ('datatype="boolean"', b"TX", "row 2, column c: 'X'"),
        ('datatype="unicodeChar" arraysize="1"', b"\0a\xd8\0", "row 2, column c: text that is not"),
        ('datatype="char" arraysize="*"', struct.pack(">I", 2**32 - 1), "4294967295 bytes"),
        ('datatype="double" arraysize="*"', struct.pack(">I", 2**31), "bytes"),
        ('datatype="double" arraysize="2x*"', struct.pack(">Id", 1, 0.0), "no multiple of 2"),
        ('datatype="double" arraysize="1*"', struct.pack(">Idd", 2, 0.0, 0.0), "more than the 1"),
        ('datatype="char" arraysize="3x*"', struct.pack(">I2s", 2, b"ab"), "no multiple of 3"),
        ('datatype="double" arraysize="900000000"', b"x", "at most"),
        ('datatype="boolean" arraysize="*"', struct.pack(">I2s", 2, b"TX"), "'X' is no boolean"),
        ('datatype="char" xtype="timestamp" arraysize="3"', b"abc", "is no timestamp"),
    ],
)  # fmt: skip
def test_a_bad_stream_is_refused(
    read: Any, votable: Any, field: str, stream: bytes, reason: str
) -> None:
    with pytest.raises(SatvoError, match=reason):
        read(votable(f'<FIELD name="c" {field}/>', stream=stream))


def test_a_null_that_is_no_integer_is_refused_in_binary(read: Any, votable: Any) -> None:
    field = '<FIELD name="x" datatype="int"><VALUES null="none"/></FIELD>'
    with pytest.raises(BadParameter, match="'none' is no integer"):
        read(votable(field, stream=b"1234"))


@pytest.mark.parametrize("kind", ["TABLEDATA", "BINARY", "BINARY2"])
def test_a_document_cut_anywhere_is_refused(read: Any, votable: Any, kind: str) -> None:
    fields = INT + '<FIELD name="s" datatype="char" arraysize="*"/>'
    if kind == "TABLEDATA":
        document = votable(fields, [[str(i), f"text {i}"] for i in range(20)])
    else:
        flags = b"\0" if kind == "BINARY2" else b""
        stream = b"".join(flags + struct.pack(">iI3s", i, 3, b"abc") for i in range(20))
        document = votable(fields, stream=stream, kind=kind)
    assert len(read(document)["x"]) == 20
    for end in range(0, len(document), 50):
        with pytest.raises(BadParameter):
            read(document[:end], format="votable")


def test_a_stream_cut_anywhere_is_refused(read: Any, votable: Any) -> None:
    fields = (
        INT + '<FIELD name="s" datatype="char" arraysize="*"/><FIELD name="y" datatype="short"/>'
    )
    stream = struct.pack(">iI3sh", 1, 3, b"abc", 2)
    for end in range(1, len(stream)):
        with pytest.raises(BadParameter, match="breaks off in row 2"):
            read(votable(fields, stream=stream + stream[:end]))


@pytest.mark.parametrize("count", [1001, 10_000])
def test_too_many_columns_are_refused(read: Any, votable: Any, count: int) -> None:
    fields = "".join(f'<FIELD name="c{i}" datatype="int"/>' for i in range(count))
    with pytest.raises(LimitExceeded, match="at most 1000"):
        read(votable(fields, []))


def test_as_many_columns_and_rows_as_are_accepted_are_read(read: Any, votable: Any) -> None:
    fields = "".join(f'<FIELD name="c{i}" datatype="int"/>' for i in range(1000))
    assert len(read(votable(fields, [["1"] * 1000]), max_rows=1).fields) == 1000
    with pytest.raises(LimitExceeded, match="more than 1 rows"):
        read(votable(fields, [["1"] * 1000] * 2), max_rows=1)


HEAD = f"<VOTABLE><RESOURCE><TABLE>{INT}<DATA>".encode()


@pytest.mark.alone
@pytest.mark.parametrize(
    ("head", "piece", "reason"),
    [
        (b"<VOTABLE>", b"<RESOURCE>", "nested more than 64"),
        (HEAD + b"<TABLEDATA><TR><TD>", b"1", "a cell is longer"),
        (HEAD + b"<TABLEDATA><TR><TD>", b"&#65;", "more than 30000000 bytes"),
        (HEAD + b"<TABLEDATA>", b"\n", "a cell is longer"),
        (HEAD + b'<TABLEDATA><TR x="', b"1", "longer than 1048576 bytes"),
        (HEAD + b"<TABLEDATA><!--", b"1", "longer than 1048576 bytes"),
        (b'<VOTABLE x="', b"1", "longer than 1048576 bytes"),
        (b"<VOTABLE><x", b"y", "longer than 1048576 bytes"),
        (b"<VOTABLE ", b" ", "longer than 1048576 bytes"),
        (b"<VOTABLE><?p ", b"y", "longer than 1048576 bytes"),
        (b"<VOTABLE><RESOURCE><TABLE><FIELD><DESCRIPTION>", b"y", "DESCRIPTION is longer"),
        (HEAD + b"<TABLEDATA>", b"<TR><TD>1</TD></TR>", "more than 100000 rows"),
        (HEAD + b'<BINARY><STREAM encoding="base64">', b"AAAA", "more than 100000 rows"),
        (HEAD + b'<BINARY><STREAM encoding="base64">', b" ", "more than 30000000 bytes"),
        (HEAD + b'<BINARY><STREAM encoding="base64">', b"AA==", "damaged|after its end"),
        (b"<VOTABLE>", b"\n", "more than 30000000 bytes"),
        (b"<VOTABLE><INFO>", b"<a/>" + b" " * 60, "more than 30000000 bytes"),
        (b"\n", b"\n", "longer than 1048576 bytes|more than"),
        (b"<VOTABLE><RESOURCE><TABLE>", INT.encode(), "at most 1000"),
    ],
)  # fmt: skip
def test_what_never_ends_is_refused_soon_and_in_little_memory(
    head: bytes, piece: bytes, reason: str
) -> None:
    stream = Endless(head, piece)
    tracemalloc.start()
    begun = time.process_time()
    try:
        with pytest.raises(SatvoError, match=reason):
            drained(stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stream.given < 32_000_000
    assert peak < 150_000_000
    assert time.process_time() - begun < 60  # with the tracer of memory on


def test_a_cell_of_a_hundred_megabytes_is_refused(read: Any, votable: Any) -> None:
    field = '<FIELD name="s" datatype="char" arraysize="*"/>'
    with pytest.raises(LimitExceeded, match="a cell is longer than"):
        read(votable(field, [["x" * 100_000_000]]))
    with pytest.raises(LimitExceeded, match="a cell of 100000000 bytes"):
        read(votable(field, stream=struct.pack(">I", 100_000_000) + b"x" * 100_000_000))


@pytest.mark.alone
def test_a_long_row_of_long_cells_is_read_without_walking_it_again_and_again(
    read: Any, votable: Any
) -> None:
    fields = "".join(f'<FIELD name="s{i}" datatype="char" arraysize="*"/>' for i in range(8))
    text = b"x" * 4_000_000
    begun = time.process_time()
    found = read(votable(fields, stream=(struct.pack(">I", len(text)) + text) * 8))
    assert len(found["s7"][0]) == len(text)
    assert time.process_time() - begun < 10


def test_no_file_is_opened_for_an_external_reference(
    read: Any, votable: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(base64.b64encode(b"1234"))
    opened: list[object] = []
    monkeypatch.setattr("builtins.open", lambda *args, **_: opened.append(args))
    document = votable(
        INT, data=f'<BINARY><STREAM href="file://{secret}" encoding="base64"/></BINARY>'
    )
    styled = document.replace(b"?>\n", f'?><?xml-stylesheet href="file://{secret}"?>'.encode(), 1)
    with pytest.raises(BadParameter, match="href"):
        read(styled)
    assert opened == []
