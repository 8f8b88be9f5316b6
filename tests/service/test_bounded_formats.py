"""A million rows in every format: bounded memory, and a rate that does not fall.

Each is written in a process of its own, whose peak is read after that of the idle one was cleared.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MEMORY_MB = 150
ROWS_PER_S = 100_000  # on a machine that does other things; alone it is four to seven times that

SCRIPT = """
import json, sys, time
import numpy as np, pyarrow as pa
from satvo.schemas.columns import Field
from satvo.service.formats import find_format

def peak_mb():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024

n = 50_000
numbers = [Field(name, "double") for name in "abcde"]
fields = (Field("i", "int"), Field("name", "char", "*"), Field("t", "char", "*", "timestamp"),
          *numbers)
rng = np.random.default_rng(5)
batch = pa.RecordBatch.from_arrays(
    [pa.array(np.arange(n, dtype=np.int32)), pa.array([f"STARLINK-{i}" for i in range(n)]),
     pa.array(rng.integers(15 * 10**14, 17 * 10**14, n), pa.timestamp("us")),
     *(pa.array(np.round(rng.random(n) * 360, 6)) for _ in numbers)],
    names=[field.name for field in fields])
find_format(sys.argv[1])[0].writer().begin(fields, [])
with open("/proc/self/clear_refs", "w") as clear:
    clear.write("5")
idle, begun, size = peak_mb(), time.process_time(), 0
writer = find_format(sys.argv[1])[0].writer()
size += len(writer.begin(fields, []))
for _ in range(20):
    size += len(writer.rows(batch))
end = writer.end()
for piece in (end,) if isinstance(end, bytes) else end:
    size += len(piece)
print(json.dumps([peak_mb() - idle, 20 * n / (time.process_time() - begun), size]))
"""


@pytest.mark.parametrize(
    "name", ["votable/td", "csv", "tsv", "json", "parquet", "arrow", "fits", "ecsv"]
)
def test_million_rows_are_written_in_bounded_memory(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, name],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    grown, rate, size = json.loads(done.stdout)
    assert size > 20_000_000
    assert grown < MEMORY_MB
    assert rate > ROWS_PER_S
