"""Folders of frames whose trails are known, to measure detectors on."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["KnownFrame", "read_set", "trail_pixels"]

Flags = NDArray[np.bool_]

_ENDINGS = (".fits", ".fits.gz", ".fits.fz", ".fit")
_TABLE = "frames.csv"
_OF_SIMULATION = re.compile(r"_(truth|pair)$")
_MOST_BYTES = 1 << 32


@dataclass(frozen=True)
class KnownFrame:
    """A frame, and what is known of it.

    Attributes
    ----------
    name : str
        Of the file, without ending.
    image, truth : Path
        FITS files.
    about : mapping
        By name of column: numbers (`snr_avg`, `snr_tot`, `length`, `stars`, `r0_cm`; NaN where
        unknown or without a trail) and texts (`camera`, `kind`).
    """

    name: str
    image: Path
    truth: Path
    about: Mapping[str, Any]

    def trails(self) -> Flags:
        """Which pixels belong to a trail, bool (rows, columns)."""
        return trail_pixels(self.truth)

    def number(self, column: str) -> float:
        """A number of the table; NaN where there is none."""
        try:
            return float(self.about.get(column) or math.nan)
        except (TypeError, ValueError):
            return math.nan

    @property
    def crossing(self) -> bool | None:
        """Whether the table says that the trail leaves the frame; None where it does not say."""
        kind = str(self.about.get("kind", ""))
        return {"crossing": True, "enclosed": False}.get(kind)


def read_set(folder: Path) -> list[KnownFrame]:
    """The frames of a folder.

    Parameters
    ----------
    folder : Path
        With frames/NAME.fits, truth/NAME.fits (0 where there is no trail) and frames.csv, whose
        column ``file`` has the names and whose others are as `KnownFrame.about` has them; or what
        `satvo simulate -o` wrote.

    Returns
    -------
    list of KnownFrame
        By name.

    Raises
    ------
    BadParameter
        If the folder has neither, or a frame without a truth.
    """
    if (folder / "frames").is_dir() and (folder / "truth").is_dir():
        found = list(_of_table(folder))
    elif folder.is_dir():
        found = list(_of_simulation(folder))
    else:
        raise BadParameter(f"{folder}: is no folder")
    if not found:
        raise BadParameter(
            f"{folder}: no frame with a truth; a folder with frames/, truth/ and frames.csv, or "
            "one that satvo simulate -o wrote, is accepted"
        )
    return sorted(found, key=lambda frame: frame.name)


def trail_pixels(path: Path) -> Flags:
    """Where a mask in a FITS file says that there is a trail.

    The first image of two axes counts: its bit 1 where the header calls that `trail` (BIT1), as
    satvo's masks do, otherwise what is not 0.

    Raises
    ------
    BadParameter
        If it holds no such image.
    """
    from satvo.ingest.images.units import open_units

    with path.open("rb") as stream, open_units(stream, str(path), most_bytes=_MOST_BYTES) as units:
        for unit in units:
            if len(unit.shape) == 2:
                values = np.asarray(unit.hdu.data).reshape(unit.shape)
                if str(unit.header.get("BIT1", "")).strip().lower() == "trail":
                    return np.asarray(values.astype(np.int64) & 1 > 0)
                return np.asarray(values > 0)
    raise BadParameter(f"{path}: holds no mask; a FITS image of two axes is accepted")


def stem_of(path: Path) -> str | None:
    """The name of a FITS file without its ending; None for other files."""
    name = path.name
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return None


def files_of(folder: Path) -> dict[str, Path]:
    """The FITS files of a folder by their names without ending.

    Raises
    ------
    BadParameter
        If two have one name.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        stem = stem_of(path)
        if stem is None:
            continue
        if stem in found:
            raise BadParameter(f"{folder}: {found[stem].name} and {path.name} have one name")
        found[stem] = path
    return found


def _of_table(folder: Path) -> Iterator[KnownFrame]:
    images, truths = files_of(folder / "frames"), files_of(folder / "truth")
    rows: dict[str, dict[str, str]] = {}
    if (folder / _TABLE).exists():
        with (folder / _TABLE).open(newline="") as stream:
            for row in csv.DictReader(stream):
                if "file" not in row:
                    raise BadParameter(f"{folder / _TABLE}: a column 'file' is needed")
                rows[stem_of(Path(row["file"])) or row["file"]] = row
    for name in truths:
        if rows and name not in rows:
            continue
        if name not in images:
            raise BadParameter(f"{folder}: truth/{name} has no frame of that name")
        yield KnownFrame(name, images[name], truths[name], rows.get(name, {}))


def _of_simulation(folder: Path) -> Iterator[KnownFrame]:
    files = files_of(folder)
    for name, path in files.items():
        if not _OF_SIMULATION.search(name) and f"{name}_truth" in files:
            about = _about(path, folder / f"{name}_truth.ecsv")
            yield KnownFrame(name, path, files[f"{name}_truth"], about)


def _about(image: Path, catalogue: Path) -> dict[str, Any]:
    """What the header and the catalogue of a simulated frame tell."""
    from astropy.io import fits
    from astropy.table import Table

    header = fits.getheader(image)
    told: dict[str, Any] = {
        "camera": header.get("INSTRUME", ""),
        "stars": header.get("NSTARS"),
        "r0_cm": 100.0 * header["FRIED"] if "FRIED" in header else None,
        "kind": "negative",
    }
    if not catalogue.exists():
        return told
    rows = Table.read(catalogue, format="ascii.ecsv")
    trails = rows[[str(kind) == "trail" for kind in rows["kind"]]]
    if len(trails):
        faintest = trails[int(np.argmin(np.asarray(trails["snr_avg"], float)))]
        told |= {key: float(faintest[key]) for key in ("snr_avg", "snr_tot", "length")}
        told["kind"] = "enclosed" if all(bool(each) for each in trails["enclosed"]) else "crossing"
    return told
