"""What `satvo export rd` writes, and where."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree
from satvo.resources.catalogue import SCHEMAS, published_tables, resources
from satvo.schemas.columns import column
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import Resource
from satvo.schemas.store.postgres_sql import SQL
from satvo.schemas.tap_schema import TAP_SCHEMA
from satvo.service.dachs.descriptors import descriptors
from satvo.service.dachs.grants import grants
from satvo.service.dachs.tree import write_tree
from satvo.service.dachs.types import dachs_type

SATVO = Path(sys.executable).with_name("satvo")
COMMAND_S = 60
GRANTS = grants(published_tables())
TREE = {"satvo_vo": b"<resource/>"}


def table(name: str, *columns: sa.Column[Any], schema: str = "far") -> sa.Table:
    """A published table that no other test sees."""
    about = {"title": name, "utype": "", "order_by": ()}
    return sa.Table(
        name, sa.MetaData(), *columns, schema=schema, comment=f"The {name}.", info=about
    )


def resource(path: str, *tables: sa.Table) -> Resource:
    made = datetime(2026, 11, 22)
    return Resource(
        path, path, f"Title of {path}", f"About {path}.", "A, B.", (path,), tables, made, made
    )


def number(name: str = "n", references: str | None = None) -> sa.Column[Any]:
    return column(name, sa.Integer(), "A number", references=references)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_each_published_table_but_tap_schema_has_its_view_and_its_grant() -> None:
    written = descriptors(resources(), SCHEMAS)
    views = {
        f"{schema.removesuffix('_vo')}.{view.get('id')}"
        for schema, text in written.items()
        for view in etree.fromstring(text).iter("table")
    }
    wanted = {t.fullname for t in published_tables() if t not in TAP_SCHEMA}
    assert views == wanted
    names: Any = SQL.identifier_preparer
    stored = {names.format_table(t) for t in published_tables() if t not in TAP_SCHEMA}
    granted = {line.split()[3] for line in GRANTS.splitlines() if line.startswith("GRANT SELECT")}
    assert granted == stored


def test_each_column_is_in_its_view_in_the_order_published() -> None:
    written = descriptors(resources(), {})
    for each in published_tables():
        if each not in TAP_SCHEMA:
            root = etree.fromstring(written[f"{each.schema}_vo"])
            (view,) = (view for view in root.iter("table") if view.get("id") == each.name)
            found = [col.get("name", "").removeprefix("quoted/") for col in view.iter("column")]
            assert found == [col.name for col in each.columns]


def test_schema_of_a_standard_is_read_where_the_store_has_it() -> None:
    obscore = table("obscore", number(), schema="ivoa")
    (text,) = descriptors([resource("images", obscore)], {}).values()
    assert b"FROM satvo_ivoa.obscore)" in text
    assert "GRANT SELECT ON satvo_ivoa.obscore TO gavoadmin;" in grants([obscore])


def test_data_that_are_named_as_their_table_is_have_another_name() -> None:
    root = etree.fromstring(descriptors([resource("same", table("same", number()))], {})["far_vo"])
    assert [data.get("id") for data in root.findall("data")] == ["same_data"]
    assert [made.get("table") for made in root.iter("make")] == ["same"]


def test_array_has_its_length_and_a_polygon_its_xtype() -> None:
    doubles = sa.ARRAY(sa.Double())
    covariance = column("cov", doubles, "A covariance", arraysize="21")
    region = column("s_region", doubles, "A region", xtype="polygon")
    (text,) = descriptors([resource("arrays", table("a", covariance, region))], {}).values()
    found = [(col.get("type"), col.get("xtype")) for col in etree.fromstring(text).iter("column")]
    assert found == [("double precision[21]", None), ("double precision[]", "polygon")]


def test_names_that_sql_reserves_are_quoted() -> None:
    reserved = table("order", number(), schema="user")
    (text,) = descriptors([resource("odd", reserved)], {}).values()
    assert b'FROM "user"."order")' in text
    assert 'GRANT SELECT ON "user"."order" TO gavoadmin;' in grants([reserved])
    assert 'GRANT USAGE ON SCHEMA "user" TO gavoadmin;' in grants([reserved])


@pytest.mark.parametrize(
    "odd",
    [
        table("Images", number()),
        table("images", number("s region")),
        table("images", number(), schema='far"; DROP TABLE x; --'),
    ],
    ids=["table", "column", "schema"],
)
def test_name_that_dachs_cannot_have_is_refused(odd: sa.Table) -> None:
    with pytest.raises(BadParameter, match=r"not a name that DaCHS can have; give .* names of"):
        descriptors([resource("odd", odd)], {})


def test_column_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match=r"column b: no type of DaCHS for LargeBinary"):
        dachs_type(sa.Column("b", sa.LargeBinary()))


def test_table_of_two_resources_is_made_once_and_each_resource_has_its_record() -> None:
    shared, own = table("shared", number()), table("own", number())
    written = descriptors([resource("one", shared), resource("two", own, shared)], {"far": "Far."})
    root = etree.fromstring(written["far_vo"])
    assert [made.get("table") for made in root.iter("make")] == ["shared", "own"]
    assert [data.get("id") for data in root.findall("data")] == ["one", "two"]
    assert [meta.text for meta in root.findall("meta[@name='subject']")] == ["one", "two"]
    assert root.findtext("meta[@name='description']") == "Far."


def test_table_stands_behind_those_that_it_refers_to_also_in_a_circle() -> None:
    first = table("first", number(references="far.second.n"))
    second = table("second", number(references="far.third.n"), number("m", "far.second.n"))
    third = table("third", number(references="elsewhere.t.n"))
    (text,) = descriptors([resource("keys", first, second, third)], {}).values()
    root = etree.fromstring(text)
    assert [each.get("id") for each in root.iter("table")] == ["third", "second", "first"]
    keys = [(key.getparent().get("id"), key.get("inTable")) for key in root.iter("foreignKey")]
    assert keys == [("second", "third"), ("second", "second"), ("first", "second")]


def test_cone_search_is_there_for_a_table_with_a_number_and_a_main_position() -> None:
    def at(word: str) -> sa.Column[Any]:
        return column(word, sa.Double(), "A place", unit="deg", ucd=f"pos.eq.{word};meta.main")

    main = column("id", sa.Integer(), "A number", ucd="meta.id;meta.main", key=True)
    whole = table("whole", main, at("ra"), at("dec"))
    nameless = table("nameless", number(), at("ra"), at("dec"))
    (text,) = descriptors([resource("places", whole, nameless)], {}).values()
    root = etree.fromstring(text)
    assert [core.get("queriedTable") for core in root.iter("scsCore")] == ["whole"]
    for view in root.iter("table"):
        index = view.find("index[@kind='q3c']")
        assert index is not None
        assert (index.get("columns"), index.get("metaOnly")) == ("ra,dec", "True")
    shown = {col.get("name"): col.get("verbLevel") for col in root.find("table").iter("column")}  # type: ignore[union-attr]
    assert shown == {"id": "10", "ra": "10", "dec": "10"}


def test_export_is_written_whole_and_replaces_an_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "dachs"
    write_tree(folder, {**TREE, "gone_vo": b"<resource/>"}, GRANTS)
    write_tree(folder, TREE, GRANTS)
    assert files(folder) == {"satvo_vo/q.rd": b"<resource/>", "grants.sql": GRANTS.encode()}
    assert [each.name for each in folder.parent.iterdir()] == ["dachs"]


@pytest.mark.parametrize(
    "there",
    [{"notes.txt": ""}, {"satvo_vo/q.rd": ""}, {"grants.sql": "GRANT"}, {"own/deep/q.rd": ""}],
    ids=lambda there: next(iter(there)),
)
def test_folder_that_holds_something_else_is_left_alone(
    tmp_path: Path, there: dict[str, str]
) -> None:
    folder = tmp_path / "dachs"
    for name, text in there.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    before = files(tmp_path)
    with pytest.raises(BadParameter, match="holds something else than an earlier export; name"):
        write_tree(folder, TREE, GRANTS)
    assert files(tmp_path) == before


def test_file_added_to_an_export_keeps_it_from_being_replaced(tmp_path: Path) -> None:
    write_tree(tmp_path / "dachs", TREE, GRANTS)
    (tmp_path / "dachs" / "satvo_vo" / "res.txt").write_text("mine")
    with pytest.raises(BadParameter, match="holds something else"):
        write_tree(tmp_path / "dachs", TREE, GRANTS)


def test_export_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "dachs"
    write_tree(folder, TREE, GRANTS)
    before = files(tmp_path)
    with pytest.raises(OSError, match="File name too long"):
        write_tree(folder, {**TREE, "x" * 300: b""}, GRANTS)
    assert files(tmp_path) == before


def test_command_says_what_it_made_and_refuses_in_one_line(tmp_path: Path) -> None:
    def export(folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SATVO, "export", "rd", "--output", folder],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
        )

    said = export(Path("out"))
    assert (said.returncode, said.stdout) == (0, "made out: satvo_vo, ivoa_vo\n")
    assert files(tmp_path / "out").keys() == {"grants.sql", "satvo_vo/q.rd", "ivoa_vo/q.rd"}
    said = export(tmp_path)
    assert said.returncode == 2
    assert said.stderr.startswith(f"satvo: {tmp_path} holds something else than an earlier export")
    assert said.stderr.count("\n") == 1
