"""What is declared exists, and what exists is declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from satvo.schemas.errors import BadQuery
from satvo.service.adql.functions import FUNCTIONS
from satvo.service.adql.geometry import GEOMETRY
from satvo.service.config import read_config
from satvo.service.protocols.tap import capabilities

if TYPE_CHECKING:
    from conftest import Sky

STANDARD = "ivo://ivoa.net/std/TAPRegExt#features-"
SIGNATURE = re.compile(r"(\w+)\(((?:\w+ [A-Z ]+)?(?:, \w+ [A-Z ]+)*)\) -> ([A-Z ]+)")

ARGUMENTS = {
    "INTEGER": "3", "BIGINT": "5", "DOUBLE PRECISION": "1.5", "TEXT": "'3/1'",
    "POINT": "POINT(1, 2)", "TIMESTAMP": "'2025-01-01'",
}  # fmt: skip

KEYWORDS = {
    "UNION": "SELECT id FROM $s UNION SELECT id FROM $s",
    "EXCEPT": "SELECT id FROM $s EXCEPT SELECT id FROM $s",
    "INTERSECT": "SELECT id FROM $s INTERSECT SELECT id FROM $s",
    "WITH": "WITH w AS (SELECT id FROM $s) SELECT id FROM w",
    "OFFSET": "SELECT id FROM $s OFFSET 1",
    "ILIKE": "SELECT id FROM $s WHERE name ILIKE 'v%'",
    "CAST": "SELECT CAST(id AS REAL) FROM $s",
    "IN_UNIT": "SELECT IN_UNIT(ra, 'rad') FROM $s",
    "LOWER": "SELECT LOWER(name) FROM $s",
    "UPPER": "SELECT UPPER(name) FROM $s",
}


def declared() -> dict[str, list[tuple[str, str]]]:
    """Form and description of each feature, by the type of its group."""
    access = capabilities(read_config({}))[0]
    return {
        str(group.get("type")): [
            (str(f.findtext("form")), f.findtext("description") or "") for f in group
        ]
        for group in access.iter("languageFeatures")
    }


def test_types_are_those_of_the_standards() -> None:
    kinds = "udf adqlgeo adql-string adql-sets adql-common-table adql-type adql-unit adql-offset"
    assert list(declared()) == [STANDARD + kind for kind in kinds.split()]


def test_each_user_defined_function_is_declared_with_a_signature_and_a_description() -> None:
    found = declared()[STANDARD + "udf"]
    names = set()
    for form, description in found:
        signature = SIGNATURE.fullmatch(form)
        assert signature, form
        assert len(description) > 20
        names.add(signature[1].upper())
    assert names == {n for n in FUNCTIONS if n.startswith(("IVO_", "SATVO_"))} | {"MOC"}


@pytest.mark.parametrize("form", [form for form, _ in declared()[STANDARD + "udf"]])
def test_declared_signature_can_be_called(sky: Sky, form: str) -> None:
    signature = SIGNATURE.fullmatch(form)
    assert signature
    written = [argument.split(" ", 1) for argument in signature[2].split(", ") if argument]
    arguments = ["'rubin'" if name == "observer" else ARGUMENTS[kind] for name, kind in written]
    call = f"{signature[1]}({', '.join(arguments)})"
    function = FUNCTIONS.get(signature[1].upper())
    if function is not None and not function.is_in(sky.store.dialect):
        with pytest.raises(BadQuery, match="there is no function"):
            sky.translate(f"SELECT {call} AS v FROM test_sky.stars")
        return
    _, (field,) = sky.table(f"SELECT {call} AS v FROM test_sky.stars")
    given = {
        "BIGINT": ("long", ""), "INTEGER": ("int", ""), "DOUBLE PRECISION": ("double", ""),
        "TEXT": ("char", ""), "POINT": ("double", "point"), "MOC": ("char", "moc"),
    }[signature[3]]  # fmt: skip
    assert (field.datatype, field.xtype) == given


def test_only_the_engine_that_can_call_them_declares_what_propagates() -> None:
    def forms(**settings: str) -> set[str]:
        access = capabilities(read_config(settings))[0]
        return {form.text or "" for form in access.iter("form")}

    differing = forms() - forms(SATVO_STORE="postgresql://satvo@localhost/satvo")
    assert {form.partition("(")[0] for form in differing} == {
        "satvo_ra", "satvo_dec", "satvo_az", "satvo_alt", "satvo_range", "satvo_sunlit",
    }  # fmt: skip


def test_geometry_that_is_declared_is_what_there_is(sky: Sky) -> None:
    names = {form for form, _ in declared()[STANDARD + "adqlgeo"]}
    assert names == set(GEOMETRY) - {"MOC"}
    for name in names:
        with pytest.raises(BadQuery) as caught:
            sky.translate(f"SELECT {name}() AS v FROM test_sky.stars")
        assert "there is no function" not in str(caught.value)


def test_each_other_feature_is_there(sky: Sky) -> None:
    forms = {
        form
        for kind, features in declared().items()
        if kind not in (STANDARD + "udf", STANDARD + "adqlgeo")
        for form, _ in features
    }
    assert forms == set(KEYWORDS)
    for query in KEYWORDS.values():
        sky.rows(query.replace("$s", "test_sky.stars"))
