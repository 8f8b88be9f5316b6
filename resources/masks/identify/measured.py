"""Measured positions of identified satellites, for orbit work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from satvo.resources.masks.identify.identification import Identified
from satvo.resources.masks.identify.weighing import Allowance
from satvo.resources.passes.exposures import Exposure
from satvo.schemas.moments import MJD_EPOCH

__all__ = ["Measured", "measured_positions"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Where a satellite was at an instant.

    Attributes
    ----------
    norad_id : int
    name, designator : str
        The international designator as 1998-067A; empty where not known.
    epoch : datetime
        UTC without a zone, when its light arrived.
    ra_deg, dec_deg : float
        Astrometric: relative to the stars beside it, ICRS axes.
    across_arcsec, along_arcsec : float
        1-sigma errors across its motion and along it.
    time_error_s : float
        1 sigma.
    """

    norad_id: int
    name: str
    designator: str
    epoch: datetime
    ra_deg: float
    dec_deg: float
    across_arcsec: float
    along_arcsec: float
    time_error_s: float


def measured_positions(
    identified: Iterable[Identified],
    exposure: Exposure,
    *,
    designators: Mapping[int, str] | None = None,
    allowance: Allowance | None = None,
) -> list[Measured]:
    """The ends of trails whose satellite and time are known, by time.

    An end is where the satellite was when the exposure began or ended; one at the border of the
    image tells no time and is left out, as are trails of which no satellite is as good as certain.

    Parameters
    ----------
    identified : iterable of Identified
    exposure : Exposure
        Of their image.
    designators : mapping of int to str, optional
        International designators by norad_id.
    allowance : Allowance, optional
        Of which the errors of the times are.
    """
    allowance = allowance or Allowance()
    error_s = math.hypot(allowance.clock_s, allowance.shutter_s)
    found = []
    for each in identified:
        match = each.satellite
        if match is None:
            continue
        for seconds, (ra, dec) in (
            (match.start_s, each.start_radec),
            (match.end_s, each.end_radec),
        ):
            if math.isnan(seconds):
                continue
            found.append(
                Measured(
                    match.norad_id,
                    match.name,
                    (designators or {}).get(match.norad_id, ""),
                    _instant(exposure.start_mjd, seconds),
                    ra,
                    dec,
                    each.across_arcsec,
                    each.along_arcsec,
                    error_s,
                )
            )
    return sorted(found, key=lambda position: (position.epoch, position.norad_id))


def _instant(mjd: float, seconds: float) -> datetime:
    """To 10 microseconds: an MJD is good to one or two."""
    since = round((mjd * 86400.0 + seconds) * 1e5)
    return MJD_EPOCH + timedelta(microseconds=10 * since)
