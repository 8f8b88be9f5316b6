"""What is asked of clean windows: the parameters of ObjObsSAP, and those beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.sites import Site, find_observer
from satvo.resources.passes.alternatives import ring
from satvo.resources.passes.fields import Circle, Field, rectangle
from satvo.resources.passes.options import Options
from satvo.resources.passes.values import instant, told
from satvo.resources.passes.windows import LONGEST_D, Plan
from satvo.schemas.errors import BadParameter
from satvo.schemas.resource import JobParameter
from satvo.service.formats import Format, find_format

__all__ = ["RESULTS", "WINDOW_INPUTS", "WindowRequest", "read_window_request"]

Shape = Callable[[float, float], Field]

RESULTS = ("windows", "starts", "alternatives")

WINDOW_INPUTS = (
    JobParameter("POS", "Target: right ascension and declination in ICRS, deg, as 52,-27.8"),
    JobParameter(
        "TIME",
        f"From when to when, MJD or ISO 8601 in UTC, as 61366/61367; /t2 is from now. Up to "
        f"{LONGEST_D:g} days are answered; without it the next 24 h",
    ),
    JobParameter(
        "NIGHT", "Instead of TIME: the date of an evening, as 2026-11-22; from noon to noon there"
    ),
    JobParameter("MIN_OBS", "Shortest window that counts", datatype="double", unit="s"),
    JobParameter(
        "FACILITY",
        "Site: a name, an MPC code, or lon,lat,height (deg, deg, m); without it each that is "
        "registered here",
    ),
    JobParameter("MAXREC", "Rows of the answer at most", datatype="long"),
    JobParameter("RESPONSEFORMAT", "Format of the answer, as TAP has it", default="votable"),
    JobParameter("FOV", "Radius of the field", datatype="double", unit="deg", default="0.5"),
    JobParameter(
        "WIDTH", "Of a rectangular field, instead of FOV, to the east", datatype="double",
        unit="deg",
    ),
    JobParameter("HEIGHT", "The same to the north", datatype="double", unit="deg"),
    JobParameter(
        "PA", "Position angle of the height, from north through east", datatype="double",
        unit="deg", default="0",
    ),
    JobParameter(
        "EXPTIME", "Length of an exposure, for starts and alternatives", datatype="double",
        unit="s", default="60",
    ),
    JobParameter(
        "MAGLIM", "Satellites that are fainter do not count; those of unknown magnitude do",
        datatype="double", unit="mag",
    ),
    JobParameter(
        "ILLUMINATED", "1: satellites in the shadow of the Earth do not count", datatype="int",
        default="0", choices=("0", "1"),
    ),
    JobParameter(
        "MINALT", "Lowest altitude of the target", datatype="double", unit="deg", default="30"
    ),
    JobParameter(
        "SUNALT", "Highest altitude of the Sun", datatype="double", unit="deg", default="-18"
    ),
    JobParameter(
        "SIGMA", "By how many standard errors of its time a crossing is widened",
        datatype="double", default="1",
    ),
    JobParameter("POPULATION", "Only satellites of this constellation, also a simulated one"),
    JobParameter(
        "RESULT",
        "windows: the clean windows. starts: the best starts of an exposure. alternatives: what "
        "other pointings (OFFSET), sites (SITES) and fields (FOVS) would gain",
        default="windows", choices=RESULTS,
    ),
    JobParameter("OFFSET", "How far off eight pointings are", datatype="double", unit="deg"),
    JobParameter("SITES", "Sites to compare, parted by ; or the word registered"),
    JobParameter("FOVS", "Radii of fields to compare, deg, parted by commas"),
)  # fmt: skip
"""Parameters of a request for clean windows; unknown ones are ignored (DALI 1.1, section 3)."""

_WIDEST_DEG = 10.0
_MOST_SITE_DAYS = 16.0
_MOST_COMPARED = 20


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """A request that can be carried out.

    Attributes
    ----------
    plans : tuple of (Plan, GroundObserver)
        One for each site.
    asked : str
        The target and time as they were given, for the answer.
    options : Options
    min_obs_s : float
    result : str
        One of `RESULTS`.
    maxrec : int or None
    format : Format
    media_type : str
    populations : tuple of str or None
    pointings, sites, shapes
        What is compared, as `satvo.resources.passes.alternatives.alternatives` takes it.
    cut_mjd : float or None
        Where a longer TIME was cut.
    field_name : str
    """

    plans: tuple[tuple[Plan, GroundObserver], ...]
    asked: str
    options: Options
    min_obs_s: float
    result: str
    maxrec: int | None
    format: Format
    media_type: str
    populations: tuple[str, ...] | None
    pointings: tuple[tuple[float, float], ...]
    sites: tuple[GroundObserver, ...]
    shapes: dict[str, Shape]
    cut_mjd: float | None
    field_name: str


def read_window_request(
    given: Mapping[str, str], registered: Sequence[Site], now_mjd: float
) -> WindowRequest:
    """Check the parameters of a request, names in upper case.

    Parameters
    ----------
    given : mapping
        Each once.
    registered : sequence of Site
        Of the archive.
    now_mjd : float
        MJD in UTC.

    Raises
    ------
    BadParameter
        For what is missing, is not understood, or is too much at once.
    """
    ra, dec = _position(given.get("POS"))
    name, shape = _shape(given)
    sites = _sites(given.get("FACILITY"), registered)
    result = given.get("RESULT") or "windows"
    if result not in RESULTS:
        raise BadParameter(f"RESULT={told(result)}: {', '.join(RESULTS)} are accepted")
    plans = []
    cut: float | None = None
    for site in sites:
        start, stop = _span(given, site, now_mjd)
        if stop - start > LONGEST_D:
            cut = stop = start + LONGEST_D
        plan = Plan(
            ra, dec, shape, start, stop,
            exposure_s=_number(given, "EXPTIME", 60.0),
            min_alt_deg=_number(given, "MINALT", 30.0),
            max_sun_alt_deg=_number(given, "SUNALT", -18.0),
            sigmas=_number(given, "SIGMA", 1.0),
        )  # fmt: skip
        plans.append((plan, site))
    compared = _compared(given, ra, dec, registered) if result == "alternatives" else ((), (), {})
    _check_amount(plans, sum(map(len, compared)), result)
    form, media_type = find_format(given.get("RESPONSEFORMAT") or "votable")
    population = given.get("POPULATION")
    return WindowRequest(
        plans=tuple(plans),
        asked=f"{ra!r},{dec!r}",
        options=_options(given),
        min_obs_s=_number(given, "MIN_OBS", 0.0),
        result=result,
        maxrec=_maxrec(given.get("MAXREC")),
        format=form,
        media_type=media_type,
        populations=(population,) if population else None,
        pointings=compared[0],
        sites=compared[1],
        shapes=compared[2],
        cut_mjd=cut,
        field_name=name,
    )


def _position(text: str | None) -> tuple[float, float]:
    if not text:
        raise BadParameter("POS is missing; give right ascension and declination, as POS=52,-27.8")
    words = text.replace(",", " ").split()
    try:
        ra, dec = map(float, words)
    except ValueError as err:
        raise BadParameter(
            f"POS={told(text)}: two numbers in deg, right ascension and declination, are accepted, "
            "as POS=52,-27.8"
        ) from err
    return ra, dec


def _shape(given: Mapping[str, str]) -> tuple[str, Shape]:
    """The field of view, and what it is called; its size is checked at a pole, where all are."""
    if "WIDTH" in given or "HEIGHT" in given:
        width = _number(given, "WIDTH", math.nan)
        height = _number(given, "HEIGHT", math.nan)
        if not (0.0 < width <= 2 * _WIDEST_DEG and 0.0 < height <= 2 * _WIDEST_DEG):
            raise BadParameter(
                f"WIDTH={width}, HEIGHT={height}: both, above 0 to {2 * _WIDEST_DEG:g} deg, are "
                "accepted"
            )
        pa = _number(given, "PA", 0.0)
        shape = partial(rectangle, width_deg=width, height_deg=height, pa_deg=pa)
        return f"{width:g} x {height:g} deg", shape
    return _circle(_number(given, "FOV", 0.5), "FOV")


def _circle(radius: float, name: str) -> tuple[str, Shape]:
    if not 0.0 < radius <= _WIDEST_DEG:
        raise BadParameter(f"{name}={radius}: a radius above 0 to {_WIDEST_DEG:g} deg is accepted")
    return f"radius {radius:g} deg", partial(Circle.of, radius_deg=radius)


def _sites(text: str | None, registered: Sequence[Site]) -> list[GroundObserver]:
    if text:
        return [_site(text, registered)]
    if not registered:
        raise BadParameter("FACILITY is missing, and no site is registered here; name one")
    return [site.observer() for site in registered]


def _site(text: str, registered: Sequence[Site]) -> GroundObserver:
    found = find_observer(text, registered)
    if not isinstance(found, GroundObserver):
        raise BadParameter(
            f"FACILITY={told(text)} has no horizon; a site on the ground is accepted"
        )
    return found


def _span(given: Mapping[str, str], site: GroundObserver, now_mjd: float) -> tuple[float, float]:
    """From when to when, MJD in UTC."""
    text, night = given.get("TIME"), given.get("NIGHT")
    if text and night:
        raise BadParameter("TIME and NIGHT are both given; give one")
    if night:
        if len(night) != 10:
            raise BadParameter(f"NIGHT={told(night)}: a date is accepted, as 2026-11-22")
        noon = instant(night, "NIGHT") + 0.5 - site.lon_deg / 360.0
        return noon, noon + 1.0
    if not text:
        return now_mjd, now_mjd + 1.0
    first, slash, last = text.strip().partition("/")
    if not slash:
        first, _, last = text.strip().partition(" ")
    if not last.strip():
        raise BadParameter(
            f"TIME={told(text)}: two times in UTC are accepted, MJD or ISO 8601, as "
            "TIME=61366.0/61366.5"
        )
    start = instant(first.strip(), "TIME") if first.strip() else now_mjd
    stop = instant(last.strip(), "TIME")
    if stop <= start:
        raise BadParameter(f"TIME={told(text)}: it ends before it starts; give the earlier first")
    return start, stop


def _compared(
    given: Mapping[str, str], ra: float, dec: float, registered: Sequence[Site]
) -> tuple[tuple[tuple[float, float], ...], tuple[GroundObserver, ...], dict[str, Shape]]:
    pointings = tuple(ring(ra, dec, _number(given, "OFFSET", 1.0))) if given.get("OFFSET") else ()
    text = given.get("SITES") or ""
    if text.strip().lower() == "registered":
        sites = tuple(site.observer() for site in registered)
    else:
        names = [name for name in text.split(";") if name.strip()]
        sites = tuple(_site(name, registered) for name in names[:_MOST_COMPARED])
    shapes: dict[str, Shape] = {}
    for word in filter(None, (given.get("FOVS") or "").replace(",", " ").split()[:_MOST_COMPARED]):
        name, shape = _circle(_number({"FOVS": word}, "FOVS", math.nan), "FOVS")
        shapes[name] = shape
    if not (pointings or sites or shapes):
        raise BadParameter("RESULT=alternatives: say which, by OFFSET, SITES or FOVS")
    return pointings, sites, shapes


def _check_amount(plans: Sequence[tuple[Plan, GroundObserver]], compared: int, result: str) -> None:
    if result != "windows" and len(plans) > 1:
        raise BadParameter(f"RESULT={result}: FACILITY is missing; name one site")
    if compared > _MOST_COMPARED:
        raise BadParameter(
            f"{compared} alternatives; up to {_MOST_COMPARED} are accepted in one request"
        )
    days = sum(plan.stop_mjd - plan.start_mjd for plan, _ in plans) * (1 + compared)
    if days > max(_MOST_SITE_DAYS, 1.0 + compared):
        raise BadParameter(
            f"{len(plans)} sites and {compared} alternatives over this time make {days:.1f} days "
            f"of search; up to {_MOST_SITE_DAYS:g} are accepted: name one FACILITY, or a shorter "
            "TIME"
        )


def _options(given: Mapping[str, str]) -> Options:
    lit = (given.get("ILLUMINATED") or "0").lower()
    if lit not in ("0", "1", "true", "false"):
        raise BadParameter(f"ILLUMINATED={told(lit)}: 0 or 1 is accepted")
    limit = _number(given, "MAGLIM", math.nan)
    return Options(
        illuminated_only=lit in ("1", "true"), mag_limit=None if math.isnan(limit) else limit
    )


def _number(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadParameter(f"{name}={told(text)}: a finite number is accepted")
    if name == "MIN_OBS" and value < 0.0:
        raise BadParameter(f"MIN_OBS={value}: 0 s or more is accepted")
    return value


def _maxrec(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadParameter(f"MAXREC={told(text)}: not a whole number from 0 on")
    return int(text)
