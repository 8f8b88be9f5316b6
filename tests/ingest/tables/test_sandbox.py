"""The child process: what it hands back, what bounds it, and what it leaves behind."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from satvo.ingest.confined import work
from satvo.ingest.confined.nursery import Child
from satvo.ingest.confined.work import children_at_work
from satvo.ingest.tables.columns import Column
from satvo.ingest.tables.sandbox import (
    UploadLimits,
    convert_upload,
    read_converted,
)
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat

MIB = 2**20
CSV = b"id,t,name\n1,2021-01-01T00:00:00,a\n2,,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing but the upload and its answer may be at the end."""
    yield tmp_path
    assert {path.name for path in tmp_path.iterdir()} <= {"upload", "answer"}


def converted(folder: Path, data: bytes, **how: Any) -> pa.Table:
    """Convert an upload and read what came of it."""
    (folder / "upload").write_bytes(data)
    summary = convert_upload(folder / "upload", folder / "answer", name="mine", **how)
    fields, reader = read_converted(folder / "answer")
    table = reader.read_all()
    assert summary.fields == fields
    assert summary.rows == table.num_rows
    assert summary.size_bytes == (folder / "answer").stat().st_size
    return table


def refused(folder: Path, data: bytes, error: type[Exception], reason: str, **how: Any) -> None:
    """Hold that an upload is refused with this reason and leaves nothing."""
    with pytest.raises(error, match=reason) as caught:
        converted(folder, data, **how)
    assert type(caught.value) is error
    assert str(caught.value).startswith("mine: ")
    assert "Traceback" not in str(caught.value)
    assert not (folder / "answer").exists()


def children(pid: int) -> list[int]:
    """The processes whose parent is this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == pid:
            found.append(int(path.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def awaited(condition: Any, seconds: float) -> Any:
    """The first true value of a condition within a time."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


def nurseries(pid: int) -> list[int]:
    """The processes of that one that fork readers of tables; it may have servers as well."""
    return [child for child in children(pid) if b"ingest.tables.converting" in command_of(child)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def readers(pid: int) -> list[int]:
    """The processes that read uploads for that one."""
    return [reader for forks in nurseries(pid) for reader in children(forks)]


def test_an_upload_becomes_an_arrow_file_with_its_fields(folder: Path) -> None:
    table = converted(folder, CSV)
    assert table.to_pydict() == {
        "id": [1, 2], "t": [datetime(2021, 1, 1), None], "name": ["a", None]
    }  # fmt: skip
    fields, _ = read_converted(folder / "answer")
    assert fields == (
        Field("id", "int"), Field("t", "char", "*", "timestamp"), Field("name", "char", "*")
    )  # fmt: skip
    assert (folder / "answer").stat().st_mode & 0o777 == 0o600


def test_the_answer_may_be_removed_while_it_is_read(folder: Path) -> None:
    converted(folder, CSV)
    _, reader = read_converted(folder / "answer")
    (folder / "answer").unlink()
    assert reader.read_all().num_rows == 2


@pytest.mark.parametrize("packed", [False, True])
def test_every_format_is_converted(folder: Path, votable: Any, packed: bool) -> None:
    document = votable('<FIELD name="id" datatype="int" unit="m"/>', [["1"], ["2"]])
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": [1, 2]}), sink)
    uploads = [
        document,
        sink.getvalue().to_pybytes(),
        b"id,x\n1,\n2,\n",
        b"id\tx\n1\t\n2\t\n",
        b"# %ECSV 1.0\n# ---\n# datatype: [{name: id, datatype: int64}]\nid\n1\n2\n",
    ]
    for data in uploads:
        table = converted(folder, gzip.compress(data) if packed else data)
        assert table["id"].to_pylist() == [1, 2]


def test_an_empty_table_is_converted(folder: Path) -> None:
    assert converted(folder, b"a,b\n").num_rows == 0


def test_what_is_wrong_comes_back_as_the_same_error(folder: Path, votable: Any) -> None:
    refused(folder, b"hello", UnknownFormat, "no table format known")
    refused(folder, CSV, UnknownFormat, "'xlsx' is not known", format="xlsx")
    refused(folder, votable('<FIELD name="x" datatype="int"/>', [["one"]]), BadParameter,
            "row 1, column x: 'one' is no int")  # fmt: skip
    refused(folder, b"<!DOCTYPE VOTABLE []><VOTABLE/>", BadParameter, "DOCTYPE")
    few = UploadLimits(max_rows=1)
    refused(folder, CSV, LimitExceeded, "more than 1 rows", limits=few)
    refused(
        folder, CSV, LimitExceeded, "at most 2 are accepted", limits=UploadLimits(max_columns=2)
    )
    refused(folder, CSV, LimitExceeded, "more than 20 bytes", limits=UploadLimits(max_bytes=20))


def test_a_failed_upload_leaves_an_older_answer_as_it_is(folder: Path) -> None:
    converted(folder, CSV)
    (folder / "upload").write_bytes(b"hello")
    with pytest.raises(UnknownFormat):
        convert_upload(folder / "upload", folder / "answer", name="mine")
    assert read_converted(folder / "answer")[1].read_all().num_rows == 2


def test_the_limit_of_cpu_time_is_named(folder: Path) -> None:
    endless = b"<VOTABLE>" + b"<a/>" * 10_000_000
    refused(
        folder, endless, LimitExceeded, "more than 1 s of CPU time", limits=UploadLimits(cpu_s=1)
    )


@pytest.mark.alone
def test_the_limit_of_wall_time_is_named_and_the_child_is_gone(folder: Path) -> None:
    endless = b"<VOTABLE>" + b"<a/>" * 10_000_000
    begun = time.monotonic()
    refused(folder, endless, LimitExceeded, "longer than 0.7 s", limits=UploadLimits(wall_s=0.7))
    assert time.monotonic() - begun < 5
    assert awaited(lambda: not readers(os.getpid()), 5)


def test_children_are_counted_while_they_read(folder: Path) -> None:
    assert children_at_work() == 0
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(converted, folder, b"a,b\n" + b"1,2\n" * 100_000)
        seen = 0
        while not reading.done():
            seen = max(seen, children_at_work())
        assert reading.result().num_rows == 100_000
    assert seen == 1
    assert children_at_work() == 0


def test_the_limit_of_memory_is_named(folder: Path) -> None:
    sink = pa.BufferOutputStream()
    texts = pa.array(["x" * 100_000_000])
    pq.write_table(pa.table({"x": texts}), sink, compression="zstd", write_statistics=False)
    data = sink.getvalue().to_pybytes()
    assert len(data) < MIB
    limits = UploadLimits(memory_bytes=350 * MIB)
    refused(folder, data, LimitExceeded, "memory", limits=limits)


def test_the_limit_of_files_is_named(folder: Path) -> None:
    limits = UploadLimits(file_bytes=MIB)
    many = b"a,b\n" + b"1,2\n" * 400_000
    refused(folder, many, LimitExceeded, "more than 1048576 bytes", limits=limits)
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 900_000)
    refused(folder, packed, LimitExceeded, "more than 1048576 bytes", limits=limits)


@pytest.mark.parametrize(
    ("number", "error", "reason"),
    [
        (signal.SIGABRT, LimitExceeded, "memory"),
        (signal.SIGKILL, LimitExceeded, "memory"),
        (signal.SIGSEGV, BadParameter, "damaged in a way"),
    ],
)
def test_a_child_that_is_killed_is_told_of(
    folder: Path, number: signal.Signals, error: type[Exception], reason: str
) -> None:
    endless = b"<VOTABLE>" + b"<a/>" * 10_000_000
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(refused, folder, endless, error, reason)
        (child,) = awaited(lambda: readers(os.getpid()), 20)
        os.kill(child, number)
        reading.result()


def test_the_next_upload_is_read_where_the_process_that_forks_was_killed(folder: Path) -> None:
    for _ in range(2):
        assert converted(folder, CSV).num_rows == 2
        (forks,) = nurseries(os.getpid())
        os.kill(forks, signal.SIGKILL)


def test_a_reader_ends_with_the_process_that_forked_it(folder: Path) -> None:
    endless = b"<VOTABLE>" + b"<a/>" * 10_000_000
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(refused, folder, endless, LimitExceeded, "memory")
        (child,) = awaited(lambda: readers(os.getpid()), 20)
        os.kill(nurseries(os.getpid())[0], signal.SIGKILL)
        reading.result()
    assert awaited(lambda: not alive(child), 10)


@pytest.mark.parametrize("said", [b"", b"[1", b"[1]", b"\xff", b"x" * 1000])
def test_an_answer_that_is_none_is_told_without_its_trace(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for status in (0, 1):
        with pytest.raises(BadParameter, match="damaged in a way"):
            work._verdict("mine", said, status, UploadLimits(), "ZeroDivisionError")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.alone
def test_a_reader_that_says_too_much_is_ended() -> None:
    (out, into), (link, theirs) = os.pipe(), socket.socketpair()
    reader = Child(out, link)
    os.write(into, b"x" * 5000)
    with theirs:
        assert reader.said(4096, time.monotonic() + 5) == b""
        assert theirs.recv(10) == b"!"
    reader.close()
    os.close(into)


def test_a_file_that_is_no_answer_is_refused(folder: Path) -> None:
    for data in (b"", b"ARROW1\0\0", b"x" * 1000):
        (folder / "answer").write_bytes(data)
        with pytest.raises(BadParameter, match="no converted upload"):
            read_converted(folder / "answer")


PARENT = """
import sys
from pathlib import Path
from satvo.ingest.tables.sandbox import convert_upload
convert_upload(Path(sys.argv[1]), Path(sys.argv[2]), name="t")
"""


def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(b"<VOTABLE>" + b"<a/>" * 20_000_000)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "upload", tmp_path / "answer"]
    )
    try:
        child = awaited(lambda: [c for forks in children(parent.pid) for c in children(forks)], 20)[
            0
        ]
        small = "Max open files            32"
        assert awaited(lambda: small in Path(f"/proc/{child}/limits").read_text(), 20)
        assert alive(child)
        assert os.getsid(child) == child
        environment = Path(f"/proc/{child}/environ").read_bytes()
        assert b"HOME=" not in environment
        assert b"PATH=" not in environment
        assert list(Path(f"/proc/{child}/cwd").iterdir()) == []
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait(timeout=10)
    assert awaited(lambda: not alive(child), 10)


def test_the_child_loads_no_database_and_starts_soon(tmp_path: Path, votable: Any) -> None:
    code = (
        "import sys, io; from satvo.ingest.confined import child; "
        "from satvo.ingest.tables import converting; import pyarrow as pa;"
        "from satvo.ingest.tables.formats import read_table;"
        "list(read_table(open(sys.argv[1], 'rb'), name='t', max_rows=9));"
        "print([m for m in ('sqlalchemy', 'duckdb', 'astropy', 'yaml', 'pyarrow.parquet', "
        "'lxml', 'satvo.schemas.columns') if m in sys.modules])"
    )
    upload = tmp_path / "upload"
    upload.write_bytes(votable('<FIELD name="x" datatype="int"/>', [["1"]]))
    said = subprocess.run(
        [sys.executable, "-c", code, upload], capture_output=True, text=True, timeout=30, check=True
    )
    assert json.loads(said.stdout.replace("'", '"')) == []


def test_the_wanted_columns_and_a_description_go_through_the_child(folder: Path) -> None:
    wanted = (Column("NAME", "char", "*"), Column("x", "double"), Column("id", "short"))
    rows = converted(folder, b"name,id\na,1\nb,2\n", wanted=wanted)
    assert rows.to_pydict() == {"NAME": ["a", "b"], "x": [None, None], "id": [1, 2]}
    (folder / "answer").unlink()
    reason = "row 1, column id: '40000' is no short"
    refused(folder, b"id\n40000\n", BadParameter, reason, wanted=wanted)
    (folder / "upload").write_bytes(
        b"<table><description>Mine &#234;</description>"
        b"<column><name>a</name><dataType>int</dataType></column></table>"
    )
    made = convert_upload(folder / "upload", folder / "answer", name="mine", format="vosi")
    assert (made.format, made.rows, made.description) == ("vosi", 0, "Mine \u00ea")
