"""Everything that looking at an image needs, loaded and used once.

A child that is forked from a process with this module finds tables filled and modules loaded that
astropy and Pillow otherwise make at their first use: half of the time that a small image takes.
"""

from __future__ import annotations

import io

import numpy as np
from astropy.io import fits
from satvo.ingest.images.reading import read_image

__all__ = ["read_image"]


def _use() -> None:
    """Look at images that are made here."""
    for frame in ("ICRS", "FK5"):
        header = fits.Header(
            [
                ("CTYPE1", "RA---TAN"), ("CTYPE2", "DEC--TAN"), ("CRVAL1", 10.0), ("CRVAL2", 10.0),
                ("CRPIX1", 1.0), ("CRPIX2", 1.0), ("CDELT1", -0.01), ("CDELT2", 0.01),
                ("RADESYS", frame), ("FILTER", "r"), ("DATE-OBS", "2026-01-01T00:00:00"),
                ("TIMESYS", "TAI"), ("EXPTIME", 1.0), ("OBSGEO-X", 6378137.0), ("OBSGEO-Y", 0.0),
                ("OBSGEO-Z", 0.0), ("GAIN", 1.0), ("BUNIT", "adu"),
            ]
        )  # fmt: skip
        image = np.arange(64, dtype=np.int16).reshape(8, 8)
        made = [fits.PrimaryHDU(), fits.CompImageHDU(image, header)]
        for units in ([fits.PrimaryHDU(image, header)], made):
            whole = io.BytesIO()
            fits.HDUList(units).writeto(whole)
            about = {"name": "image", "most_bytes": 2**20, "told": {}}
            read_image(about, whole, io.BytesIO())


_use()
