"""The demonstration archive: the real pipeline on data that needs no network."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files

import pyarrow as pa
from satvo.ingest.load import LoadReport
from satvo.resources.constellations.analytic import layers_of
from satvo.resources.constellations.build import add_simulated
from satvo.resources.constellations.filed import SIMULATED_PREFIX, filed_constellation
from satvo.resources.constellations.layers import Layers
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import element_sets
from satvo.resources.ephemeris.build import elements_from_table
from satvo.resources.ephemeris.sites import find_site
from satvo.resources.images.build import add_case
from satvo.resources.images.cases import Case
from satvo.resources.images.scenes.predicted import pass_cases
from satvo.resources.images.scenes.recipes import made_up_cases
from satvo.resources.pass_probability.build import register_map
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.coverage import area_above
from satvo.resources.pass_probability.maps import probability_map
from satvo.resources.pass_probability.nights import night_of
from satvo.resources.pass_probability.situation import Situation
from satvo.resources.pass_probability.stored import MOC_THRESHOLD
from satvo.resources.passes.chosen import Chosen
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from satvo.schemas.obsplan import OBSPLAN
from satvo.schemas.satellite import FIRST_SIMULATED
from satvo.schemas.store.interface import arrow_schema
from satvo.service.archive import Archive

__all__ = ["add_maps", "add_suite", "fill_demo"]

_CONSTELLATIONS = ("kuiper", "oneweb-phase1", "starlink-gen1")
"""Those of the filed ones that a demonstration holds: 8364 satellites, 2 s."""

_CAMERAS = {
    "rubin": Camera(30.0, 1.75, depth_mag=24.0),
    "paranal": Camera.rectangle(300.0, 1.0, 1.0),
    "maunakea": Camera(200.0, 0.75),
    "la-palma": Camera.rectangle(120.0, 0.56, 0.56),
}
"""Exposures and fields as of LSSTCam, OmegaCAM, Hyper Suprime-Cam and the INT's Wide Field Camera.
"""
_NSIDE = 64

_PASSING = "kuiper"
"""Whose passes are in the test suite."""

_PLAN, _SITE = "demo", "rubin"
_EXPOSURES, _EVERY_S, _EXPOSURE_S = 60, 480.0, 30.0
_FIELD_DEG = 3.0


def fill_demo(
    archive: Archive, *, today: datetime, told: Callable[[str, LoadReport], object]
) -> None:
    """Fill an archive: element sets, simulated constellations, a plan, maps and test cases.

    Parameters
    ----------
    archive : Archive
    today : datetime
        Epoch of the simulated elements: 0 h UTC of its day.
    told : callable
        Called with the name and the report of each part.
    """
    with (files("sgp4") / "SGP4-VER.TLE").open("rb") as stream:
        report = archive.ingest(stream, name="SGP4-VER.TLE", format="tle", source="fixture")
    told("SGP4 verification sets", report)
    epoch = today.replace(hour=0, minute=0, second=0, microsecond=0)
    for shown in _CONSTELLATIONS:
        constellation = filed_constellation(shown)
        elements = simulated_elements(constellation, epoch=epoch, first_number=FIRST_SIMULATED)
        sets = list(element_sets(elements))
        add = functools.partial(add_simulated, name=constellation.name, sets=sets, received=today)
        new = archive.store.write(add)["new"]
        report = LoadReport(read=len(sets), new=new, unchanged=len(sets) - new)
        told(f"{constellation.title}, simulated from {constellation.filing}", report)
    count = archive.add_plan(_PLAN, _plan(today), replace=True)
    told(f"plan {_PLAN} of a night", LoadReport(read=count, new=count))
    add_maps(archive, today=today, told=told)
    add_suite(archive, today=today, told=told)


def add_suite(
    archive: Archive, *, today: datetime, told: Callable[[str, LoadReport], object]
) -> None:
    """Add the simulated cases of the test suite.

    Parameters
    ----------
    archive, told
        As of `fill_demo`; the simulated constellations are in the archive.
    today : datetime
        UTC; passes are predicted for its evening.
    """
    report = LoadReport()
    for case in made_up_cases():
        _add_case(archive, case, report)
    told("test suite, made-up frames and spectra with their truth", report)
    report = LoadReport()
    day = mjd_of(today)
    try:
        chosen = Chosen(populations=(f"{SIMULATED_PREFIX}{_PASSING}",))
        elements = elements_from_table(archive.elements(math.floor(day) + 0.5, 30.0, chosen))
        for case in pass_cases(elements, day):
            _add_case(archive, case, report)
    except BadParameter as err:  # years for which nothing is known yet of the Earth's rotation
        told(f"test suite, no predicted passes: {err}", report)
        return
    told("test suite, predicted passes", report)


def _add_case(archive: Archive, case: Case, report: LoadReport) -> None:
    new, unchanged = add_case(archive.images, case)
    report.read += new + unchanged
    report.new += new
    report.unchanged += unchanged


def add_maps(
    archive: Archive, *, today: datetime, told: Callable[[str, LoadReport], object]
) -> None:
    """Add maps of the simulated constellations over four observatories: dusk, midnight, dawn.

    Parameters
    ----------
    archive, told
        As of `fill_demo`.
    today : datetime
        UTC; the maps are of its night.
    """
    for name, camera in _CAMERAS.items():
        told(f"maps of {name} at dusk, midnight and dawn", _maps_of(archive, today, name, camera))


def _maps_of(archive: Archive, today: datetime, name: str, camera: Camera) -> LoadReport:
    """Three maps of the simulated constellations over a site in the coming night."""
    observer = find_site(name).observer()
    layers = Layers.joined([layers_of(filed_constellation(shown)) for shown in _CONSTELLATIONS])
    count = 0
    for phase, mjd in zip(
        ("dusk", "midnight", "dawn"), night_of(observer, mjd_of(today)), strict=True
    ):
        made = probability_map(
            layers, Situation.at(observer, mjd), camera, nside=_NSIDE, frame="equatorial",
            population=",".join(_CONSTELLATIONS), observer_name=name,
        )  # fmt: skip
        area = area_above(made, "p_illum", MOC_THRESHOLD)
        add = functools.partial(
            register_map, made=made, map_id=f"{name}-{phase}", created=today, moc=area.text,
            replace=True,
        )  # fmt: skip
        count += archive.store.write(add)
    return LoadReport(read=count, new=count)


def _plan(today: datetime) -> pa.Table:
    """A night of exposures at Rubin: three fields near the meridian in turn, each a rectangle."""
    site = find_site(_SITE)
    midnight = (today - datetime(1970, 1, 1)).days + 40_587
    start_mjd = midnight + 1.0 + 1.0 / 24.0  # 1 h UTC of tomorrow: evening in Chile
    rows = []
    for number in range(_EXPOSURES):
        t_min = start_mjd + number * _EVERY_S / 86_400.0
        # Greenwich mean sidereal time to 0.01 deg (IAU 1982, its linear part).
        meridian = 280.46062 + 360.98564737 * (t_min - 51_544.5) + site.lon_deg
        ra, dec = meridian % 360.0, -30.0 + 15.0 * (number % 3)
        across, up = _FIELD_DEG / 2 / math.cos(math.radians(dec)), _FIELD_DEG / 2
        # Counter-clockwise from inside the sphere, where right ascension grows to the left.
        corners = ((across, -up), (-across, -up), (-across, up), (across, up))
        region = [n for x, y in corners for n in ((ra + x) % 360.0, dec + y)]
        rows.append(
            {
                "t_planning": float(midnight),
                "target_name": f"field {number % 3 + 1}",
                "obs_id": f"{_PLAN}-{number + 1:03d}",
                "obs_collection": _PLAN,
                "s_ra": ra,
                "s_dec": dec,
                "s_fov": _FIELD_DEG * math.sqrt(2),
                "s_region": f"POLYGON ICRS {' '.join(f'{n:.6f}' for n in region)}",
                "s_resolution": 0.7,
                "t_min": t_min,
                "t_max": t_min + _EXPOSURE_S / 86_400.0,
                "t_exptime": _EXPOSURE_S,
                "em_min": 5.52e-7,
                "em_max": 6.91e-7,
                "o_ucd": "phot.count",
                "facility_name": site.facility_name,
                "instrument_name": "made up",
                "t_plan_exptime": _EXPOSURE_S,
                "category": "Fixed",
                "priority": 1,
                "execution_status": "Planned",
                "tracking_type": "Sidereal",
            }
        )
    return pa.Table.from_pylist(rows, arrow_schema(OBSPLAN))
