"""A server whose archive has rows of images that are nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from made_up_obscore import obscore_row, obscore_table
from satvo.schemas.obscore import ARTIFICIAL, OBSCORE
from satvo.service.archive import Archive
from satvo.service.config import Config

__all__ = ["ROWS", "add_rows"]

ROWS: Sequence[Mapping[str, Any]] = (
    *(
        obscore_row(
            f"frame{i}", 83.0 + i, -5.0, t_min=59000.0 + i, t_max=59000.001 + i, t_exptime=86.4,
            em_min=4e-7, em_max=7e-7, s_xel1=664, s_xel2=496, s_pixel_scale=2.7,
            facility_name="Somewhere", instrument_name="Camera <1>", target_name="M42 & more",
            dataproduct_type="cube" if i == 3 else "image", em_xel=5 if i == 3 else None,
        )
        for i in range(4)
    ),
    obscore_row("twin0", 83.0, -5.0, data_source=ARTIFICIAL, obs_collection="satvo-sim"),
    obscore_row("alone", 150.0, 2.0, data_source=ARTIFICIAL, obs_collection="satvo-sim"),
    obscore_row("shown", 150.0, -40.0, access_format="image/jpeg",
                access_url="https://example.org/shown.jpg"),
    obscore_row("spectrum", 83.0, -5.0, dataproduct_type="spectrum"),
)  # fmt: skip


def add_rows(home: Path, rows: Sequence[Mapping[str, Any]] = ROWS) -> None:
    """Put rows into the archive of a home that nobody serves."""
    with closing(Archive(Config(home=home), wait_s=5)) as archive:
        archive.store.write(lambda tx: tx.append(OBSCORE, obscore_table(rows)))
