"""FITS files in memory that are cut as the confined child does it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io import fits
from satvo.resources.images.cutouts.asked import read_cut_outs
from satvo.resources.images.cutouts.cutting import cut

__all__ = ["DID", "MOST", "cut_of", "file_of", "tan_cards", "whole_numbers"]

DID = "ivo://satvo.example/images?0123456789abcdef"
MOST = 1 << 24


def tan_cards(
    ra: float, dec: float, *, angle_deg: float = 0.0, scale_arcsec: float = 1.0,
    crpix: tuple[float, float] = (100.3, 80.7), projection: str = "TAN",
) -> dict[str, Any]:  # fmt: skip
    """A WCS turned by an angle, east to the left."""
    turn, step = np.radians(angle_deg), scale_arcsec / 3600
    return {
        "CTYPE1": f"RA---{projection}", "CTYPE2": f"DEC--{projection}", "RADESYS": "ICRS",
        "CUNIT1": "deg", "CUNIT2": "deg", "CRVAL1": ra, "CRVAL2": dec,
        "CRPIX1": crpix[0], "CRPIX2": crpix[1],
        "CD1_1": -step * np.cos(turn), "CD1_2": step * np.sin(turn),
        "CD2_1": step * np.sin(turn), "CD2_2": step * np.cos(turn),
    }  # fmt: skip


def whole_numbers(shape: tuple[int, ...], dtype: str = "f4", seed: int = 3) -> npt.NDArray[Any]:
    """Pixels that are all different in some byte."""
    values = np.random.default_rng(seed).integers(0, 30_000, shape)
    return values.astype(dtype)


def file_of(*units: Any) -> bytes:
    """The bytes of a file."""
    whole = io.BytesIO()
    fits.HDUList(list(units)).writeto(whole)
    return whole.getvalue()


def cut_of(content: bytes, **more: Any) -> tuple[dict[str, Any], fits.HDUList | None]:
    """What is answered and the units written, None where nothing is; SODA's parameters by name."""
    about: dict[str, Any] = {"did": DID, "most_bytes": MOST, "known": {}}
    given = {name: [value] if isinstance(value, str) else value
             for name, value in more.items() if name.isupper()}  # fmt: skip
    about |= {name: value for name, value in more.items() if not name.isupper()}
    (asked,) = read_cut_outs(given)
    target = io.BytesIO()
    answer = cut({**about, "asked": asked.about()}, io.BytesIO(content), target)
    if not answer["cuts"]:
        assert target.getvalue() == b""
        return answer, None
    assert len(target.getvalue()) % 2880 == 0
    if about.get("as_extensions"):
        target = io.BytesIO(file_of(fits.PrimaryHDU()) + target.getvalue())
    target.seek(0)
    units = fits.open(target)
    units.verify("exception")
    return answer, units
