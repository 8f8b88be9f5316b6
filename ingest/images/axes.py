"""What the axes of an image are beside the sky: wavelengths, polarisation, time.

References
----------
FITS standard 4.0, section 8.4 (spectra) and table 29 (Stokes); Greisen et al., A&A 446, 747
(2006). Refraction of air: Morton, ApJS 77, 119 (1991), equation 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.ingest.images.bands import is_open
from satvo.ingest.images.synonyms import Headers, number
from satvo.ingest.images.units import Unit, card
from satvo.schemas.errors import BadParameter

__all__ = ["Axes", "axes_of", "kind_of_axis", "wavelengths_m"]

_LIGHT_M_S = 299_792_458.0
_LENGTHS = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "micron": 1e-6, "microns": 1e-6, "nm": 1e-9,
            "angstrom": 1e-10, "angstroms": 1e-10, "a": 1e-10, "ang": 1e-10}  # fmt: skip
_FREQUENCIES = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9, "thz": 1e12}
_WAVES = ("WAVE", "AWAV", "WAVELENGTH", "LAMBDA", "WAVELEN")
_VELOCITIES = ("VRAD", "VOPT", "ZOPT", "VELO", "BETA", "FELO")
_STOKES = {1: "I", 2: "Q", 3: "U", 4: "V", -1: "RR", -2: "LL", -3: "RL", -4: "LR", -5: "XX",
           -6: "YY", -7: "XY", -8: "YX"}  # fmt: skip
_ORDER = tuple(_STOKES.values())
_NO_GRATING = frozenset(("mirror", "image", "imaging", "no", "notinuse", "0", "t", "f"))
_LONGEST_M, _SHORTEST_M = 1e3, 1e-13


@dataclass(slots=True)
class Axes:
    """What the axes of an image are.

    Attributes
    ----------
    kind : str
        A value of ``dataproduct_type``.
    columns : dict
        Those of ivoa.obscore that follow.
    found, doubtful : list of str
    """

    kind: str
    columns: dict[str, Any] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


def axes_of(unit: Unit, headers: Headers, *, has_place: bool) -> Axes:
    """What the axes of a unit are.

    Parameters
    ----------
    unit : Unit
    headers : Headers
    has_place : bool
        Whether two of them are on the sky.
    """
    kinds = {
        n: kind_of_axis(unit.header, n) for n in range(1, int(unit.header.get("NAXIS", 0)) + 1)
    }
    axes = Axes(_product_type(unit, kinds, headers, has_place))
    for n, kind in kinds.items():
        length = int(unit.header.get(f"NAXIS{n}", 1))
        if kind == "spectral" and length > 1:
            _add_spectral(unit.header, n, length, axes)
        elif kind == "stokes":
            _add_stokes(unit.header, n, length, axes)
        elif kind == "time" and length > 1:
            axes.columns["t_xel"] = length
    if axes.kind == "spectrum" and not has_place:
        axes.columns |= {"s_xel1": None, "s_xel2": None}
    return axes


def kind_of_axis(header: Any, n: int) -> str:
    """What axis n (from 1) is: spectral, stokes, time, celestial, or empty where nothing says."""
    ctype = str(card(header, f"CTYPE{n}") or "").upper().strip()
    unit = str(card(header, f"CUNIT{n}") or "").lower().strip()
    word = ctype[:4].rstrip("-")
    if ctype.startswith("STOKES"):
        return "stokes"
    if word in ("WAVE", "AWAV", "FREQ", "ENER", "WAVN", *_VELOCITIES) or ctype in _WAVES:
        return "spectral"
    if ctype in ("", "LINEAR", "PIXEL", "LAMBDA") and unit in {*_LENGTHS, *_FREQUENCIES} - {"m"}:
        return "spectral"
    if word in ("TIME", "UTC", "TAI", "TT"):
        return "time"
    return "celestial" if word in ("RA", "DEC", "GLON", "GLAT", "ELON", "ELAT") else ""


def _product_type(unit: Unit, kinds: dict[int, str], headers: Headers, has_place: bool) -> str:
    if len(unit.shape) == 1:
        return "timeseries" if kinds.get(1) == "time" else "spectrum"
    if len(unit.shape) > 2:
        return "cube"
    if "spectral" in (kinds.get(1), kinds.get(2)):
        return "spectrum"
    return "spectrum" if _is_dispersed(headers) and not has_place else "image"


def _is_dispersed(headers: Headers) -> bool:
    """Whether a grating or the like was in the way of the light."""
    for found in headers.all("dispersion"):
        word = str(found.value).lower().replace(" ", "")
        if found.keyword == "DISPAXIS":
            if word in ("1", "2"):
                return True
        elif word not in _NO_GRATING and not is_open(word):
            return True
    return False


def _add_spectral(header: Any, n: int, length: int, axes: Axes) -> None:
    """Wavelengths of the ends of a spectral axis, at the outer edges of its elements."""
    axes.columns["em_xel"] = length
    ctype = str(card(header, f"CTYPE{n}") or "").upper()
    unit = str(card(header, f"CUNIT{n}") or "").strip()
    try:
        waves = wavelengths_m(header, n, np.array([0.5, length + 0.5]))
    except BadParameter as err:
        axes.doubtful.append(str(err))
        return
    low, high = sorted(float(f"{wave:.9g}") for wave in waves.tolist())
    axes.columns |= {"em_min": low, "em_max": high, "em_ucd": _ucd(ctype, unit.lower())}
    if unit:
        axes.columns["em_unit"] = unit
    axes.found.append(f"wavelengths {low * 1e9:.6g} to {high * 1e9:.6g} nm (axis {n})")
    if not ctype.startswith(("WAVE", "AWAV", "FREQ")):
        axes.doubtful.append(f"whether the wavelengths of axis {n} are in air is not told")


def wavelengths_m(header: Any, n: int, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Wavelengths in vacuum (m) at pixels of a spectral axis, the middle of the first at 1.

    Parameters
    ----------
    header : astropy.io.fits.Header
    n : int
        Number of the axis, from 1.
    pixels : ndarray (k,)

    Raises
    ------
    BadParameter
        If the WCS of the axis is not there, or of a kind that is not read.
    """
    step = number(card(header, f"CD{n}_{n}"))
    if step is None:
        step = number(card(header, f"CDELT{n}"))
        scale = number(card(header, f"PC{n}_{n}"))
        step = step if step is None or scale is None else step * scale
    first, pixel = number(card(header, f"CRVAL{n}")), number(card(header, f"CRPIX{n}"))
    if first is None or not step:
        raise BadParameter(f"axis {n} is spectral, but not all of its WCS is there")
    at = first + step * (pixels - (1.0 if pixel is None else pixel))
    ctype = str(card(header, f"CTYPE{n}") or "").upper()
    unit = str(card(header, f"CUNIT{n}") or "").strip()
    if str(card(header, "DC-FLAG")) == "1":
        at = 10.0 ** np.clip(at, -30, 30)
    elif "-LOG" in ctype:
        at = first * np.exp((at - first) / first)
    waves = _in_vacuum(ctype, unit.lower(), at)
    if waves is None or not all(_SHORTEST_M < wave < _LONGEST_M for wave in waves):
        raise BadParameter(f"axis {n} is spectral, in {ctype} {unit}, which is not read here")
    return np.array(waves)


def _in_vacuum(ctype: str, unit: str, ends: Any) -> list[float] | None:
    if ctype.startswith("FREQ") or (unit in _FREQUENCIES and ctype[:4] not in _WAVES):
        factor = _FREQUENCIES.get(unit or "hz")
        return None if factor is None or (ends <= 0).any() else list(_LIGHT_M_S / (ends * factor))
    if ctype.startswith((*_VELOCITIES, "ENER", "WAVN")):
        return None
    factor = _LENGTHS.get(unit or "m")
    if factor is None or (ends <= 0).any():
        return None
    waves = ends * factor
    return [wave * _refraction(wave) for wave in waves] if ctype.startswith("AWAV") else list(waves)


def _refraction(wave_m: float) -> float:
    """Index of refraction of air; 1 below 200 nm, where wavelengths are told in vacuum."""
    if wave_m < 200e-9:
        return 1.0
    s2 = (1e-6 / wave_m) ** 2
    return 1 + 6.4328e-5 + 2.94981e-2 / (146 - s2) + 2.5540e-4 / (41 - s2)


def _ucd(ctype: str, unit: str) -> str:
    return "em.freq" if ctype.startswith("FREQ") or unit in _FREQUENCIES else "em.wl"


def _add_stokes(header: Any, n: int, length: int, axes: Axes) -> None:
    first = number(card(header, f"CRVAL{n}"))
    pixel = number(card(header, f"CRPIX{n}"))
    step = number(card(header, f"CD{n}_{n}")) or number(card(header, f"CDELT{n}")) or 1.0
    if first is None:
        axes.doubtful.append(f"axis {n} is of polarisation, but CRVAL{n} is not there")
        return
    numbers = [
        round(first + step * (each - (pixel or 0.0))) for each in range(1, min(length, 12) + 1)
    ]
    states = [_STOKES[each] for each in numbers if each in _STOKES]
    if len(states) != length:
        axes.doubtful.append(f"axis {n} is of polarisation, with states that FITS does not know")
        return
    states.sort(key=_ORDER.index)
    axes.columns |= {"pol_states": f"/{'/'.join(states)}/", "pol_xel": length}
    axes.found.append(f"polarisation {' '.join(states)} (axis {n})")
