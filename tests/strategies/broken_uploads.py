"""Strategies of VOTables and of forms in parts, most of them right, and of their ruins."""

from __future__ import annotations

import base64
import gzip
import struct

from hypothesis import strategies as st

__all__ = ["bodies", "uploads", "votables"]

_DATATYPES = {
    "boolean": "c", "unsignedByte": "B", "short": "h", "int": "i", "long": "q", "float": "f",
    "double": "d", "char": "s", "unicodeChar": "u", "bit": "b", "floatComplex": "ff",
    "nonsense": "i",
}  # fmt: skip
_SIZES = ("", "", "1", "3", "*", "5*", "2x3", "2x*", "0", "-1", "x", "99999999999")
_XTYPES = ("", "", "", "timestamp", "point", "circle", "polygon", "moc", "interval", "nonsense")
_NULLS = ("", "", "0", "-1", "x", "NaN", "99999999999999999999")
_NAMES = ("a", "A", "b", "select", "", " ", "Ω", "a b", '"', "x" * 2000, "c1", "rowid", "&amp;lt;")
_ENCODINGS = ("", "", "", "utf-8", "utf-16", "iso-8859-1", "us-ascii", "utf-7", "ebcdic-cp-us")
_CELLS = (
    "", " ", "0", "1", "-1", "1.5", "1e400", "NaN", "+Inf", "true", "?", "T", "F", "x", "0x1F",
    "1 2 3", "1.5 NaN", "2021-01-01T00:00:00", "2021-02-30", "99999999999", "é", "\U0001f6f0",
    "&amp;", "&#0;", "&#65;", "<![CDATA[<a>]]>", "<!-- a -->", "10 20", "10 20 5", "4/1 3",
)  # fmt: skip


@st.composite
def _field(draw: st.DrawFn) -> tuple[str, str, str]:
    """A FIELD, its datatype and its arraysize."""
    datatype, size = draw(st.sampled_from(sorted(_DATATYPES))), draw(st.sampled_from(_SIZES))
    told = {
        "name": draw(st.sampled_from(_NAMES)).replace('"', "&quot;"),
        "datatype": datatype,
        "arraysize": size,
        "xtype": draw(st.sampled_from(_XTYPES)),
        "unit": draw(st.sampled_from(("", "deg", "km/s", "nonsense unit"))),
    }
    missing = draw(st.sampled_from(("", "", "", "", "datatype", "name")))
    text = " ".join(f'{key}="{value}"' for key, value in told.items() if value and key != missing)
    null = draw(st.sampled_from(_NULLS))
    inside = f'<VALUES null="{null}"/>' if null else ""
    return f"<FIELD {text}>{inside}</FIELD>", datatype, size


@st.composite
def _binary_cell(draw: st.DrawFn, datatype: str, size: str) -> bytes:
    """A cell as it is in a stream, its length now and then a lie."""
    fixed = size.partition("x")[0]
    count = int(fixed) if fixed.isdigit() and len(fixed) < 3 else 1
    said = b""
    if "*" in size:
        count = draw(st.integers(0, 4))
        lie = draw(st.sampled_from((0, 0, 0, 0, 0, 1, -1, 2**31)))
        said = struct.pack(">I", max(0, count + lie))
    code = _DATATYPES[datatype]
    width = {"s": 1, "c": 1, "u": 2, "b": 1}.get(code) or struct.calcsize(f">{code}")
    cell = draw(st.binary(min_size=width * count, max_size=width * count))
    return said + cell


@st.composite
def votables(draw: st.DrawFn) -> bytes:
    """A VOTable."""
    fields = draw(st.lists(_field(), min_size=0, max_size=4))
    rows = draw(st.integers(0, 4))
    kind = draw(st.sampled_from(("TABLEDATA", "TABLEDATA", "BINARY", "BINARY2", "FITS")))
    if kind == "TABLEDATA":
        count = len(fields) + draw(st.sampled_from((0, 0, 0, 0, 1, -1)))
        cells = st.lists(st.sampled_from(_CELLS), min_size=max(0, count), max_size=max(0, count))
        data = "".join(
            f"<TR>{''.join(f'<TD>{cell}</TD>' for cell in draw(cells))}</TR>" for _ in range(rows)
        )
    else:
        stream = b""
        for _ in range(rows):
            if kind == "BINARY2":
                stream += draw(st.binary(min_size=1, max_size=1)) * ((len(fields) + 7) // 8)
            stream += b"".join(draw(_binary_cell(datatype, size)) for _, datatype, size in fields)
        encoding = draw(st.sampled_from(("base64", "base64", "base64", "gzip", "none", "")))
        packed = base64.b64encode(stream).decode()
        data = f'<STREAM encoding="{encoding}">{packed}</STREAM>'
    noise = draw(st.sampled_from(
        ("", "", '<INFO name="a" value="b"/>', "<DESCRIPTION>&lt;b&gt;</DESCRIPTION>",
         '<PARAM name="p" datatype="int" value="1"/>', '<GROUP><FIELDref ref="a"/></GROUP>',
         "<RESOURCE/>", "<!-- a -->", "<?php a?>")
    ))  # fmt: skip
    version = draw(st.sampled_from(("1.4", "1.1", "1.5", "2.0", "x")))
    text = (
        f'<VOTABLE version="{version}"><RESOURCE type="results">{noise}<TABLE>{noise}'
        f"{''.join(field for field, _, _ in fields)}<DATA><{kind}>{data}</{kind}></DATA></TABLE>"
        "</RESOURCE></VOTABLE>"
    )
    told = draw(st.sampled_from(_ENCODINGS))
    head = f'<?xml version="1.0" encoding="{told}"?>' if told else ""
    true = draw(st.sampled_from((told or "utf-8", "utf-8"))) if told != "ebcdic-cp-us" else "cp500"
    return (head + text).encode(true, "replace")


@st.composite
def _spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """The same, or with some bytes gone, doubled or changed."""
    spoilt = bytearray(content)
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 3)))):
        at = draw(st.integers(0, len(spoilt)))
        match draw(st.sampled_from(("change", "cut", "double"))):
            case "change":
                spoilt[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=6))
            case "cut":
                del spoilt[at:]
            case "double":
                spoilt[at:at] = spoilt[at : at + draw(st.integers(1, 40))]
    return bytes(spoilt)


@st.composite
def uploads(draw: st.DrawFn) -> bytes:
    """A VOTable, spoilt or packed now and then."""
    content = draw(_spoilt(draw(votables())))
    if draw(st.integers(0, 9)) == 0:
        content = draw(_spoilt(gzip.compress(content, 1, mtime=0)))
    return content


_QUERY = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine"
_DISPOSITIONS = (
    'form-data; name="{name}"', 'form-data; name="{name}"; filename="{name}.xml"',
    'form-data; name="{name}"; filename=""', "form-data; name={name}", "form-data; filename=a",
    "form-data; name*=utf-8''{name}", "form-data; name*=nonsense''%ff", "attachment; name={name}",
    'form-data; name="{name}', "form-data", "", 'form-data; name="{name}"; name="other"',
    'form-data; name="{name}"; filename="../../etc/passwd"',
)  # fmt: skip
_MORE_HEADERS = (
    b"", b"", b"", b"Content-Type: text/plain; charset=utf-16\r\n", b"Content-Length: 99999999\r\n",
    b"Content-Type: text/plain; charset=nonsense\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Type: application/octet-stream\r\n", b"X: " + b"y" * 70_000 + b"\r\n", b": \r\n",
    b"Content-Type: multipart/mixed; boundary=edge\r\n", b"X\0Y: \xff\r\n", b" folded\r\n",
    b"Content-Encoding: gzip\r\n",
)  # fmt: skip
_TYPES = (
    "multipart/form-data; boundary={edge}", "multipart/form-data; boundary={edge}",
    'multipart/form-data; boundary="{edge}"', "multipart/form-data; boundary={edge}; charset=utf-7",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary={edge}",
    "multipart/form-data; boundary=other", "application/x-www-form-urlencoded", "nonsense",
)  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    """A Content-Type, and a body of parts: a query and the table that it asks for."""
    edge = draw(st.sampled_from(("edge", "edge", "--", "e" * 200, "a=b", "'()+_,-./:?")))
    values: list[tuple[str, bytes]] = [
        ("QUERY", _QUERY.encode()),
        ("LANG", b"ADQL"),
        ("FORMAT", draw(st.sampled_from((b"csv", b"votable/td", b"\xff", b"json")))),
        ("UPLOAD", draw(st.sampled_from((b"mine,param:f", b"mine,param:f", b"mine", b"\0")))),
        ("f", draw(st.sampled_from((b"a,b\n1,2\n", b"", b"\0\xff", b"<VOTABLE/>", b"a\n" * 999)))),
    ]  # fmt: skip
    for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
        at = draw(st.integers(0, len(values) - 1))
        match draw(st.sampled_from(("lose", "double", "move"))):
            case "lose":
                del values[at]
            case "double":
                values.append(values[at])
            case "move":
                values.insert(0, values.pop(at))
        if not values:
            break
    right = draw(st.booleans())
    end = b"\r\n" if right else draw(st.sampled_from((b"\r\n", b"\n", b"\r", b"")))
    body = b"" if right else draw(st.sampled_from((b"", b"preamble\r\n", b"\r\n", b"\0" * 9)))
    for name, value in values:
        plain = _DISPOSITIONS[1 if name == "f" else 0]
        form = plain if right else draw(st.sampled_from((plain, plain, *_DISPOSITIONS)))
        disposition = f"Content-Disposition: {form.format(name=name)}".encode()
        more = b"" if right else draw(st.sampled_from(_MORE_HEADERS))
        body += b"--" + edge.encode() + end + disposition + end + more + end + value + end
    body += draw(
        st.sampled_from((b"--%b--\r\n", b"--%b--\r\n", b"--%b", b"", b"--%b--more"))
    ).replace(b"%b", edge.encode())
    if not right:
        body = draw(_spoilt(body))
    told = _TYPES[0] if right else draw(st.sampled_from(_TYPES))
    return told.format(edge=edge), body
