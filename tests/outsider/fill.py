"""Puts rows into the outsider's tables of a home: ``fill.py HOME ROWS``."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from outsider_resource import SIGHT, SITE
from satvo.schemas.store.interface import arrow_schema
from satvo.service.archive import Archive
from satvo.service.config import read_config

SITES: list[dict[str, Any]] = [
    {"site_id": 1, "name": "Paranal", "site_moc": "0/4-11"},
    {"site_id": -2, "name": "Ždánice", "site_moc": None},
    {"site_id": 32767, "name": None, "site_moc": "1/0 2 4"},
]

TEXTS = ("plain", "", None, "a\\b\tc", "<&>\"'", "\N{GREEK SMALL LETTER MU}m \N{SNOWMAN}")


def sights(count: int) -> list[dict[str, Any]]:
    """Rows with nulls, extremes, and positions over the sphere, the poles and RA 0 among them."""
    random = np.random.default_rng(20261122)
    ra = random.uniform(0, 360, count)
    dec = np.degrees(np.arcsin(random.uniform(-1, 1, count)))
    ra[:4], dec[:4] = (0.0, 359.999999, 10.0, 200.0), (0.0, 1e-6, 90.0, -90.0)
    begin = datetime(2026, 11, 22, 1, 2, 3)
    return [
        {
            "sight_id": n,
            "site_id": (1, -2, None)[n % 3],
            "norad_id": (25544, None, 900_000_001, -(2**31) + 1)[n % 4],
            "seen": (n, None, 2**63 - 1, -(2**63) + 1)[n % 4],
            "seen_at": None if n % 7 == 5 else begin + timedelta(seconds=n, microseconds=n % 3),
            "is_lit": (True, False, None)[n % 3],
            "ra": float(ra[n]),
            "dec": float(dec[n]),
            "mag": None if n % 5 == 4 else np.float32(2 + n % 100 / 10),
            "matrix": None if n % 3 == 1 else [n, -0.1, 1e300, n / 7],
            "outline": (None, [10, 10, 20, 10, 20, 20], [1, 2, 3, 2, 3, 4, 1, n])[n % 3],
            "remark": TEXTS[n % len(TEXTS)],
        }
        for n in range(count)
    ]


if __name__ == "__main__":
    archive = Archive(read_config(home=Path(sys.argv[1])), wait_s=10)
    for table, rows in ((SITE, SITES), (SIGHT, sights(int(sys.argv[2])))):
        content = pa.Table.from_pylist(rows, arrow_schema(table))
        archive.store.write(lambda tx, to=table, new=content: tx.append(to, new))  # type: ignore[misc]
    archive.close()
