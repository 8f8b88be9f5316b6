"""Rows of ivoa.obscore for tests, of images that are nowhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from satvo.schemas.obscore import OBSCORE, OBSERVED
from satvo.schemas.store.interface import arrow_schema

__all__ = ["many_rows", "obscore_row", "obscore_table"]

AUTHORITY = "satvo.example"


def outline(ra: float, dec: float, half_deg: float) -> str:
    """A square around a place, counter-clockwise; not at a pole."""
    wide = half_deg / math.cos(math.radians(dec))
    corners = ((wide, -half_deg), (wide, half_deg), (-wide, half_deg), (-wide, -half_deg))
    return "POLYGON " + " ".join(f"{(ra + x) % 360:.9f} {dec + y:.9f}" for x, y in corners)


def obscore_row(
    name: str, ra: float | None = None, dec: float = 0.0, half_deg: float = 0.25, **more: Any
) -> dict[str, Any]:
    """An observed image of so much sky; without a place where `ra` is None."""
    place: dict[str, Any] = {}
    if ra is not None:
        place = {
            "s_ra": ra,
            "s_dec": dec,
            "s_fov": 2 * math.sqrt(2) * half_deg,
            "s_region": outline(ra, dec, half_deg),
        }
    return {
        "dataproduct_type": "image",
        "calib_level": 1,
        "obs_id": name,
        "obs_title": f"Image {name}",
        "obs_collection": "tests",
        "obs_publisher_did": f"ivo://{AUTHORITY}/images?{name}",
        "access_url": f"/files/{name}.fits",
        "access_format": "image/fits",
        "access_estsize": 8,
        "data_source": OBSERVED,
        **place,
        **more,
    }


def obscore_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as the store takes them."""
    return pa.Table.from_pylist([dict(row) for row in rows], arrow_schema(OBSCORE))


def many_rows(count: int, *, seed: int = 7) -> list[dict[str, Any]]:
    """Images of 0.1 to 1 deg all over the sky, observed in 2020 to 2025."""
    random = np.random.default_rng(seed)
    ra = random.uniform(0, 360, count)
    dec = np.degrees(np.arcsin(random.uniform(-0.99, 0.99, count)))
    half = random.uniform(0.05, 0.5, count)
    start = random.uniform(58_849, 60_676, count)
    return [
        obscore_row(
            f"n{i:06d}", float(ra[i]), float(dec[i]), float(half[i]),
            t_min=float(start[i]), t_max=float(start[i]) + 30 / 86_400, t_exptime=30.0,
            em_min=4e-7, em_max=7e-7, facility_name=f"Telescope {i % 7}",
            instrument_name="Camera", s_pixel_scale=1.2, s_xel1=1000, s_xel2=1000,
        )
        for i in range(count)
    ]  # fmt: skip
