"""Cases of PassPredict: what is expected, PassPredict, and skyfield agree."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from satvo.resources.constellations.filed import filed_constellation
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import element_sets
from satvo.resources.ephemeris.build import elements_from_files
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.sites import find_observer, find_site
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.predicted import pass_cases
from satvo.resources.passes.predict import Catalogue, predict
from satvo.resources.passes.requests import read_request
from satvo.schemas.moments import mjd_of
from satvo.schemas.sphere import separation_deg
from sgp4.api import WGS72, Satrec
from skyfield.api import EarthSatellite, load, wgs84

DAY = datetime(2026, 11, 22)
SHAPES = (
    "norad_id", "mean_motion", "eccentricity", "inclination", "ra_of_asc_node",
    "arg_of_pericenter", "mean_anomaly", "object_name",
)  # fmt: skip


def simulated() -> Elements:
    sets = list(
        element_sets(
            simulated_elements(filed_constellation("kuiper"), epoch=DAY, first_number=900_000_000)
        )
    )
    columns = {name: [getattr(each, name) for each in sets] for name in SHAPES}
    count = len(sets)
    return Elements.of_columns(
        columns | {"epoch_mjd": [mjd_of(DAY)] * count, "constellation": ["kuiper"] * count}
    )


ELEMENTS = simulated()
CASES = {case.case_id: case for case in pass_cases(ELEMENTS, mjd_of(DAY))}


def expected(case: Case) -> Table:
    return Table.read(io.BytesIO(case.products["frame"].content), format="ascii.ecsv")


@pytest.mark.parametrize("name", ["sim-pass-single", "sim-pass-database"])
def test_passpredict_finds_what_is_expected_from_the_files_alone(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    file = tmp_path / case.products["elements"].name
    file.write_bytes(case.products["elements"].content)
    asked = read_request(json.loads(case.products["exposures"].content), find_observer)
    middle = asked.exposures[0].middle_mjd
    found = predict(
        asked.exposures, asked.observer, Catalogue(elements_from_files([file], middle))
    ).columns
    wanted = expected(case)
    keys = list(zip(found["exposure_id"], found["norad_id"].tolist(), strict=True))
    rows = {(row["exposure_id"], int(row["norad_id"])): row for row in wanted}
    assert len(rows) == len(wanted) >= (1 if name == "sim-pass-single" else 10)
    assert sorted(keys) == sorted(rows)
    for number, key in enumerate(keys):
        row = rows[key]
        for instant in ("t_min", "t_max"):
            # The plain search steps by 2 ms, and gives the first and last inside.
            assert abs(found[instant][number] - row[instant]) * 86400 < 0.003
        for end in ("start", "end"):
            away = separation_deg(
                found[f"ra_{end}"][number], found[f"dec_{end}"][number],
                row[f"ra_{end}"], row[f"dec_{end}"],
            )  # fmt: skip
            assert float(away) * 3600 < 0.003 * row["rate"] + 0.1
        assert bool(found["illuminated"][number]) == bool(row["illuminated"])


def test_skyfield_sees_the_satellite_where_the_case_says() -> None:
    case = CASES["sim-pass-single"]
    (row,) = expected(case)
    (which,) = np.flatnonzero(ELEMENTS.norad_id == row["norad_id"])
    record = Satrec()
    record.sgp4init(
        WGS72, "i", 1, ELEMENTS.epoch_mjd[which] - 33281.0, 0.0, 0.0, 0.0,
        ELEMENTS.eccentricity[which],
        *np.radians([ELEMENTS.arg_of_pericenter[which], ELEMENTS.inclination[which]]).tolist(),
        np.radians(ELEMENTS.mean_anomaly[which]),
        ELEMENTS.mean_motion[which] * 2 * np.pi / 1440.0,
        np.radians(ELEMENTS.ra_of_asc_node[which]),
    )  # fmt: skip
    scale = load.timescale(builtin=True)
    satellite = EarthSatellite.from_satrec(record, scale)
    site = find_site("la-palma")
    place = wgs84.latlon(site.lat_deg, site.lon_deg, elevation_m=site.height_m)
    day, part = divmod(float(row["t_mid"]), 1.0)
    moment = scale.utc(1858, 11, 17 + int(day), 0, 0, part * 86400.0)
    ra, dec, distance = (satellite - place).at(moment).radec()
    away = float(separation_deg(ra.hours * 15, dec.degrees, row["s_ra"], row["s_dec"])) * 3600
    # skyfield leaves out light time (4 ms) and the aberration of 20 arcsec, and its UT1 is older.
    assert away < 25.0 + 0.01 * float(row["rate"])
    assert distance.km == pytest.approx(float(row["range_min"]), rel=0.001)


def test_the_frame_has_its_trail_where_the_satellite_passes() -> None:
    case = CASES["sim-predicted"]
    (trail, *_) = case.trails
    (row,) = (each for each in expected(CASES["sim-pass-single"]))
    assert trail["norad_id"] == row["norad_id"]
    with fits.open(io.BytesIO(case.products["frame"].content)) as units:
        wcs = WCS(units[0].header)
        image = np.asarray(units[0].data, float)
    x, y = wcs.wcs_world2pix(row["s_ra"], row["s_dec"], 0)
    # The middle of the pass lies on the trail, by the light and by the row.
    column = round(float(x))
    profile = image[round(float(y)), column - 12 : column + 13] - np.median(image)
    assert abs((profile * np.arange(-12, 13)).sum() / profile.sum() + column - float(x)) < 1.0
    ends = np.array([[trail["x1"], trail["y1"]], [trail["x2"], trail["y2"]]]) - 1.0
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    off = (float(x) - ends[0, 0]) * along[1] - (float(y) - ends[0, 1]) * along[0]
    assert abs(off) < 0.2


def test_all_files_of_a_pass_case_are_measurements_of_one_observation() -> None:
    for name in ("sim-pass-single", "sim-pass-database"):
        case = CASES[name]
        assert case.kind == "passpredict"
        assert [each.role for each in case.products.values()] == [
            "crossings", "elements", "exposures",
        ]  # fmt: skip
        assert {each.told["obs_id"] for each in case.products.values()} == {name}
