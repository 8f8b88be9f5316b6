"""How the Earth is turned: UT1 and polar motion from the tables of the IERS.

The files are ``eopc04.1962-now``, the final series of the IERS, and after its last day
``finals2000A.all`` (Bulletin A, with a year of predictions), as the package astropy-iers-data
carries them: no network is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import astropy_iers_data
import erfa
import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter
from satvo.schemas.leap_seconds import tai_minus_utc_s

__all__ = ["EarthOrientation", "earth_orientation", "tt_minus_utc"]

Floats = NDArray[np.float64]

_ARCSEC = np.pi / 648000.0
_ROUGH_UNTIL = 88069.0  # 2100-01-01, where ERFA's places of the Earth end
_UTC_SINCE = 41317.0  # 1972-01-01


@dataclass(frozen=True, slots=True)
class EarthOrientation:
    """UT1 and the pole, day by day.

    Attributes
    ----------
    mjd_utc : ndarray (n,)
        0 h of each day.
    ut1_tt_s : ndarray (n,)
        UT1 - TT, s, which has no leap seconds to interpolate across.
    x_rad, y_rad : ndarray (n,)
        Coordinates of the pole, rad.
    """

    mjd_utc: Floats
    ut1_tt_s: Floats
    x_rad: Floats
    y_rad: Floats

    def at(
        self, mjd_utc: Floats, *, is_rough: bool = False
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """UT1 - UTC (s), TT - UTC (s), and the pole's x and y (rad) at instants.

        Linear between the days; without the tides of less than a day (0.05 ms, 2 cm on the
        ground).

        Parameters
        ----------
        mjd_utc : ndarray (n,)
            Instants, MJD in UTC.
        is_rough : bool
            Whether times behind the table are accepted, up to the year 2100: UT1 then follows TT,
            from which it has drifted by less than 0.5 s (7 arcsec) a year for a century, and no
            leap second is foreseen.

        Raises
        ------
        BadParameter
            If one is not a number, or outside the table: a position would be wrong by what UT1 has
            drifted since.
        """
        first, last = float(self.mjd_utc[0]), float(self.mjd_utc[-1])
        last = max(last, _ROUGH_UNTIL) if is_rough else last
        bad = ~((mjd_utc >= first) & (mjd_utc <= last))
        if bad.any():
            raise BadParameter(
                f"time MJD {float(np.asarray(mjd_utc)[bad][0]):.5f} (UTC): the orientation of the "
                f"Earth is known from MJD {first:.0f} ({_date(first)}) to {last:.0f} "
                f"({_date(last)}); give a time between them, or update astropy-iers-data"
            )
        tt_utc = tt_minus_utc(mjd_utc)
        ut1_utc = np.interp(mjd_utc, self.mjd_utc, self.ut1_tt_s) + tt_utc
        x = np.interp(mjd_utc, self.mjd_utc, self.x_rad)
        y = np.interp(mjd_utc, self.mjd_utc, self.y_rad)
        return ut1_utc, tt_utc, x, y


@cache
def earth_orientation() -> EarthOrientation:
    """The tables that are installed, read once."""
    final = _final_series(Path(astropy_iers_data.IERS_B_FILE))
    rapid = _rapid_service(Path(astropy_iers_data.IERS_A_FILE))
    rapid = rapid[rapid[:, 0] > final[-1, 0]]
    mjd, ut1_utc, x, y = np.concatenate([final, rapid]).T
    known = mjd >= _UTC_SINCE  # before, its seconds had other lengths
    series = (mjd, ut1_utc - tt_minus_utc(mjd), x * _ARCSEC, y * _ARCSEC)
    return EarthOrientation(*(each[known] for each in series))


def _final_series(path: Path) -> Floats:
    """MJD, UT1 - UTC (s), x and y (arcsec) of each day; columns as the head of the file says."""
    table = np.loadtxt(path, comments="#", usecols=(4, 7, 5, 6))
    return np.asarray(table, dtype=np.float64)


def _rapid_service(path: Path) -> Floats:
    """The same from readme.finals2000A; days that are not predicted yet are left out."""
    days = [
        (line[7:15], line[58:68], line[18:27], line[37:46])
        for line in path.read_text("ascii").splitlines()
        if line[58:68].strip() and line[18:27].strip()
    ]
    return np.array(days, dtype=np.float64)


def tt_minus_utc(mjd_utc: Floats) -> Floats:
    """TT - UTC, s, since 1972.

    A day of MJD in UTC has 86400 s here; a leap second is the first second of the day after it.
    State vectors are stored with ERFA's MJD (`satvo.schemas.leap_seconds`), which differs by up to
    1 s on the days that end in a leap second, the last of which was 2016-12-31.
    """
    return tai_minus_utc_s(mjd_utc) + 32.184


def _date(mjd: float) -> str:
    year, month, day, _ = erfa.jd2cal(2400000.5, mjd)
    return f"{int(year)}-{int(month):02}-{int(day):02}"
