"""What is documented is checked: settings, commands, tables, columns."""

from __future__ import annotations

import dataclasses
import re
import warnings
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from astropy import units
from astropy.io.votable import ucd
from satvo.ingest.orbits.formats import formats
from satvo.resources.catalogue import SCHEMAS, published_tables, resources
from satvo.schemas.columns import Field
from satvo.service.cli import cli
from satvo.service.config import Config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DEPLOY = (ROOT / "deploy" / "README.md").read_text()
TABLES = published_tables()
WITHOUT_UNIT = (
    "eccentricity", "bstar", "sun_frac", "p_cross", "em_res_power", "em_res_power_min",
    "em_res_power_max", "o_stat_error", "gain", "read_noise", "saturation",
)  # fmt: skip
PURE = ("spect.resolution", "meta.number", "stat.probability", "stat.snr", "stat.fit.goodness")
COLUMNS = [(table, col) for table in TABLES for col in table.columns]


def commands(group: click.Group, prefix: str = "satvo") -> list[str]:
    """Every command as it is typed."""
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix} {name}")
        else:
            found.append(f"{prefix} {name}")
    return found


@pytest.mark.parametrize("setting", dataclasses.fields(Config), ids=lambda s: s.name)
def test_each_setting_is_documented_with_its_default(setting: dataclasses.Field[object]) -> None:
    row = next(line for line in DEPLOY.splitlines() if f"`SATVO_{setting.name.upper()}`" in line)
    assert setting.metadata["sentence"] in row
    if setting.name != "public_url":
        default = setting.default
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        assert shown in row.split("|")[2]


@pytest.mark.parametrize("command", commands(cli))
def test_each_command_is_documented(command: str) -> None:
    assert f"`{command}" in README


def test_no_command_is_documented_that_does_not_exist() -> None:
    rows = re.findall(r"`(satvo [a-z ]+?)(?= [-\[A-Z\"]|`)", README)
    assert rows
    assert set(rows) <= set(commands(cli))


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.fullname)
def test_each_table_is_documented(table: sa.Table) -> None:
    assert f"`{table.fullname}`" in README
    assert table.comment
    assert table.info["title"]
    assert table.schema in SCHEMAS


@pytest.mark.parametrize(
    ("table", "col"), COLUMNS, ids=[f"{t.fullname}.{c.name}" for t, c in COLUMNS]
)
def test_each_column_has_valid_metadata(table: sa.Table, col: sa.Column[object]) -> None:
    about = Field.of(col)
    assert len(about.description) > 8
    if about.ucd:
        ucd.parse_ucd(about.ucd, check_controlled_vocabulary=True)
    if about.unit:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            units.Unit(about.unit, format="vounit")
    if about.datatype in ("double", "float") and not about.unit and not about.arraysize:
        assert about.name in WITHOUT_UNIT or about.ucd.startswith(PURE), "a number without a unit"


def test_each_column_of_the_satvo_schema_has_a_ucd() -> None:
    assert [c.name for t, c in COLUMNS if t.schema == "satvo" and not c.info["ucd"]] == []


def test_each_foreign_key_names_a_published_column() -> None:
    known = {f"{table.fullname}.{col.name}" for table, col in COLUMNS}
    targets = {col.info["references"] for _, col in COLUMNS if col.info["references"]}
    assert targets <= known


def test_each_orbit_format_is_named_in_the_readme() -> None:
    words = {"satcat": "SATCAT", "qsmag": "qs.mag"}
    for name in formats():
        kind, _, encoding = name.partition("-")
        assert words.get(kind, kind.upper()) in README
        assert encoding.upper() in README


def test_resources_are_declared_whole() -> None:
    for resource in resources():
        assert len(resource.shortname) <= 16
        assert resource.title
        assert resource.description
        assert resource.subjects
        assert resource.examples or not resource.tables
        assert bool(resource.tables or resource.jobs) == (resource.withdrawn is None)
        assert resource.created <= resource.updated <= (resource.withdrawn or resource.updated)
        assert f"| {resource.path} |" in README


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) < 120
