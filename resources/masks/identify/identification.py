"""Which satellites the trails of an image are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.ephemeris.observer import SpaceTelescope
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.identify.association import associated
from satvo.resources.masks.identify.matching import Fits, fits_of
from satvo.resources.masks.identify.predicted import Known
from satvo.resources.masks.identify.sky_trails import SkyTrail, sky_trail
from satvo.resources.masks.identify.unknown import log_density_of_unknown
from satvo.resources.masks.identify.weighing import Allowance
from satvo.resources.passes.exposures import Exposure
from satvo.schemas.errors import BadParameter

__all__ = ["NAMED_FROM", "Identified", "Match", "identify"]

NAMED_FROM = 0.9
"""Probability from which a trail is said to be a satellite."""

_POSSIBLE_FROM = 1e-3
_TIMED_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A satellite that a trail may be.

    Attributes
    ----------
    norad_id : int
    name : str
        Empty where not known.
    probability : float
    is_reversed : bool
        Whether it went from the trail's end to its start.
    across_arcsec, across_error_arcsec : float
        Of the trail from its predicted way, positive towards greater position angles; and the
        error of that, elements and measurement together.
    along_arcsec : float
        How far it is ahead of its prediction; NaN where no end of the trail tells of time.
    late_s, late_error_s : float
        By how much it is later than predicted; NaN as above. The error is that of the measurement.
    rate_arcsec_s, pos_angle_deg : float
        Of its motion.
    age_d : float
        Days from the epoch of its elements to the exposure.
    start_s, end_s : float
        When it was at the start and at the end of the trail, seconds from the start of the
        exposure; NaN where that is not told.
    """

    norad_id: int
    name: str
    probability: float
    is_reversed: bool
    across_arcsec: float
    across_error_arcsec: float
    along_arcsec: float
    late_s: float
    late_error_s: float
    rate_arcsec_s: float
    pos_angle_deg: float
    age_d: float
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False, slots=True)
class Identified:
    """A trail, and which satellites it may be.

    Attributes
    ----------
    trail : FoundTrail
    start_radec, end_radec : tuple of float
        deg, in the frame of catalogued stars.
    is_open : tuple of bool
        Whether it leaves the image at its start, at its end.
    length_arcsec : float
    across_arcsec, along_arcsec : float
        1-sigma errors of an end.
    matches : tuple of Match
        The most probable first.
    unknown : float
        Probability that it is none of the catalogue.
    """

    trail: FoundTrail
    start_radec: tuple[float, float]
    end_radec: tuple[float, float]
    is_open: tuple[bool, bool]
    length_arcsec: float
    across_arcsec: float
    along_arcsec: float
    matches: tuple[Match, ...]
    unknown: float

    @property
    def satellite(self) -> Match | None:
        """The one that it is, if that is as good as certain (`NAMED_FROM`)."""
        best = self.matches[0] if self.matches else None
        return best if best is not None and best.probability >= NAMED_FROM else None


def identify(
    trails: Sequence[FoundTrail],
    exposure: Exposure,
    shape: tuple[int, int],
    known: Known,
    *,
    allowance: Allowance | None = None,
    wcs_arcsec: float = 0.3,
    max_age_d: float = 30.0,
    unknown_share: float = 0.2,
) -> list[Identified]:
    """Which satellites the trails of one image are.

    Parameters
    ----------
    trails : sequence of FoundTrail
    exposure : Exposure
        Of the image, with its WCS.
    shape : (int, int)
        Rows and columns.
    known : Known
        The catalogue, as the telescope sees it.
    allowance : Allowance, optional
    wcs_arcsec : float
        1-sigma error of the WCS.
    max_age_d : float
        Satellites whose elements are older or newer are not looked for.
    unknown_share : float
        Objects that are not in the catalogue, for each that is.

    Returns
    -------
    list of Identified
        One for each trail, in their order.

    Raises
    ------
    BadParameter
        If the exposure has no WCS, or the time is outside the tables of the Earth's orientation or
        the observer's ephemeris.

    Notes
    -----
    The rule of Bayes over the satellites near, each at its place in the catalogue, and objects that
    are not known; a satellite makes one trail of an image at most. A trail that is broken into
    several is identified best when it is joined first.
    """
    if exposure.wcs is None:
        raise BadParameter(
            f"{exposure.id}: no WCS, so that no satellite can be placed on it; solve the image"
        )
    if not 0.0 < unknown_share < math.inf:
        raise BadParameter(f"unknown_share={unknown_share}: above 0 is accepted")
    known = _at_work(known, exposure)
    near = known.near(exposure, max_age_d=max_age_d)
    on_sky = [sky_trail(each, exposure.wcs, shape, wcs_arcsec=wcs_arcsec) for each in trails]
    fits = [fits_of(each, near, known, exposure, allowance) for each in on_sky]
    unknown = [
        log_density_of_unknown(each, near, exposure.duration_s, share=unknown_share)
        for each in on_sky
    ]
    chances = _probabilities(fits, unknown)
    return [
        _identified(*each, known, exposure)
        for each in zip(trails, on_sky, fits, chances, strict=True)
    ]


def _at_work(known: Known, exposure: Exposure) -> Known:
    if isinstance(known.observer, SpaceTelescope):
        return known.seen_by(known.observer.during(exposure.start_mjd, exposure.end_mjd))
    return known


def _probabilities(fits: Sequence[Fits], unknown: Sequence[float]) -> list[NDArray[np.float64]]:
    """Of each fit of each trail."""
    all_which = np.unique(np.concatenate([np.zeros(0, np.int64), *(each.which for each in fits)]))
    table = np.full((len(fits), len(all_which)), -np.inf)
    places = [np.searchsorted(all_which, each.which) for each in fits]
    for row, (place, each, none) in enumerate(zip(places, fits, unknown, strict=True)):
        table[row, place] = each.log_density - none
    found = associated(table)
    return [found[row, place] for row, place in enumerate(places)]


def _identified(
    trail: FoundTrail,
    on_sky: SkyTrail,
    fits: Fits,
    chances: NDArray[np.float64],
    known: Known,
    exposure: Exposure,
) -> Identified:
    order = np.argsort(-chances, kind="stable")
    matches = tuple(
        _match(fits, i, float(chances[i]), on_sky, known, exposure)
        for i in order.tolist()
        if chances[i] >= _POSSIBLE_FROM
    )
    ra, dec = radec_deg(on_sky.ends)
    return Identified(
        trail,
        (float(ra[0]), float(dec[0])),
        (float(ra[1]), float(dec[1])),
        on_sky.is_open,
        on_sky.length_arcsec,
        on_sky.across_arcsec,
        on_sky.along_arcsec,
        matches,
        float(max(1.0 - chances.sum(), 0.0)),
    )


def _match(
    fits: Fits, i: int, chance: float, trail: SkyTrail, known: Known, exposure: Exposure
) -> Match:
    elements = known.elements
    row: Any = fits.which[i]
    times = [
        end * exposure.duration_s if timed[i] >= _TIMED_FROM else math.nan
        for end, timed in enumerate((fits.first_timed, fits.last_timed))
    ]
    tells = not all(map(math.isnan, times))
    turned = bool(fits.is_turned[i])
    start_s, end_s = times[::-1] if turned else times
    return Match(
        norad_id=int(elements.norad_id[row]),
        name=str(elements.object_name[row] or ""),
        probability=chance,
        is_reversed=turned,
        across_arcsec=float(fits.across_arcsec[i]),
        across_error_arcsec=float(fits.across_error_arcsec[i]),
        along_arcsec=float(fits.along_arcsec[i]) if tells else math.nan,
        late_s=-float(fits.shift_s[i]) if tells else math.nan,
        late_error_s=float(fits.shift_error_s[i]) if tells else math.nan,
        rate_arcsec_s=float(fits.rate_arcsec_s[i]),
        pos_angle_deg=float(fits.pos_angle_deg[i]),
        age_d=exposure.middle_mjd - float(elements.epoch_mjd[row]),
        start_s=start_s,
        end_s=end_s,
    )
