"""Rows of the catalogue of trails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.masks.masked import Masked
from satvo.resources.masks.outputs.cut import CUT_SIGMA, covered
from satvo.resources.masks.outputs.depth import depth_under
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.reading import PlaneOfFile

if TYPE_CHECKING:
    from satvo.resources.masks.found import FoundTrail

__all__ = ["trail_rows"]

_ROUND_MAG = 4


def trail_rows(
    plane: PlaneOfFile, masked: Masked, *, first: int = 1, cut: float = CUT_SIGMA
) -> list[dict[str, Any]]:
    """The trails of an image and their ghosts, by the names of `catalogue.COLUMNS`.

    Parameters
    ----------
    plane : PlaneOfFile
    masked : Masked
        With its lights.
    first : int
        Number of the first trail.
    cut : float
        As the mask was cut.
    """
    rows = []
    ghosts = [(ghost.light, first + ghost.of) for ghost in masked.ghosts]
    for number, (light, of) in enumerate([*((each, None) for each in masked.lights), *ghosts]):
        by_hand = light.trail.detector == "by-hand"
        rows.append({
            "trail_id": first + number, "hdu": plane.hdu, "extname": plane.name or None,
            "origin": "manual" if by_hand else "detected", "detector": light.trail.detector or None,
            "ghost_of": of,
            **_place(light.trail, plane), **_shape(light, plane), **_light(light, plane),
            **_depth(light, plane),
            "mask_px": len(covered(light, plane.frame.shape, plane.frame.noise, cut=cut).rows),
        })  # fmt: skip
    return rows


def _place(trail: FoundTrail, plane: PlaneOfFile) -> dict[str, Any]:
    (x1, y1), (x2, y2) = trail.start_xy, trail.end_xy
    return {
        "x1": x1 + 1.0, "y1": y1 + 1.0, "x2": x2 + 1.0, "y2": y2 + 1.0,
        "across_err": trail.across_error, "along_err": trail.along_error,
        "open1": trail.open_ends[0], "open2": trail.open_ends[1],
        **_sky(trail, plane),
    }  # fmt: skip


def _sky(trail: FoundTrail, plane: PlaneOfFile) -> dict[str, Any]:
    """Where it is on the sky; nothing without a WCS."""
    if plane.frame.wcs is None:
        return {}
    from astropy.wcs.utils import pixel_to_skycoord

    (x1, y1), (x2, y2) = trail.start_xy, trail.end_xy
    # The middle of a curved trail lies beside that of its chord.
    length = max(trail.length, 1e-9)
    middle = (
        0.5 * (x1 + x2) - trail.sagitta * (y2 - y1) / length,
        0.5 * (y1 + y2) + trail.sagitta * (x2 - x1) / length,
    )
    x, y = np.array([x1, x2, middle[0]]), np.array([y1, y2, middle[1]])
    sky = pixel_to_skycoord(x, y, plane.frame.wcs, 0).icrs
    if not np.isfinite(sky.ra.deg).all():
        return {}
    return {
        "ra_start": float(sky[0].ra.deg), "dec_start": float(sky[0].dec.deg),
        "ra_end": float(sky[1].ra.deg), "dec_end": float(sky[1].dec.deg),
        "s_ra": float(sky[2].ra.deg), "s_dec": float(sky[2].dec.deg),
        "length": float(sky[0].separation(sky[1]).arcsec),
        "pos_angle": float(sky[0].position_angle(sky[1]).deg) % 180.0,
    }  # fmt: skip


def _shape(light: Light, plane: PlaneOfFile) -> dict[str, Any]:
    trail, across = light.trail, light.profile.fwhm
    return {
        "width": across * plane.scale_arcsec, "length_px": trail.length, "width_px": across,
        "angle": trail.angle_deg, "fwhm": light.profile.width, "fwhm_err": trail.width_error,
        "beta": light.profile.beta, "disk": light.profile.disk, "sagitta": trail.sagitta,
        "flickering": trail.flickering, "saturated": light.saturated,
    }  # fmt: skip


def _light(light: Light, plane: PlaneOfFile) -> dict[str, Any]:
    trail, frame = light.trail, plane.frame
    half = np.linspace(-0.5, 0.5, 21) * light.profile.fwhm
    mean = trail.flux_px * float(light.profile.across(half).mean())
    area = plane.scale_arcsec**2
    return {
        "snr": mean / frame.noise, "significance": trail.snr, "score": trail.score,
        "flux": trail.flux, "flux_err": trail.flux_px_error * trail.length,
        "flux_px": trail.flux_px, "sb_px": light.peak,
        "mag": _mag(trail.flux, plane), "sb": _mag(light.peak / area, plane),
    }  # fmt: skip


def _depth(light: Light, plane: PlaneOfFile) -> dict[str, Any]:
    depth = depth_under(light, plane.frame.noise, plane.frame.gain)
    return {
        "depth": depth.under, "depth_beside": depth.beside, "depth_loss": depth.loss_mag,
        "depth_mag": _mag(depth.under, plane),
    }  # fmt: skip


def _mag(flux: float, plane: PlaneOfFile) -> float:
    if not flux > 0.0:
        return math.nan
    return round(plane.zero_point - 2.5 * math.log10(flux), _ROUND_MAG)
