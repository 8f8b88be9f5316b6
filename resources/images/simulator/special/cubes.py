"""Cubes of an integral field unit: an image at each wavelength, with a trail through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.special.wavelengths import Light
from satvo.schemas.errors import BadParameter

__all__ = ["Layer", "cube_of", "effective_area_m2", "exposed_planes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """Light of one spectrum in an image.

    Attributes
    ----------
    light : ndarray (rows, columns)
        Share of its light in each pixel, or any other weight.
    photons : ndarray (count,)
        In each pixel of the wavelength, where the weight is 1.
    """

    light: Floats
    photons: Floats


def cube_of(layers: Sequence[Layer]) -> Floats:
    """Photons of all layers together, (count, rows, columns).

    The point spread is the same at all wavelengths, and the air does not disperse.

    Raises
    ------
    BadParameter
        If there are none, or they are of different sizes.

    Examples
    --------
    >>> made = cube_of([Layer(np.array([[0.5, 0.5]]), np.array([2.0, 4.0]))])
    >>> made.tolist()
    [[[1.0, 1.0]], [[2.0, 2.0]]]
    """
    shapes = {(len(each.photons), *each.light.shape) for each in layers}
    if len(shapes) != 1:
        raise BadParameter(
            f"layers of a cube of shapes {sorted(shapes)}: one or more, all of one shape, are "
            "accepted"
        )
    cube = np.zeros(shapes.pop())
    for each in layers:
        cube += each.photons[:, None, None] * each.light
    return cube


def effective_area_m2(telescope: Any, light: Light) -> float:
    """Area of a telescope times its transmission, from what it makes of a spectrum.

    Raises
    ------
    BadParameter
        If the spectrum has no light in the band of the telescope.
    """
    above = float(light.photons(telescope.observing_band))
    if not above > 0.0:
        raise BadParameter(
            f"a spectrum without light in the band {telescope.observing_band}: one with light is "
            "accepted, however little"
        )
    return float(telescope.photons_per_second(light)) / above


def exposed_planes(
    detector: Any, photons: Floats, random: np.random.Generator
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Counts of a detector with a pixel for each of a cube, as behind a slicer; particles in them.

    Parameters
    ----------
    detector : Detector
        Of any resolution: the planes are laid out below each other. What hangs on neighbours on
        the detector (bleeding) does not mean the same here.
    photons : ndarray (count, rows, columns), or (rows, columns)
        Over the exposure.
    random : numpy Generator

    Returns
    -------
    tuple of ndarray
        Counts, and where a particle left charge; of the shape of the photons.
    """
    flat = photons.reshape(-1, photons.shape[-1])
    sized = replace(detector, resolution=(flat.shape[1], flat.shape[0]))
    readout = sized.expose(flat, random)
    return readout.counts.reshape(photons.shape), readout.cosmic_rays.reshape(photons.shape)
