"""The view `satvo.epn_core`: satellites and their crossings as EPN-TAP 2.0 has them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from satvo.schemas.columns import column, published_view
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.transit import TRANSIT

__all__ = ["EPN_CORE"]

_JD_OF_MJD = 2_400_000.5
_JD_OF_UNIX = 2_440_587.5
_DAY_S = 86_400.0
_AU_KM = 149_597_870.7
_SERVICE = "satvo"

_TEXT = sa.Text()
"""Of the expressions: PostgreSQL would have varchar of a String, where all else is text."""


def _bounds(
    name: str, what: str, unit: str, ucd: str, joint: str = "_"
) -> tuple[sa.Column[Any], sa.Column[Any]]:
    low, high = (
        column(
            f"{name}{joint}{end}", sa.Double(), f"{word} of {what}", unit=unit,
            ucd=f"{ucd};stat.{end}", std=True,
        )
        for end, word in (("min", "Least value"), ("max", "Greatest value"))
    )  # fmt: skip
    return low, high


def _text(name: str, description: str, ucd: str, **more: Any) -> sa.Column[Any]:
    return column(name, sa.String(), description, ucd=ucd, std=True, **more)


def _time(name: str, description: str, ucd: str) -> sa.Column[Any]:
    return column(
        name, sa.Double(), description, unit="d", ucd=ucd, std=True, principal=True,
        timesys="UTC TOPOCENTER JD-origin",
    )  # fmt: skip


_COLUMNS = (
    _text("granule_uid", "Identifier of the row", "meta.id", principal=True),
    _text("granule_gid", "satellite or transit", "meta.id", principal=True),
    _text("obs_id", "The satellite: its norad_id, which its rows have in common", "meta.id;obs"),
    _text(
        "dataproduct_type", "ci (an object of a catalogue) or ev (an event, here a transit)",
        "meta.code.class", principal=True,
    ),
    _text("target_name", "Common name of the satellite", "meta.id;src", principal=True),
    _text("target_class", "spacecraft or spacejunk", "src.class", principal=True),
    _time(
        "time_min", "JD in UTC: launch of a satellite, beginning of a transit; null if not known",
        "time.start;obs",
    ),
    _time(
        "time_max", "JD in UTC: decay of a satellite (null in orbit), end of a transit",
        "time.end;obs",
    ),
    *_bounds("time_sampling_step", "the time between samples; null here", "s", "time.resolution"),
    *_bounds("time_exp", "the time in the field", "s", "time.duration;obs.exposure"),
    *_bounds("spectral_range", "the frequency; null here", "Hz", "em.freq"),
    *_bounds("spectral_sampling_step", "the sampling; null here", "Hz", "em.freq;spect.binSize"),
    *_bounds("spectral_resolution", "the resolution; null here", "", "spect.resolution"),
    *_bounds("c1", "the right ascension, ICRS, topocentric", "deg", "pos.eq.ra", ""),
    *_bounds("c2", "the declination, ICRS, topocentric", "deg", "pos.eq.dec", ""),
    *_bounds("c3", "the distance from the observer", "AU", "pos.distance", ""),
    _text("s_region", "Null here: satvo.transit has it", "pos.outline;obs.field",
          xtype="adql:REGION"),
    *_bounds("c1_resol", "the resolution in c1; null here", "deg", "pos.angResolution"),
    *_bounds("c2_resol", "the resolution in c2; null here", "deg", "pos.angResolution"),
    *_bounds("c3_resol", "the resolution in c3; null here", "AU", "pos.resolution"),
    _text("spatial_frame_type", "celestial for a transit, null for a satellite",
          "meta.code.class;pos.frame"),
    *_bounds("incidence", "the incidence angle; null here", "deg", "pos.incidenceAng"),
    *_bounds("emergence", "the emergence angle; null here", "deg", "pos.emergenceAng"),
    *_bounds("phase", "the phase angle; null here", "deg", "pos.phaseAng"),
    _text("instrument_host_name", "The observer of a transit (satvo.observer)",
          "meta.id;instr.obsty"),
    _text("instrument_name", "Null here", "meta.id;instr"),
    _text("measurement_type", "UCD of what the row tells", "meta.ucd"),
    column("processing_level", sa.Integer(), "5, derived", ucd="meta.calibLevel", std=True),
    *(
        column(name, sa.DateTime(), f"{what}; null where not known", ucd=ucd, std=True)
        for name, what, ucd in (
            ("creation_date", "When the row was made", "time.creation"),
            ("modification_date", "When it was changed", "time.processing"),
            ("release_date", "When it was released", "time.release"),
        )
    ),
    _text("service_title", "The service that has the row", "meta.title"),
)  # fmt: skip


def _julian(when: sa.Column[Any]) -> sa.ColumnElement[Any]:
    seconds: sa.ColumnElement[Any] = sa.cast(sa.extract("epoch", when), sa.Double())
    return seconds / sa.literal_column(str(_DAY_S)) + sa.literal_column(str(_JD_OF_UNIX))


def _row(values: dict[str, sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
    """All columns in their order, with the types declared; null for those not given."""
    return [
        sa.cast(
            values.get(str(col.name), sa.null()),
            _TEXT if isinstance(col.type, sa.String) else col.type,
        ).label(str(col.name))
        for col in _COLUMNS
    ]


def _word(text: str) -> sa.ColumnElement[Any]:
    return sa.literal_column(f"'{text}'")


def _select() -> sa.CompoundSelect[Any]:
    number = sa.cast(SATELLITE.c.norad_id, _TEXT)
    satellites = sa.select(
        *_row(
            {
                "granule_uid": _word("satellite/").concat(number),
                "granule_gid": _word("satellite"),
                "obs_id": number,
                "dataproduct_type": _word("ci"),
                "target_name": SATELLITE.c.object_name,
                "target_class": SATELLITE.c.target_class,
                "time_min": _julian(SATELLITE.c.launch_date),
                "time_max": _julian(SATELLITE.c.decay_date),
                "measurement_type": _word("src.orbital"),
                "processing_level": sa.literal_column("5"),
                "service_title": _word(_SERVICE),
            }
        )
    ).where(SATELLITE.c.target_class.is_not(None))
    jd: sa.ColumnElement[Any] = sa.literal_column(str(_JD_OF_MJD))
    distance = TRANSIT.c.range_min / sa.literal_column(str(_AU_KM))
    transits = sa.select(
        *_row(
            {
                "granule_uid": _word("transit/").concat(TRANSIT.c.transit_id),
                "granule_gid": _word("transit"),
                "obs_id": sa.cast(TRANSIT.c.norad_id, _TEXT),
                "dataproduct_type": _word("ev"),
                "target_name": SATELLITE.c.object_name,
                "target_class": sa.func.coalesce(SATELLITE.c.target_class, _word("spacecraft")),
                "time_min": TRANSIT.c.t_min + jd,
                "time_max": TRANSIT.c.t_max + jd,
                "time_exp_min": TRANSIT.c.t_cross,
                "time_exp_max": TRANSIT.c.t_cross,
                "c1min": TRANSIT.c.s_ra,
                "c1max": TRANSIT.c.s_ra,
                "c2min": TRANSIT.c.s_dec,
                "c2max": TRANSIT.c.s_dec,
                "c3min": distance,
                "spatial_frame_type": _word("celestial"),
                "instrument_host_name": TRANSIT.c.observer_id,
                "measurement_type": _word("pos.eq;time.crossing"),
                "processing_level": sa.literal_column("5"),
                "service_title": _word(_SERVICE),
            }
        )
    ).select_from(TRANSIT.outerjoin(SATELLITE, TRANSIT.c.norad_id == SATELLITE.c.norad_id))
    return sa.union_all(satellites, transits)


EPN_CORE = published_view(
    "satvo",
    "epn_core",
    "Satellites, and the crossings of fields and passes that are known of them, in the form of "
    "EPN-TAP 2.0, which clients for the solar system ask in the same way everywhere. A view: its "
    "rows are those of satvo.satellite (of a known target_class) and satvo.transit.",
    *_COLUMNS,
    select=_select(),
    title="EPN-TAP view of satellites",
    utype="ivo://ivoa.net/std/epntap#table-2.0",
)
