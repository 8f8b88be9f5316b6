"""Tiles of a HiPS of images, put together of what children draw from each file."""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.confined.work import work_on
from satvo.ingest.images.examine import ImageLimits
from satvo.resources.images.hips import TILE_WIDTH
from satvo.schemas.errors import BadParameter, LimitExceeded, NotFound, UnknownFormat
from satvo.schemas.hips import ALLSKY_ORDER, allsky_image, fits_tile
from satvo.service.archive import Archive
from satvo.service.image_surveys import ImageSurvey
from satvo.service.kept_drawings import KeptDrawings

__all__ = ["ImageTiles"]

_LOG = logging.getLogger(__name__)

_LOADED = ("satvo.resources.images.tiles", "satvo.ingest.images.units", "astropy.wcs",
           "astropy.coordinates", "cdshealpix.nested")  # fmt: skip
"""What is loaded before a child is forked that draws."""
_LIMITS = ImageLimits(cpu_s=30, wall_s=60.0, file_bytes=4 * TILE_WIDTH**2)
_KEPT_BYTES = 96 << 20
_ALLSKY_WIDTH = 32
_AT_ONCE = 2
_SOFTENING = 0.1
"""Part of the range below which the stretch of images is linear."""
_RED = (230, 60, 40, 200)
"""Of what a mask marks: red, green, blue, opacity."""

_Floats = NDArray[np.float32]


class ImageTiles:
    """Draws tiles, and keeps them for who asks next.

    Parameters
    ----------
    archive : callable
        The archive, once it is open.
    """

    def __init__(self, archive: Callable[[], Archive]) -> None:
        self._archive = archive
        self._kept = KeptDrawings("drawings of images", _KEPT_BYTES, at_once=_AT_ONCE)

    def tile(self, survey: ImageSurvey, order: int, npix: int, kind: str) -> bytes:
        """A tile as a file; empty where no image is.

        Raises
        ------
        Busy
            If too many wait for drawings.
        """
        rows = survey.near(order, npix)
        if not rows:
            return b""
        key = survey.path, order, npix, kind, survey.name_of(order, npix)

        def make() -> bytes:
            drawn = _Drawn(TILE_WIDTH, survey.mask)
            self._add(survey, drawn, rows, order, npix)
            return (
                b"" if drawn.is_empty else _encoded(drawn.values, drawn.shades, kind, survey.mask)
            )

        return self._kept.made(key, make)

    def allsky(self, survey: ImageSurvey, kind: str) -> bytes:
        """The file Allsky: all tiles of order 3 in little."""

        def make() -> bytes:
            tiles = [self._little(survey, npix) for npix in range(12 << 2 * ALLSKY_ORDER)]
            values = allsky_image(np.array([each.values for each in tiles]))
            shades = allsky_image(np.array([each.shades for each in tiles]))
            return _encoded(values, shades, kind, survey.mask)

        return self._kept.made((survey.path, "allsky", kind, survey.name), make)

    def cut(self, survey: ImageSurvey) -> tuple[float, float] | None:
        """The range of values of the newest image; None where it cannot be drawn."""
        key = survey.path, "cut", survey.rows[0]["obs_publisher_did"]

        def make() -> bytes:
            from satvo.schemas.healpix import healpix_index

            row = survey.rows[0]
            npix = int(healpix_index(ALLSKY_ORDER, row["s_ra"], row["s_dec"]))
            drawn = _Drawn(_ALLSKY_WIDTH, survey.mask)
            self._add(survey, drawn, [row], ALLSKY_ORDER, npix)
            return b"" if drawn.cut is None else np.array(drawn.cut).tobytes()

        found = np.frombuffer(self._kept.made(key, make))
        return (float(found[0]), float(found[1])) if len(found) else None

    def _little(self, survey: ImageSurvey, npix: int) -> _Drawn:
        drawn = _Drawn(_ALLSKY_WIDTH, survey.mask)
        self._add(survey, drawn, survey.near(ALLSKY_ORDER, npix), ALLSKY_ORDER, npix)
        return drawn

    def _add(
        self, survey: ImageSurvey, drawn: _Drawn, rows: Iterable[dict[str, Any]], order: int,
        npix: int,
    ) -> None:  # fmt: skip
        """Draw images under what is drawn already, until nothing is free."""
        with tempfile.TemporaryDirectory(prefix="satvo-tile-") as folder:
            for row in rows:
                if drawn.is_full:
                    return
                about = {
                    "order": order, "npix": npix, "width": drawn.width, "mask": survey.mask,
                    "lon_deg": row["s_ra"], "lat_deg": row["s_dec"],
                    "radius_deg": row["s_fov"] / 2, "name": row["product_id"],
                    "most_bytes": _LIMITS.most_bytes,
                }  # fmt: skip
                try:
                    source = self._archive().images.path(row["product_id"])
                    answer = work_on(
                        source, Path(folder) / "tile", name=row["product_id"], about=about,
                        function="satvo.resources.images.tiles:draw_tile", limits=_LIMITS,
                        modules=_LOADED,
                    )  # fmt: skip
                except (NotFound, FileNotFoundError):  # dropped meanwhile
                    continue
                except (BadParameter, LimitExceeded, UnknownFormat) as err:
                    _LOG.warning("a tile goes without %s: %s", row["product_id"], err)
                    continue
                drawn.add((Path(folder) / "tile").read_bytes(), answer)


class _Drawn:
    """A tile while it is drawn, (width, width) from its top; NaN where nothing is yet."""

    def __init__(self, width: int, mask: bool) -> None:
        self.width = width
        self.mask = mask
        self.values: _Floats = np.full((width, width), np.nan, dtype=np.float32)
        self.shades: _Floats = self.values.copy()
        self.cut: tuple[float, float] | None = None

    @property
    def is_empty(self) -> bool:
        return bool(np.isnan(self.values).all())

    @property
    def is_full(self) -> bool:
        done = self.values > 0 if self.mask else np.isfinite(self.values)
        return bool(done.all())

    def add(self, content: bytes, answer: dict[str, Any]) -> None:
        """Fill what is free; of masks, what another marks too."""
        if not answer["drawn"]:
            return
        found = np.frombuffer(content, dtype=np.float32).reshape(self.width, self.width)
        free = np.isnan(self.values) & np.isfinite(found)
        if self.mask:
            free |= (found > 0) & ~(self.values > 0)
        self.values[free] = found[free]
        low, high = float(answer["low"]), float(answer["high"])
        self.cut = self.cut or (low, high)
        share = np.clip((found[free] - low) / (high - low if high > low else 1.0), 0.0, 1.0)
        self.shades[free] = np.arcsinh(share / _SOFTENING) / np.arcsinh(1 / _SOFTENING)


def _encoded(values: _Floats, shades: _Floats, kind: str, mask: bool) -> bytes:
    if kind == "fits":
        return fits_tile(values, -32)
    from PIL import Image

    picture = np.zeros((*values.shape, 4), dtype=np.uint8)
    if mask:
        picture[values > 0] = _RED
    else:
        known = np.isfinite(shades)
        picture[known, :3] = np.rint(shades[known, None] * 255)
        picture[known, 3] = 255
    stream = io.BytesIO()
    Image.fromarray(picture, "RGBA").save(stream, "PNG")
    return stream.getvalue()
