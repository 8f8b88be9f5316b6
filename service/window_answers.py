"""Clean windows as tables (ObjObsSAP 1.0, working draft of 2024-11-18, section 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.sites import Site
from satvo.resources.passes.alternatives import alternatives
from satvo.resources.passes.chosen import Chosen
from satvo.resources.passes.fields import direction_of
from satvo.resources.passes.observability import altitude_deg, culminations
from satvo.resources.passes.predict import Catalogue
from satvo.resources.passes.windows import Plan, best_starts, clean_windows
from satvo.schemas.columns import Field
from satvo.service.software import software_version
from satvo.service.votable import Info
from satvo.service.window_requests import WindowRequest, read_window_request

__all__ = ["WindowAnswer", "answer_windows"]

_TIME = "Char.TimeAxis.Coverage."
_UTC = "UTC TOPOCENTER"


def _double(name: str, unit: str, ucd: str, description: str, **more: str) -> Field:
    return Field(name, "double", unit=unit, ucd=ucd, description=description, **more)


_FACILITY = Field(
    "facility", "char", "*", ucd="meta.id;instr.tel",
    utype="Provenance.ObsConfig.Facility.name", description="The site",
)  # fmt: skip

# The draft has float, whose 32 bits would round an MJD to six minutes.
WINDOWS = (
    _double("t_start", "d", "time.start", "Start of the window, MJD in UTC",
            utype=_TIME + "Bounds.Limits.StartTime", timesys=_UTC),
    _double("t_stop", "d", "time.end", "End of the window, MJD in UTC",
            utype=_TIME + "Bounds.Limits.StopTime", timesys=_UTC),
    _double("t_observability", "s", "time.duration", "Length of the window",
            utype=_TIME + "Support.Extent"),
    _double("t_validity", "d", "time.validity",
            "When newer element sets will have changed it, MJD in UTC: they come about once a day",
            utype=_TIME + "Time", timesys=_UTC),
    _double("elevation_min", "deg", "pos.az.alt;stat.min", "Lowest altitude of the target in it",
            utype="Char.Position.Axis.Min"),
    _double("elevation_max", "deg", "pos.az.alt;stat.max", "Highest altitude of the target in it",
            utype="Char.Position.Axis.Max"),
    _FACILITY,
)  # fmt: skip
"""Of the clean windows: the names, units and utypes of the draft."""

STARTS = (
    _double("t_start", "d", "time.start", "When to begin the exposure, MJD in UTC", timesys=_UTC),
    _double("t_stop", "d", "time.end", "When it ends, MJD in UTC", timesys=_UTC),
    Field("crossings", "int", ucd="meta.number",
          description="Satellites that cross the field meanwhile"),
    _double("elevation", "deg", "pos.az.alt", "Altitude of the target in the middle of it"),
    _FACILITY,
)  # fmt: skip
"""Of the best starts, the best first."""

ALTERNATIVES = (
    Field("kind", "char", "*", ucd="meta.code.class",
          description="What differs: as-asked (nothing), pointing, site or field"),
    _double("s_ra", "deg", "pos.eq.ra;meta.main", "Right ascension of the pointing, ICRS"),
    _double("s_dec", "deg", "pos.eq.dec;meta.main", "Declination of the pointing, ICRS"),
    _FACILITY,
    Field("field", "char", "*", ucd="meta.id;instr.fov", description="The field of view"),
    _double("t_observable", "s", "time.duration", "Time with the target up in the dark"),
    _double("t_clean", "s", "time.duration", "Of that without a satellite in the field"),
    _double("t_longest", "s", "time.duration;stat.max", "Length of the longest clean window"),
    Field("crossings", "int", ucd="meta.number", description="Crossings in all that time"),
    _double("t_best", "d", "time.start", "Best start of the exposure, MJD in UTC", timesys=_UTC),
    _double("best_crossings", "", "meta.number", "Crossings of the exposure that starts then"),
    _double("best_elevation", "deg", "pos.az.alt", "Altitude of the target in the middle of it"),
    _double("gain_clean", "s", "time.duration;arith.diff", "Clean time more than as asked"),
    _double("gain_crossings", "", "meta.number;arith.diff",
            "Crossings fewer in the best exposure than as asked"),
)  # fmt: skip
"""Of what other ways would gain, that which was asked first."""

ElementsOf = Callable[[float, float, Chosen], Elements]

_ARROW = {"double": pa.float64(), "int": pa.int32(), "char": pa.string()}
_VALID_D = 1.0
_MOST_STARTS = 20


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """A table on its way out.

    Attributes
    ----------
    media_type : str
        For Content-Type.
    status : str
        OK or OVERFLOW.
    pieces : iterator of bytes
    """

    media_type: str
    status: str
    pieces: Iterator[bytes]


def answer_windows(
    given: Mapping[str, str], registered: Sequence[Site], elements_of: ElementsOf, now_mjd: float
) -> WindowAnswer:
    """The answer to a request for clean windows.

    Parameters
    ----------
    given : mapping
        `satvo.service.window_requests.WINDOW_INPUTS` by name, each once.
    registered : sequence of Site
        Of the archive.
    elements_of : callable
        The elements nearest to a time (MJD in UTC), not farther than so many days, as chosen.
    now_mjd : float
        MJD in UTC.

    Raises
    ------
    BadParameter
        For a request that is not understood.

    Notes
    -----
    Each satellite goes by the element set that is nearest to the noon (UTC) of the day in the
    middle of the time.
    """
    asked = read_window_request(given, registered, now_mjd)
    fields, find = _RESULTS[asked.result]
    rows, told = ([], []) if asked.maxrec == 0 else find(elements_of, asked, now_mjd)
    late: list[Info] = []
    if asked.maxrec is not None and (len(rows) > asked.maxrec or asked.maxrec == 0):
        rows = rows[: asked.maxrec]
        late.append(Info("QUERY_STATUS", "OVERFLOW", f"the answer was cut at {len(rows)} rows"))
    elif asked.cut_mjd is not None:
        late.append(
            Info("QUERY_STATUS", "OVERFLOW", f"the time was cut at MJD {asked.cut_mjd:.5f}")
        )
    infos = [
        Info("SERVICE PROTOCOL", "1.0", "ObjObsSAP"),
        Info("server_software", f"satvo/{software_version()}"),
        Info("POS", asked.asked),
        *told,
    ]
    if asked.cut_mjd is not None:
        infos.append(Info("T_MAX_HARD_LIMIT", f"{asked.cut_mjd!r}"))
    table = pa.table(
        {
            f.name: pa.array([row[i] for row in rows], _ARROW[f.datatype])
            for i, f in enumerate(fields)
        }
    )
    return WindowAnswer(
        asked.media_type,
        "OVERFLOW" if late else "OK",
        _pieces(asked, fields, table, infos, late),
    )


def _pieces(
    asked: WindowRequest,
    fields: tuple[Field, ...],
    table: pa.Table,
    infos: list[Info],
    late: list[Info],
) -> Iterator[bytes]:
    writer = asked.format.writer()
    yield writer.begin(fields, infos)
    for batch in table.to_batches():
        yield writer.rows(batch)
    tail = writer.end(late)
    yield from (tail,) if isinstance(tail, bytes) else tail


Found = tuple[list[tuple[Any, ...]], list[Info]]


def _catalogue(elements_of: ElementsOf, asked: WindowRequest) -> Catalogue:
    starts, stops = zip(*((plan.start_mjd, plan.stop_mjd) for plan, _ in asked.plans), strict=True)
    noon = math.floor((min(starts) + max(stops)) / 2.0) + 0.5
    chosen = Chosen(populations=asked.populations)
    return Catalogue(elements_of(noon, asked.options.max_age_d, chosen))


def _windows(elements_of: ElementsOf, asked: WindowRequest, now_mjd: float) -> Found:
    catalogue = _catalogue(elements_of, asked)
    rows: list[tuple[Any, ...]] = []
    infos = [Info("SATELLITES", str(len(catalogue.elements)), "satellites that were looked at")]
    for plan, site in asked.plans:
        found = clean_windows(plan, site, catalogue, asked.options)
        told = (
            f"{site.name}: the target is at least {plan.min_alt_deg:g} deg high and the Sun at "
            f"most {plan.max_sun_alt_deg:g} for {found.observable_s:.0f} s, of which no satellite "
            f"is in the field for {found.clean_s:.0f} s; {len(found.norad_id)} crossings"
        )
        infos.append(Info("OBSERVABLE", f"{found.observable_s:.3f}", told))
        for start, stop in zip(found.start_mjd.tolist(), found.stop_mjd.tolist(), strict=True):
            length = (stop - start) * 86400.0
            if length >= asked.min_obs_s:
                low, high = _altitudes(plan, site, start, stop)
                rows.append((start, stop, length, now_mjd + _VALID_D, low, high, site.name))
    return rows, infos


def _altitudes(plan: Plan, site: GroundObserver, start: float, stop: float) -> tuple[float, float]:
    """The lowest and the highest in a window; inside a dark span the lowest is at an end."""
    direction = direction_of(plan.ra_deg, plan.dec_deg)
    tops = culminations(direction, site, start, stop)
    altitude = altitude_deg(direction, site, np.concatenate([[start, stop], tops]))
    return float(altitude[:2].min()), float(altitude.max())


def _starts(elements_of: ElementsOf, asked: WindowRequest, now_mjd: float) -> Found:
    ((plan, site),) = asked.plans
    windows = clean_windows(plan, site, _catalogue(elements_of, asked), asked.options)
    best = best_starts(plan, windows, site, most=min(asked.maxrec or _MOST_STARTS, 1000))
    length = plan.exposure_s / 86400.0
    rows = [
        (start, start + length, crossings, altitude, site.name)
        for start, crossings, altitude in zip(
            best.start_mjd.tolist(), best.crossings.tolist(), best.alt_deg.tolist(), strict=True
        )
    ]
    told = f"{windows.observable_s:.3f}"
    return rows, [Info("OBSERVABLE", told, "s with the target up in the dark")]


def _alternatives(elements_of: ElementsOf, asked: WindowRequest, now_mjd: float) -> Found:
    ((plan, site),) = asked.plans
    found = alternatives(
        plan,
        site,
        _catalogue(elements_of, asked),
        asked.options,
        pointings=asked.pointings,
        sites=asked.sites,
        shapes=asked.shapes,
        field_name=asked.field_name,
    )
    rows = [
        tuple(
            None if isinstance(value, float) and math.isnan(value) else value
            for value in (
                each.kind, each.ra_deg, each.dec_deg, each.observer, each.field,
                each.observable_s, each.clean_s, each.longest_s, each.crossings, each.start_mjd,
                each.start_crossings, each.start_alt_deg, each.gain_s, each.gain_crossings,
            )
        )
        for each in found
    ]  # fmt: skip
    return rows, []


_RESULTS: dict[
    str, tuple[tuple[Field, ...], Callable[[ElementsOf, WindowRequest, float], Found]]
] = {
    "windows": (WINDOWS, _windows),
    "starts": (STARTS, _starts),
    "alternatives": (ALTERNATIVES, _alternatives),
}
