"""Where a trail lies and how wide it is, by least squares on the pixels near it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.lines.strip import Axis
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.outputs.profile import Profile
from satvo.resources.masks.outputs.strip import Strip

__all__ = ["fitted"]

Floats = NDArray[np.float64]

_FOR_PLACE, _FOR_WIDTH, _FOR_SHAPE, _FOR_BOW = 8.0, 15.0, 100.0, 200.0
"""Significance of a trail from which its place, its ends and width, the exponent of its profile,
and its curvature are fitted."""
_MOST_PIXELS = 40_000
_MOST_OF_DISK = 2_000  # each of which takes the sum over a disk, at its ends
_BETAS = (1.5, 12.0)


def fitted(light: Light, strip: Strip, values: Floats, weight: Floats, snr: float) -> Light:
    """The light of a trail with its line, ends, width and exponent as the pixels tell.

    Parameters
    ----------
    light : Light
        As it is known; its flux along the trail is kept but for one factor.
    strip : Strip
    values, weight : ndarray (n,)
        Light less the background and reciprocal variance, 0 where a pixel does not count.
    snr : float
        Significance of the whole trail, which decides what is fitted.

    Returns
    -------
    Light
        Its line is moved by 1.5 full widths at most.
    """
    counts = np.flatnonzero(weight > 0.0)
    if snr < _FOR_PLACE or counts.size < 50:
        return light
    most = _MOST_OF_DISK if light.profile.disk else _MOST_PIXELS
    counts = counts[:: max(counts.size // most, 1)]
    places = strip.rows[counts], strip.columns[counts]
    near = Strip(*places, strip.along[counts], strip.across[counts])
    z, root = values[counts], np.sqrt(weight[counts])
    names = _names(light.trail, snr)
    start = np.array([_start(name, light.profile) for name in names])
    low, high = np.array([_bounds(name, light.profile) for name in names]).T

    def residuals(given: Floats) -> Floats:
        known = dict(zip(names, given.tolist(), strict=True))
        return np.asarray((z - known["factor"] * _model(light, near, known)) * root)

    from scipy.optimize import least_squares

    found = least_squares(
        residuals, np.clip(start, low, high), bounds=(low, high), x_scale=_steps(names, light),
        max_nfev=30, loss="soft_l1", f_scale=3.0,
    )  # fmt: skip
    known = dict(zip(names, found.x.tolist(), strict=True))
    errors = _errors(found.jac, names)
    for name in ("begin", "stop"):
        # An end that the pixels do not tell stays where it was found.
        if name in known and not errors[name] < light.profile.fwhm:
            known[name], errors[name] = 0.0, math.nan
    trail = _trail(light, known, errors)
    profile = _profile(light.profile, known)
    shift = known.get("begin", 0.0)
    return replace(
        light, trail=trail, profile=profile, along=light.along - shift,
        flux=light.flux * known["factor"],
    )  # fmt: skip


def _names(trail: FoundTrail, snr: float) -> list[str]:
    names = ["factor", "start", "end"]
    if snr >= _FOR_WIDTH:
        names.append("width")
        names += [
            name
            for name, is_open in zip(("begin", "stop"), trail.open_ends, strict=True)
            if not is_open
        ]
    if snr >= _FOR_SHAPE:
        names.append("beta")
    # Optics bend what is straight on the sky: a tenth of a pixel shows under a bright trail.
    if trail.sagitta or snr >= _FOR_BOW:
        names.append("bow")
    return names


def _start(name: str, profile: Profile) -> float:
    if name == "width":
        return math.log(profile.width)
    if name == "beta":
        return 1.0 / min(max(profile.beta, _BETAS[0]), _BETAS[1])
    return 1.0 if name == "factor" else 0.0


def _bounds(name: str, profile: Profile) -> tuple[float, float]:
    far = 1.5 * profile.fwhm
    return {
        "factor": (0.1, 10.0),
        "width": (math.log(0.4 * profile.width), math.log(2.5 * profile.width)),
        "beta": (1.0 / _BETAS[1], 1.0 / _BETAS[0]),
        "begin": (-2.0 * far, 2.0 * far),
        "stop": (-2.0 * far, 2.0 * far),
    }.get(name, (-far, far))


def _steps(names: list[str], light: Light) -> Floats:
    """How much each may change at once."""
    size = 0.1 * light.profile.fwhm
    own = {"factor": 0.05, "width": 0.05, "beta": 0.05}
    return np.array([own.get(name, size) for name in names])


def _model(light: Light, strip: Strip, known: dict[str, float]) -> Floats:
    length = light.trail.length
    part = strip.along / length
    across = strip.across - known["start"] * (1.0 - part) - known["end"] * part
    across = across - 4.0 * known.get("bow", 0.0) * part * (1.0 - part)
    begin = known.get("begin", 0.0)
    length += known.get("stop", 0.0) - begin
    profile = _profile(light.profile, known)
    shape = profile.at(strip.along - begin, across, length, light.trail.open_ends)
    return light.flux_at(strip.along) * shape


def _profile(profile: Profile, known: dict[str, float]) -> Profile:
    width = math.exp(known["width"]) if "width" in known else profile.width
    beta = 1.0 / known["beta"] if "beta" in known else profile.beta
    return Profile(width, beta, profile.disk)


def _errors(jacobian: Floats, names: list[str]) -> dict[str, float]:
    """Standard deviations, NaN where the pixels do not tell."""
    try:
        scale = np.maximum(np.sqrt((jacobian**2).sum(0)), 1e-300)
        variance = np.diag(np.linalg.inv((jacobian / scale).T @ (jacobian / scale))) / scale**2
    except np.linalg.LinAlgError:
        variance = np.full(len(names), np.nan)
    with np.errstate(invalid="ignore"):
        return dict(zip(names, np.sqrt(variance).tolist(), strict=True))


def _trail(light: Light, known: dict[str, float], errors: dict[str, float]) -> FoundTrail:
    trail = light.trail
    axis = Axis.between(trail.start_xy, trail.end_xy)
    across_error = math.hypot(errors["start"], errors["end"]) / math.sqrt(2.0)
    ends = [errors[name] for name in ("begin", "stop") if errors.get(name, math.nan) > 0.0]
    changed = replace(
        trail,
        start_xy=axis.at(known.get("begin", 0.0), known["start"]),
        end_xy=axis.at(trail.length + known.get("stop", 0.0), known["end"]),
        sagitta=trail.sagitta + known.get("bow", 0.0),
        across_error=across_error,
        along_error=max(ends) if ends else math.nan,
    )
    if "width" in known:
        width = math.exp(known["width"])
        changed = replace(changed, width=width, width_error=width * errors["width"])
    if "beta" in known:
        changed = replace(changed, beta=1.0 / known["beta"])
    return changed
