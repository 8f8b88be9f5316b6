"""What is asked of PassPredict is understood, or refused with the member and what is accepted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from satvo.resources.ephemeris.apparent import apparent
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GEOCENTRE, GroundObserver
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.passes.fields import Apertures, Circle, Polygon, direction_of
from satvo.resources.passes.requests import read_exposures, read_request
from satvo.schemas.errors import BadParameter

SITE = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin")
PLAIN = {"id": "a", "ra": 10.0, "dec": -20.0, "start": 59775.25, "duration": 30.0, "radius": 0.5}


def one(**changed: Any) -> Any:
    members = {k: v for k, v in {**PLAIN, **changed}.items() if v is not None}
    return read_exposures([members], SITE)[0]


def request(**changed: Any) -> dict[str, Any]:
    return {"observer": "rubin", "exposures": [PLAIN], **changed}


@pytest.mark.parametrize(
    "start", [59775.25, "59775.25", 2459775.75, "2022-07-15T06:00:00", "2022-07-15T08:00:00+02:00"]
)
def test_start_is_mjd_jd_or_iso(start: object) -> None:
    assert one(start=start).start_mjd == pytest.approx(59775.25, abs=1e-9)
    middle = one(start=None, middle=start)
    assert middle.middle_mjd == pytest.approx(59775.25, abs=1e-9)


def test_fields_of_every_kind_are_read() -> None:
    assert isinstance(one().field, Circle)
    assert isinstance(one(radius=None, diameter=1.0).field, Circle)
    assert isinstance(one(radius=None, width=2.0, height=1.0, pa=30).field, Polygon)
    square = one(radius=None, width=2.0).field
    assert square.contains(np.array([direction_of(10.0, -19.1)]))[0]
    flat = one(radius=None, polygon=[9, -21, 11, -21, 11, -19, 9, -19]).field
    nested = one(radius=None, polygon=[[9, -21], [11, -21], [11, -19], [9, -19]]).field
    text = one(radius=None, polygon="POLYGON ICRS 9 -21 11 -21 11 -19 9 -19").field
    for field in (nested, text):
        assert np.array_equal(field.vertices, flat.vertices)
    fibres = one(radius=None, apertures=[[10, -20], {"id": "f7", "ra": 10.1, "dec": -20}],
                 aperture_radius=0.001).field  # fmt: skip
    assert isinstance(fibres, Apertures)
    assert fibres.names == ("1", "f7")


def test_words_of_obscore_and_fits_are_synonyms() -> None:
    rows = [
        {"OBS_ID": "x", "s_ra": 10.0, "s_dec": -20.0, "s_fov": 1.0, "t_min": 59775.25,
         "t_exptime": 30.0, "target_name": "M 1"},
        {"EXPID": "y", "CRVAL1": 10.0, "CRVAL2": -20.0, "DATE-OBS": "2022-07-15T06:00:00",
         "EXPTIME": 30, "radius": 0.5, "TELESCOP": None},
    ]  # fmt: skip
    first, second = read_exposures(rows, SITE, others=True)
    assert (first.id, second.id) == ("x", "y")
    assert first.start_mjd == second.start_mjd
    assert first.field.radius_rad == second.field.radius_rad
    with pytest.raises(BadParameter, match="target_name"):
        read_exposures(rows, SITE)


def test_azimuth_and_altitude_name_the_stars_that_stand_there() -> None:
    field = one(ra=None, dec=None, az=123.0, alt=40.0).field
    frames = Frames.at(np.array([one().middle_mjd]))
    # A satellite whose place on the sky is the centre stands at that azimuth and altitude.
    place, motion = SITE.place(frames)
    beyond = 1e7 * (field.centre + frames.earth_velocity[0])
    seen = apparent(place + beyond, motion, SITE, frames)
    assert seen.az[0] == pytest.approx(123.0, abs=0.3 / 3600)
    assert seen.alt[0] == pytest.approx(40.0, abs=0.3 / 3600)


def test_teme_centre_is_turned_to_the_icrs() -> None:
    field = one(frame="teme").field
    frames = Frames.at(np.array([one().middle_mjd]))
    back = rotate(np.swapaxes(frames.teme_to_gcrs, 1, 2), field.centre[None])
    assert np.abs(back[0] - direction_of(10.0, -20.0)).max() < 1e-12


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ra": 400.0}, "ra=400"),
        ({"ra": 400.0, "frame": "teme"}, "ra=400"),
        ({"ra": "ten"}, "ra='ten': a number"),
        ({"ra": True}, "ra=True"),
        ({"ra": None}, "ra is missing"),
        ({"dec": float("inf")}, "dec=inf"),
        ({"duration": -1}, "duration=-1"),
        ({"duration": 0}, "duration=0"),
        ({"duration": 1e6}, "duration=1000000"),
        ({"duration": None}, "duration is missing"),
        ({"start": "yesterday"}, "start='yesterday'"),
        ({"start": None}, "start is missing"),
        ({"start": 99999.0}, None),
        ({"radius": None}, "field of view is missing"),
        ({"radius": 0}, "radius=0"),
        ({"radius": None, "polygon": [1, 2, 3]}, "polygon"),
        ({"radius": None, "polygon": "x y"}, "polygon"),
        ({"frame": "galactic"}, "frame='galactic'"),
        ({"tracking": "solar"}, "tracking='solar'"),
        ({"pixel": -1.0}, "pixel=-1"),
        ({"az": 10.0, "alt": 95.0, "ra": None, "dec": None}, "alt=95"),
        ({"colour": "red"}, "'colour' is not known"),
        ({"apertures": 3, "aperture_radius": 1, "radius": None}, "apertures"),
    ],
)
def test_exposure_that_cannot_be_is_refused_by_its_name(
    changed: dict[str, Any], said: str | None
) -> None:
    if said is None:  # only the tables of the Earth know that
        assert one(**changed).start_mjd == 99999.0
        return
    with pytest.raises(BadParameter, match="exposure a: ") as err:
        one(**changed)
    assert said in str(err.value)


def test_observer_is_a_place_a_name_or_a_code() -> None:
    for observer in ("rubin", "X05", {"name": "rubin"}, "Vera C. Rubin Observatory"):
        read = read_request(request(observer=observer), find_observer).observer
        assert isinstance(read, GroundObserver)
        assert read.lon_deg == pytest.approx(-70.749, abs=0.01)
    plain = {"lon": -70.74942, "lat": -30.24464, "height": 2663.0}
    assert read_request(request(observer=plain), find_observer).observer == (
        GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)
    )
    assert read_request(request(observer="500"), find_observer).observer == GEOCENTRE


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"observer": None}, "observer is missing"),
        ({"observer": "nowhere at all"}, "nowhere at all"),
        ({"observer": {"lon": 1.0}}, "lat is missing"),
        ({"observer": {"lon": 400.0, "lat": 0.0}}, "lon=400"),
        ({"observer": {"lon": 4.0, "lat": 0.0, "h": 3}}, "'h' is not known"),
        ({"exposures": []}, "exposures: a list"),
        ({"exposures": [3]}, "exposure 1: 3: an object"),
        ({"options": {"mag": 3}}, "'mag' is not known"),
        ({"options": {"mag_limit": "bright"}}, "mag_limit='bright'"),
        ({"options": {"illuminated_only": "yes"}}, "illuminated_only='yes'"),
        ({"options": {"band": "Q"}}, "Q"),
        ({"options": {"model": "guess"}}, "guess"),
        ({"options": {"max_age": 0}}, "max_age_d=0"),
        ({"options": {"as_known_at": "then"}}, "as_known_at='then'"),
        ({"options": {"norad_ids": [1.5]}}, "norad_ids"),
        ({"options": {"norad_ids": []}}, "norad_ids"),
        ({"options": {"populations": "sim-kuiper"}}, "populations"),
        ({"more": 1}, "'more' is not known"),
    ],
)
def test_request_that_is_not_understood_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadParameter) as err:
        read_request(request(**changed), find_observer)
    assert said in str(err.value)
