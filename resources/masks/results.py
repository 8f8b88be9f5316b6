"""The files of a masking job, and what is told of them to the client and to the archive."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from satvo.resources.masks.asked import Asked
from satvo.resources.masks.masked import Masked
from satvo.resources.masks.naming import Named
from satvo.resources.masks.outputs.bits import Bit
from satvo.resources.masks.outputs.files import ENDINGS, ResultFiles
from satvo.resources.masks.parameters import OUTPUTS
from satvo.resources.masks.reading import PlaneOfFile, Taken
from satvo.resources.masks.registering import PRODUCTS

__all__ = ["Results", "Seen", "Source"]

_MEDIA = {"trails": "application/x-ecsv", "preview": "image/png"}
_FITS = "application/fits"
_MOST_NOTES = 20
_MOST_ROWS = 200
"""Trails of a file in the summary; its catalogue has all."""

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A file of images.

    Attributes
    ----------
    number : int
        Its place in the job, from 0.
    path : Path
    name : str
        What messages call it.
    known : mapping, optional
        Columns of ivoa.obscore and satvo.dataproduct; None for what was uploaded.
    """

    number: int
    path: Path
    name: str
    known: Row | None = None

    @property
    def did(self) -> str | None:
        """Its obs_publisher_did."""
        return None if self.known is None else str(self.known["obs_publisher_did"])

    @property
    def taken(self) -> Taken:
        """What the archive knows of its pixels, which goes before its header."""
        known = self.known or {}
        return Taken(saturation=known.get("saturation"), gain=known.get("gain"))


@dataclass(eq=False, slots=True)
class Seen:
    """What is told of a file, gathered while its images are masked.

    Attributes
    ----------
    notes : list of str
    is_empty : bool
        Whether the classifier rejected all of its images.
    named : list of Named or None
        The satellite of each trail, as far as it was asked.
    """

    notes: list[str] = field(default_factory=list)
    is_empty: bool = True
    named: list[Named | None] = field(default_factory=list)
    _pixels: int = 0
    _on_trails: int = 0

    def add(self, plane: PlaneOfFile, masked: Masked, *, rejected: bool) -> None:
        """Take what is told of an image."""
        self.notes += [*plane.notes, *masked.notes]
        self.is_empty &= rejected
        if masked.mask is not None:
            self._pixels += masked.mask.size
            self._on_trails += int(np.count_nonzero(masked.mask & np.uint8(Bit.TRAIL)))

    def name(self, named: list[Named | None], note: str) -> None:
        """Take which satellites the trails of an image are, and what is to be said of that."""
        self.named += named
        if note:
            self.notes.append(note)

    @property
    def share(self) -> float:
        """Of the pixels of its masks, those on trails."""
        return self._on_trails / self._pixels if self._pixels else 0.0


class Results:
    """Files of images, written one after the other.

    Parameters
    ----------
    folder : Path
        Where they are written.
    asked : Asked
    count : int
        Files of images in the job.

    Attributes
    ----------
    told : list of dict
        The results of the job.
    """

    def __init__(self, folder: Path, asked: Asked, count: int) -> None:
        self._folder = folder
        self._asked = asked
        self._count = count
        self._images: list[dict[str, Any]] = []
        self._products: list[dict[str, Any]] = []
        self.told: list[dict[str, str]] = []

    def files(self, source: Source) -> ResultFiles:
        """What writes the files of one source."""
        needed = {"mask"} if self._asked.is_registered else set()
        return ResultFiles(
            self._folder,
            f"{source.number:04d}",
            {*self._asked.outputs, *needed, "trails", "preview"},
            self._about(source),
            cut=self._asked.cut,
        )

    def add(self, source: Source, files: ResultFiles, seen: Seen) -> None:
        """Tell of a source whose files are written."""
        end = f"_{source.number:04d}" if self._count > 1 else ""
        names = {name: f"{source.number:04d}{ending}" for name, ending in ENDINGS.items()}
        for name in (*OUTPUTS, "preview"):
            if name in {*self._asked.outputs, "preview"}:
                media_type = _MEDIA.get(name, _FITS)
                self.told.append(
                    {"id": f"{name}{end}", "file": names[name], "media_type": media_type}
                )
        rows = [_plain(row) for row in files.rows]
        trails = [row for row in rows if row["ghost_of"] is None]
        for row, named in zip(trails, seen.named, strict=False):  # without IDENTIFY there is none
            row.update(_satellite(named))
        self._images.append(
            {
                "name": source.name,
                "did": source.did,
                "title": (source.known or {}).get("obs_title") or source.name,
                "end": end,
                "trails": len(trails),
                "ghosts": len(rows) - len(trails),
                "is_empty": seen.is_empty,
                "share": seen.share,
                "notes": seen.notes[:_MOST_NOTES],
                "rows": rows[:_MOST_ROWS],
            }
        )
        if source.did is not None:
            told = {"did": source.did, "detector": self._asked.detector, "file": names["mask"]}
            self._products.append({**told, "rows": trails})

    def refuse(self, source: Source, error: Exception) -> None:
        """Tell of a source that cannot be masked."""
        self._images.append({"name": source.name, "did": source.did, "error": str(error)})

    def write_summary(self, path: Path) -> None:
        """Write what was found, source by source."""
        told = {
            "detector": self._asked.detector,
            "software": f"satvo {version('satvo')}",
            "images": len(self._images),
            "masked": sum("error" not in each for each in self._images),
            "trails": sum(each.get("trails", 0) for each in self._images),
            "each": self._images,
        }
        path.write_text(json.dumps(told, indent=1), "utf-8")

    def write_products(self) -> None:
        """Write what `satvo.resources.masks.registering.register_masks` registers."""
        (self._folder / PRODUCTS).write_text(json.dumps(self._products), "utf-8")

    def _about(self, source: Source) -> dict[str, tuple[Any, str]]:
        """Cards of every header; none changes from one job to the next that asks the same."""
        return {
            "MASKOF": (source.name.encode("ascii", "replace").decode()[:60], ""),
            **({} if source.did is None else {"MASKDID": (source.did, "")}),
            "DETECTOR": (self._asked.detector, "what found the trails"),
            "MASKSOFT": (f"satvo {version('satvo')}", ""),
            "MSKTHR": (self._asked.search.threshold, "score from which a trail is kept"),
        }


def _satellite(named: Named | None) -> dict[str, Any]:
    if named is None:
        return {}
    return asdict(named)


def _plain(row: Row) -> dict[str, Any]:
    """The same as JSON has it: null for what is no finite number."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        plain = value.item() if isinstance(value, np.generic) else value
        is_number = not isinstance(plain, float) or math.isfinite(plain)
        found[name] = plain if is_number else None
    return found
