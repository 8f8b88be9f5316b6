"""Images that belong together, in the archive of a home."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from made_up_images import IMAGES, image_bytes, tan_cards, tan_image
from made_up_obscore import obscore_row, obscore_table
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store.interface import arrow_schema
from satvo.service.archive import Archive
from satvo.service.config import read_config

__all__ = ["ELSEWHERE", "fill_with_images"]

TOLD = {"licence": "CC0-1.0", "obs_collection": "tests"}
EXPOSURE = {
    "t_min": 61119.125, "t_max": 61119.125 + 30 / 86400, "t_exptime": 30.0,
    "site_lon": -70.7366, "site_lat": -30.2407, "site_height": 2722.0,
}  # fmt: skip
ELSEWHERE = "ivo://elsewhere.example/images?1"
NORAD_ID = 90001


def fill_with_images(home: Path, work: Path) -> dict[str, str]:
    """Add a frame with mask, catalogue, twin, pair, trails and a test case, and `IMAGES`.

    Parameters
    ----------
    home, work : Path
        Of the archive, and for the files; both are there.

    Returns
    -------
    dict
        obs_publisher_did by name: frame, mask, truth, twin, pair, and those of `IMAGES`.
    """
    with closing(Archive(read_config(home=home), wait_s=0)) as archive:

        def added(name: str, content: bytes, **told: Any) -> str:
            file = work / name
            file.write_bytes(content)
            looked_at = archive.images.examine(file, name=name, told={**TOLD, **told})
            return archive.images.add([looked_at]).dids[0]

        dids = {"frame": added("night 1 Ü.fits", tan_image(angle=20.0, seed=50), **EXPOSURE)}
        made = {"progenitor_did": dids["frame"], "obs_id": "night-1"}
        mask = np.zeros((48, 64), np.uint8)
        mask[20:30] = 1
        dids["mask"] = added("mask.fits", image_bytes(mask, tan_cards(angle=20.0)), role="mask",
                             dataproduct_subtype="trailmask", **made)  # fmt: skip
        dids["truth"] = added("truth.csv", b"x1,y1\n1,2\n", role="truthcatalogue",
                              dataproduct_type="measurements", **made)  # fmt: skip
        dids["twin"] = added("twin.fits", tan_image(angle=20.0, seed=51),
                             data_source="artificial", **made)  # fmt: skip
        dids["pair"] = added("pair.fits", tan_image(angle=20.0, seed=52, trail=False))
        dids |= {name: added(name, make()) for name, make in IMAGES.items()}
        _relate(archive, dids)
    return dids


def _relate(archive: Archive, dids: dict[str, str]) -> None:
    """A test case, two trails of which one is known, and an image that is kept elsewhere."""
    satellite = [{"norad_id": NORAD_ID, "name": "TESTSAT", "orbit_class": "LEO"}]
    known = {str(col.name) for col in SATELLITE.columns}
    rows = [{name: value for name, value in row.items() if name in known} for row in satellite]
    far = obscore_row("far", 10.0, 20.0) | {
        "obs_publisher_did": ELSEWHERE, "access_url": "https://elsewhere.example/1.fits?a=1&b=2",
    }  # fmt: skip
    archive.store.write(
        lambda tx: (
            tx.append(SATELLITE, pa.Table.from_pylist(rows, arrow_schema(SATELLITE))),
            tx.append(OBSCORE, obscore_table([far])),
        )
    )
    trail = {"obs_publisher_did": dids["frame"], "origin": "manual", "x1": 1.0, "y1": 1.0}
    case = {
        "case_id": "case-1", "kind": "trailmask", "title": "One", "relevance": "None",
        "terms": "#leo#", "obs_publisher_did": dids["frame"], "pair_did": dids["pair"],
        "mask_did": dids["mask"], "truth_did": dids["truth"],
    }  # fmt: skip
    archive.images.add(
        [],
        trails=[{**trail, "trail_id": "t1", "norad_id": NORAD_ID}, {**trail, "trail_id": "t2"}],
        cases=[case],
    )
