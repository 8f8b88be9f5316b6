"""Cone searches at a time and place: what is asked, the rows, and the answer in any format."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
from satvo.resources.ephemeris.observer import GEOCENTRE, Observer
from satvo.resources.passes.chosen import Chosen
from satvo.resources.passes.columns import FIELDS, arrow_table
from satvo.resources.passes.cone import CONE_FIELDS, search_cone
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle
from satvo.resources.passes.options import Options
from satvo.resources.passes.requests import PassRequest
from satvo.resources.passes.search import sky_searched
from satvo.resources.passes.values import instant
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from satvo.service.formats import Format
from satvo.service.parameters import Parameters
from satvo.service.satellites import MOST_SKY, Satellites
from satvo.service.service_descriptors import LINKS, Service, describe_services
from satvo.service.votable import Info

__all__ = [
    "Cone", "Found", "cone_fields", "number_of", "read_time", "search",
    "without_rows", "written",
]  # fmt: skip

LONGEST_S = 3600.0
"""Of a range of time: the work grows with it."""

_MAX_AGE_D = 30.0
_YEARS = (-678_575.0, 2_973_483.0)
"""MJD of the beginning of the year 1 and of the end of 9999."""
_DAY_S = 86_400.0
_LEAST_RANGE_S = 1e-3

_RANGE = re.compile(r"\s*/\s*|\s+(?=[-+.\d]+\s*$)")
"""Between the ends of a range: a solidus, or a blank between numbers as in a DALI interval."""

_FIRST = ("norad_id", "object_name", "ra", "dec", "s_ra", "s_dec", "epoch_mjd", "t_min", "t_max")
"""Columns of VERB=1."""


@dataclass(frozen=True, slots=True)
class Cone:
    """What is asked for.

    Attributes
    ----------
    ra_deg, dec_deg, radius_deg : float
        The cone, ICRS; a radius of 0 asks for the columns alone.
    start_mjd, end_mjd : float
        MJD in UTC; the same for an instant.
    observer : Observer
    populations : tuple of str, optional
        Constellations, simulated ones among them; all real satellites without.
    """

    ra_deg: float
    dec_deg: float
    radius_deg: float
    start_mjd: float
    end_mjd: float
    observer: Observer = GEOCENTRE
    populations: tuple[str, ...] | None = None

    @property
    def is_range(self) -> bool:
        """Whether crossings are asked for, and not places."""
        return self.end_mjd > self.start_mjd

    def checked(self, names: tuple[str, str, str]) -> Cone:
        """The same; raises `BadParameter` for a cone or a time that is none.

        Parameters
        ----------
        names : tuple of str
            What the client calls right ascension, declination and radius.
        """
        for name, value, low, high in zip(
            names,
            (self.ra_deg, self.dec_deg, self.radius_deg),
            (0.0, -90.0, 0.0),
            (360.0, 90.0, 180.0),
            strict=True,
        ):
            if not low <= value <= high:
                raise BadParameter(f"{name}={value:g}: {low:g} to {high:g} deg is accepted")
        seconds = (self.end_mjd - self.start_mjd) * _DAY_S
        if not 0.0 <= seconds <= LONGEST_S * (1 + 1e-9):
            raise BadParameter(
                f"TIME: a range of {seconds:g} s; one of 0 to {LONGEST_S:g} s is accepted, the "
                "earlier end first"
            )
        if self.is_range and sky_searched(math.radians(self.radius_deg), seconds) > MOST_SKY:
            raise BadParameter(
                f"{names[2]}={self.radius_deg:g} for {seconds:g} s is too much sky at once; "
                "give a narrower cone or a shorter TIME, or ask /jobs/passpredict"
            )
        return self


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of an answer."""

    fields: tuple[Field, ...]
    rows: pa.Table
    infos: tuple[Info, ...] = ()


def number_of(parameters: Parameters, name: str) -> float:
    """A parameter that must be there as a finite number of degrees.

    Raises
    ------
    BadParameter
        If it is not.
    """
    text = parameters.single(name)
    if text is None or not text.strip():
        raise BadParameter(f"{name} is missing; give degrees, ICRS")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadParameter(f"{name}={ascii(text)[:60]}: a finite number of degrees is accepted")
    return value


def read_time(text: str | None, what: str, now: datetime) -> tuple[float, float]:
    """Both ends of a time, MJD in UTC: of a JD, an MJD, an ISO 8601 text, or two as ``t1/t2``.

    Parameters
    ----------
    text : str or None
        None or empty for the present.
    what : str
        Name of the parameter, for the message.
    now : datetime
        UTC without a zone.

    Raises
    ------
    BadParameter
        If it is none.

    Examples
    --------
    >>> read_time("2459580.5", "TIME", datetime(2022, 1, 1))
    (59580.0, 59580.0)
    >>> read_time("2022-01-01T00:00:00/2022-01-01T12:00:00", "TIME", datetime(2022, 1, 1))
    (59580.0, 59580.5)
    """
    if text is None or not text.strip():
        mjd = mjd_of(now)
        return mjd, mjd
    ends = _RANGE.split(text.strip()[:200])
    if len(ends) == 2 and "/" not in text and not _is_number(ends[0]):
        ends = [text.strip()]  # the blank of 2022-01-01 12
    if len(ends) > 2:
        raise BadParameter(f"{what}={ascii(text)[:60]}: one time, or two as t1/t2, is accepted")
    times = [instant(end, what) for end in ends]
    if any(not _YEARS[0] <= mjd <= _YEARS[1] for mjd in times):
        raise BadParameter(f"{what}={ascii(text)[:60]}: a time in the years 1 to 9999 is accepted")
    return times[0], times[-1]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def cone_fields(is_range: bool, verbosity: int) -> tuple[Field, ...]:
    """The columns of an answer, in which one alone is the identifier.

    Parameters
    ----------
    is_range : bool
        Crossings, or places at an instant.
    verbosity : int
        1 to 3 (Simple Cone Search 1.03, section 2.2).
    """
    fields = FIELDS if is_range else CONE_FIELDS
    if verbosity == 1:
        fields = tuple(field for field in fields if field.name in _FIRST)
        return tuple(
            replace(f, ucd="meta.id;meta.main") if f.name == "norad_id" else f for f in fields
        )
    if verbosity == 2:
        return tuple(field for field in fields if not field.name.startswith(("err_", "x_", "y_")))
    return fields


def search(cone: Cone, satellites: Satellites, fields: Sequence[Field]) -> Found:
    """The satellites inside a cone, or those that cross it in a range of time.

    Raises
    ------
    BadParameter
        If the time is outside the tables of the Earth's orientation.
    """
    chosen = Chosen(populations=cone.populations)
    if cone.is_range:
        table, searched = _crossings(cone, satellites, chosen)
    else:
        noon = math.floor(cone.start_mjd) + 0.5
        catalogue = satellites.catalogue(noon, _MAX_AGE_D, chosen)
        searched = len(catalogue.elements)
        columns, _, _ = search_cone(
            catalogue, cone.observer, cone.start_mjd, cone.ra_deg, cone.dec_deg, cone.radius_deg,
            max_age_d=_MAX_AGE_D,
        )  # fmt: skip
        table = arrow_table(columns, CONE_FIELDS)
    infos = [Info("satellites_searched", str(searched))]
    if not searched:
        infos.append(
            Info(
                "warning",
                "no element sets of satellites are known within 30 d of the time",
            )
        )
    return Found(tuple(fields), table.select([f.name for f in fields]), tuple(infos))


def without_rows(fields: Sequence[Field]) -> Found:
    """An answer that has columns alone."""
    kinds = [(field.name, pa.null()) for field in fields]
    return Found(tuple(fields), pa.schema(kinds).empty_table())


def _crossings(cone: Cone, satellites: Satellites, chosen: Chosen) -> tuple[pa.Table, int]:
    seconds = max((cone.end_mjd - cone.start_mjd) * _DAY_S, _LEAST_RANGE_S)
    field = Circle.of(cone.ra_deg, cone.dec_deg, cone.radius_deg)
    exposure = Exposure("cone", cone.start_mjd, seconds, field)
    asked = PassRequest(cone.observer, [exposure], Options(max_age_d=_MAX_AGE_D), chosen)
    found, searched = satellites.predict(asked)
    return arrow_table(found.columns), searched


def written(
    found: Found,
    format: Format,
    infos: Sequence[Info],
    most: int,
    *,
    address: str = "",
    services: Sequence[Service] = (LINKS,),
) -> Iterator[bytes]:
    """The answer in a format, of so many rows at most; an overflow is told (DALI 1.1, 3.4.4).

    With the public address of this server, services that take values of it are told too.
    """
    writer = format.writer()
    if address:
        describe_services(writer, found.fields, address, services)
    yield writer.begin(found.fields, [*infos, *found.infos])
    kept = found.rows.slice(0, most)
    for batch in kept.combine_chunks().to_batches():
        yield writer.rows(batch)
    late = []
    if found.rows.num_rows > most:
        words = f"the answer was cut at {most} rows; ask with a larger MAXREC for more"
        late = [Info("QUERY_STATUS", "OVERFLOW", words)]
    tail = writer.end(late)
    yield from (tail,) if isinstance(tail, bytes) else tail
