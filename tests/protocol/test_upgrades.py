"""A server on what another version left: brought up, or refused in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import duckdb

NewServer = Callable[..., Any]


def test_server_refuses_jobs_and_tokens_of_a_newer_version_in_one_line(
    new_server: NewServer,
) -> None:
    server = new_server()
    assert server.command("token add", "x").returncode == 0
    with closing(sqlite3.connect(server.home / "state.sqlite")) as state, state:
        state.execute("UPDATE revision SET version_num = '9999'")
    for command in (("serve",), ("token list",)):
        done = server.command(*command)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "was written by a newer satvo (revision 9999" in done.stderr


def test_commands_refuse_an_archive_of_a_newer_version_in_one_line(new_server: NewServer) -> None:
    server = new_server()
    with closing(duckdb.connect(str(server.home / "archive.duckdb"))) as archive:
        archive.execute("UPDATE satvo_store.revision SET version_num = '9999'")
    said = server.command("status")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "the archive was written by a newer satvo (revision 9999" in said.stderr


def test_home_of_a_version_without_revisions_is_served(
    new_server: NewServer,
) -> None:
    server = new_server()
    with closing(duckdb.connect(str(server.home / "archive.duckdb"))) as archive:
        archive.execute("DROP SCHEMA satvo_store CASCADE")
    server.start()
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") > 1000
    server.stop()
    with closing(duckdb.connect(str(server.home / "archive.duckdb"), read_only=True)) as archive:
        assert archive.execute("SELECT COUNT(*) FROM satvo_store.revision").fetchone() == (1,)


def test_home_of_the_version_before_images_gets_their_tables(new_server: NewServer) -> None:
    server = new_server()
    with closing(duckdb.connect(str(server.home / "archive.duckdb"))) as archive:
        for table in ("satvo.testcase", "satvo.testterm", "satvo.trail", "satvo.dataproduct"):
            archive.execute(f"DROP TABLE {table}")
        archive.execute("DROP TABLE ivoa.obscore")
        archive.execute("UPDATE satvo_store.revision SET version_num = '0005'")
    server.start()
    for table in ("ivoa.obscore", "satvo.dataproduct", "satvo.trail", "satvo.testcase"):
        assert server.number(f"SELECT COUNT(*) AS n FROM {table}") == 0, table
    assert server.number("SELECT COUNT(*) AS n FROM satvo.gp") > 1000
