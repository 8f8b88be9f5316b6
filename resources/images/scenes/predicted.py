"""Cases of PassPredict: exposures, fixed elements, and the crossings that are to be found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.sites import find_site
from satvo.resources.images.cases import Case, Product
from satvo.resources.images.scenes.assembly import COLLECTION, LICENCE
from satvo.resources.images.scenes.frames import frames_of, of_frames
from satvo.resources.images.scenes.searched import FINE_S, Crossed, Sky
from satvo.resources.images.simulator.plan import Shot
from satvo.resources.images.simulator.satellites import Satellite, SkyPath
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.written import ecsv
from satvo.resources.images.terms import check_terms
from satvo.resources.orbits.omm import write_omm
from satvo.resources.pass_probability.nights import night_of
from satvo.schemas.gp import ElementSet
from satvo.schemas.moments import MJD_EPOCH
from satvo.schemas.obscore import ARTIFICIAL
from satvo.schemas.transit import TRANSIT

__all__ = ["pass_cases"]

_SITE = "la-palma"
_DAY_S = 86_400.0
_EXPOSURE_S = 20.0
_LOWEST_DEG = 35.0
_FIELD_DEG = 8.0
"""Radius of the fields of the case with many satellites."""
_FIELDS = 6
_FRAME_RADIUS_DEG = 0.066
"""A fifth more than the half diagonal of the frame, so that trails come in from outside."""
_PLACES = 33
"""Of a way on the sky: great circles between them are right to a thousandth of an arcsec."""
_UNKNOWN_MAG = 7.0
_COLUMNS = (
    "exposure_id", "norad_id", "t_min", "t_max", "ra_start", "dec_start", "ra_end", "dec_end",
    "s_ra", "s_dec", "t_mid", "range_min", "rate", "pos_angle", "illuminated", "mag",
)  # fmt: skip
_MADE = (
    "found by trying every satellite at every step of time, not by PassPredict's search; "
    f"times are good to {FINE_S} s"
)


@dataclass(frozen=True, slots=True)
class _Field:
    """An exposure of a circle."""

    id: str
    start_mjd: float
    ra: float
    dec: float
    radius_deg: float

    def told(self) -> dict[str, Any]:
        """As ``POST /api/passes`` takes it."""
        return {
            "id": self.id, "ra": self.ra, "dec": self.dec, "start": self.start_mjd,
            "duration": _EXPOSURE_S, "radius": self.radius_deg,
        }  # fmt: skip


def pass_cases(elements: Elements, day_mjd: float) -> list[Case]:
    """A frame with the trail of a satellite where it will be, its pass, and those of many.

    Parameters
    ----------
    elements : Elements
        Simulated satellites, with epochs near the day.
    day_mjd : float
        MJD in UTC; the evening of that day is taken.

    Raises
    ------
    BadParameter
        If the day is outside the tables of the Earth's orientation.
    """
    observer = find_site(_SITE).observer()
    dusk, _, _ = night_of(observer, day_mjd)
    sky = Sky(elements, observer)
    middle = round(dusk * _DAY_S) / _DAY_S
    start = middle - _EXPOSURE_S / 2 / _DAY_S
    seen = sky.all_at(middle)
    lit = (seen.seen.alt > _LOWEST_DEG) & (seen.seen.sun_frac == 1.0)
    if not lit.any():
        return []
    chosen = int(np.flatnonzero(lit)[np.argmax(seen.seen.alt[lit])])
    # Simulated constellations have many at nearly the same height; the highest is seen best.
    centre = round(float(seen.seen.ra[chosen]), 4), round(float(seen.seen.dec[chosen]), 4)
    frame = _frame(sky, start, centre)
    single = _single(sky, _Field("frame", start, *centre, 0.05), chosen)
    return [frame, single, _many(sky, start, seen, np.flatnonzero(lit))]


def _frame(sky: Sky, start_mjd: float, centre: tuple[float, float]) -> Case:
    """An image with the trails of all that cross it."""
    start = MJD_EPOCH + timedelta(days=start_mjd)
    start = (start + timedelta(microseconds=500)).replace(
        microsecond=start.microsecond // 1000 * 1000
    )
    crossing = sky.crossings(start_mjd, _EXPOSURE_S, centre, _FRAME_RADIUS_DEG)
    names = [
        f"{sky.elements.object_name[each.which]} ({int(sky.elements.norad_id[each.which])})"
        for each in crossing
    ]

    def passing(shot: Shot) -> Shot:
        telescope = replace(shot.telescope, pointing=centre)
        satellites = tuple(_satellite(sky, each, start_mjd) for each in crossing)
        scene = replace(shot.scene, satellites=satellites)
        return replace(shot, telescope=telescope, scene=scene, start=start)

    made = frames_of("predicted", passing)
    about = replace(made.about, relevance=made.about.relevance.format(names=", ".join(names)))
    return of_frames(replace(made, about=about, field=f"Field of {names[0]}"))


def _satellite(sky: Sky, crossed: Crossed, start_mjd: float) -> Satellite:
    """One that crosses, on the way that was found."""
    seen = crossed.moment.seen
    count = len(crossed.mjd)
    some = np.unique(np.linspace(0, count - 1, _PLACES).round().astype(int))
    mag = _UNKNOWN_MAG if np.isnan(crossed.mag) else crossed.mag
    seconds = (crossed.mjd[some] - start_mjd) * _DAY_S
    return Satellite(
        path=SkyPath(seconds, np.asarray(seen.ra)[some], np.asarray(seen.dec)[some]),
        spectrum=Spectrum.solar(mag=mag, band="V"),
        first_s=float(seconds[0]), last_s=float(seconds[-1]),
        range_km=float(seen.range[count // 2]), size_m=3.0,
        norad_id=int(sky.elements.norad_id[crossed.which]),
        name=str(sky.elements.object_name[crossed.which]),
    )  # fmt: skip


def _single(sky: Sky, field: _Field, chosen: int) -> Case:
    of_one = Sky(sky.elements[[chosen]], find_site(_SITE).observer())
    return _pass_case(
        "pass-single", "The pass of one satellite through a small field",
        "One set of elements and one exposure, for a test without a database: whether propagation, "
        "frames and light time are right shows at once in the time and place of the crossing.",
        {"pass-single", "pass-brightness"}, of_one, [field],
    )  # fmt: skip


def _many(sky: Sky, start_mjd: float, seen: Any, lit: NDArray[np.int64]) -> Case:
    fields = []
    for number in range(_FIELDS):
        # Towards satellites that are up, so that there is something to find, in three directions.
        at = int(lit[number * (len(lit) - 1) // (_FIELDS - 1)])
        fields.append(
            _Field(
                f"field-{number + 1}", start_mjd, round(float(seen.seen.ra[at]), 3),
                round(float(seen.seen.dec[at]), 3), _FIELD_DEG,
            )
        )  # fmt: skip
    return _pass_case(
        "pass-database", "Whoever crosses six fields, from a database of elements",
        "All satellites of a simulated constellation and six exposures: it tells whether a search "
        "misses any, or finds what is not there. Those in the shadow of the Earth count too.",
        {"pass-database", "pass-brightness"}, sky, fields,
    )  # fmt: skip


def _pass_case(
    name: str, title: str, relevance: str, terms: set[str], sky: Sky, fields: Sequence[_Field]
) -> Case:
    case_id = f"sim-{name}"
    rows = [
        _row(sky, field, crossed)
        for field in fields
        for crossed in sky.crossings(
            field.start_mjd, _EXPOSURE_S, (field.ra, field.dec), field.radius_deg
        )
    ]
    asked = {
        "observer": _SITE,
        "exposures": [field.told() for field in fields],
    }
    sets = _element_sets(sky.elements)
    files = {
        "frame": ("crossings", "ecsv", ecsv(_described(), rows, {"made": _MADE})),
        "elements": ("elements", "csv", b"".join(write_omm(sets, "csv"))),
        "exposures": ("exposures", "json", json.dumps(asked, indent=1).encode()),
    }
    told = _told(case_id, fields)
    titles = {"frame": "expected crossings", "elements": "elements", "exposures": "exposures"}
    products = {
        part: Product(
            f"{case_id}_{role}.{ending}", content, role,
            {**told, "obs_title": f"{title}: {titles[part]}"},
        )
        for part, (role, ending, content) in files.items()
    }  # fmt: skip
    return Case(
        case_id, "passpredict", title, relevance,
        check_terms({*terms, "simulated", "optical", "leo"}, case_id), products,
    )  # fmt: skip


def _told(case_id: str, fields: Sequence[_Field]) -> Mapping[str, Any]:
    """What the three files are told to be; their place that of the first field."""
    site = find_site(_SITE)
    first = fields[0]
    return {
        "licence": LICENCE, "obs_collection": COLLECTION, "data_source": ARTIFICIAL,
        "obs_creator_name": "satvo", "obs_id": case_id, "calib_level": 4,
        "dataproduct_type": "measurements", "o_ucd": "meta.record",
        "site_lon": site.lon_deg, "site_lat": site.lat_deg, "site_height": site.height_m,
        "s_region": f"CIRCLE ICRS {first.ra} {first.dec} {first.radius_deg}",
        "t_min": first.start_mjd, "t_max": first.start_mjd + _EXPOSURE_S / _DAY_S,
        "t_exptime": _EXPOSURE_S,
    }  # fmt: skip


def _row(sky: Sky, field: _Field, crossed: Crossed) -> dict[str, Any]:
    from satvo.schemas.sphere import separation_deg

    seen = crossed.moment.seen
    away = separation_deg(seen.ra, seen.dec, field.ra, field.dec)
    mid = int(np.argmin(away))
    return {
        "exposure_id": field.id,
        "norad_id": int(sky.elements.norad_id[crossed.which]),
        "t_min": float(crossed.mjd[0]), "t_max": float(crossed.mjd[-1]),
        "t_mid": float(crossed.mjd[mid]),
        "ra_start": float(seen.ra[0]), "dec_start": float(seen.dec[0]),
        "ra_end": float(seen.ra[-1]), "dec_end": float(seen.dec[-1]),
        "s_ra": float(seen.ra[mid]), "s_dec": float(seen.dec[mid]),
        "range_min": float(seen.range.min()), "rate": float(seen.rate[mid]),
        "pos_angle": float(seen.pos_angle[mid]),
        "illuminated": bool((seen.sun_frac > 0.0).any()),
        "mag": crossed.mag,
    }  # fmt: skip


def _described() -> list[tuple[str, str, str, str]]:
    """The columns of the expected crossings, as `satvo.transit` has them."""
    kinds = {"char": "string", "int": "int64", "boolean": "bool"}
    return [
        (
            name, kinds.get(str(TRANSIT.c[name].info["datatype"]), "float64"),
            str(TRANSIT.c[name].info["unit"]), str(TRANSIT.c[name].comment),
        )
        for name in _COLUMNS
    ]  # fmt: skip


def _element_sets(elements: Elements) -> list[ElementSet]:
    """The elements as records."""
    return [
        ElementSet(
            norad_id=int(elements.norad_id[i]),
            epoch=MJD_EPOCH + timedelta(microseconds=round(elements.epoch_mjd[i] * _DAY_S * 1e6)),
            mean_motion=float(elements.mean_motion[i]),
            eccentricity=float(elements.eccentricity[i]),
            inclination=float(elements.inclination[i]),
            ra_of_asc_node=float(elements.ra_of_asc_node[i]),
            arg_of_pericenter=float(elements.arg_of_pericenter[i]),
            mean_anomaly=float(elements.mean_anomaly[i]),
            object_name=str(elements.object_name[i]),
            originator="SATVO",
        )
        for i in range(len(elements))
    ]
