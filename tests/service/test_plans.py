"""Observing plans: what files may say, and what is kept of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from satvo.schemas.errors import AlreadyThere, BadParameter, NotFound, UnknownFormat
from satvo.schemas.obsplan import OBSPLAN, region_numbers
from satvo.schemas.store.interface import arrow_schema
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.plan_files import read_plan
from satvo.service.plans import Plans

NOW = datetime(2026, 5, 6, 12)
LEAST = "obs_id,t_min,t_max,t_exptime,s_ra,s_dec\n"
GOOD = LEAST + "1,61000.1,61000.2,30,359.9,-89.5\n2,,,,,\n"


def read(text: str, name: str = "mine", facility: str | None = "Rubin") -> pa.Table:
    return read_plan(io.BytesIO(text.encode()), name=name, planned=NOW, facility=facility)


@pytest.fixture
def plans(address: str, tmp_path: Path) -> Iterator[Plans]:
    with closing(Archive(Config(home=tmp_path, store=address), lambda: NOW, wait_s=1)) as archive:
        yield Plans(archive.store)


def test_what_a_file_does_not_say_is_filled_in() -> None:
    plan = read(GOOD)
    assert plan.schema == arrow_schema(OBSPLAN)
    first, second = plan.to_pylist()
    assert (first["obs_id"], first["obs_collection"], first["facility_name"]) == (
        "1", "mine", "Rubin",
    )  # fmt: skip
    assert first["t_planning"] == 61166.5
    assert (first["category"], first["priority"]) == ("Fixed", 1)
    assert (first["execution_status"], first["tracking_type"]) == ("Planned", "Sidereal")
    assert (second["t_min"], second["s_region"], second["target_name"]) == (None, None, None)


def test_columns_in_any_case_and_foreign_ones_are_taken() -> None:
    text = "OBS_ID,rubin_nexp,priority,Category\na,2,0,Window\n"
    (row,) = read(text).to_pylist()
    assert (row["obs_id"], row["priority"], row["category"]) == ("a", 0, "Window")


def test_region_is_words_as_in_obscore() -> None:
    header = "obs_id,s_region\n"
    for said in ("10 10 20 10 20 20", "POLYGON ICRS 10 10 20 10 20 20", "Circle 10 10 1"):
        (row,) = read(f"{header}a,{said}\n").to_pylist()
        assert row["s_region"] == said
    assert region_numbers("10 10 20 10 20 20") == ("POLYGON", [10, 10, 20, 10, 20, 20])


def test_dali_polygon_of_a_votable_becomes_words() -> None:
    from astropy.io.votable import parse, writeto
    from astropy.io.votable.tree import Field as VOField
    from astropy.io.votable.tree import Resource, TableElement, VOTableFile

    document = VOTableFile()
    document.resources.append(Resource())
    table = TableElement(document)
    document.resources[0].tables.append(table)
    table.fields.append(VOField(document, name="obs_id", datatype="char", arraysize="*"))
    about = {"datatype": "double", "arraysize": "*", "xtype": "polygon"}
    table.fields.append(VOField(document, name="s_region", **about))
    table.create_arrays(1)
    table.array[0] = ("a", [10.0, 10.0, 20.0, 10.0, 20.0, 20.5])
    file = io.BytesIO()
    writeto(document, file)
    parse(io.BytesIO(file.getvalue()))
    (row,) = read_plan(
        io.BytesIO(file.getvalue()), name="x", planned=NOW, facility="Here"
    ).to_pylist()
    assert row["s_region"] == "POLYGON ICRS 10.0 10.0 20.0 10.0 20.0 20.5"


def test_numbers_that_a_votable_has_for_names_become_text() -> None:
    from astropy.io.votable import from_table, writeto
    from astropy.table import Table

    file = io.BytesIO()
    writeto(from_table(Table({"obs_id": [7, 8], "facility_name": ["A", "B"]})), file)
    plan = read_plan(io.BytesIO(file.getvalue()), name="x", planned=NOW)
    assert plan.column("obs_id").to_pylist() == ["7", "8"]
    assert plan.column("facility_name").to_pylist() == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "no column obs_id"),
        ("obs_id\n1\n1\n", "row 2: obs_id '1' is that of row 1 too"),
        ("obs_id,s_ra\na,361\n", "row 1: s_ra 361.0 is not from 0 to 360"),
        ("obs_id,s_dec\na,0\nb,-90.01\n", "row 2: s_dec -90.01 is not from -90 to 90"),
        ("obs_id,t_min,t_max\na,61000,60999\n", "t_max 60999.0 is before t_min"),
        ("obs_id,t_exptime\na,-1\n", "t_exptime -1.0 is not from 0"),
        ("obs_id,t_min\na,NaN\n", "t_min nan is not from"),
        ("obs_id,category\na,Often\n", "category 'Often' is none of Fixed, Coordinated"),
        ("obs_id,priority\na,3\n", "priority 3 is none of 0, 1, 2"),
        ("obs_id,execution_status\na,Scheduled\n", "is missing, and the execution_status"),
        ("obs_id,tracking_type\na,sidereal\n", "'sidereal' is none of Sidereal"),
        ("obs_id,s_region\na,1 2 3\n", "give POLYGON ICRS and ra, dec of three"),
        ("obs_id,s_region\na,POLYGON J 1 2 3 4 x5 95\n", "give POLYGON"),
        ("obs_id,s_region\na,CIRCLE ICRS 10 10 0\n", "give POLYGON"),
        ("obs_id,s_region\na,1 2 3 4 5 nan\n", "give POLYGON"),
        ("obs_id,s_ra\na,ten\n", "s_ra"),
        ("obs_id,target_name\n,M31\n", "obs_id"),
    ],
)
def test_what_no_plan_can_have_is_told_with_its_row(text: str, words: str) -> None:
    with pytest.raises(BadParameter) as told:
        read(text)
    assert words in str(told.value)
    assert str(told.value).startswith(("plan mine: ", "mine: "))


def test_plan_of_nowhere_is_refused() -> None:
    with pytest.raises(BadParameter, match="row 1: facility_name is missing"):
        read(GOOD, facility=None)


def test_file_that_is_no_table_is_refused() -> None:
    with pytest.raises(UnknownFormat):
        read("{}")


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65, "ä"])
def test_plan_has_a_plain_name(name: str) -> None:
    with pytest.raises(BadParameter, match="give it a name"):
        read(GOOD, name=name)


def test_plan_is_registered_once_replaced_and_dropped(plans: Plans) -> None:
    assert plans.add("mine", read(GOOD)) == 2
    assert plans.add("other", read("obs_id\n1\n", "other")) == 1
    with pytest.raises(AlreadyThere, match="--replace"):
        plans.add("mine", read(GOOD))
    assert plans.add("mine", read(LEAST + "9,61001,61001.5,1,0,0\n"), replace=True) == 1
    assert plans.all() == [
        {"name": "mine", "rows": 1, "since": 61001.0, "until": 61001.5},
        {"name": "other", "rows": 1, "since": None, "until": None},
    ]
    assert plans.drop("mine") == 1
    with pytest.raises(NotFound, match="no plan 'mine'"):
        plans.drop("mine")


def test_rows_that_are_no_plan_are_not_taken(plans: Plans) -> None:
    with pytest.raises(BadParameter, match="not the columns of"):
        plans.add("mine", pa.table({"obs_id": ["a"]}))
    wrong = read(GOOD).set_column(23, "priority", pa.array([7, 7], pa.int16()))
    with pytest.raises(BadParameter, match="priority 7"):
        plans.add("mine", wrong)
    assert plans.all() == []
