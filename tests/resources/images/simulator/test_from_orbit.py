"""Satellites by their orbits on images: against skyfield, and PassPredict's own rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import get_body_barycentric_posvel
from astropy.time import Time
from satvo.resources.constellations.filed import filed_constellation
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import element_sets
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.ephemeris.earth import earth_orientation
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import LIGHT_KM_PER_S
from satvo.resources.ephemeris.propagation import propagator
from satvo.resources.ephemeris.sites import find_site
from satvo.resources.images.simulator.exposure import MASK_BITS
from satvo.resources.images.simulator.from_orbit import crossings_of, satellites_for
from satvo.resources.images.simulator.observed import Observed, observed_in
from satvo.resources.passes.columns import FIELDS, STEP_FIELDS, arrow_table
from satvo.resources.passes.moments import Moment, moment_of
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict
from satvo.resources.trails.affected import TRUTH_BITS
from satvo.resources.trails.drawing import draw_trail
from satvo.resources.trails.given import read_columns
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.transits import trails_from_transits
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from satvo.service.formats import format_of_file
from satvo.service.table_files import table_pieces
from sgp4.api import WGS72, Satrec
from skyfield.api import EarthSatellite, load, wgs84

DAY = datetime(2026, 11, 22)
START = datetime(2026, 11, 22, 19, 50, 10, 250_000)
EXPOSURE_S = 4.0
PIXEL_ARCSEC = 5.0
SHAPE = (400, 600)
ZERO_POINT = 22.0
SITE = find_site("la-palma")
GAUSSIAN = PointSpread(
    np.array([[0.0, 1.0, 0.0], [1.0, 4.0, 1.0], [0.0, 1.0, 0.0]]) / 8.0,
)
SHAPES = (
    "norad_id", "mean_motion", "eccentricity", "inclination", "ra_of_asc_node",
    "arg_of_pericenter", "mean_anomaly", "object_name",
)  # fmt: skip


def constellation() -> Elements:
    """Every third satellite of a filed constellation, which are enough to find one overhead."""
    sets = list(
        element_sets(
            simulated_elements(filed_constellation("kuiper"), epoch=DAY, first_number=900_000_000)
        )
    )[::3]
    columns = {name: [getattr(each, name) for each in sets] for name in SHAPES}
    count = len(sets)
    return Elements.of_columns(
        columns | {"epoch_mjd": [mjd_of(DAY)] * count, "constellation": ["kuiper"] * count}
    )


ELEMENTS = constellation()
ORBITS = propagator("sgp4").prepare(ELEMENTS)


def all_at(moment: datetime) -> Moment:
    which = np.arange(len(ELEMENTS))
    mjd = np.full(len(ELEMENTS), mjd_of(moment))
    return moment_of(ORBITS, which, mjd, SITE.observer(), Options())


def header_at(ra: float, dec: float, start: datetime = START) -> dict[str, object]:
    """A frame with distortions of some pixels (SIP), turned by 30 deg."""
    turn = np.radians(30.0)
    scale = PIXEL_ARCSEC / 3600.0
    return {
        "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "CRVAL1": ra, "CRVAL2": dec,
        "CRPIX1": 300.5, "CRPIX2": 200.5,
        "CD1_1": -scale * np.cos(turn), "CD1_2": scale * np.sin(turn),
        "CD2_1": scale * np.sin(turn), "CD2_2": scale * np.cos(turn),
        "A_ORDER": 2, "A_2_0": 2e-5, "A_0_2": 1e-5, "B_ORDER": 2, "B_1_1": 3e-5,
        "DATE-OBS": start.isoformat(), "EXPTIME": EXPOSURE_S, "TIMESYS": "UTC",
        "OBSGEO-L": SITE.lon_deg, "OBSGEO-B": SITE.lat_deg, "OBSGEO-H": SITE.height_m,
    }  # fmt: skip


@pytest.fixture(scope="module")
def overhead() -> tuple[int, Observed]:
    """A lit satellite high up in the middle of an exposure, and a frame around it."""
    seen = all_at(START + timedelta(seconds=EXPOSURE_S / 2)).seen
    lit = np.where(seen.sun_frac == 1.0, seen.alt, -90.0)
    which = int(np.argmax(lit))
    assert lit[which] > 45.0
    header = header_at(float(seen.ra[which]), float(seen.dec[which]))
    return which, observed_in(header, SHAPE)


def by_skyfield(which: int, moment: datetime) -> tuple[float, float]:
    """Where skyfield sees it: its own SGP4 frames and site, with light time and as stars are.

    Given to it are the Earth's orientation of the day (its built-in table is older) and the
    velocity of the Earth by astropy.
    """
    record = Satrec()
    record.sgp4init(
        WGS72, "i", 1, ELEMENTS.epoch_mjd[which] - 33281.0, 0.0, 0.0, 0.0,
        ELEMENTS.eccentricity[which],
        *np.radians([ELEMENTS.arg_of_pericenter[which], ELEMENTS.inclination[which]]).tolist(),
        np.radians(ELEMENTS.mean_anomaly[which]),
        ELEMENTS.mean_motion[which] * 2 * np.pi / 1440.0,
        np.radians(ELEMENTS.ra_of_asc_node[which]),
    )  # fmt: skip
    ut1_utc, _, x_rad, y_rad = (
        float(each[0]) for each in earth_orientation().at(np.array([mjd_of(moment)]))
    )
    scale = load.timescale(builtin=True, delta_t=69.184 - ut1_utc)
    poles = np.degrees([x_rad, y_rad]) * 3600.0
    scale.polar_motion_table = [0.0], [poles[0]], [poles[1]]
    satellite = EarthSatellite.from_satrec(record, scale)
    place = wgs84.latlon(SITE.lat_deg, SITE.lon_deg, elevation_m=SITE.height_m)

    def at(seconds: float) -> object:
        return scale.utc(
            moment.year, moment.month, moment.day, moment.hour, moment.minute,
            moment.second + moment.microsecond / 1e6 + seconds,
        )  # fmt: skip

    here = place.at(at(0.0)).position.km
    light_s = 0.0
    for _ in range(3):
        line = satellite.at(at(-light_s)).position.km - here
        light_s = np.linalg.norm(line) / LIGHT_KM_PER_S
    velocity = get_body_barycentric_posvel("earth", Time(moment))[1].xyz.to_value("km/s")
    seen = line / np.linalg.norm(line) - velocity / LIGHT_KM_PER_S
    ra, dec = radec_deg((seen / np.linalg.norm(seen))[None])
    return float(ra[0]), float(dec[0])


def test_the_trail_lies_where_skyfield_sees_the_satellite(overhead: tuple[int, Observed]) -> None:
    which, observed = overhead
    crossings, _ = crossings_of(observed, ELEMENTS[[which]])
    (crossing,) = crossings
    trail = crossing.course.trail(observed.exposure.wcs, EXPOSURE_S, ZERO_POINT)
    assert trail is not None
    stamp = draw_trail(SHAPE, trail.path, GAUSSIAN, trail.electrons, law=trail.law)
    assert stamp is not None
    image = stamp.on(SHAPE)
    checked = 0
    for part in (0.3, 0.45, 0.5, 0.55, 0.7):
        ra, dec = by_skyfield(which, START + timedelta(seconds=part * EXPOSURE_S))
        (x,), (y,) = observed.exposure.wcs.all_world2pix([ra], [dec], 0)
        if not (20 < x < SHAPE[1] - 20 and 20 < y < SHAPE[0] - 20):
            continue
        column, row = round(float(x)), round(float(y))
        near = image[row - 8 : row + 9, column - 8 : column + 9]
        rows, columns = np.mgrid[row - 8 : row + 9, column - 8 : column + 9]
        middle = np.array([(near * columns).sum(), (near * rows).sum()]) / near.sum()
        ahead = np.array([trail.path.x[-1] - trail.path.x[0], trail.path.y[-1] - trail.path.y[0]])
        ahead /= np.linalg.norm(ahead)
        off = (x - middle[0]) * ahead[1] - (y - middle[1]) * ahead[0]
        # The frames of both agree to 0.3 arcsec (nutation); a pixel is 5 arcsec.
        assert abs(off) * PIXEL_ARCSEC < 0.5
        # And it is there at that time: 1 ms is 3 arcsec.
        there = [np.interp(part, trail.path.t, axis) for axis in (trail.path.x, trail.path.y)]
        assert np.hypot(there[0] - x, there[1] - y) * PIXEL_ARCSEC < 1.0
        checked += 1
    assert checked >= 3


def test_electrons_follow_from_magnitude_rate_and_zero_point(
    overhead: tuple[int, Observed],
) -> None:
    which, observed = overhead
    ((crossing,), _) = crossings_of(observed, ELEMENTS[[which]])
    trail = crossing.course.trail(observed.exposure.wcs, EXPOSURE_S, ZERO_POINT)
    assert trail is not None
    point = PointSpread(np.ones((1, 1)))
    stamp = draw_trail(SHAPE, trail.path, point, trail.electrons, law=trail.law)
    assert stamp is not None
    per_s = 10 ** (-0.4 * (float(crossing.row["mag"]) - ZERO_POINT))
    inside_s = float(crossing.row["t_cross"])
    # The footprint ends at the middles of the outermost pixels, half a pixel before the frame.
    assert stamp.light.sum() == pytest.approx(per_s * inside_s, rel=0.01)
    # Per pixel of its length: flux by rate, to the 1 % by which the scale varies (SIP).
    length = float(crossing.row["trail_length"]) / PIXEL_ARCSEC
    expected = per_s / (float(crossing.row["rate"]) / PIXEL_ARCSEC)
    assert stamp.light.sum() / length == pytest.approx(expected, rel=0.02)


def test_rows_of_passpredict_and_steps_give_the_way_of_the_orbit(
    overhead: tuple[int, Observed],
) -> None:
    which, observed = overhead
    one = ELEMENTS[[which]]
    ((crossing,), _) = crossings_of(observed, one)
    found = predict([observed.exposure], observed.observer, Catalogue(one), Options(step_s=0.1))
    orbit = crossing.course.path(observed.exposure.wcs, EXPOSURE_S)
    assert orbit is not None
    for steps in (None, found.steps):
        (trail,) = trails_from_transits(
            found.columns, observed.exposure.wcs, START, EXPOSURE_S, ZERO_POINT, steps=steps
        ).trails
        at = np.linspace(max(orbit.t[0], trail.path.t[0]), min(orbit.t[-1], trail.path.t[-1]), 50)
        apart = np.hypot(*(
            np.interp(at, orbit.t, a) - np.interp(at, trail.path.t, b)
            for a, b in ((orbit.x, trail.path.x), (orbit.y, trail.path.y))
        ))  # fmt: skip
        # The rows tell rates in single precision; 0.02 pixel are 0.1 arcsec.
        assert apart.max() < 0.02
        assert trail.norad_id == ELEMENTS.norad_id[which]
        assert trail.range_km == pytest.approx(float(found.columns["range_min"][0]), rel=0.01)


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".vot", ".parquet"])
def test_files_of_the_command_give_the_way_of_the_orbit(
    overhead: tuple[int, Observed], suffix: str, tmp_path: Path
) -> None:
    """What ``satvo passes -o`` and ``--steps-output`` write, read again: 0.02 pixel."""
    which, observed = overhead
    one = ELEMENTS[[which]]
    ((crossing,), _) = crossings_of(observed, one)
    orbit = crossing.course.path(observed.exposure.wcs, EXPOSURE_S)
    assert orbit is not None
    found = predict([observed.exposure], observed.observer, Catalogue(one), Options(step_s=0.1))
    assert found.steps is not None
    read = []
    for fields, columns in ((FIELDS, found.columns), (STEP_FIELDS, found.steps)):
        path = tmp_path / f"{len(read)}{suffix}"
        pieces = table_pieces(format_of_file(path), fields, arrow_table(columns, fields))
        path.write_bytes(b"".join(pieces))
        read.append(read_columns(path))
    (trail,) = trails_from_transits(
        read[0], observed.exposure.wcs, START, EXPOSURE_S, ZERO_POINT, steps=read[1]
    ).trails
    at = np.linspace(max(orbit.t[0], trail.path.t[0]), min(orbit.t[-1], trail.path.t[-1]), 20)
    assert np.abs(np.subtract(orbit.at(at), trail.path.at(at))).max() < 0.02
    assert trail.norad_id == ELEMENTS.norad_id[which]


def test_a_trail_ends_where_the_satellite_enters_the_shadow() -> None:
    exposure_s, later = 30.0, START + timedelta(minutes=24)
    first, last = (all_at(later + timedelta(seconds=s)).seen for s in (2.0, 26.0))
    enters = (first.sun_frac == 1.0) & (last.sun_frac == 0.0) & (first.alt > 40.0)
    which = int(np.flatnonzero(enters)[0])
    middle = all_at(later + timedelta(seconds=exposure_s / 2)).seen
    scale = 150.0 / 3600.0
    header = header_at(float(middle.ra[which]), float(middle.dec[which]), later) | {
        "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "EXPTIME": exposure_s,
        "CD1_1": -scale, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": scale,
    }  # fmt: skip
    sip = [name for name in header if name[:2] in ("A_", "B_")]
    observed = observed_in({k: v for k, v in header.items() if k not in sip}, SHAPE)
    ((crossing,), _) = crossings_of(observed, ELEMENTS[[which]])
    trail = crossing.course.trail(observed.exposure.wcs, exposure_s, ZERO_POINT)
    assert trail is not None
    assert trail.law is not None
    flux = trail.law(crossing.course.seconds / exposure_s)
    assert flux[0] > 0.8
    assert flux[-1] == 0.0
    # The penumbra of an orbit at 600 km is passed in some 8 s; in it the Sun's disc is cut.
    passed = crossing.course.seconds[(flux > 0.01) & (flux < 0.9 * flux[0])]
    assert 3.0 < np.ptp(passed) < 20.0
    stamp = draw_trail(SHAPE, trail.path, GAUSSIAN, trail.electrons, law=trail.law)
    assert stamp is not None
    light = stamp.on(SHAPE)
    dark_x, dark_y = trail.path.at(np.array([28.0 / exposure_s]))
    lit_x, lit_y = trail.path.at(np.array([2.0 / exposure_s]))
    assert light[round(float(dark_y[0])), round(float(dark_x[0]))] == 0.0
    assert light[round(float(lit_y[0])), round(float(lit_x[0]))] > 0.0


def test_only_those_that_are_asked_for_and_have_a_magnitude(
    overhead: tuple[int, Observed],
) -> None:
    which, observed = overhead
    number = int(ELEMENTS.norad_id[which])
    crossings, _ = crossings_of(observed, ELEMENTS, norad_ids=frozenset({number}))
    assert [each.course.norad_id for each in crossings] == [number]
    none, left_out = crossings_of(observed, ELEMENTS[[which]], norad_ids=frozenset({1}))
    assert (none, left_out) == ([], {"not-asked-for": 1})
    columns = {name: getattr(ELEMENTS[[which]], name) for name in SHAPES}
    nameless = Elements.of_columns(columns | {"epoch_mjd": [mjd_of(DAY)], "object_name": ["X"]})
    none, left_out = crossings_of(observed, nameless)
    assert (none, left_out) == ([], {"no-magnitude": 1})
    ((given,), _) = crossings_of(observed, nameless, default_mag=7.0)
    assert given.course.brightest_mag == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("without", "named"),
    [
        (("CTYPE1", "CTYPE2"), "no celestial WCS.*CTYPE1"),
        (("DATE-OBS",), "DATE-BEG, DATE-OBS"),
        (("EXPTIME",), "XPOSURE, EXPTIME"),
        (("OBSGEO-B",), "OBSGEO-X"),
    ],
)
def test_what_an_image_lacks_is_named(without: tuple[str, ...], named: str) -> None:
    header = {name: value for name, value in header_at(10.0, 20.0).items() if name not in without}
    with pytest.raises(BadParameter, match=named):
        observed_in(header, SHAPE)


def test_a_wcs_that_makes_no_sense_is_told() -> None:
    header = header_at(10.0, 20.0) | {"CD1_1": 0.0, "CD1_2": 0.0}
    with pytest.raises(BadParameter, match=r"the image.*WCS"):
        observed_in(header, SHAPE)


def test_the_site_given_is_taken_before_that_of_the_header() -> None:
    header = header_at(10.0, 20.0)
    other = find_site("rubin").observer()
    assert observed_in(header, SHAPE, observer=other).observer is other


def test_satellites_of_a_scene_have_the_way_of_the_orbit(overhead: tuple[int, Observed]) -> None:
    which, observed = overhead
    ra, dec = (float(value) for value in observed.exposure.wcs.wcs.crval)
    (satellite,), left_out = satellites_for(
        header_at(ra, dec), SHAPE, ELEMENTS[[which]], spectrum_of=lambda mag: mag
    )
    assert left_out == {}
    assert satellite.norad_id == ELEMENTS.norad_id[which]
    assert 2.0 < satellite.spectrum < 12.0
    at = float(np.interp(EXPOSURE_S / 2, satellite.path.seconds, satellite.path.dec))
    # The middle of the frame is where it is at the middle of the exposure: 1 arcsec.
    assert abs(at - dec) * 3600.0 < 1.0
    assert 500.0 < satellite.range_km < 1000.0


def test_the_light_of_a_satellite_is_sunlight_of_its_magnitude(
    overhead: tuple[int, Observed],
) -> None:
    which, observed = overhead
    ra, dec = (float(value) for value in observed.exposure.wcs.wcs.crval)
    ((crossing,), _) = crossings_of(observed, ELEMENTS[[which]])
    ((satellite,), _) = satellites_for(header_at(ra, dec), SHAPE, ELEMENTS[[which]])
    assert satellite.spectrum is not None
    # V of Vega's kind, as brightness models and transits have it; 1 mmag.
    assert satellite.spectrum.mag("V") == pytest.approx(crossing.course.brightest_mag, abs=0.001)


def test_bits_of_trails_are_those_of_exposures() -> None:
    assert TRUTH_BITS["trail"] == MASK_BITS["trail"]
    assert TRUTH_BITS["saturated"] == TRUTH_BITS["bleed"] == MASK_BITS["saturated"]
    assert TRUTH_BITS["ghost"] == TRUTH_BITS["crosstalk"] == MASK_BITS["ghost"]
