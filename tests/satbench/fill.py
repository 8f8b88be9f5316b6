"""Puts the benchmark's rows into the archive of a home: ``fill.py HOME state.parquet``."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from satbench_resource import STATE
from satvo.schemas.store.interface import arrow_schema
from satvo.service.archive import Archive
from satvo.service.config import read_config

if __name__ == "__main__":
    archive = Archive(read_config(home=Path(sys.argv[1])), wait_s=10)
    order = [(name, "ascending") for name in STATE.info["order_by"]]
    rows: pa.Table = pq.read_table(sys.argv[2]).cast(arrow_schema(STATE)).sort_by(order)
    archive.store.write(lambda tx: tx.append(STATE, rows))
    archive.close()
