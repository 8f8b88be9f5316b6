"""How far an image lies from those that a network was trained on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.resources.masks.frame import Frame
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.masks.training.loop import CutoutSource

__all__ = ["FEATURES", "Distance", "Statistics", "features_of", "likeness_note", "statistics_of"]

Floats = NDArray[np.float64]

FEATURES = {
    "width of stars": "log10 px",
    "elongation of stars": "log10",
    "stars": "log10 (1 + number in 256 x 256 px)",
    "waves of the background": "log10 of their deviation in that of the noise",
    "noise of neighbouring pixels": "correlation",
    "asymmetry of the noise": "log10 of its upper by its lower half width",
    "dark pixels": "log10 of the share 4 deviations below the background",
    "steps of the values": "log10 of the noise by the step, 2 at most",
}
"""What is measured of an image, and in what unit."""

_TILE_PX = 256
_TILES = 4
_CLEAR, _STAR = 15.0, 10.0
_MOST_STARS, _HALF_PX = 12, 8
_HOT = 0.2
_LIMIT = 0.995
_LEAST = (0.03, 0.03, 0.1, 0.1, 0.01, 0.02, 0.1, 0.1)
"""Deviations of the features that make no difference to a network, whatever it was trained on."""
_LEAST_COUNT = 50
_WEIGHTS = files("satvo.resources.masks.networks") / "weights"


@dataclass(frozen=True, eq=False)
class Statistics:
    """The features of training images.

    Attributes
    ----------
    mean : ndarray (features,)
    covariance : ndarray (features, features)
    limit : float
        Distance below which 99.5 % of them lie.
    count : int
        Images that were measured.
    """

    mean: Floats
    covariance: Floats
    limit: float
    count: int

    @classmethod
    def measured(
        cls,
        source: CutoutSource,
        count: int,
        *,
        progress: Callable[[float], object] = lambda done: None,
    ) -> Statistics:
        """Of so many cut-outs of 256 pixels of a source.

        Raises
        ------
        BadParameter
            For fewer than 50.
        """
        if count < _LEAST_COUNT:
            raise BadParameter(f"statistics of {count} images: {_LEAST_COUNT} at least")
        rows: list[Floats] = []
        while len(rows) < count:
            images, _, _ = source.batch(min(8, count - len(rows)), _TILE_PX)
            rows += [features_of(Frame.of(image)) for image in images]
            progress(len(rows) / count)
        values = np.array(rows)
        mean = np.nanmean(values, axis=0)
        # A field without stars tells nothing of their width: the others' mean stands in.
        filled = np.where(np.isnan(values), mean, values)
        covariance = np.cov(filled, rowvar=False)
        covariance += np.diag(np.array(_LEAST) ** 2)
        made = cls(mean, covariance, math.inf, count)
        distances = [made.distance(row).value for row in values]
        return cls(mean, covariance, float(np.quantile(distances, _LIMIT)), count)

    def distance(self, features: Floats) -> Distance:
        """Mahalanobis distance of features, of which those that are NaN do not count.

        Scaled to the number of all features: sqrt(d^2 n / n_known).
        """
        known = np.isfinite(features)
        if not known.any():
            return Distance(0.0, self.limit, "", math.nan, math.nan)
        away = (features - self.mean)[known]
        within = self.covariance[np.ix_(known, known)]
        squared = float(away @ np.linalg.solve(within, away))
        pulls = np.abs(away) / np.sqrt(np.diag(within))
        which = np.nonzero(known)[0][int(np.argmax(pulls))]
        return Distance(
            math.sqrt(squared * known.size / known.sum()),
            self.limit,
            list(FEATURES)[which],
            float(features[which]),
            float(self.mean[which]),
        )

    def text(self, about: Mapping[str, Any] | None = None) -> str:
        """As YAML."""
        import yaml

        told = {
            **(about or {}),
            "features": list(FEATURES),
            "mean": [float(f"{value:.5g}") for value in self.mean],
            "covariance": [[float(f"{value:.5g}") for value in row] for row in self.covariance],
            "limit": float(f"{self.limit:.4g}"),
            "count": self.count,
        }
        return yaml.safe_dump(told, sort_keys=False, default_flow_style=None, width=100)

    @classmethod
    def read(cls, content: bytes, name: str) -> Statistics:
        """What `text` wrote.

        Raises
        ------
        BadParameter
            If it is none, or of other features.
        """
        found = read_plain_yaml(content, f"{name}: no statistics")
        try:
            if found["features"] != list(FEATURES):
                raise BadParameter(f"{name}: statistics of other features; export the network anew")
            mean, covariance = np.array(found["mean"], float), np.array(found["covariance"], float)
            made = cls(mean, covariance, float(found["limit"]), int(found["count"]))
        except (KeyError, TypeError, ValueError) as err:
            raise BadParameter(f"{name}: no statistics of training images: {err}") from err
        if mean.shape != (len(FEATURES),) or covariance.shape != (len(FEATURES), len(FEATURES)):
            raise BadParameter(f"{name}: no statistics of {len(FEATURES)} features")
        return made


@dataclass(frozen=True)
class Distance:
    """Of an image from those that a network was trained on.

    Attributes
    ----------
    value : float
        In standard deviations of these, all features together.
    limit : float
        Below which 99.5 % of them lie.
    feature : str
        In which it is farthest off: a key of `FEATURES`.
    here, usual : float
        That feature of the image, and the mean of the training's.
    """

    value: float
    limit: float
    feature: str
    here: float
    usual: float

    @property
    def unlike(self) -> bool:
        """Whether it is beyond the limit."""
        return self.value > self.limit


def features_of(frame: Frame) -> Floats:
    """The features of an image, (8,): medians of up to four tiles of 256 pixels; NaN where unknown.

    Notes
    -----
    Tiles lie at the middle of each quarter of the image, so that its size does not matter.
    """
    rows = []
    for top in _corners(frame.shape[0]):
        for left in _corners(frame.shape[1]):
            window = np.s_[top : top + _TILE_PX, left : left + _TILE_PX]
            if frame.usable[window].mean() > 0.5:
                rows.append(_of_tile(frame, window))
    if not rows:
        return np.full(len(FEATURES), np.nan)
    values = np.array(rows)
    known = np.isfinite(values).any(axis=0)
    made = np.full(len(FEATURES), np.nan)
    made[known] = np.nanmedian(values[:, known], axis=0)
    return made


def statistics_of(network: str | Path) -> Statistics | None:
    """Those that lie beside a network's file as NAME.yaml; None where there are none.

    Parameters
    ----------
    network : str or Path
        As `networks.session.session` takes it.

    Raises
    ------
    BadParameter
        If the file is none.
    """
    return _read_once(network)


def likeness_note(frame: Frame, network: str | Path) -> str | None:
    """What the user should know where an image is unlike those of the training; else None."""
    known = statistics_of(network)
    if known is None:
        return None
    found = known.distance(features_of(frame))
    if not found.unlike:
        return None
    return (
        f"the image is unlike those that the network was trained on: distance {found.value:.1f}, "
        f"99.5 % of those are below {found.limit:.1f}; farthest off is: {found.feature} "
        f"({FEATURES[found.feature]}) {found.here:.2f}, there {found.usual:.2f}"
    )


@lru_cache(maxsize=8)
def _read_once(network: str | Path) -> Statistics | None:
    if isinstance(network, Path):
        beside = network.with_suffix(".yaml")
        return Statistics.read(beside.read_bytes(), str(beside)) if beside.is_file() else None
    entry = _WEIGHTS / f"{network}.yaml"
    return Statistics.read(entry.read_bytes(), f"{network}.yaml") if entry.is_file() else None


def _corners(side: int) -> list[int]:
    if side < _TILES // 2 * _TILE_PX:
        return [max((side - _TILE_PX) // 2, 0)]
    return [side // 4 - _TILE_PX // 2, 3 * side // 4 - _TILE_PX // 2]


def _of_tile(frame: Frame, window: tuple[slice, slice]) -> Floats:
    values, usable = frame.significance[window], frame.usable[window]
    width, elongation, stars = _stars(values)
    low, middle, high = np.percentile(values[usable], (10.0, 50.0, 90.0))
    dark = float(np.mean(values[usable] < -4.0))
    waves = float(np.std(frame.sky[window])) / frame.noise
    area = usable.size / _TILE_PX**2
    return np.array(
        [
            width,
            elongation,
            math.log10(1.0 + stars / area),
            math.log10(waves + 0.01),
            _correlation(values, usable),
            math.log10(max(high - middle, 1e-3) / max(middle - low, 1e-3)),
            math.log10(dark + 1e-5),
            _steps(frame, window),
        ]
    )


def _stars(values: NDArray[np.float32]) -> tuple[float, float, int]:
    """log10 of width and elongation of clear stars (NaN without any), and how many there are."""
    from scipy.ndimage import maximum_filter, uniform_filter

    smooth = uniform_filter(values, 3, mode="nearest")
    peaks = (smooth == maximum_filter(smooth, 7)) & (smooth > _STAR / 3.0)
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-smooth[rows, columns], kind="stable")
    widths: list[float] = []
    ratios: list[float] = []
    for row, column in zip(rows[order], columns[order], strict=True):
        top, left = int(row) - _HALF_PX, int(column) - _HALF_PX
        stamp = values[max(top, 0) : top + 2 * _HALF_PX + 1, max(left, 0) : left + 2 * _HALF_PX + 1]
        if stamp.shape != (2 * _HALF_PX + 1,) * 2 or len(widths) == _MOST_STARS:
            continue
        shape = _shape(stamp)
        if shape is not None:
            widths.append(shape[0])
            ratios.append(shape[1])
    if not widths:
        return math.nan, math.nan, rows.size
    return math.log10(np.median(widths)), math.log10(np.median(ratios)), rows.size


def _shape(stamp: NDArray[np.float32]) -> tuple[float, float] | None:
    """Diameter (px) and elongation of what is above half of the peak; None for no single star."""
    near = stamp[_HALF_PX - 1 : _HALF_PX + 2, _HALF_PX - 1 : _HALF_PX + 2]
    peak = float(near.max())
    around = np.sort(near.ravel())[::-1]
    if peak < _CLEAR or around[1] < _HOT * peak:
        return None
    high = stamp > 0.5 * peak
    if high[[0, -1]].any() or high[:, [0, -1]].any():
        return None  # a trail, or a neighbour
    rows, columns = np.nonzero(high)
    rows, columns = rows - rows.mean(), columns - columns.mean()
    pixel = 1.0 / 12.0  # a single pixel is as wide
    a, b = np.mean(rows**2) + pixel, np.mean(columns**2) + pixel
    half, cross = 0.5 * (a + b), np.mean(rows * columns)
    root = math.sqrt(max(0.25 * (a - b) ** 2 + cross**2, 0.0))
    return 2.0 * math.sqrt(len(rows) / math.pi), math.sqrt((half + root) / (half - root))


def _correlation(values: NDArray[np.float32], usable: NDArray[np.bool_]) -> float:
    """Of the noise of pixels beside each other, stars left out."""
    quiet = usable & (np.abs(values) < 3.0)
    both = quiet[:, 1:] & quiet[:, :-1]
    if np.count_nonzero(both) < _LEAST_COUNT:
        return math.nan
    right, left = values[:, 1:][both].astype(float), values[:, :-1][both].astype(float)
    return float(np.corrcoef(left, right)[0, 1]) if left.std() > 0 and right.std() > 0 else 1.0


def _steps(frame: Frame, window: tuple[slice, slice]) -> float:
    """log10 of the noise by the distance of values that differ, 2 at most."""
    pixels = frame.pixels[window][frame.usable[window]]
    levels = np.unique(pixels[:: max(pixels.size // 4000, 1)])
    near = levels[np.abs(levels - np.median(levels)) < 5.0 * frame.noise]
    if near.size < 3:
        return -1.0
    step = float(np.median(np.diff(near)))
    return min(math.log10(frame.noise / step), 2.0) if step > 0.0 else 2.0
