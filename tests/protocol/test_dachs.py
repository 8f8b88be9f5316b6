"""DaCHS publishes satvo's tables from the descriptors that `satvo export rd` writes.

A DaCHS 2.7 of its own and satvo stand on one database and are asked the same.
"""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dachs as peer
import numpy as np
import pytest
import pyvo
from astropy import units

TESTS = Path(__file__).parents[1]
OUTSIDER = TESTS / "outsider"
SATVO = Path(sys.executable).with_name("satvo")
SIGHTS = 20_000
MOST = 100_000
TABLEDATA = "application/x-votable+xml;serialization=TABLEDATA"
COMMAND_S = 120
TABLES = {
    "satvo.satellite": "norad_id",
    "satvo.gp": "gp_id",
    "outsider.site": "site_id",
    "outsider.sight": "sight_id",
}
QUERIES = {
    "a count": "SELECT COUNT(*) AS n FROM satvo.gp WHERE superseded_by IS NULL",
    "nulls": "SELECT COUNT(*) AS n, COUNT(remark) AS r, COUNT(is_lit) AS l FROM outsider.sight",
    "empty texts": "SELECT sight_id FROM outsider.sight WHERE remark = '' ORDER BY sight_id",
    "dates": "SELECT gp_id FROM satvo.gp WHERE epoch < '2006-07-01T12:00:00' ORDER BY gp_id",
    "a latest date": "SELECT MAX(epoch) AS last_one FROM satvo.gp WHERE source = 'fixture'",
    "booleans": "SELECT is_lit, COUNT(*) AS n FROM outsider.sight GROUP BY is_lit "
    "ORDER BY n, is_lit",
    "aggregates": "SELECT constellation, COUNT(*) AS n, AVG(perigee) AS p, MIN(period) AS t "
    "FROM satvo.satellite GROUP BY constellation ORDER BY n DESC, constellation",
    "text in its order": "SELECT DISTINCT remark FROM outsider.sight "
    "WHERE remark > 'A' ORDER BY remark",
    "a join": "SELECT s.object_name, g.epoch, g.bstar FROM satvo.gp AS g "
    "JOIN satvo.satellite AS s ON g.norad_id = s.norad_id "
    "WHERE s.perigee < 500 ORDER BY g.gp_id",
    "an outer join": "SELECT w.sight_id, p.name FROM outsider.sight AS w "
    "LEFT OUTER JOIN outsider.site AS p ON w.site_id = p.site_id "
    "WHERE w.sight_id < 50 ORDER BY w.sight_id",
    "a cone": "SELECT sight_id FROM outsider.sight "
    "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(150, 2, 5)) ORDER BY sight_id",
    "a cone over RA 0": "SELECT sight_id FROM outsider.sight "
    "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(0, 0, 3)) ORDER BY sight_id",
    "a cone over a pole": "SELECT sight_id FROM outsider.sight "
    "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(0, 90, 4)) ORDER BY sight_id",
    "an empty cone": "SELECT sight_id FROM outsider.sight "
    "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(150, 2, 0.0001))",
    "a polygon": "SELECT sight_id FROM outsider.sight "
    "WHERE 1 = CONTAINS(POINT(ra, dec), POLYGON(10, 10, 20, 10, 20, 20, 10, 20)) "
    "ORDER BY sight_id",
    "neighbours": "SELECT a.sight_id, b.sight_id AS other FROM outsider.sight AS a "
    "JOIN outsider.sight AS b ON 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, 0.3)) "
    "WHERE a.sight_id < 200 ORDER BY a.sight_id, other",
}


def in_dachs(name: str) -> str:
    """A query or a name with the schemas that DaCHS has."""
    return re.sub(r"\b(satvo|outsider)\.", r"\1_vo.", name)


def rows(service: pyvo.dal.TAPService, query: str) -> list[tuple[Any, ...]]:
    """The answer as Python has it; an empty text and null are one, as the BINARY of DaCHS has them.

    It comes as DaCHS has it by itself, from satvo as the one that astropy reads beyond ASCII.
    """
    form = {} if "_vo" in query else {"RESPONSEFORMAT": TABLEDATA}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what astropy says of the documents of DaCHS
        table = service.run_sync(query, maxrec=MOST, **form).to_table()
    columns = []
    for name in table.colnames:
        filled = np.ma.asarray(table[name])
        if filled.ndim > 1 or any(isinstance(value, np.ndarray) for value in filled):
            columns.append([_array(value) for value in filled])
            continue
        columns.append([None if value in ("", None) else value for value in filled.tolist()])
    return list(zip(*columns, strict=True))


def _array(value: Any) -> Any:
    """A null array as both have it: their serializations have an empty one or one of NaN."""
    numbers = np.ma.filled(np.ma.asarray(value, dtype=float), np.nan).tolist()
    return None if np.isnan(numbers).all() else numbers


@pytest.fixture(scope="module")
def satvo(new_database: Callable[[], str], empty_server: Callable[..., Any]) -> Iterator[Any]:
    """A server on a database with the demonstration archive and another package's tables."""
    server = empty_server(SATVO_STORE=new_database(), PYTHONPATH=str(OUTSIDER))
    made = server.command("init", "--demo")
    assert made.returncode == 0, made.stderr
    subprocess.run(
        [sys.executable, OUTSIDER / "fill.py", server.home, str(SIGHTS)],
        env=server.environment,
        check=True,
        timeout=COMMAND_S,
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def dachs(satvo: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A DaCHS on the same database, made before satvo is started once more."""
    if not peer.is_installed():
        pytest.skip(f"DaCHS is absent; install the Debian packages {peer.PACKAGES}")
    tree = tmp_path_factory.mktemp("export") / "dachs"
    subprocess.run(
        [SATVO, "export", "rd", "--output", tree],
        env=satvo.environment,
        check=True,
        timeout=COMMAND_S,
    )
    running = peer.Dachs(satvo.settings["SATVO_STORE"])
    try:
        running.make()
        running.add(tree)
        running.psql("-c", "ANALYZE")
        running.start()
        satvo.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def both(satvo: Any, dachs: Any) -> tuple[pyvo.dal.TAPService, pyvo.dal.TAPService]:
    """satvo's TAP and that of DaCHS."""
    return pyvo.dal.TAPService(satvo.tap), pyvo.dal.TAPService(f"{dachs.url}/tap")


Both = tuple[pyvo.dal.TAPService, pyvo.dal.TAPService]


@pytest.mark.parametrize("name", ["satvo_vo", "ivoa_vo", "outsider_vo"])
def test_dachs_finds_nothing_wrong_with_a_descriptor(dachs: Any, name: str) -> None:
    said = dachs.validate(name)
    assert said.endswith("OK\n"), said
    # It wants a null value of booleans too, and takes none.
    booleans = "is_lit|illuminated|maneuver_after"
    rest = re.sub(rf".*Column ({booleans}) may be null but has no explicit null.*\n", "", said)
    assert re.fullmatch(rf"({name}/q -- )?OK\n", rest), said


@pytest.mark.parametrize("table", TABLES)
def test_a_whole_table_has_the_same_rows_in_both(both: Both, table: str) -> None:
    query = f"SELECT * FROM {table} ORDER BY {TABLES[table]}"
    own, theirs = rows(both[0], query), rows(both[1], in_dachs(query))
    assert len(own) > 2
    assert theirs == own


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_has_the_same_answer_in_both(both: Both, name: str) -> None:
    own, theirs = rows(both[0], QUERIES[name]), rows(both[1], in_dachs(QUERIES[name]))
    assert bool(own) == (name != "an empty cone")
    assert theirs == own


def test_conditions_on_positions_find_the_index_of_the_table_behind_the_view(dachs: Any) -> None:
    query = in_dachs(QUERIES["a cone"])
    reply = pyvo.dal.TAPQuery(f"{dachs.url}/tap", query).execute_raw().decode()
    sql = re.search(r'name="sql_query" value="([^"]*)"', reply)
    assert sql is not None
    assert "q3c_join(150, 2, ra, dec, 5)" in sql[1]
    plan = dachs.psql("-c", f"EXPLAIN {sql[1].replace('&gt;', '>')}")
    assert "Index Scan on sight_q3c_ang2ipix_idx" in plan


@pytest.mark.parametrize("table", TABLES)
def test_tap_schema_tells_the_same_of_each_column(both: Both, table: str) -> None:
    wanted = "column_name, description, unit, ucd, utype, indexed, principal, std"
    query = f"SELECT {wanted} FROM tap_schema.columns WHERE table_name = '{table}'"
    own, theirs = (
        {row[0]: row for row in rows(service, asked)}
        for service, asked in zip(both, (query, in_dachs(query)), strict=True)
    )
    assert own.keys() == theirs.keys()
    for name, (_, description, unit, ucd, utype, indexed, principal, std) in own.items():
        told = theirs[name]
        assert told[1] == description
        assert units.Unit(told[2] or "", format="vounit") == units.Unit(unit or "", format="vounit")
        assert told[3:5] == (ucd, utype)
        # A cone search cannot do without its three columns: DaCHS takes these as principal.
        is_position = table == "outsider.sight" and name in ("sight_id", "ra", "dec")
        assert told[5:] == (indexed or int(is_position), principal or int(is_position), std)


def test_tap_schema_tells_the_same_of_tables_and_keys(both: Both) -> None:
    of = "table_name IN (" + ", ".join(f"'{table}'" for table in TABLES) + ")"
    query = f"SELECT table_name, utype, description FROM tap_schema.tables WHERE {of} ORDER BY 1"
    own, theirs = (
        [tuple(v and " ".join(v.split()) for v in row) for row in rows(service, asked)]
        for service, asked in zip(both, (query, in_dachs(query)), strict=True)
    )
    assert len(own) == len(TABLES)
    assert theirs == [(in_dachs(name), *rest) for name, *rest in own]
    query = (
        "SELECT k.from_table, c.from_column, k.target_table, c.target_column "
        "FROM tap_schema.keys AS k JOIN tap_schema.key_columns AS c ON k.key_id = c.key_id "
        "WHERE k.from_table IN ('satvo.gp', 'outsider.sight') ORDER BY 1, 2"
    )
    own, theirs = rows(both[0], query), rows(both[1], in_dachs(query))
    assert len(own) == 3
    assert theirs == [tuple(map(in_dachs, row)) for row in own]


def test_cone_search_finds_what_the_query_finds(both: Both, dachs: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what astropy says of the documents of DaCHS
        found = pyvo.dal.SCSService(f"{dachs.url}/outsider_vo/q/cone_sight/scs.xml?").search(
            pos=(150, 2), radius=5
        )
    wanted = rows(both[0], QUERIES["a cone"])
    assert sorted(int(record["sight_id"]) for record in found) == [number for (number,) in wanted]


def test_rows_that_come_later_are_in_the_view_at_once(
    both: Both, satvo: Any, element_sets: Callable[..., bytes], tmp_path: Path
) -> None:
    query = "SELECT COUNT(*) AS n FROM satvo.gp WHERE source = 'user'"
    assert rows(both[1], in_dachs(query)) == [(0,)]
    file = tmp_path / "later.tle"
    file.write_bytes(element_sets(10))
    assert satvo.command("ingest", file).returncode == 0
    assert rows(both[0], query) == rows(both[1], in_dachs(query)) == [(10,)]
