"""What the simulator needs from the archive."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
import sqlalchemy as sa
from satvo.resources.ephemeris.build import known_elements_table, registered_sites
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.images.simulator.asked import Asked, read_asked
from satvo.resources.images.simulator.parameters import MOST_PIXELS, MOST_SCENE_BYTES
from satvo.resources.images.work_files import place_file, uploaded_part
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound
from satvo.schemas.moments import MJD_EPOCH, mjd_of
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.store.interface import Store
from satvo.schemas.transit import TRANSIT

__all__ = ["BASE", "ELEMENTS", "REQUEST", "TRANSITS", "prepare_simulation"]

BASE = "base.fits"
"""Where the work folder has the frame that trails are drawn into."""
REQUEST = "request.json"
ELEMENTS = "elements.arrow"
TRANSITS = "transits.arrow"

_MAX_AGE_D = 30.0
_DID = "obs_publisher_did"
_OF_BASE = (
    "obs_title", "obs_collection", "s_ra", "s_dec", "s_fov", "s_xel1", "s_xel2", "s_pixel_scale",
    "t_min", "t_max", "t_exptime", "em_min", "em_max", "facility_name", "instrument_name",
)  # fmt: skip
_OF_FILE = (
    "product_id", "role", "file_name", "n_image", "licence", "site_lon", "site_lat", "site_height",
    "focal_length", "aperture", "optics", "filter_name", "zero_point", "gain", "read_noise",
    "saturation", "wcs_projection",
)  # fmt: skip

Row = Mapping[str, Any]
Files = Callable[[str], Path]


def prepare_simulation(
    store: Store, parameters: Mapping[str, str], uploads: Path, folder: Path, files: Files
) -> None:
    """Write what `satvo.resources.images.simulator.job.run` needs into its work folder.

    Parameters
    ----------
    store : Store
    parameters : mapping
        Of the job.
    uploads : Path
        Not opened here: what strangers sent is read by the job's own process.
    folder : Path
        Gets ``request.json`` (seed, observer, what is known of the base image), and where they are
        asked for the base image, the crossings and the elements.
    files : callable
        From a product_id to its file.

    Raises
    ------
    BadParameter, LimitExceeded, NotFound
        For what cannot be done, before any of it is.
    """
    scene = uploaded_part(uploads, "SCENE")
    if scene is not None and scene.stat().st_size > MOST_SCENE_BYTES:
        raise BadParameter(f"SCENE has more than {MOST_SCENE_BYTES} bytes, the most accepted")
    asked = read_asked(parameters, has_scene_file=scene is not None)
    base = None if asked.did is None else _base(store, asked.did)
    with_list = uploaded_part(uploads, "TRANSITS") is not None
    if with_list and (asked.by_orbit or asked.rate):
        raise BadParameter("TRANSITS is given with TRANSIT or RATE; give one of them")
    if base is not None and (asked.by_orbit or with_list):
        _check_base(base, asked)
    observer = _observer(store, asked, base)
    if asked.transit_ids:
        feather.write_feather(_transits(store, asked.transit_ids), folder / TRANSITS)
    if asked.is_predicted:
        feather.write_feather(_elements(store, asked, base), folder / ELEMENTS)
    if base is not None:
        place_file(files(base["product_id"]), folder / BASE)
    request = {"seed": _seed(asked, folder), "observer": observer, "base": base}
    (folder / REQUEST).write_text(json.dumps(request), "utf-8")


def _base(store: Store, did: str) -> dict[str, Any]:
    """What is known of the frame that trails are drawn into."""
    query = (
        sa.select(
            OBSCORE.c[_DID],
            *(OBSCORE.c[name] for name in _OF_BASE),
            *(DATAPRODUCT.c[name] for name in _OF_FILE),
        )
        .select_from(OBSCORE.outerjoin(DATAPRODUCT, DATAPRODUCT.c[_DID] == OBSCORE.c[_DID]))
        .where(OBSCORE.c[_DID] == did)
    )
    rows: list[dict[str, Any]] = store.select(query).to_pylist()
    if not rows:
        raise NotFound(f"ID={did[:200]}: there is no such data product here")
    row = rows[0]
    if row["product_id"] is None:
        raise BadParameter(f"ID={did[:200]}: its file is kept elsewhere; give a frame kept here")
    if row["role"] != "frame" or not row["n_image"] or not row["s_xel2"]:
        raise BadParameter(f"ID={did[:200]}: it is a {row['role']}, not an image; give a frame")
    pixels = row["s_xel1"] * row["s_xel2"]
    if pixels > MOST_PIXELS:
        raise LimitExceeded(
            f"ID={did[:200]}: it has {pixels} pixels; {MOST_PIXELS} are accepted at most"
        )
    return row


def _check_base(base: Row, asked: Asked) -> None:
    """That the frame tells where and when it looked."""
    needed = {
        "a WCS": base["wcs_projection"] is not None and base["s_ra"] is not None,
        "the start of its exposure": base["t_min"] is not None or asked.start is not None,
        "its exposure time": base["t_exptime"] is not None,
    }
    if asked.is_predicted:
        has_site = base["site_lon"] is not None and base["site_lat"] is not None
        needed["the place of its telescope (give SITE)"] = has_site or asked.site is not None
    missing = [what for what, there in needed.items() if not there]
    if missing:
        raise BadParameter(
            f"ID={base[_DID]}: crossings cannot be drawn, since the frame does not tell "
            f"{', '.join(missing)}; POST /api/images/<product_id>/metadata amends it, or draw a "
            "trail by MAG, ALTITUDE and ORIENTATION"
        )


def _observer(store: Store, asked: Asked, base: Row | None) -> dict[str, Any] | None:
    if asked.site is not None:
        found = find_observer(asked.site, registered_sites(store))
        if not isinstance(found, GroundObserver):
            raise BadParameter(f"SITE={asked.site[:60]}: give a place on the ground")
        place = {"lon": found.lon_deg, "lat": found.lat_deg, "height": found.height_m}
        return {**place, "name": found.name}
    if base is None or base["site_lon"] is None or base["site_lat"] is None:
        return None
    told = {"lon": base["site_lon"], "lat": base["site_lat"], "height": base["site_height"] or 0.0}
    return {**told, "name": base["facility_name"] or ""}


def _transits(store: Store, wanted: Sequence[str]) -> Any:
    table = store.select(sa.select(TRANSIT).where(TRANSIT.c.transit_id.in_(list(wanted))))
    missing = sorted(set(wanted) - set(table["transit_id"].to_pylist()))
    if missing:
        raise NotFound(f"TRANSIT={missing[0][:80]}: there is no such row in satvo.transit")
    return table


def _elements(store: Store, asked: Asked, base: Row | None) -> Any:
    start = asked.start
    if start is not None:
        mjd = mjd_of(start)
    elif base is not None:
        mjd = float(base["t_min"])
    else:
        raise AssertionError("TIME was asked for when the parameters were read")
    table = known_elements_table(
        store,
        mjd,
        max_age_d=_MAX_AGE_D,
        norad_ids=asked.norad_ids or None,
        populations=asked.constellations or None,
    )
    missing = sorted(set(asked.norad_ids) - set(table["norad_id"].to_pylist()))
    if missing or not table.num_rows:
        of = f"NORAD_ID={missing[0]}" if missing else "any satellite"
        raise BadParameter(
            f"TRANSIT=predict: the archive has no elements of {of} within {_MAX_AGE_D:g} d of "
            f"{_moment(mjd):%Y-%m-%dT%H:%M} UTC"
        )
    return table


def _moment(mjd: float) -> datetime:
    return MJD_EPOCH + timedelta(days=mjd)


def _seed(asked: Asked, folder: Path) -> int:
    """The seed, of a second try of a job the same as of the first."""
    if asked.seed is not None:
        return asked.seed
    return int.from_bytes(hashlib.sha256(folder.parent.name.encode()).digest()[:7], "big")
