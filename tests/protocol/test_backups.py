"""Backups of a server at work, and what becomes of them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from satvo.service.backup_reader import read_manifest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WAIT_S = 60.0
ONE = "SELECT TOP 1 gp_id FROM satvo.gp"

Server = Any
NewServer = Callable[..., Server]


Restored = Callable[..., Server]


@pytest.fixture
def restored() -> Iterator[Restored]:
    """Makes homes from backups, and servers on them that are not started."""
    made: list[Server] = []

    def make(server: Server, file: Path, home: Path) -> Server:
        made.append(type(server)(home, dict(server.settings)))
        done = made[-1].command("restore", file)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"made {home}: ")
        return made[-1]

    yield make
    for each in made:
        each.kill()


def table(home: Server, name: str, order: str) -> str:
    done = home.command(
        "query", f"SELECT * FROM {name} ORDER BY {order}", "--format", "csv", "--maxrec", "2000000"
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


TABLES = (
    ("satvo.satellite", "norad_id"),
    ("satvo.gp", "gp_id"),
    ("tap_schema.columns", "table_name, column_index"),
)


def begun(server: Server, *arguments: str | Path) -> subprocess.Popen[str]:
    name, *rest = arguments
    return subprocess.Popen(
        [*server.satvo, name, "--home", server.home, *rest],
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def job(server: Server, path: str = "/tap/async", *, token: str = "", **form: str) -> str:
    headers = {**FORM, **({"Authorization": f"Bearer {token}"} if token else {})}
    made = server.request("POST", path, urlencode(form).encode(), headers)
    assert made.status == 303, made.text
    return str(made.headers["Location"].removeprefix(server.url))


def ended(server: Server, path: str, token: str = "") -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    deadline = time.monotonic() + WAIT_S
    while (phase := server.get(f"{path}/phase", **headers).text) in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return str(phase)


def test_a_backup_under_ingest_is_of_one_moment(
    new_server: NewServer, element_sets: Callable[..., bytes], restored: Restored, tmp_path: Path
) -> None:
    server = new_server().start()
    sets = tmp_path / "sets.tle"
    sets.write_bytes(element_sets(4000, 30))  # 120 000 sets: three transactions
    ingest = begun(server, "ingest", sets)
    files = []
    while ingest.poll() is None:
        files.append(tmp_path / f"during{len(files)}.zip")
        done = server.command("backup", files[-1])
        assert done.returncode == 0, done.stderr
        assert server.sync(ONE).status == 200
    assert ingest.communicate(timeout=WAIT_S)[1].count("records read") > 1
    middle = [file for file in files if 0 < user_sets(file) < 120_000]
    assert middle, "none was made in the middle"
    assert {user_sets(file) for file in middle} <= {50_000, 100_000}
    home = restored(server, middle[-1], tmp_path / "during")
    # what one transaction writes: sets, their objects, and one current set of each
    told = home.command("query", MIXED, "--format", "csv").stdout.split()[1].split(",")
    assert told == [str(user_sets(middle[-1])), "4000", "4000", "4000"]


MIXED = """
    SELECT COUNT(*) AS n, COUNT(DISTINCT g.norad_id) AS n_objects,
        COUNT(DISTINCT s.norad_id) AS n_known,
        COUNT(*) - COUNT(g.superseded_by) AS n_current
    FROM satvo.gp AS g LEFT JOIN satvo.satellite AS s ON g.norad_id = s.norad_id
    WHERE g.source = 'user'"""


def user_sets(file: Path) -> int:
    """Sets in a backup that are not of the demonstration."""
    (gp,) = (part for part in read_manifest(file).tables if part.name == "satvo.gp")
    return gp.rows - 8393


CSV = {"Content-Type": "text/csv"}
KEPT = (
    "<table><name>seen</name><column><name>id</name><dataType>int</dataType></column>"
    "<column><name>mag_v</name><dataType>double</dataType></column></table>"
)


def test_tables_jobs_and_tokens_are_the_same_after_a_restore(
    new_server: NewServer, restored: Restored, tmp_path: Path
) -> None:
    server = new_server().start()
    secret = server.command("token add", "writer", "--rights", "job,write").stdout.split()[-1]
    registered = job(
        server, "/jobs/constellation", token=secret, CONSTELLATION="kuiper",
        EPOCH="2031-02-03T04:05:06", REGISTER="true", PHASE="RUN",
    )  # fmt: skip
    assert ended(server, registered, secret) == "COMPLETED"
    query = job(server, QUERY=ONE, PHASE="RUN", RUNID="kept")
    assert ended(server, query) == "COMPLETED"
    pending = job(server, QUERY="SELECT TOP 3 gp_id FROM satvo.gp")
    file = tmp_path / "home.zip"
    done = server.command("backup", file)
    assert done.returncode == 0, done.stderr
    assert "3 jobs, 1 tokens" in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    mine = {"Authorization": f"Bearer {secret}"}
    server.request(
        "PUT", "/tap/tables/tap_user.seen", KEPT.encode(), {**mine, "Content-Type": "text/xml"}
    )
    loaded = server.request(
        "POST", "/tap/load/tap_user.seen", b"id,mag_v\n5,1.5\n6,\n", {**mine, **CSV}
    )
    assert loaded.status == 200, loaded.text
    own = "/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=SELECT+id,mag_v+FROM+tap_user.seen+ORDER+BY+id"
    done = server.command("backup", file)
    assert done.returncode == 0, done.stderr
    answers = {
        own: "id,mag_v\n5,1.5\n6,\n",
    } | {
        path: server.get(path, **mine).text
        for path in (
            f"{registered}/results/elements", f"{registered}/results/registered",
            f"{query}/results/result", f"{query}/phase", f"{pending}/parameters",
        )
    }  # fmt: skip
    before = [table(server, *each) for each in TABLES]
    server.stop()
    new = restored(server, file, tmp_path / "new")
    assert [table(new, *each) for each in TABLES] == before
    new.start()
    for path, text in answers.items():
        assert new.get(path, **mine).text == text, path
    assert new.get(f"{registered}/results/elements").status == 401
    assert new.get(own).status == 400, "it is its owner's alone"
    new.request("POST", f"{pending}/phase", b"PHASE=RUN", FORM)
    assert ended(new, pending) == "COMPLETED"
    again = job(
        new, "/jobs/constellation", token=secret, CONSTELLATION="kuiper",
        EPOCH="2031-02-03T04:05:06", REGISTER="true", PHASE="RUN",
    )  # fmt: skip
    assert ended(new, again, secret) == "COMPLETED"
    assert '"new": 0' in new.get(f"{again}/results/registered", **mine).text


def test_a_backup_without_a_server_is_the_same(
    new_home: Callable[[], Server], restored: Restored, tmp_path: Path
) -> None:
    home = new_home()
    file = tmp_path / "home.zip"
    done = home.command("backup", file)
    assert (done.returncode, done.stderr) == (0, "")
    new = restored(home, file, tmp_path / "new")
    assert [table(new, *each) for each in TABLES] == [table(home, *each) for each in TABLES]


@pytest.mark.parametrize("who", ["command", "server"])
def test_a_killed_backup_leaves_the_one_before(
    new_server: NewServer,
    restored: Restored,
    tmp_path: Path,
    element_sets: Callable[..., bytes],
    who: str,
) -> None:
    server = new_server().start()
    file = tmp_path / "kept" / "home.zip"
    file.parent.mkdir()
    file.write_bytes(b"the one before")
    sets = tmp_path / "sets.tle"
    sets.write_bytes(element_sets(3000, 30))
    assert server.command("ingest", sets).returncode == 0
    command = begun(server, "backup", file)
    part = file.with_name(".home.zip.part")
    deadline = time.monotonic() + WAIT_S
    while not (part.exists() and part.stat().st_size):
        assert time.monotonic() < deadline
        assert command.poll() is None, "it was over before it could be killed"
    if who == "command":
        command.kill()
    else:
        os.killpg(server.process.pid, signal.SIGKILL)
    _, told = command.communicate(timeout=WAIT_S)
    assert file.read_bytes() == b"the one before"
    if who == "server":
        assert command.returncode == 1
        assert told.splitlines()[-1].startswith("satvo: ")
        assert not part.exists()
        return
    assert server.command("backup", file).returncode == 0
    assert list(file.parent.iterdir()) == [file]
    restored(server, file, tmp_path / "new")


def test_a_home_that_is_served_or_holds_something_is_not_restored_into(
    new_server: NewServer, tmp_path: Path
) -> None:
    server = new_server().start()
    file = tmp_path / "home.zip"
    assert server.command("backup", file).returncode == 0
    for words in ("already serves", "holds archive.duckdb already"):
        refused = server.command("restore", file)
        assert refused.returncode in (1, 2)
        assert refused.stderr.count("\n") == 1
        assert words in refused.stderr
        server.stop()
    assert len(table(server, "satvo.gp", "gp_id").splitlines()) == 8394


def test_a_backup_is_not_restored_into_a_database_that_cannot_be_reached(
    new_home: Callable[[], Server], tmp_path: Path
) -> None:
    home = new_home()
    file = tmp_path / "home.zip"
    assert home.command("backup", file).returncode == 0
    home.home = tmp_path / "new"
    home.settings["SATVO_STORE"] = f"postgresql://nobody@/nowhere?host={tmp_path}"
    refused = home.command("restore", file)
    assert refused.returncode == 1
    *told, error = refused.stderr.splitlines()
    assert all(line.endswith(" files of images") for line in told)
    assert error.startswith("satvo: the database cannot be reached")
    assert [path.name for path in home.home.iterdir()] == ["serve.lock"]
