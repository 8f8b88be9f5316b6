"""satvo as its users' programs see it: pyvo, astroquery, stilts."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pyvo
from astropy.io.votable import parse
from astropy.table import Table
from bench_clock import slowness
from pyvo.dal import DALQueryError

# astroquery leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

COMMAND_S = 120.0
CPU_ALLOWED_S = 5.0

NEWEST = (
    "SELECT TOP 10 gp_id, norad_id, object_name, epoch, inclination FROM satvo.gp "
    "WHERE inclination BETWEEN 53 AND 53.2 ORDER BY epoch DESC"
)
JOIN = (
    "SELECT TOP 50 s.object_name, s.object_type, g.epoch, g.bstar FROM satvo.gp AS g "
    "JOIN satvo.satellite AS s ON g.norad_id = s.norad_id WHERE g.superseded_by IS NULL "
    "ORDER BY g.norad_id"
)
GROUPS = (
    "SELECT constellation, COUNT(*) AS n FROM satvo.satellite GROUP BY constellation "
    "ORDER BY n DESC"
)
QUERIES = pytest.mark.parametrize("query", [NEWEST, JOIN, GROUPS], ids=["newest", "join", "groups"])

Ask = Callable[[Any, str], Table]


def with_pyvo(server: Any, query: str) -> Table:
    return pyvo.dal.TAPService(server.tap).run_sync(query).to_table()


def with_astroquery(server: Any, query: str) -> Table:
    tap_plus = pytest.importorskip("astroquery.utils.tap").TapPlus
    return tap_plus(url=server.tap).launch_job(query).get_results()


def check_answer(query: str, table: Table) -> None:
    """What holds for the answer to each of the three queries on every archive."""
    if query == NEWEST:
        assert len(table) == 10
        assert all(53 <= value <= 53.2 for value in table["inclination"])
        epochs = [str(value) for value in table["epoch"]]
        assert epochs == sorted(epochs, reverse=True)
        assert table["inclination"].unit == "deg"
    elif query == JOIN:
        assert table.colnames == ["object_name", "object_type", "epoch", "bstar"]
        assert len(table) == 50
    else:
        counts = list(table["n"])
        assert len(counts) > 3
        assert counts == sorted(counts, reverse=True)


def read_votable(path: Path) -> Table:
    return parse(path, verify="exception").get_first_table().to_table()


@pytest.fixture
def stilts(needs_program: Callable[[str, str], str], tmp_path: Path) -> Ask:
    """Asks with stilts tapquery."""
    program = needs_program("stilts", "stilts")

    def ask(server: Any, query: str) -> Table:
        out = tmp_path / "answer.vot"
        asked = subprocess.run(
            [program, "tapquery", "sync=true", f"tapurl={server.tap}", f"adql={query}",
             "ofmt=votable", f"out={out}"],
            capture_output=True, text=True, timeout=COMMAND_S,
        )  # fmt: skip
        assert asked.returncode == 0, asked.stderr
        return read_votable(out)

    return ask


@QUERIES
@pytest.mark.parametrize("ask", [with_pyvo, with_astroquery], ids=["pyvo", "astroquery"])
def test_python_clients_get_the_answer(server: Any, ask: Ask, query: str) -> None:
    check_answer(query, ask(server, query))


@QUERIES
def test_stilts_tapquery_gets_the_answer(server: Any, stilts: Ask, query: str) -> None:
    check_answer(query, stilts(server, query))


def test_pyvo_finds_the_limits_and_the_capabilities(server: Any) -> None:
    service = pyvo.dal.TAPService(server.tap)
    assert service.maxrec == 200_000
    assert service.hardlimit == 20_000_000
    ids = {str(capability.standardid) for capability in service.capabilities}
    assert "ivo://ivoa.net/std/TAP" in ids
    assert "ivo://ivoa.net/std/VOSI#tables-1.1" in ids
    (language,) = service.get_tap_capability().languages
    assert language.name == "ADQL"
    assert {version.content for version in language.versions} >= {"2.0", "2.1"}
    formats = {fmt.mime for fmt in service.get_tap_capability().outputformats}
    assert "application/x-votable+xml;serialization=BINARY2" in formats


def test_pyvo_lists_tables_and_their_columns(server: Any) -> None:
    tables = pyvo.dal.TAPService(server.tap).tables
    assert {"satvo.gp", "satvo.satellite", "tap_schema.columns"} <= set(tables.keys())
    columns = {column.name: column for column in tables["satvo.gp"].columns}
    assert columns["inclination"].unit == "deg"
    assert columns["epoch"].datatype.content == "char"


def test_every_example_that_pyvo_finds_runs(server: Any) -> None:
    examples = pyvo.dal.TAPService(server.tap).examples
    assert len(examples) >= 5
    for example in examples:
        assert example.execute().to_table().colnames


def test_pyvo_sees_an_overflow_for_maxrec_and_none_for_top(server: Any) -> None:
    service = pyvo.dal.TAPService(server.tap)
    cut = service.run_sync("SELECT gp_id FROM satvo.gp", maxrec=5)
    assert (len(cut), cut.status[0]) == (5, "OVERFLOW")
    whole = service.run_sync("SELECT TOP 5 gp_id FROM satvo.gp", maxrec=5)
    assert (len(whole), whole.status[0]) == (5, "OK")


def test_pyvo_shows_the_text_of_an_error(server: Any) -> None:
    service = pyvo.dal.TAPService(server.tap)
    with pytest.raises(DALQueryError) as caught:
        service.run_sync("SELECT inclinaton FROM satvo.gp")
    assert "inclinaton" in str(caught.value)
    assert "inclination" in str(caught.value)  # the near name


def test_astroquery_loads_the_tables(server: Any) -> None:
    tap_plus = pytest.importorskip("astroquery.utils.tap").TapPlus
    tables = {table.name: table for table in tap_plus(url=server.tap).load_tables()}
    (name,) = (name for name in tables if name.endswith("satvo.gp"))
    assert "ra_of_asc_node" in {column.name for column in tables[name].columns}


@pytest.fixture(scope="module")
def filled(test_data: Path, make_server: Any) -> Iterator[tuple[Any, Any, float]]:
    """A server into which a file was ingested, what the command said, the CPU seconds of both."""
    file = test_data / "orbits" / "3le_2022-07-15.txt.gz"
    if not file.exists():
        pytest.skip(f"SATVO_TEST_DATA holds no {file.name}")
    server = make_server()
    server.start()
    server.number("SELECT COUNT(*) AS n FROM satvo.gp")
    before = server.cpu_s + _children_cpu_s()
    said = server.command("ingest", file)
    yield server, said, server.cpu_s + _children_cpu_s() - before
    server.stop()


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.alone
@pytest.mark.needs_data
def test_a_public_catalogue_is_ingested_whole_and_cheaply(filled: tuple[Any, Any, float]) -> None:
    server, said, cpu_s = filled
    assert said.returncode == 0, said.stderr
    assert said.stdout.endswith("24132 read, 24132 new, 0 unchanged, 0 rejected\n")
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp WHERE source = 'user'") == 24132
    print(f"CPU time of the ingest: {cpu_s:.2f} s")
    assert cpu_s <= CPU_ALLOWED_S * slowness()


@pytest.mark.needs_data
def test_the_same_catalogue_again_adds_nothing(
    filled: tuple[Any, Any, float], test_data: Path
) -> None:
    server, _, _ = filled
    again = server.command("ingest", test_data / "orbits" / "3le_2022-07-15.txt.gz")
    assert again.returncode == 0, again.stderr
    assert again.stdout.endswith("24132 read, 0 new, 24132 unchanged, 0 rejected\n")


@pytest.mark.needs_data
@QUERIES
@pytest.mark.parametrize("ask", [with_pyvo, with_astroquery], ids=["pyvo", "astroquery"])
def test_python_clients_get_the_answer_from_a_real_catalogue(
    filled: tuple[Any, Any, float], ask: Ask, query: str
) -> None:
    check_answer(query, ask(filled[0], query))


@pytest.mark.needs_data
@QUERIES
def test_stilts_gets_the_answer_from_a_real_catalogue(
    filled: tuple[Any, Any, float], stilts: Ask, query: str
) -> None:
    check_answer(query, stilts(filled[0], query))
