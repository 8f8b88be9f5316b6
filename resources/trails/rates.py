"""Trails by rate: how many come, how bright, which way and how fast.

Satellites flow evenly through the sky around a field: at each instant n of them in a square degree,
each with a speed v and a direction. In an exposure T a convex field of area A, W wide across a
direction, then sees on the mean

    n (A + W v T)

trails: n A are inside when the exposure begins, and n W v T enter during it (Bassa, C. G., Hainaut,
O. R., Galadi-Enriquez, D. 2022, A&A 657, A75, eq. 4, with the width that the direction meets in
place of a mean one). A rate "per square degree and hour" says two things by which n may be had:

- ``counted="seen"`` (the default) is the plain reading: R A T trails have a part of them in the
  image, whatever its size. What is measured in one field holds for this field, and where nearly all
  trails lie inside the field with both ends it holds for any.
- ``counted="entering"``: R satellites an hour enter a round field of one square degree, whose width
  is D = 1.128 deg in every direction, so that n v = R / D. A field twice as wide then sees twice as
  many long trails and not four times, because each crosses more of it.

Either way the trails lie as the flow has them: those that begin inside, and those that come over
each edge, in their parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.flows import Field, Motions
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.trail import Trail, electrons_per_s
from satvo.schemas.errors import BadParameter

__all__ = ["MOST_TRAILS", "TrailRate", "trails_by_rate"]

Floats = NDArray[np.float64]
Counted = Literal["seen", "entering"]

MOST_TRAILS = 100_000
"""On the mean, in one image."""
_UNIT_WIDTH_DEG = 2.0 / math.sqrt(math.pi)
"""Diameter of a round field of one square degree."""


@dataclass(frozen=True, eq=False, slots=True)
class TrailRate:
    """How many trails there are, by magnitude.

    Attributes
    ----------
    bright_mag, faint_mag : ndarray (k,)
        Bins; within one, trails are spread evenly over the magnitudes.
    per_deg2_h : ndarray (k,)
        Trails a square degree and hour in each bin, 0 or more.
    counted : str
        ``seen`` or ``entering``, as the module says.

    Raises
    ------
    BadParameter
        If a bin is empty or wrong way round, a rate negative, or counted another word.

    Examples
    --------
    >>> TrailRate.even(10.0, 4.0, 6.0).total_per_deg2_h
    10.0
    """

    bright_mag: Floats
    faint_mag: Floats
    per_deg2_h: Floats
    counted: Counted = "seen"

    def __post_init__(self) -> None:
        if not self.per_deg2_h.size or not (
            self.bright_mag.shape == self.faint_mag.shape == self.per_deg2_h.shape
        ):
            raise BadParameter("a rate of trails without bins: one bin or more is accepted")
        if not np.all(np.isfinite(self.per_deg2_h) & (self.per_deg2_h >= 0.0)):
            raise BadParameter(
                f"rates {self.per_deg2_h.tolist()}: 0 trails a square degree and hour and more is "
                "accepted"
            )
        mags = np.concatenate([self.bright_mag, self.faint_mag])
        if not np.all(np.isfinite(mags) & (np.abs(mags) <= 40.0)) or np.any(
            self.bright_mag > self.faint_mag
        ):
            raise BadParameter(
                f"bins from {self.bright_mag.tolist()} to {self.faint_mag.tolist()} mag: -40 to 40 "
                "is accepted, the bright end first"
            )
        if self.counted not in ("seen", "entering"):
            raise BadParameter(f"counted={self.counted!a}: 'seen' or 'entering' is accepted")

    @classmethod
    def even(
        cls, per_deg2_h: float, bright_mag: float, faint_mag: float, *, counted: Counted = "seen"
    ) -> TrailRate:
        """A rate spread evenly between two magnitudes (SATCON2's example)."""
        return cls.of_bins([(bright_mag, faint_mag, per_deg2_h)], counted=counted)

    @classmethod
    def of_bins(cls, bins: Sequence[Sequence[float]], *, counted: Counted = "seen") -> TrailRate:
        """From (bright_mag, faint_mag, per_deg2_h) of each bin."""
        if not bins or any(len(each) != 3 for each in bins):
            raise BadParameter(
                "a rate of trails: bins of (bright magnitude, faint magnitude, trails a square "
                "degree and hour) are accepted"
            )
        bright, faint, rate = np.array(bins, dtype=np.float64).T
        return cls(bright, faint, rate, counted)

    @classmethod
    def of_points(
        cls, mags: Sequence[float], per_mag: Sequence[float], *, counted: Counted = "seen"
    ) -> TrailRate:
        """From rates a square degree, hour and magnitude at two or more magnitudes.

        Between them the rate is that of the mean of both ends.
        """
        if len(mags) != len(per_mag) or len(mags) < 2 or np.any(np.diff(mags) <= 0.0):
            raise BadParameter(
                f"{len(mags)} magnitudes and {len(per_mag)} rates: two or more of each are "
                "accepted, magnitudes increasing"
            )
        m, r = np.asarray(mags, dtype=np.float64), np.asarray(per_mag, dtype=np.float64)
        return cls(m[:-1], m[1:], 0.5 * (r[1:] + r[:-1]) * np.diff(m), counted)

    @classmethod
    def of_density(
        cls, per_deg2: float, bright_mag: float, faint_mag: float, motions: Motions
    ) -> TrailRate:
        """From how many satellites are in a square degree at an instant.

        So a map of PassProbability tells them: ``n_sat_illum`` of the cell of
        ``satvo.passprob_pix`` that the image is in.

        Parameters
        ----------
        per_deg2 : float
            0 or more.
        bright_mag, faint_mag : float
            Between which they are spread evenly.
        motions : Motions
            Theirs; the same are to be given to `trails_by_rate`.

        Examples
        --------
        >>> motions, field = Motions.of_speeds([1800.0]), Field((3600, 3600), 1.0)
        >>> rate = TrailRate.of_density(0.5, 4.0, 6.0, motions)
        >>> round(rate.mean_count(field, motions, 0.001), 3)  # a square degree for an instant
        0.5
        """
        per_h = per_deg2 * _UNIT_WIDTH_DEG * motions.mean_speed_arcsec_s
        return cls.even(per_h, bright_mag, faint_mag, counted="entering")

    @property
    def total_per_deg2_h(self) -> float:
        """Of all bins."""
        return float(self.per_deg2_h.sum())

    def mean_count(self, field: Field, motions: Motions, exposure_s: float) -> float:
        """How many trails an exposure sees on the mean."""
        hours = exposure_s / 3600.0
        if self.counted == "seen":
            return self.total_per_deg2_h * field.area_deg2 * hours
        inside_deg2 = motions.mean_reach_deg2(field, exposure_s)
        speed_deg_h = motions.mean_speed_arcsec_s
        return self.total_per_deg2_h / _UNIT_WIDTH_DEG / speed_deg_h * inside_deg2

    def magnitudes(self, count: int, random: np.random.Generator) -> Floats:
        """Magnitudes (count,) drawn from the bins."""
        if not count:
            return np.zeros(0)
        number = random.choice(
            len(self.per_deg2_h), count, p=self.per_deg2_h / self.total_per_deg2_h
        )
        return np.asarray(random.uniform(self.bright_mag[number], self.faint_mag[number]))


def trails_by_rate(
    rate: TrailRate,
    motions: Motions,
    field: Field,
    exposure_s: float,
    zero_point_mag: float,
    random: np.random.Generator,
) -> tuple[Trail, ...]:
    """The trails that one exposure sees: as many as Poisson has it, each where the flow has it.

    Parameters
    ----------
    rate : TrailRate
    motions : Motions
    field : Field
        The image.
    exposure_s : float
        Above 0.
    zero_point_mag : float
        Magnitude that gives one electron a second.
    random : Generator

    Returns
    -------
    tuple of Trail
        Paths from the begin of the exposure to its end, in or beside the image, straight in its
        pixels; every one meets the image.

    Raises
    ------
    BadParameter
        If more than `MOST_TRAILS` are expected, or the exposure is not above 0.

    Examples
    --------
    >>> field, random = Field((496, 664), 1.72), np.random.default_rng(2)
    >>> rate, motions = TrailRate.even(3000.0, 4.0, 6.0), Motions.of_altitudes([550.0])
    >>> trails = trails_by_rate(rate, motions, field, 60.0, 22.0, random)
    >>> len(trails), all(4.0 <= trail.mag <= 6.0 for trail in trails)
    (3, True)
    """
    if not 0.0 < exposure_s < math.inf:
        raise BadParameter(f"exposure {exposure_s} s: above 0 s is accepted")
    mean = rate.mean_count(field, motions, exposure_s)
    if mean > MOST_TRAILS:
        raise BadParameter(
            f"{mean:.4g} trails are expected in the image; up to {MOST_TRAILS} are accepted: give "
            "a lower rate, a shorter exposure or a smaller image"
        )
    count = int(random.poisson(mean))
    mags = rate.magnitudes(count, random)
    drawn = motions.drawn(count, field, exposure_s, random)
    return tuple(
        Trail(
            straight_path((x, y), (x + dx, y + dy)),
            electrons_per_s(mag, zero_point_mag),
            exposure_s,
            mag=mag,
            range_km=range_km,
            name=f"rate-{number + 1}",
        )
        for number, (mag, x, y, dx, dy, range_km) in enumerate(
            zip(mags.tolist(), *(each.tolist() for each in drawn), strict=True)
        )
    )
