"""Light in two beams of a polarising prism, and the Stokes parameters that follow from them.

Angles are position angles: of the electric vector on the sky, from north through east. Q is
positive north-south, U from the north-east to the south-west (IAU 1973).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["PLATE_ANGLES", "Polarisation", "beam_pair", "half_wave_beams", "stokes_of_beams"]

Floats = NDArray[np.float64]

PLATE_ANGLES = (0.0, 22.5, 45.0, 67.5)
"""Of a half-wave plate, deg: what Q and U are measured with."""


@dataclass(frozen=True, slots=True)
class Polarisation:
    """How the light of a source is linearly polarised.

    Attributes
    ----------
    degree : float
        0 to 1.
    angle_deg : float
        Position angle of the electric vector. Sunlight that a surface reflects swings across the
        plane through Sun, satellite and observer as a rule.

    Raises
    ------
    BadParameter
        If the degree is not from 0 to 1.

    Examples
    --------
    >>> [round(v, 3) for v in Polarisation(0.2, 120.0).q_and_u]
    [-0.1, -0.173]
    """

    degree: float
    angle_deg: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.degree <= 1.0 or not math.isfinite(self.angle_deg):
            raise BadParameter(
                f"a polarisation of {self.degree} at {self.angle_deg} deg: a degree from 0 to 1 "
                "and an angle are accepted"
            )

    @property
    def q_and_u(self) -> tuple[float, float]:
        """Q and U of light of which I is 1."""
        twice = math.radians(2.0 * self.angle_deg)
        return self.degree * math.cos(twice), self.degree * math.sin(twice)


def beam_pair(i: Floats, q: Floats, u: Floats, angle_deg: float) -> tuple[Floats, Floats]:
    """The two beams of a prism: what swings along a position angle, and what swings across it.

    Parameters
    ----------
    i, q, u : ndarray
        Stokes parameters, in photons.
    angle_deg : float
        Position angle that the ordinary beam lets through.

    Returns
    -------
    tuple of ndarray
        Ordinary and extraordinary beam, in photons; together they are I.

    References
    ----------
    Bagnulo, S., et al. 2009, PASP 121, 993, section 2.

    Examples
    --------
    >>> one, none = beam_pair(*np.array([[100.0], [100.0], [0.0]]), 0.0)
    >>> one.tolist(), none.tolist()
    ([100.0], [0.0])
    """
    twice = math.radians(2.0 * angle_deg)
    signal = q * math.cos(twice) + u * math.sin(twice)
    return np.asarray(0.5 * (i + signal)), np.asarray(0.5 * (i - signal))


def half_wave_beams(i: Floats, q: Floats, u: Floats, plate_deg: float) -> tuple[Floats, Floats]:
    """The two beams behind a half-wave plate, which turns the light by twice its own angle.

    A satellite crosses one exposure only. With a plate its Q and U take two exposures, so that of
    a trail one beam pair is what there is, unless a wedged double prism gives two pairs at once:
    that of the plate at 0 and that at 22.5 deg (Oliva, E. 1997, A&AS 123, 589).
    """
    return beam_pair(i, q, u, 2.0 * plate_deg)


def stokes_of_beams(
    pairs: Sequence[tuple[Floats, Floats]], plates_deg: Sequence[float]
) -> tuple[Floats, Floats, Floats]:
    """I, Q and U from beam pairs behind a half-wave plate, by least squares.

    Parameters
    ----------
    pairs : sequence of tuple of ndarray
        Ordinary and extraordinary beam of each.
    plates_deg : sequence of float
        Angles of the plate.

    Returns
    -------
    tuple of ndarray
        I is the mean of the sums of the pairs.

    Raises
    ------
    BadParameter
        If the angles do not tell Q and U apart, or are not as many as the pairs.

    Examples
    --------
    >>> light = [np.array([value]) for value in (100.0, -5.0, 12.0)]
    >>> pairs = [half_wave_beams(*light, angle) for angle in (0.0, 22.5)]
    >>> [round(float(each[0]), 9) for each in stokes_of_beams(pairs, (0.0, 22.5))]
    [100.0, -5.0, 12.0]
    """
    turns = np.radians(4.0 * np.asarray(plates_deg, float))
    design = np.stack([np.cos(turns), np.sin(turns)], 1)
    if len(pairs) != len(turns) or np.linalg.matrix_rank(design, tol=1e-6) < 2:
        raise BadParameter(
            f"{len(pairs)} beam pairs at plate angles {list(plates_deg)}: an angle for each pair "
            "is accepted, two of them 22.5 deg apart or so, since Q and U follow from no fewer"
        )
    differences = np.stack([np.asarray(one - other) for one, other in pairs])
    q, u = np.tensordot(np.linalg.pinv(design), differences, axes=1)
    intensity = np.mean([one + other for one, other in pairs], axis=0)
    return np.asarray(intensity), np.asarray(q), np.asarray(u)
