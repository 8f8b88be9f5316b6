"""How many rows an answer has, by readers that are not satvo's where there are any."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import warnings

import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import ascii as ascii_tables
from astropy.io import fits
from astropy.io.votable import parse

__all__ = ["FORMS", "long_rows", "rows_of"]

FORMS = (
    "votable", "votable/b2", "votable/b", "votable/td", "votable/1.5", "csv", "tsv", "json",
    "parquet", "arrow", "fits", "ecsv",
)  # fmt: skip


def rows_of(form: str, content: bytes) -> int:
    """Rows of a whole answer; whatever is wrong with it is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        match form:
            case "csv" | "tsv":
                text = io.StringIO(content.decode(), newline="")
                return len(list(csv.reader(text, delimiter="," if form == "csv" else "\t"))) - 1
            case "json":
                return len(json.loads(content)["data"])
            case "parquet":
                return int(pq.read_table(io.BytesIO(content)).num_rows)
            case "arrow":
                return int(pa.ipc.open_stream(content).read_all().num_rows)
            case "fits":
                with fits.open(io.BytesIO(content)) as units:
                    return len(units[1].data)
            case "ecsv":
                return len(ascii_tables.read(content.decode(), format="ecsv"))
        return len(parse(io.BytesIO(content)).get_first_table().array)


def long_rows(form: str, content: bytes, row_bytes: int) -> int:
    """The same of a long answer in CSV or BINARY2, without reading its cells."""
    if form == "csv":
        return content.count(b"\n") - 1
    assert content.rstrip().endswith(b"</VOTABLE>"), content[-200:]
    found = re.search(rb"<STREAM[^>]*>([^<]*)</STREAM>", content)
    assert found is not None
    whole, rest = divmod(len(base64.b64decode(found[1], validate=True)), row_bytes)
    assert rest == 0
    return whole
