"""CSV and TSV where they are told from other tables of text: quotes, nulls, nothing at the end."""

from __future__ import annotations

import csv
import io
import math
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.table import Table
from pyarrow import csv as arrow_csv
from satvo.schemas.columns import Field

STILTS = Path("/usr/bin/stilts")


def test_quotes_stand_around_those_cells_alone_that_need_them(table: Any) -> None:
    texts = ["ISS (ZARYA)", "a,b", 'a"b', "a\nb", "a\rb", " a", "a ", "#a", "a#", "", None, "Ω"]
    fields = (Field("t", "char", "*"), Field("i", "int"))
    document = table(fields, {"t": texts, "i": [0] * len(texts)})("csv").decode()
    assert document == (
        't,i\nISS (ZARYA),0\n"a,b",0\n"a""b",0\n"a\nb",0\n"a\rb",0\n" a",0\n"a ",0\n"#a",0\n'
        'a#,0\n"",0\n,0\nΩ,0\n'
    )


def test_column_that_needs_no_quotes_is_untouched_by_one_that_does(table: Any) -> None:
    fields = (Field("a", "char", "*"), Field("b", "char", "*"))
    document = table(fields, {"a": ["x", "y"], "b": ["1,2", "3"]})("csv")
    assert document == b'a,b\nx,"1,2"\ny,3\n'


def test_pyarrow_reads_every_type_and_tells_null_from_empty(scalars: Any, table: Any) -> None:
    wanted = dict(zip(scalars.rows, (field.datatype for field in scalars.fields), strict=True))
    types = {"short": pa.int16(), "int": pa.int32(), "long": pa.int64(), "double": pa.float64()}
    kinds = {name: types.get(word, pa.string()) for name, word in wanted.items()}
    kinds |= {"flag": pa.bool_(), "mag": pa.float32()}
    convert = arrow_csv.ConvertOptions(
        column_types=kinds,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    found = arrow_csv.read_csv(
        io.BytesIO(scalars("csv")), convert_options=convert, parse_options=parse
    ).to_pydict()
    epochs = [value and value.isoformat() for value in scalars.rows["epoch"]]
    assert found == {**scalars.rows, "epoch": epochs}
    two = table([Field("t", "char", "*"), Field("i", "int")], {"t": [None, ""], "i": [1, 2]})
    text = arrow_csv.read_csv(
        io.BytesIO(two("csv")),
        convert_options=arrow_csv.ConvertOptions(
            strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    assert text["t"].to_pylist() == [None, ""]


def test_nothing_follows_the_rows_that_a_reader_could_take_for_one(
    scalars: Any, overflow: Any
) -> None:
    for name in ("csv", "tsv"):
        assert scalars(name, overflow) == scalars(name)


def test_numbers_that_are_none_are_words_that_readers_know(table: Any) -> None:
    numbers = [math.nan, math.inf, -math.inf, 1.5]
    written = table([Field("d", "double"), Field("i", "int")], {"d": numbers, "i": [1, 2, 3, 4]})
    by_python = [float(row[0]) for row in csv.reader(io.StringIO(written("csv").decode())) if row[
        0] != "d"]  # fmt: skip
    by_astropy = Table.read(written("csv").decode(), format="ascii.csv")["d"]
    for found in (by_python, by_astropy):
        assert np.array_equal(np.array(found), numbers, equal_nan=True)


@pytest.mark.skipif(not STILTS.exists(), reason="needs the Debian package stilts")
def test_stilts_reads_what_was_written(scalars: Any, tmp_path: Path) -> None:
    path = tmp_path / "answer.csv"
    path.write_bytes(scalars("csv"))
    done = subprocess.run(
        [STILTS, "tpipe", f"in={path}", "omode=count"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["columns:", "10", "rows:", "4"]
