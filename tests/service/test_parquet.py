"""VOParquet, read back by pyarrow and astropy."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from astropy.io.misc import parquet as astropy_parquet
from astropy.io.votable import parse
from astropy.table import Table
from pyarrow import parquet
from satvo.schemas.columns import Field


def isoformatted(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        name: [value.isoformat() if hasattr(value, "isoformat") else value for value in column]
        for name, column in rows.items()
    }


def content(document: bytes) -> Any:
    """The VOTable in the footer."""
    footer = parquet.ParquetFile(io.BytesIO(document)).metadata.metadata
    assert footer[b"IVOA.VOTable-Parquet.version"] == b"1.0"
    return parse(io.BytesIO(footer[b"IVOA.VOTable-Parquet.content"]), verify="exception")


def test_every_type_comes_back(scalars: Any, arrays: Any) -> None:
    for table in (scalars, arrays):
        found = parquet.read_table(io.BytesIO(table("parquet", sizes=[1, 2, 1]))).to_pydict()
        assert found == isoformatted(table.rows)


def test_each_batch_is_a_row_group_packed_by_zstd(scalars: Any) -> None:
    metadata = parquet.ParquetFile(io.BytesIO(scalars("parquet", sizes=[1, 2, 1]))).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [1, 2, 1]
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_votable_of_the_footer_has_the_fields_and_no_data(scalars: Any, arrays: Any) -> None:
    for table in (scalars, arrays):
        votable = content(table("parquet")).get_first_table()
        for field, wanted in zip(votable.fields, table.fields, strict=True):
            assert (field.name, field.datatype) == (wanted.name, wanted.datatype)
            assert (str(field.unit or ""), field.ucd or "") == (wanted.unit, wanted.ucd)
            assert (field.description or "").strip() == wanted.description.strip()
            assert (field.xtype or "") == wanted.xtype
    document = scalars("parquet")
    footer = parquet.ParquetFile(io.BytesIO(document)).metadata.metadata
    assert b"<DATA" not in footer[b"IVOA.VOTable-Parquet.content"]


def test_status_known_at_the_end_is_in_the_footer(scalars: Any, overflow: Any, error: Any) -> None:
    for late, value, text in (
        ((), "OK", None),
        ((overflow,), "OVERFLOW", overflow.text),
        ((error,), "ERROR", error.text),
    ):
        infos = content(scalars("parquet", *late)).resources[0].infos
        assert [info.name for info in infos] == ["QUERY_STATUS", "server_software", "QUERY"]
        assert (infos[0].value, infos[0].content) == (value, text)


def test_astropy_reads_units_and_descriptions(
    scalars: Any, table: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # astropy asks for pandas and then does not use it. Its reader takes no null booleans or arrays.
    monkeypatch.setattr(astropy_parquet, "HAS_PANDAS", True)
    shapes = (Field("pos", "double", "2", unit="deg"), Field("region", "double", "*"))
    fields = (*(field for field in scalars.fields if field.name != "flag"), *shapes)
    rows = {**scalars.rows, "pos": [[0.0, 1.0]] * 4, "region": [[1.0], [], [2.0, 3.0], [4.0]]}
    path = tmp_path / "answer.parquet"
    for count in (4, 1, 0):
        path.write_bytes(table(fields, rows).first(count)("parquet"))
        found = Table.read(path, format="parquet.votable")
        assert len(found) == count
        assert (str(found["ra"].unit), str(found["pos"].unit)) == ("deg", "deg")
        assert found["ra"].description.startswith("Right Right")
        assert found["name"].tolist()[2:] == rows["name"][2:count]


def test_file_of_no_rows_is_whole(scalars: Any) -> None:
    found = parquet.read_table(io.BytesIO(scalars.first(0)("parquet", sizes=[])))
    assert (found.num_rows, found.column_names) == (0, list(scalars.rows))
