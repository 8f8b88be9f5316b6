"""Spectral, time and polarisation axes of an image; imported by confined children only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from astropy.time import Time
from astropy.units import Unit
from astropy.wcs import WCS, WCSSUB_SPECTRAL
from satvo.resources.images.cutouts.asked import CutOut, Interval
from satvo.schemas.errors import BadParameter

__all__ = ["NoPart", "other_axes"]

_Array: TypeAlias = npt.NDArray[np.float64]

_STOKES = {
    1: "I", 2: "Q", 3: "U", 4: "V",
    -1: "RR", -2: "LL", -3: "RL", -4: "LR", -5: "XX", -6: "YY", -7: "XY", -8: "YX",
}  # fmt: skip
"""Values of a STOKES axis (FITS 4.0, table 29)."""

_SCALES = ("UTC", "TAI", "TT", "TDB", "TCG", "TCB", "UT1")


class NoPart(Exception):
    """Nothing of the image is in what is asked for."""


def other_axes(
    asked: CutOut,
    wcs: WCS,
    header: Mapping[str, Any],
    sizes: tuple[int, ...],
    known: Mapping[str, Any],
) -> dict[int, tuple[int, int]]:
    """What BAND, TIME and POL leave of an image's axes.

    Parameters
    ----------
    asked : CutOut
    wcs : WCS
    header : mapping
    sizes : tuple of int
        NAXIS1, NAXIS2, ...
    known : mapping
        ``em_min``, ``em_max`` (m), ``t_min``, ``t_max`` (MJD in UTC) and ``pol_states`` of the
        whole product, as in ivoa.obscore, for the axes that it has not; None where not known.

    Returns
    -------
    dict
        By number of the axis, from 0: first and last pixel that meet the interval, from 1. A pixel
        counts from its lower to its upper edge.

    Raises
    ------
    NoPart
        Where nothing is left.
    BadParameter
        Where what is asked for is not known of this product, or an axis cannot be understood.
    """
    found: dict[int, tuple[int, int]] = {}
    if asked.band_m is not None:
        axis = _axis_of(wcs, "spectral", sizes)
        if axis is None:
            _meets(asked.band_m, known, "em_min", "em_max", "wavelengths")
        else:
            found[axis] = _within(_wavelengths(wcs, sizes[axis]), asked.band_m)
    if asked.time_mjd is not None:
        axis = _time_axis(header, sizes)
        if axis is None:
            _meets(asked.time_mjd, known, "t_min", "t_max", "times")
        else:
            found[axis] = _within(_moments(wcs, header, axis, sizes[axis]), asked.time_mjd)
    if asked.pol:
        axis = _axis_of(wcs, "stokes", sizes)
        if axis is None:
            states = str(known.get("pol_states") or "").split("/")
            if not set(states) & set(asked.pol):
                raise NoPart
        else:
            found[axis] = _states(wcs, axis, sizes[axis], asked.pol)
    return found


def _meets(asked: Interval, known: Mapping[str, Any], low: str, high: str, what: str) -> None:
    first, last = known.get(low), known.get(high)
    if first is None or last is None:
        raise BadParameter(
            f"the {what} of this image are not known ({low}, {high} are null in ivoa.obscore); ask "
            "without them"
        )
    if asked[0] > last or asked[1] < first:
        raise NoPart


def _axis_of(wcs: WCS, kind: str, sizes: tuple[int, ...]) -> int | None:
    for number, about in enumerate(wcs.get_axis_types()):
        if about["coordinate_type"] == kind and number < len(sizes):
            return number
    return None


def _wavelengths(wcs: WCS, size: int) -> _Array:
    """Of the edges of the pixels of the spectral axis, in vacuum, m."""
    try:
        axis = _with_step(wcs.sub([WCSSUB_SPECTRAL]))
        if axis.wcs.ctype[0][:4] != "WAVE":
            axis.wcs.sptr("WAVE-???")
        values = axis.wcs_pix2world(np.arange(size + 1)[:, None] + 0.5, 1)[:, 0]
        return np.asarray(values * Unit(str(axis.wcs.cunit[0]) or "m").to("m"))
    except ValueError as err:
        raise BadParameter(f"the spectral axis of the image cannot be read: {err}") from err


def _with_step(axis: WCS) -> WCS:
    """The same axis by CDELT: wcslib translates no CD, and gives nonsense without a word."""
    plain = WCS(naxis=1)
    for name in ("ctype", "cunit", "crval", "crpix"):
        setattr(plain.wcs, name, list(getattr(axis.wcs, name)))
    plain.wcs.cdelt = [float(axis.wcs.get_cdelt()[0] * axis.wcs.get_pc()[0, 0])]
    plain.wcs.restfrq, plain.wcs.restwav = axis.wcs.restfrq, axis.wcs.restwav
    plain.wcs.set_pv(axis.wcs.get_pv())
    return plain


def _time_axis(header: Mapping[str, Any], sizes: tuple[int, ...]) -> int | None:
    for number in range(len(sizes)):
        if str(header.get(f"CTYPE{number + 1}", "")).strip().upper() in ("TIME", *_SCALES):
            return number
    return None


def _moments(wcs: WCS, header: Mapping[str, Any], axis: int, size: int) -> _Array:
    """Of the edges of the pixels of a linear time axis, MJD in UTC (FITS 4.0, section 9)."""

    def number(name: str) -> float:
        try:
            return float(header.get(name, 0))
        except (TypeError, ValueError) as err:
            raise BadParameter(f"{name} of the image is no number") from err

    kind = str(header[f"CTYPE{axis + 1}"]).strip().upper()
    scale = str(header.get("TIMESYS", "UTC")).strip().upper() if kind == "TIME" else kind
    unit = str(header.get(f"CUNIT{axis + 1}", header.get("TIMEUNIT", "s"))).strip()
    reference = number("MJDREF") or number("MJDREFI") + number("MJDREFF")
    if scale not in _SCALES or unit not in ("s", "d", "min", "h", "a", "yr"):
        raise BadParameter(f"the time axis of the image ({scale}, {unit}) cannot be read")
    along = wcs.sub([axis + 1]).wcs_pix2world(np.arange(size + 1)[:, None] + 0.5, 1)[:, 0]
    days = along * Unit(unit).to("d")
    return np.asarray(Time(reference, days, format="mjd", scale=scale.lower()).utc.mjd)


def _within(edges: _Array, asked: Interval) -> tuple[int, int]:
    low, high = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
    with np.errstate(invalid="ignore"):
        touched = np.flatnonzero((low <= asked[1]) & (high >= asked[0]))
    if not len(touched):
        raise NoPart
    return int(touched[0]) + 1, int(touched[-1]) + 1


def _states(wcs: WCS, axis: int, size: int, asked: tuple[str, ...]) -> tuple[int, int]:
    """The least range of the axis that holds all states asked for."""
    values = wcs.sub([axis + 1]).wcs_pix2world(np.arange(size)[:, None] + 1.0, 1)[:, 0]
    states = [_STOKES.get(round(float(v)), "") for v in values]
    places = [number for number, state in enumerate(states, 1) if state in asked]
    if not places:
        raise NoPart
    return places[0], places[-1]
