"""``satvo constellation``: lists, files and rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.constellations.filed import filed_names
from satvo.schemas.gp import ElementSet
from satvo.service.cli import main

Run = Callable[..., int]
EPOCH = ("--epoch", "2027-01-31T00:00:00")
MINE = "{name: Mine, shells: [{altitude: 500, inclination: 53, planes: 3, satellites: 12}]}"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder and gives its exit code."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(MINE)

    def execute(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["satvo", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return execute


def test_the_filed_ones_are_listed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("constellation", "--list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(filed_names())
    gen2 = next(line for line in lines if line.startswith("starlink-gen2 "))
    assert gen2.split()[1:6] == ["29988", "satellites", "9", "shells", "verified"]
    assert "SAT-AMD-20210818-00105" in gen2
    assert any("not verified" in line for line in lines)


@pytest.mark.parametrize(
    ("suffix", "first"),
    [("tle", 100_000), ("3le", 100_000), ("JSON", 900_000_000), ("csv", 900_000_000),
     ("xml", 900_000_000), ("kvn", 900_000_000)],
)  # fmt: skip
def test_each_ending_is_a_format(run: Run, tmp_path: Path, suffix: str, first: int) -> None:
    path = tmp_path / f"out.{suffix}"
    assert run("constellation", "mine.yaml", *EPOCH, "--seed", "4", "-o", str(path)) == 0
    with path.open("rb") as stream:
        sets = list(read_orbits(stream, name=path.name))
    assert [s.norad_id for s in sets if isinstance(s, ElementSet)] == [*range(first, first + 12)]
    again = tmp_path / f"again.{suffix}"
    assert run("constellation", "mine.yaml", *EPOCH, "--seed", "4", "-o", str(again)) == 0
    assert again.read_bytes() == path.read_bytes()
    assert run("constellation", "mine.yaml", *EPOCH, "--seed", "5", "-o", str(again)) == 0
    assert again.read_bytes() != path.read_bytes()


def test_without_a_file_it_is_json(run: Run, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run("constellation", "kuiper", *EPOCH, "--first-number", "5") == 0
    captured = capfdbinary.readouterr()
    sets = json.loads(captured.out)
    assert (len(sets), sets[0]["NORAD_CAT_ID"]) == (3236, 5)
    assert sets[0]["OBJECT_NAME"] == "SIM KUIPER K1 1-1"
    assert captured.err == b"standard output: 3236 satellites\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("kuiper", *EPOCH, "-o", "a.dat"), "give .tle, .3le, .json, .csv, .xml, .kvn"),
        (("e-space", *EPOCH, "-o", "a.tle"), "a TLE holds none above 339999"),
        (("kuiper", *EPOCH, "--first-number", "339000", "-o", "a.tle"), "a lower --first-number"),
        (("kuiper",), "--epoch is missing"),
        (("kuiper", "--epoch", "soon"), "--epoch 'soon': give a time in UTC"),
        (("kuiper", "--epoch", "2150-01-01"), "to 2100-01-01"),
        (("kuiper", *EPOCH, "--seed", "-1"), "seed=-1"),
        (EPOCH, "no constellation"),
        (("death-star", *EPOCH), "no filed constellation; those are ast-spacemobile"),
        ((".", *EPOCH), "cannot be read"),
        (("bad.yaml", *EPOCH), "inclination=200: give a number from 0 to 180"),
    ],
)
def test_what_is_wrong_is_one_line_and_writes_nothing(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "bad.yaml").write_text(MINE.replace("53", "200"))
    before = sorted(tmp_path.iterdir())
    assert run("constellation", *words) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.startswith("satvo: ")
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert sorted(tmp_path.iterdir()) == before


def test_it_is_registered_once_and_under_one_name(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ("--home", str(tmp_path / "home"))
    assert run("init", *home) == 0
    capsys.readouterr()
    register = ("constellation", "mine.yaml", *home, "--register")
    told = "sim-mine: 12 element sets, {} new, numbers 900000000 to 900000011\n"
    for epoch, new in (("2027-01-31", 12), ("2027-01-31", 0), ("2027-02-01", 12)):
        assert run(*register, "--epoch", epoch) == 0
        assert capsys.readouterr().out == told.format(new)
    count = "SELECT COUNT(*) AS n FROM satvo.gp WHERE source = 'simulated'"
    assert run("query", *home, count, "--format", "csv") == 0
    assert capsys.readouterr().out.split() == ["n", "24"]
    (tmp_path / "mine.yaml").write_text(MINE.replace("500", "510"))
    assert run(*register, "--epoch", "2027-02-02") == 2
    assert "sim-mine is in the archive already" in capsys.readouterr().err
    (tmp_path / "mine.yaml").write_text(MINE.replace("Mine", "Kuiper"))
    assert run(*register, "--epoch", "2027-02-02") == 2
    assert "name=kuiper: a filed constellation has this name" in capsys.readouterr().err
    assert run("query", *home, count, "--format", "csv") == 0
    assert capsys.readouterr().out.split() == ["n", "24"]


def test_a_home_without_an_archive_is_told(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("constellation", "kuiper", *EPOCH, "--register", "--home", str(tmp_path)) == 2
    assert "there is no archive in" in capsys.readouterr().err
