"""The results of a file of images, as files: each whole or not there."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.masked import UNCERTAIN_FROM, Masked
from satvo.resources.masks.outputs.bits import Flag, flag_cards, mask_cards
from satvo.resources.masks.outputs.catalogue import catalogue
from satvo.resources.masks.outputs.cut import CUT_SIGMA
from satvo.resources.masks.outputs.picture import picture_png
from satvo.resources.masks.outputs.repair import Repaired
from satvo.resources.masks.outputs.rows import trail_rows
from satvo.resources.masks.reading import PlaneOfFile

__all__ = ["ENDINGS", "ResultFiles", "stem_of", "stems_of"]

Cards = Mapping[str, tuple[Any, str]]

ENDINGS = {
    "preview": "_preview.png", "score": "_score.fits", "repaired": "_repaired.fits",
    "model": "_model.fits",
    "trails": "_trails.ecsv", "mask": "_mask.fits",
}  # fmt: skip
"""What the name of each output ends with; in the order in which they appear."""

_FITS = (".fits", ".fit", ".fts", ".fz", ".gz")
_STRUCTURE = (
    "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND", "BSCALE", "BZERO", "BLANK", "PCOUNT",
    "GCOUNT", "GROUPS", "TFIELDS", "CHECKSUM", "DATASUM", "DATAMIN", "DATAMAX", "EXTNAME",
    "BUNIT", "INHERIT", "END", "BAYERPAT", "COLORTYP", "COMMENT", "HISTORY", "",
)  # fmt: skip
_FAMILIES = ("NAXIS", "TTYPE", "TFORM", "ZTILE", "ZNAME", "ZVAL", "MP_", "MSK", "FLG")


class ResultFiles:
    """Writes the results of one file, image by image; use it as a context.

    Parameters
    ----------
    folder : Path
        Which is there.
    stem : str
        What their names begin with.
    outputs : iterable of str
        Of `ENDINGS`; a preview shows the image with the most trails.
    about : mapping of str to (value, comment)
        Cards of every header, and entries of the catalogue's meta.
    cut : float
        As the masks were cut.

    Notes
    -----
    They are written beside their names and renamed at the end, the mask last: where it is there,
    the others are. Nothing is left of results that fail.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        outputs: Iterable[str],
        about: Cards,
        *,
        cut: float = CUT_SIGMA,
    ) -> None:
        wanted = set(outputs)
        self._names = {name: f"{stem}{end}" for name, end in ENDINGS.items() if name in wanted}
        self._folder = folder
        self._about = about
        self._cut = cut
        self._rows: list[dict[str, Any]] = []
        self._notes: list[str] = []
        self._shown = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files."""
        return tuple(self._names.values())

    @property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """Trails so far, as the catalogue has them."""
        return tuple(self._rows)

    def __enter__(self) -> ResultFiles:
        self._remove_parts()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._remove_parts()

    def add(self, plane: PlaneOfFile, masked: Masked) -> None:
        """Take the results of one image."""
        notes = [*plane.notes, *masked.notes]
        self._notes += [f"{plane.name or plane.hdu}: {note}" for note in notes]
        if "trails" in self._names:
            rows = trail_rows(plane, masked, first=len(self._rows) + 1, cut=self._cut)
            self._rows += rows
        if masked.mask is not None and "mask" in self._names:
            cards = {**mask_cards(), **self._limits()}
            self._append("mask", plane, masked.mask, cards)
        if masked.score is not None and "score" in self._names:
            self._append("score", plane, masked.score, {"BUNIT": ("", "score, 0 to 1")})
        if "preview" in self._names and (not self._shown or len(masked.lights) > self._shown - 1):
            self._part("preview").write_bytes(picture_png(plane.frame, masked))
            self._shown = len(masked.lights) + 1
        unit = {"BUNIT": (str(plane.header.get("BUNIT", "")), "")}
        if masked.model is not None and "model" in self._names:
            light = masked.model if plane.mosaic is None else plane.mosaic.light(masked.model)
            self._append("model", plane, light, unit)
        if masked.repair is not None and "repaired" in self._names:
            self._add_repaired(plane, masked.repair, unit)

    def _add_repaired(self, plane: PlaneOfFile, repaired: Repaired, unit: Cards) -> None:
        pixels, sigma, flags = repaired.pixels, repaired.sigma, repaired.flags
        if plane.mosaic is not None:
            pixels, sigma = plane.mosaic.counts(pixels), plane.mosaic.light(sigma)
        done = float((flags > 0).mean())
        lost = float((flags & Flag.INTERPOLATED > 0).mean())
        cards = {
            **unit,
            "REPAIRED": (done, "share of the pixels that were changed"),
            "INTERPOL": (lost, "share of the pixels that are interpolated"),
        }
        self._append("repaired", plane, pixels, cards)
        self._append("repaired", plane, sigma, unit, name="SIGMA")
        self._append("repaired", plane, flags, flag_cards(), name="FLAGS")

    def _limits(self) -> dict[str, tuple[Any, str]]:
        return {
            "MSKCUT": (self._cut, "[sigma] trails end at this light a pixel"),
            "MSKUNC": (UNCERTAIN_FROM, "score from which a pixel is uncertain"),
        }

    def _append(
        self, output: str, plane: PlaneOfFile, data: NDArray[Any], cards: Cards, *, name: str = ""
    ) -> None:
        from astropy.io import fits

        part = self._part(output)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in the header of the image
            if not part.exists() and plane.hdu:
                fits.PrimaryHDU(header=_header(plane.primary, self._about)).writeto(part)
            header = _header(plane.header, {**cards, **self._about})
            title = "_".join(word for word in (plane.name, name) if word)
            if title:
                header["EXTNAME"] = title
            fits.append(part, np.ascontiguousarray(data), header, verify=False)

    def _finish(self) -> None:
        if "trails" in self._names:
            about = {key: value for key, (value, _) in self._about.items()}
            about |= {"cut": self._cut, "notes": self._notes}
            self._part("trails").write_bytes(catalogue(self._rows, about))
        for output, name in self._names.items():
            part = self._part(output)
            if part.exists():
                with part.open("rb") as stream:
                    os.fsync(stream.fileno())
                part.replace(self._folder / name)

    def _part(self, output: str) -> Path:
        return self._folder / f".{self._names[output]}.{os.getpid()}.part"

    def _remove_parts(self) -> None:
        for output in self._names:
            self._part(output).unlink(missing_ok=True)


def stem_of(path: Path) -> str:
    """The name of a file without what says that it is FITS.

    Examples
    --------
    >>> stem_of(Path("night/frame.12.fits.fz")), stem_of(Path("a.fit.gz"))
    ('frame.12', 'a')
    """
    name = path.name
    while (end := Path(name).suffix.lower()) in _FITS and len(name) > len(end):
        name = name[: -len(end)]
    return name


def stems_of(paths: Sequence[Path]) -> list[str]:
    """Stems of several files, all different.

    Where two files have one stem, the names of their folders stand before it, as many as it takes;
    a file that is given twice gets a number.

    Examples
    --------
    >>> stems_of([Path("a/x.fits"), Path("b/x.fits"), Path("b/y.fits")])
    ['a_x', 'b_x', 'y']
    """
    depth = [0] * len(paths)
    absolute = [path.absolute() for path in paths]
    longest = max((len(path.parts) for path in absolute), default=0)
    for _ in range(longest):
        stems = [_deep(path, n) for path, n in zip(absolute, depth, strict=True)]
        again = [n for n, stem in enumerate(stems) if stems.count(stem) > 1]
        if not again:
            return stems
        for n in again:
            depth[n] += 1
    seen: dict[str, int] = {}
    made = []
    for stem in (_deep(path, 0) for path in absolute):
        seen[stem] = seen.get(stem, 0) + 1
        made.append(stem if seen[stem] == 1 else f"{stem}-{seen[stem]}")
    return made


def _deep(path: Path, folders: int) -> str:
    above = path.parts[1:-1][-folders:] if folders else ()
    return "_".join([*above, stem_of(path)])


def _header(source: Any, cards: Cards) -> Any:
    """The cards of an image that hold for its results, with more of them."""
    from astropy.io import fits

    header = fits.Header()
    for card in source.cards:
        keyword = card.keyword
        if keyword in _STRUCTURE or keyword.rstrip("0123456789") in _FAMILIES:
            continue
        if keyword.startswith("MP_"):
            continue
        try:
            header.append(fits.Card(keyword, card.value, card.comment), end=True)
        except (ValueError, fits.VerifyError):
            continue  # what FITS does not know is no loss to a mask
    for key, (value, comment) in cards.items():
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            continue
        header[key] = (value, comment)
    return header
