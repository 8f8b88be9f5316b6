"""``satvo export tle`` and its sisters, from the archive to a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from satvo.service.cli import main

LINES = """ISS (ZARYA)
1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927
2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537
ONEWEB-0012
1 44057U 19010A   22196.17806422  .00004611  00000-0  12026-1 0  9999
2 44057  87.9138 154.0026 0002107 118.9509 241.1834 13.16571489163031
"""

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a home that holds two satellites and gives its exit code."""
    home = tmp_path / "home"

    def execute(*words: str) -> int:
        place = ["--home", str(home)]
        at = 2 if words[0] == "export" else 1
        monkeypatch.setattr("sys.argv", ["satvo", *words[:at], *place, *words[at:]])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    (tmp_path / "two.tle").write_text(_with_checksums(LINES))
    assert execute("init") == 0
    assert execute("ingest", str(tmp_path / "two.tle")) == 0
    return execute


def _with_checksums(text: str) -> str:
    """The lines with the right last columns."""
    lines = []
    for line in text.splitlines():
        if line[:2] in ("1 ", "2 "):
            digits = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
            line = line[:68] + str(digits % 10)
        lines.append(line)
    return "\n".join(lines) + "\n"


def test_tle_of_all_is_what_came_in(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", "tle", "-o", str(tmp_path / "out.tle")) == 0
    assert (tmp_path / "out.tle").read_text() == _with_checksums(LINES)
    assert "2 satellites, 0 left out" in capsys.readouterr().err


def test_satellites_are_chosen_by_number_and_constellation(
    run: Run, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    capfdbinary.readouterr()
    assert run("export", "tle", "--object", "25544") == 0
    assert capfdbinary.readouterr().out.count(b"\n") == 3
    assert run("export", "tle", "--constellation", "oneweb", "--no-names") == 0
    assert capfdbinary.readouterr().out.startswith(b"1 44057U")


def test_stellarium_czml_wwt_and_openspace_are_written(run: Run, tmp_path: Path) -> None:
    assert run("export", "stellarium", "-o", str(tmp_path / "satellites.json")) == 0
    catalogue = json.loads((tmp_path / "satellites.json").read_text())
    assert set(catalogue["satellites"]) == {"25544", "44057"}
    times = ("--object", "44057", "--start", "2022-07-15T00:00:00Z", "--hours", "0.5")
    assert run("export", "czml", *times, "-o", str(tmp_path / "out.czml")) == 0
    packets = json.loads((tmp_path / "out.czml").read_text())
    assert packets[1]["name"] == "ONEWEB-0012"
    assert len(packets[1]["position"]["cartesian"]) == 4 * 31
    assert run("export", "wwt", *times, "--step", "600", "-o", str(tmp_path / "out.csv")) == 0
    assert (tmp_path / "out.csv").read_text().count("ONEWEB-0012") == 4
    assert run("export", "openspace", "--output", str(tmp_path / "os"), "--name", "two") == 0
    assert sorted(p.name for p in (tmp_path / "os").iterdir()) == ["two.asset", "two.omm.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tle", "--constellation", "x' OR 1=1"), "letters, digits"),
        (("tle", "--object", "7"), "no satellite"),
        (("czml", "--start", "yesterday"), "UTC time"),
        (("czml", "--step", "0"), "above 0"),
        (("wwt", "--hours", "nan"), "above 0"),
        (("czml", "--start", "2062-01-01"), "between"),
        (("openspace", "--name", "../x"), "accepted"),
    ],
)
def test_mistakes_are_one_line(
    run: Run, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    capsys.readouterr()
    assert run("export", *words) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
