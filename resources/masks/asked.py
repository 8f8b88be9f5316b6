"""What a client asks of the job ``trailmask``, read and checked before any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from satvo.resources.images.parameter_texts import (
    SEPARATOR,
    is_asked,
    number_of,
    numbers_of,
    several_of,
)
from satvo.resources.masks.detectors.registry import detector_names
from satvo.resources.masks.parameters import MOST_FRAMES, MOST_LINES, OUTPUTS
from satvo.resources.masks.search import Search
from satvo.schemas.errors import BadParameter

__all__ = ["Asked", "read_asked"]

_BY_HAND = "by-hand"
_DEFAULT = "deep"
_CUT = 0.5
_ENDLESS_PX = 1e6
"""What an interval without an upper end goes to."""
_FARTHEST_PX = 1e6

Line = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a job, read.

    Attributes
    ----------
    dids : tuple of str
        Each once, in their order; empty where files came.
    detector : str
    outputs : frozenset of str
        Of `satvo.resources.masks.parameters.OUTPUTS`.
    lines : tuple of (x1, y1, x2, y2)
        Pixels from 1.
    search : Search
    cut : float
        Standard deviations of the noise.
    is_sequence, is_identified, is_registered : bool
    """

    dids: tuple[str, ...]
    detector: str
    outputs: frozenset[str]
    lines: tuple[Line, ...]
    search: Search
    cut: float
    is_sequence: bool
    is_identified: bool
    is_registered: bool


def read_asked(parameters: Mapping[str, str], *, uploaded: int = 0) -> Asked:
    """The parameters of a job.

    Parameters
    ----------
    parameters : mapping
        As `satvo.resources.masks.parameters.PARAMETERS` describes them; of repeated ones the values
        have semicolons between.
    uploaded : int
        Files that came as UPLOAD.

    Raises
    ------
    BadParameter
        For what is out of range, contradicts itself, or is missing.

    Examples
    --------
    >>> asked = read_asked({"ID": "ivo://x/images?1", "WIDTH": "2 8", "OUTPUTS": "mask"})
    >>> asked.detector, asked.search.width_px, sorted(asked.outputs)
    ('deep', (2.0, 8.0), ['mask'])
    """
    given = {name: text.strip() for name, text in parameters.items() if text.strip()}
    dids = tuple(dict.fromkeys(several_of(given, "ID")))
    lines = tuple(_line(text) for text in several_of(given, "LINE"))
    asked = Asked(
        dids=dids,
        detector=_detector(given.get("DETECTOR"), bool(lines)),
        outputs=_outputs(given.get("OUTPUTS", "mask,trails")),
        lines=lines,
        search=_search(given),
        cut=number_of(given, "CUT", 0.01, 100.0) or _CUT,
        is_sequence=is_asked(given, "SEQUENCE"),
        is_identified=is_asked(given, "IDENTIFY"),
        is_registered=is_asked(given, "REGISTER"),
    )
    _check_images(asked, given, uploaded)
    if len(lines) > MOST_LINES:
        raise BadParameter(f"LINE is given {len(lines)} times; {MOST_LINES} are accepted at most")
    return asked


def _check_images(asked: Asked, given: Mapping[str, str], uploaded: int) -> None:
    if "UPLOAD" in given:
        raise BadParameter(
            f"UPLOAD={given['UPLOAD'][:60]}: give the FITS file itself as the part UPLOAD of a "
            "form (multipart/form-data)"
        )
    if asked.dids and uploaded:
        raise BadParameter("ID and UPLOAD are given; give one of them")
    count = len(asked.dids) or uploaded
    if not count:
        raise BadParameter("give ID (an image of the archive) or UPLOAD (a FITS file)")
    if count > MOST_FRAMES:
        raise BadParameter(f"{count} images are given; {MOST_FRAMES} are accepted at most")
    if asked.is_identified and uploaded:
        raise BadParameter(
            "IDENTIFY is given with UPLOAD: satellites are named in archived images alone; bring "
            "the image in first (POST /api/images) and give its ID, or run satvo identify"
        )
    if asked.is_registered and uploaded:
        raise BadParameter(
            "REGISTER is given with UPLOAD: masks of archived images alone are registered; bring "
            "the image in first (POST /api/images) and give its ID"
        )


def _detector(text: str | None, has_lines: bool) -> str:
    name = (text or (_BY_HAND if has_lines else _DEFAULT)).lower()
    known = detector_names()
    if name not in known:
        raise BadParameter(f"DETECTOR={name[:40]}: give one of {', '.join(known)}")
    return name


def _outputs(text: str) -> frozenset[str]:
    words = {word.strip().lower() for word in text.replace(SEPARATOR, ",").split(",")} - {""}
    unknown = sorted(words - set(OUTPUTS))
    if unknown or not words:
        told = ", ".join(unknown)[:60] or text[:60]
        raise BadParameter(f"OUTPUTS={told}: give one or more of {', '.join(OUTPUTS)}")
    return frozenset(words)


def _search(given: Mapping[str, str]) -> Search:
    threshold = number_of(given, "THRESHOLD", 0.0, 1.0)
    return Search(
        width_px=_interval(given, "WIDTH"),
        length_px=_interval(given, "LENGTH"),
        snr_min=number_of(given, "SNR", 1e-3, 1e9),
        angle_deg=_angles(given.get("ANGLE")),
        threshold=0.5 if threshold is None else threshold,
        mask_width=number_of(given, "MASK_WIDTH", 0.1, 20.0) or 1.0,
    )


def _interval(given: Mapping[str, str], name: str) -> tuple[float, float] | None:
    """Two numbers of pixels (DALI 1.1, section 3.3.2); the upper may be +Inf."""
    if name not in given:
        return None
    found = numbers_of(given[name])
    if len(found) != 2 or not 0.0 <= found[0] < found[1]:
        raise BadParameter(
            f"{name}={given[name][:40]}: give two numbers of pixels, the least and the largest, "
            "as 2 8 or 30 +Inf"
        )
    return found[0], min(found[1], max(_ENDLESS_PX, 2.0 * found[0]))


def _angles(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    found = numbers_of(text)
    if len(found) != 2 or not all(abs(each) <= 360.0 for each in found):
        raise BadParameter(f"ANGLE={text[:40]}: give two angles from -360 to 360 deg, as 20 70")
    return found[0], found[1]


def _line(text: str) -> Line:
    found = numbers_of(text)
    if len(found) != 4 or not all(abs(each) <= _FARTHEST_PX for each in found):
        raise BadParameter(
            f"LINE={text[:60]}: give x1,y1,x2,y2 of two points in pixels from 1, as 12,40,300,210"
        )
    if found[:2] == found[2:]:
        raise BadParameter(f"LINE={text[:60]}: both points are one; give two")
    return found[0], found[1], found[2], found[3]
