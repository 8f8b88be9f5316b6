"""Whatever comes in, it is a table or a SatvoError."""

from __future__ import annotations

import base64
import contextlib
import io
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from broken_uploads import uploads
from how_many import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from satvo.ingest.tables.formats import DEFINITIONS, FORMATS, read_table
from satvo.schemas.columns import Field
from satvo.schemas.errors import SatvoError
from satvo.service.votable import VOTableWriter

LIMITS: dict[str, Any] = {"max_rows": 1000, "max_columns": 20, "max_bytes": 200_000}
DATATYPES = ["boolean", "bit", "unsignedByte", "short", "int", "long", "float", "double", "char",
             "unicodeChar"]  # fmt: skip
SETTINGS = settings(
    max_examples=150, deadline=5000, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def taken(data: bytes, format: str | None) -> None:
    """Read whole; anything but a SatvoError comes out."""
    with contextlib.suppress(SatvoError):
        table = read_table(io.BytesIO(data), name="t", format=format, **LIMITS)
        for batch in table:
            batch.validate(full=True)


def votable(kind: str) -> bytes:
    fields = (Field("i", "int"), Field("s", "char", "*"), Field("v", "double", "*"),
              Field("t", "char", "*", "timestamp"))  # fmt: skip
    batch = pa.RecordBatch.from_arrays(
        [pa.array([1, None, 3], pa.int32()), pa.array(["a", None, "c"]),
         pa.array([[1.5], None, [2.5, 3.5]]), pa.array([0, None, 10**15], pa.timestamp("us"))],
        ["i", "s", "v", "t"],
    )  # fmt: skip
    writer = VOTableWriter(kind)
    return writer.begin(fields, []) + writer.rows(batch) + writer.end()


def sample(format: str) -> bytes:
    out = io.BytesIO()
    if format == "fits":
        columns = [
            fits.Column("i", "J", null=-1, array=[1, -1, 3]),
            fits.Column("s", "4A", array=["a", "", "c"]),
            fits.Column("v", "PE()", array=np.array([[1.5], [], [2.5, 3.5]], dtype=object)),
        ]
        fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(out)
        return out.getvalue()
    if format == "parquet":
        pq.write_table(
            pa.table({"i": [1, None, 3], "s": ["a", None, "c"], "v": [[1.5], None, []]}), out
        )
        return out.getvalue()
    if format == "ecsv":
        return (
            b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: i, datatype: int32, unit: m}\n"
            b'# - {name: v, datatype: string, subtype: \'float64[null]\'}\ni v\n1 [1.5,2]\n"" ""\n'
        )
    return b'i,s,t\n1,a,2021-01-01\n,"b,""\n",\n' if format == "csv" else b"i\ts\n1\ta\n"


SAMPLES = [(kind, votable(kind)) for kind in ("TABLEDATA", "BINARY", "BINARY2")] + [
    (format, sample(format)) for format in FORMATS if format != "votable"
]


@pytest.mark.parametrize("format", [None, *FORMATS, *DEFINITIONS])
@SETTINGS
@given(data=st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(format: str | None, data: bytes) -> None:
    taken(data, format)


@pytest.mark.parametrize(("format", "whole"), SAMPLES, ids=[name for name, _ in SAMPLES])
@SETTINGS
@given(data=st.data())
def test_a_file_with_changed_bytes_is_refused_or_read(
    format: str, whole: bytes, data: st.DataObject
) -> None:
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(spoilt)))
        size = data.draw(st.integers(0, 4))
        spoilt[at : at + size] = data.draw(st.binary(max_size=6))
    taken(bytes(spoilt), format.lower() if format.lower() in FORMATS else "votable")


@given(content=uploads())
@examples(800)
def test_any_votable_is_refused_or_read(content: bytes) -> None:
    taken(content, "votable")
    taken(content, None)


@SETTINGS
@given(
    datatype=st.sampled_from(DATATYPES),
    arraysize=st.sampled_from(["", "1", "3", "*", "5*", "2x3", "2x*", "0", "x"]),
    xtype=st.sampled_from(["", "timestamp", "point"]),
    cells=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), max_size=4
    ),
    null=st.sampled_from(["", "0", "-1", "x", "99999999999999999999"]),
)
def test_any_cell_of_any_datatype_is_refused_or_read(
    datatype: str, arraysize: str, xtype: str, cells: list[str], null: str
) -> None:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    rows = "".join(f"<TR><TD>{escaped(cell)}</TD></TR>" for cell in cells)
    size = f'arraysize="{arraysize}"' if arraysize else ""
    taken(
        f'<VOTABLE><RESOURCE><TABLE><FIELD name="c" datatype="{datatype}" {size} xtype="{xtype}">'
        f'<VALUES null="{null}"/></FIELD><DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE>'
        "</RESOURCE></VOTABLE>".encode(),
        "votable",
    )


@SETTINGS
@given(
    columns=st.lists(
        st.tuples(
            st.sampled_from(
                DATATYPES
            ),
            st.sampled_from(["", "1", "3", "*", "5*", "2x3", "2x*"]),
        ),
        min_size=1, max_size=4,
    ),
    stream=st.one_of(
        st.binary(max_size=80),
        st.lists(st.integers(0, 3), max_size=20).map(
            lambda counts: struct.pack(f">{len(counts)}I", *counts)
        ),
    ),
    kind=st.sampled_from(["BINARY", "BINARY2"]),
)  # fmt: skip
def test_any_stream_of_any_datatypes_is_refused_or_read(
    columns: list[tuple[str, str]], stream: bytes, kind: str
) -> None:
    fields = "".join(
        f'<FIELD name="c" datatype="{datatype}" arraysize="{size}"/>' for datatype, size in columns
    )
    taken(
        f"<VOTABLE><RESOURCE><TABLE>{fields}<DATA><{kind}><STREAM encoding='base64'>"
        f"{base64.b64encode(stream).decode()}</STREAM></{kind}></DATA></TABLE></RESOURCE></VOTABLE>"
        "".encode(),
        "votable",
    )
