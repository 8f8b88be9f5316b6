"""Puts the benchmark's rows into the archive of a home: ``fill.py HOME TABLES``.

TABLES has state.parquet and images.csv of make_bench_tables.py. The images become a file with the
columns of ObsCore, which is read and registered as `satvo obscore add` does.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from satbench_resource import STATE
from satvo.schemas.store.interface import arrow_schema
from satvo.service.archive import Archive
from satvo.service.config import read_config
from satvo.service.obscore_files import read_images

COLLECTION = "satbench"


def images(path: Path) -> io.BytesIO:
    """The images as Parquet, with the names of ObsCore."""
    table = pyarrow.csv.read_csv(path)
    corners = [pc.cast(table[f"c{i}"], pa.string()) for i in range(1, 9)]
    regions = pc.binary_join_element_wise("POLYGON ICRS", *corners, " ")
    renamed = {"s_ra": "ra", "s_dec": "dec", "s_fov": "fov", "instrument_name": "instrument"}
    same = ("obs_id", "t_min", "t_max", "t_exptime", "em_min", "em_max")
    columns = {name: table[name] for name in same}
    columns |= {name: table[theirs] for name, theirs in renamed.items()}
    columns["s_region"] = regions
    columns["access_url"] = pc.binary_join_element_wise("https://example.org", table["accref"], "/")
    columns["access_estsize"] = table["size_kb"]
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    sink.seek(0)
    return sink


if __name__ == "__main__":
    config = read_config(home=Path(sys.argv[1]))
    archive = Archive(config, wait_s=10)
    order = [(name, "ascending") for name in STATE.info["order_by"]]
    tables = Path(sys.argv[2])
    states = pq.read_table(tables / "state.parquet")
    rows: pa.Table = states.cast(arrow_schema(STATE)).sort_by(order)
    archive.store.write(lambda tx: tx.append(STATE, rows))
    frames = images(tables / "images.csv")
    found = read_images(frames, collection=COLLECTION, authority=config.authority)
    archive.add_held_elsewhere(COLLECTION, found)
    archive.close()
