"""The definition of a table by VOSI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from satvo.ingest.tables.formats import recognise
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def table(*columns: str, about: str = "") -> bytes:
    inside = "".join(f"<column>{column}</column>" for column in columns)
    return f'<t:table xmlns:t="urn:t" {XSI}>{about}{inside}</t:table>'.encode()


def column(name: str, kind: str, attributes: str = "") -> str:
    return f"<name>{name}</name><dataType {attributes}>{kind}</dataType>"


def test_columns_keep_what_is_said_of_them(read: Callable[..., Any]) -> None:
    got = read(
        table(
            "<name> ra </name><description>Right\n  ascension</description><unit>deg</unit>"
            "<ucd>pos.eq.ra</ucd><utype>a:b</utype>"
            '<dataType xsi:type="vs:VOTableType">double</dataType><flag>indexed</flag>',
            about="<name>x</name><description>What I\n saw &amp; heard</description>"
            "<foreignKey><targetTable>y</targetTable></foreignKey>",
        ),
        format="vosi",
    )
    (field,) = got.fields
    assert (field.name, field.datatype, field.unit, field.ucd, field.utype) == (
        "ra", "double", "deg", "pos.eq.ra", "a:b",
    )  # fmt: skip
    assert field.description == "Right ascension"
    assert got["ra"] == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (column("a", "int"), ("int", "", "")),
        (column("a", "double", 'xsi:type="vs:VOTableType" arraysize="3"'), ("double", "3", "")),
        (column("a", "char", 'arraysize="30*" xsi:type="vs:VOTableType"'), ("char", "*", "")),
        (column("a", "char", 'arraysize="*" extendedType="timestamp"'), ("char", "*", "timestamp")),
        (column("a", "unsignedByte"), ("short", "", "")),
        (column("a", "VARCHAR", 'xsi:type="vs:TAPType" size="20"'), ("char", "*", "")),
        (column("a", "bigint", 'xsi:type="vod:TAP"'), ("long", "", "")),
        (column("a", "TIMESTAMP", 'xsi:type="vs:TAPType"'), ("char", "*", "timestamp")),
        (column("a", "POINT", 'xsi:type="vs:TAPType"'), ("double", "2", "point")),
    ],
)
def test_types_are_those_of_votable_and_of_tap(
    read: Callable[..., Any], written: str, expected: tuple[str, str, str]
) -> None:
    (field,) = read(table(written), format="vosi").fields
    assert (field.datatype, field.arraysize, field.xtype) == expected


def test_quotes_of_a_delimited_name_are_no_part_of_it(read: Callable[..., Any]) -> None:
    got = read(
        table(column('"size"', "int"), column('"a ""b"""', "int"), column('"', "int")),
        format="vosi",
    )
    assert list(got.columns) == ["size", 'a "b"', '"']


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (table(), "no column"),
        (table(column("", "int")), "column 1 has no name"),
        (table(column("a", "int"), column("A", "long")), "two columns are called A"),
        (table("<name>a</name>"), "datatype ''"),
        (table(column("a", "BLOB", 'xsi:type="vs:TAPType"')), "'BLOB' is not known"),
        (table(column("a", "int", 'arraysize="x"')), "arraysize"),
        (b"<a><table/></a>", "the document is a"),
        (b"<table", "breaks off"),
        (b"<table>" + b"<a>" * 20, "nested"),
        (b'<?xml version="1.0" encoding="utf-7"?><table/>', "utf-7"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><table>&b;</table>', "DOCTYPE"),
    ],
)
def test_a_wrong_definition_is_refused(
    read: Callable[..., Any], document: bytes, words: str
) -> None:
    with pytest.raises(BadParameter, match=words):
        read(document, format="vosi")


def test_its_size_is_bounded(read: Callable[..., Any]) -> None:
    with pytest.raises(LimitExceeded, match="4000 characters"):
        read(table(about=f"<description>{'x' * 4001}</description>"), format="vosi")
    with pytest.raises(LimitExceeded, match="at most 3"):
        read(table(*(column(f"c{n}", "int") for n in range(4))), format="vosi", max_columns=3)


def test_it_is_no_upload(read: Callable[..., Any]) -> None:
    document = table(column("a", "int"))
    assert recognise(document) is None
    with pytest.raises(UnknownFormat, match="known are votable"):
        read(document)
