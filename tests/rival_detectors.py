"""Other programs that find trails, each as a function from an image to a mask.

Settings are what their documents give; where these say nothing, what marks least beside trails.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["RIVALS"]

_ELONGATION = 4.0
_LINE_PX = 40


def sep_elongated(image: Any) -> Any:
    """SEP (Source Extractor): objects above 1.5 sigma, over 4 times as long as wide."""
    import sep

    pixels = np.ascontiguousarray(image, dtype=np.float32)
    sky = sep.Background(pixels)
    objects, segments = sep.extract(
        pixels - sky, 1.5, err=sky.globalrms, minarea=10, segmentation_map=True
    )
    long = np.flatnonzero(objects["a"] > _ELONGATION * objects["b"]) + 1
    return np.isin(segments, long)


def skimage_hough(image: Any) -> Any:
    """scikit-image: probabilistic Hough lines of pixels above 3 sigma that no round blob has.

    The image is smoothed by a Gaussian of 1 px first, or trails below an S/N of 3 are missed.
    """
    from scipy.ndimage import gaussian_filter, label
    from skimage.draw import line
    from skimage.measure import regionprops
    from skimage.transform import probabilistic_hough_line

    pixels = gaussian_filter(np.asarray(image, dtype=np.float64), 1.0)
    middle = np.median(pixels)
    noise = 1.4826 * np.median(np.abs(pixels - middle))
    bright, _ = label(pixels > middle + 3.0 * noise, np.ones((3, 3)))
    for blob in regionprops(bright):
        if blob.area > 5 and blob.axis_major_length < _ELONGATION * blob.axis_minor_length:
            bright[tuple(blob.coords.T)] = 0
    mask = np.zeros(pixels.shape, bool)
    lines = probabilistic_hough_line(
        bright > 0, threshold=15, line_length=_LINE_PX, line_gap=8, rng=1
    )
    for start, end in lines:
        rows, columns = line(start[1], start[0], end[1], end[0])
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                inside = (rows + down >= 0) & (rows + down < mask.shape[0])
                inside &= (columns + right >= 0) & (columns + right < mask.shape[1])
                mask[rows[inside] + down, columns[inside] + right] = True
    return mask


def acstools_findsat_mrt(image: Any) -> Any:
    """acstools: median Radon transform, with its own kernels, threshold and checks."""
    from acstools.findsat_mrt import TrailFinder

    for name in ("findsat_mrt", "utils_findsat_mrt"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    pixels = np.asarray(image, dtype=np.float64)
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        finder = TrailFinder(
            pixels - np.median(pixels), processes=1, output_dir=folder, output_root="frame",
            save_catalog=False, save_diagnostic=False,
        )  # fmt: skip
        finder.run_mrt()
        finder.find_mrt_sources()
        if finder.source_list is None or not len(finder.source_list):
            return np.zeros(pixels.shape, bool)
        finder.filter_sources()
        finder.make_mask()
    return np.asarray(finder.mask).astype(bool)


RIVALS: dict[str, Callable[[Any], Any]] = {
    "SEP, elongation > 4": sep_elongated,
    "scikit-image Hough": skimage_hough,
    "acstools findsat_mrt": acstools_findsat_mrt,
}
"""By name."""

os.environ.setdefault("MPLBACKEND", "Agg")
