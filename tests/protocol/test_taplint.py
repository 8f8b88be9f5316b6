"""stilts taplint has nothing to say against the service, nor votlint against its answers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMAND_S = 180.0
STAGES = "TMV TME TMS TMC CPV CAP AVV QGE QPO QAS UWS MDQ LOC UPL EXA"

QUERY = (
    "SELECT TOP 20 g.gp_id, g.norad_id, g.ephemeris_type, g.object_name, g.classification_type, "
    "g.tle_line1, g.epoch, g.epoch_mjd, g.superseded_by, s.rcs, s.decay_date, "
    "g.inclination / 2 AS half "
    "FROM satvo.gp AS g LEFT JOIN satvo.satellite AS s ON g.norad_id = s.norad_id ORDER BY g.gp_id"
)


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=COMMAND_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_taplint_finds_no_error_no_warning_and_no_failure(
    server: Any, needs_program: Callable[[str, str], str]
) -> None:
    said = run(
        needs_program("stilts", "stilts"),
        "taplint", f"tapurl={server.tap}", f"stages={STAGES}", "report=EWF",
    )  # fmt: skip
    for stage in STAGES.split():
        assert f"Section {stage}:" in said
    assert "Totals: Errors: 0; Warnings: 0; Failures: 0" in said, said


@pytest.mark.parametrize("query", [QUERY, "SELECT * FROM satvo.satellite WHERE norad_id = -1"])
@pytest.mark.parametrize("serialization", ["BINARY2", "BINARY", "TABLEDATA"])
def test_votlint_accepts_an_answer_in_each_serialization(
    server: Any,
    needs_program: Callable[[str, str], str],
    tmp_path: Path,
    serialization: str,
    query: str,
) -> None:
    stilts = needs_program("stilts", "stilts")
    kind = f"application/x-votable+xml;serialization={serialization}"
    reply = server.sync(query, RESPONSEFORMAT=kind)
    assert (reply.status, reply.kind) == (200, kind)
    file = tmp_path / "answer.vot"
    file.write_bytes(reply.body)
    said = run(stilts, "votlint", "ucd=true", "unit=true", str(file))
    # classification_type is published with arraysize 1, as the table lists have it.
    said = re.sub(r'WARNING \(.*\): arraysize="1" deprecated .*\n', "", said)
    assert "ERROR" not in said, said
    assert "WARNING" not in said, said


def test_votlint_accepts_an_error_document_and_a_cut_answer(
    server: Any, needs_program: Callable[[str, str], str], tmp_path: Path
) -> None:
    stilts = needs_program("stilts", "stilts")
    for number, reply in enumerate(
        (server.sync("SELECT"), server.sync("SELECT gp_id FROM satvo.gp", MAXREC="3"))
    ):
        file = tmp_path / f"{number}.vot"
        file.write_bytes(reply.body)
        said = run(stilts, "votlint", str(file))
        assert "ERROR" not in said, said
        assert "WARNING" not in said, said
