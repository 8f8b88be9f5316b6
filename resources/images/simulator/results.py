"""The files of a simulation job, and what is told of them to the client and to the archive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.preview import preview_png
from satvo.resources.images.simulator.registering import PRODUCTS
from satvo.resources.images.simulator.written import (
    frame_file,
    trail_rows,
    truth_catalogue,
    truth_file,
)
from satvo.schemas.obscore import ARTIFICIAL

if TYPE_CHECKING:
    from satvo.resources.images.simulator.tasks import Task

__all__ = ["Results"]

_FITS = "application/fits"
_ECSV = "application/x-ecsv"
_LICENCE = "CC0-1.0"


class Results:
    """Files of frames, written one after the other.

    Parameters
    ----------
    folder : Path
        Where they are written.
    task : Task
    job_id : str
        From which they have their names in the archive.

    Attributes
    ----------
    told : list of dict
        The results of the job.
    count : int
        Frames so far.
    """

    def __init__(self, folder: Path, task: Task, job_id: str) -> None:
        self._folder = folder
        self._task = task
        self._name = f"sim-{job_id[:12]}"
        self._frames: list[dict[str, Any]] = []
        self._products: list[dict[str, Any]] = []
        self.told: list[dict[str, str]] = []
        self.count = 0

    def add(self, exposure: Exposure, pair: Exposure | None) -> None:
        """Write the files of a frame."""
        number = f"{self.count:04d}"
        self.count += 1
        end = f"_{number}" if self._task.frames > 1 else ""
        header: dict[str, Any] = {"SEED": (self._task.plan.seed, "of all that is left to chance")}
        if self._task.base_did:
            header["BASEDID"] = (self._task.base_did, "")
        files = {
            "frame": (f"{number}.fits", frame_file(exposure, header), _FITS),
            "truth_mask": (f"{number}_truth.fits", truth_file(exposure), _FITS),
            "truth": (f"{number}_truth.ecsv", truth_catalogue(exposure), _ECSV),
            "preview": (f"{number}.png", preview_png(exposure), "image/png"),
        }
        if pair is not None:
            files["pair"] = (f"{number}_pair.fits", frame_file(pair, header), _FITS)
        for name, (file, content, media_type) in files.items():
            (self._folder / file).write_bytes(content)
            self.told.append({"id": f"{name}{end}", "file": file, "media_type": media_type})
        self._frames.append(_summary(exposure, f"frame{end}"))
        self._tell_archive(exposure, number, has_pair=pair is not None)

    def write_summary(self, path: Path) -> None:
        """Write how much of the frames is affected, frame by frame and in the mean."""
        shares = [frame["affected"] for frame in self._frames]
        told = {
            "frames": len(self._frames),
            "seed": self._task.plan.seed,
            "base": self._task.base_did,
            "trails": sum(frame["trails"] for frame in self._frames),
            "affected": {kind: float(np.mean([s[kind] for s in shares])) for kind in MASK_BITS},
            "each": self._frames,
        }
        path.write_text(json.dumps(told, indent=1), "utf-8")

    def write_products(self) -> None:
        """Write what `satvo.resources.images.simulator.registering` registers."""
        (self._folder / PRODUCTS).write_text(json.dumps(self._products), "utf-8")

    def _tell_archive(self, exposure: Exposure, number: str, *, has_pair: bool) -> None:
        frame, mask = f"{number}.fits", f"{number}_truth.fits"
        title = self._title(number)
        if has_pair:
            pair = self._told("frame", f"{title}: without trails", f"{number}-pair", exposure)
            self._product(f"{number}_pair.fits", pair, None)
        of = f"{number}_pair.fits" if has_pair else self._task.base_did
        self._product(
            frame, self._told("frame", title, number, exposure), of,
            mask=mask, trails=trail_rows(exposure),
        )  # fmt: skip
        self._product(mask, self._told("truthmask", f"{title}: truth mask", number, None), frame)
        catalogue = self._told("truthcatalogue", f"{title}: truth catalogue", number, None)
        self._product(f"{number}_truth.ecsv", catalogue, frame)

    def _product(self, file: str, told: Mapping[str, Any], of: str | None, **more: Any) -> None:
        name = f"{self._name}-{file.replace('_', '-')}"
        self._products.append({"file": file, "name": name, "told": told, "of": of, **more})

    def _told(
        self, role: str, title: str, number: str, exposure: Exposure | None
    ) -> dict[str, Any]:
        asked = self._task.given.asked
        base = self._task.given.request["base"] or {}
        told: dict[str, Any] = {
            "role": role,
            "licence": asked.licence or base.get("licence") or _LICENCE,
            "obs_collection": asked.collection,
            "obs_id": f"{self._name}-{number}",
            "obs_title": title,
            "obs_creator_name": "satvo",
            "data_source": ARTIFICIAL,
            "dataproduct_type": "measurements" if role == "truthcatalogue" else "image",
        }
        if exposure is None:
            return {**told, "calib_level": 4, "dataproduct_subtype": role}
        names = (
            "facility_name", "instrument_name", "filter_name", "em_min", "em_max", "site_lon",
            "site_lat", "site_height", "focal_length", "aperture", "optics",
        )  # fmt: skip
        told |= {name: base[name] for name in names if base.get(name) is not None}
        raw = self._task.plan.detector.bitdepth is not None and not base
        return {**told, "calib_level": 1 if raw else 2, "o_ucd": "phot.count"}

    def _title(self, number: str) -> str:
        asked = self._task.given.asked
        base = self._task.given.request["base"]
        if base:
            words = f"{base['obs_title']}, with simulated trails"
        else:
            shown = self._task.plan.description.get("title") or asked.preset
            words = f"{shown or 'A scene'}, simulated"
        return f"{words} ({int(number) + 1})" if self._task.frames > 1 else words


def _summary(exposure: Exposure, name: str) -> dict[str, Any]:
    trails = [
        {
            "name": trail.name, "norad_id": trail.norad_id, "mag": trail.mag,
            "length_px": trail.length_px, "width_px": trail.width_px, "snr_avg": trail.snr_avg,
            "share": trail.share,
        }
        for trail in exposure.trails
    ]  # fmt: skip
    kinds: dict[str, int] = {}
    for each in exposure.objects:
        kinds[each["kind"]] = kinds.get(each["kind"], 0) + 1
    return {
        "name": name,
        "start": exposure.start.isoformat(timespec="milliseconds"),
        "exposure_s": exposure.exposure_s,
        "trails": len(trails),
        "affected": {kind: exposure.share(kind) for kind in MASK_BITS},
        "objects": kinds,
        "each": _finite(trails),
    }


def _finite(value: Any) -> Any:
    """The same with null for numbers that JSON does not have."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value
