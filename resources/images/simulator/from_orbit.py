"""The satellites that cross an image, from their orbits: PassPredict asked for its exposure.

Unlike the rows of a transit list, ways are propagated anew at many instants, so that they bend,
fade and enter the shadow as the satellites do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.images.simulator.observed import Observed, observed_in
from satvo.resources.passes.light import magnitudes_at
from satvo.resources.passes.moments import moment_of
from satvo.resources.passes.operators import FilesOf
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict
from satvo.resources.trails.courses import Course
from satvo.resources.trails.transits import courses_from_transits
from satvo.schemas.moments import MJD_EPOCH

if TYPE_CHECKING:
    from satvo.resources.images.simulator.satellites import Satellite
    from satvo.resources.images.simulator.spectrum import Spectrum

__all__ = [
    "Crossing",
    "crossings_of",
    "satellites_for",
    "satellites_of",
]

Floats = NDArray[np.float64]

_DAY_S = 86400.0
_POINTS = 257
_BEYOND = 0.1
_BEYOND_S = 0.05
_STEPS = 256


@dataclass(frozen=True, eq=False, slots=True)
class Crossing:
    """A satellite that crosses an image.

    Attributes
    ----------
    course : Course
        Its way while the image is exposed; magnitudes of V.
    row : dict
        Its row of `satvo.transit`, by column.
    """

    course: Course
    row: dict[str, Any]


def crossings_of(
    observed: Observed,
    catalogue: Catalogue | Elements,
    *,
    norad_ids: frozenset[int] = frozenset(),
    options: Options | None = None,
    files_of: FilesOf | None = None,
    default_mag: float | None = None,
) -> tuple[list[Crossing], dict[str, int]]:
    """The satellites that cross an image while it is exposed.

    Parameters
    ----------
    observed : Observed
    catalogue : Catalogue or Elements
        Satellites to look for.
    norad_ids : frozenset of int
        Only these, where there are any.
    options : Options, optional
        Of PassPredict; magnitudes are of V.
    files_of : callable, optional
        Operators' ephemerides, as `satvo.resources.passes.predict.predict` takes them.
    default_mag : float, optional
        Of lit satellites of whose brightness nothing is known; left out without it.

    Returns
    -------
    list of Crossing
    left_out : dict of int
        How many are left out, by reason: those of `predict`, ``no-magnitude``, ``not-asked-for``.

    Raises
    ------
    BadParameter
        If the time is outside of the tables of the Earth's orientation or of an observer's
        ephemeris.
    """
    if isinstance(catalogue, Elements):
        catalogue = Catalogue(catalogue)
    asked = replace(options or Options(), band="V", step_s=None)
    if files_of is not None:
        asked = replace(asked, step_s=observed.exposure.duration_s / _STEPS)
    found = predict([observed.exposure], observed.observer, catalogue, asked, files_of)
    left_out = Counter(found.left_out)
    crossings = []
    for number in range(len(found)):
        row = {name: values[number] for name, values in found.columns.items()}
        if norad_ids and int(row["norad_id"]) not in norad_ids:
            left_out["not-asked-for"] += 1
            continue
        if row["ephemeris_id"] is not None:
            courses, reasons = _by_steps(row, found.steps, observed, default_mag)
            left_out.update(reasons)
        else:
            courses = [_propagated(row, observed, catalogue, asked, default_mag)]
        lit = [course for course in courses if np.isfinite(course.brightest_mag)]
        left_out["no-magnitude"] += len(courses) - len(lit)
        crossings += [Crossing(course, row) for course in lit]
    return crossings, {reason: count for reason, count in left_out.items() if count}


def _by_steps(
    row: Mapping[str, Any], steps: Any, observed: Observed, default_mag: float | None
) -> tuple[list[Course], dict[str, int]]:
    """By the steps of an operator's ephemeris, which no elements propagate."""
    from datetime import timedelta

    start = MJD_EPOCH + timedelta(days=observed.exposure.start_mjd)
    one = {name: np.array([value], dtype=object) for name, value in row.items()}
    return courses_from_transits(
        one, start, observed.exposure.duration_s, steps=steps, default_mag=default_mag
    )


def _propagated(
    row: Mapping[str, Any],
    observed: Observed,
    catalogue: Catalogue,
    options: Options,
    default_mag: float | None,
) -> Course:
    """The way of one crossing by its elements, from a little before the edge to a little behind."""
    exposure, elements = observed.exposure, catalogue.elements
    enters, leaves = ((row[each] - exposure.start_mjd) * _DAY_S for each in ("t_min", "t_max"))
    beyond = max(_BEYOND * (leaves - enters), _BEYOND_S)
    first, last = max(0.0, enters - beyond), min(exposure.duration_s, leaves + beyond)
    seconds = np.linspace(first, last, _POINTS)
    which = np.flatnonzero(elements.norad_id == row["norad_id"])[:1]
    moment = moment_of(
        catalogue.orbits,
        which,
        (exposure.start_mjd + seconds / _DAY_S)[None],
        observed.observer,
        options,
    )
    mag = magnitudes_at(moment, elements[np.repeat(which, _POINTS)], options).mag
    lit = moment.seen.sun_frac > 0.0
    if default_mag is not None and np.isnan(mag[lit]).all():
        fainter = -2.5 * np.log10(np.where(lit, moment.seen.sun_frac, np.nan))
        mag = default_mag + fainter
    return Course(
        seconds,
        moment.seen.ra,
        moment.seen.dec,
        np.where(lit, mag, np.nan),
        moment.seen.range,
        int(row["norad_id"]),
        str(row["object_name"] or ""),
    )


def satellites_of(
    crossings: Sequence[Crossing],
    exposure_s: float,
    *,
    spectrum_of: Callable[[float], Spectrum] | None = None,
) -> list[Satellite]:
    """Satellites of a scene, one for each crossing of one exposure.

    Parameters
    ----------
    crossings : sequence of Crossing
    exposure_s : float
        Of the exposure that they cross.
    spectrum_of : callable, optional
        The spectrum of a magnitude of V; sunlight without it.
    """
    from satvo.resources.images.simulator.satellites import Satellite, SkyPath

    if spectrum_of is None:
        from satvo.resources.images.simulator.spectrum import Spectrum

        def spectrum_of(mag: float) -> Spectrum:
            return Spectrum.solar(mag=mag, band="V")

    return [
        Satellite(
            spectrum=spectrum_of(course.brightest_mag),
            path=SkyPath(course.seconds, course.ra, course.dec),
            range_km=course.nearest_km if np.isfinite(course.nearest_km) else None,
            law=course.law(exposure_s),
            norad_id=course.norad_id,
            name=course.name,
        )
        for course in (crossing.course for crossing in crossings)
    ]


def satellites_for(
    header: Mapping[str, Any],
    shape: tuple[int, int],
    catalogue: Catalogue | Elements,
    *,
    observer: Observer | None = None,
    name: str = "the image",
    spectrum_of: Callable[[float], Spectrum] | None = None,
    **asked: Any,
) -> tuple[list[Satellite], dict[str, int]]:
    """The satellites that cross an image, by its header, as a scene takes them.

    Parameters
    ----------
    header, shape, observer, name
        Of `observed_in`.
    catalogue
        Of `crossings_of`, as are all further ones.
    spectrum_of
        Of `satellites_of`.

    Returns
    -------
    list of Satellite
    left_out : dict of int
        As of `crossings_of`.

    Raises
    ------
    BadParameter
        As those do; a list that is empty is no error.
    """
    observed = observed_in(header, shape, observer=observer, name=name)
    crossings, left_out = crossings_of(observed, catalogue, **asked)
    found = satellites_of(crossings, observed.exposure.duration_s, spectrum_of=spectrum_of)
    return found, left_out
