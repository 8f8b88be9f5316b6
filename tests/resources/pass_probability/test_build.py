"""Maps in the archive: what is registered is read back, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from made_up_maps import made_up_map
from satvo.resources.pass_probability.build import (
    drop_map,
    register_map,
    stored_map,
    stored_maps,
)
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS
from satvo.resources.pass_probability.stored import check_map_id
from satvo.schemas.errors import AlreadyThere, BadParameter, NotFound
from satvo.schemas.passprob_pix import PASSPROB_PIX
from satvo.schemas.store import Store, open_store
from satvo.service.archive import archive_tables

NOW = datetime(2026, 11, 22, 1, 2, 3)


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create(archive_tables())
    yield opened
    opened.close()


@pytest.mark.parametrize("frame", ["equatorial", "altaz"])
def test_a_map_is_read_back_as_it_was(store: Store, frame: str) -> None:
    made = made_up_map(3, frame, camera=Camera(30.1, 1.75, depth_mag=24.1))
    count = store.write(
        lambda tx: register_map(tx, made, "dusk", created=NOW, moc="3/1-4 9", threshold=0.3)
    )
    again = stored_map(store, "dusk")
    assert count == len(made.pixels) == len(again.pixels) > 300
    assert (again.order, again.frame, again.pixels.dtype) == (3, frame, np.int64)
    np.testing.assert_array_equal(again.pixels, made.pixels)
    assert list(again.values) == list(MAP_COLUMNS)
    for name in MAP_COLUMNS:
        assert again.values[name].dtype == made.values[name].dtype
        np.testing.assert_array_equal(again.values[name], made.values[name])
    # Its middle is kept as beginning and end, which a double has to a microsecond.
    assert again.facts.mjd == pytest.approx(made.facts.mjd, abs=1e-11)
    for name in made.facts.__dataclass_fields__:
        if name not in ("mjd", "camera"):
            assert getattr(again.facts, name) == getattr(made.facts, name)
    assert repr(again.facts.camera) == repr(made.facts.camera)  # NaN where there is no limit
    (told,) = stored_maps(store)
    assert (told.map_id, told.order, told.frame) == ("dusk", 3, frame)
    assert (told.moc, told.threshold, told.created) == ("3/1-4 9", 0.3, NOW)
    assert told.facts.n_sat_above == made.facts.n_sat_above


def test_cells_of_both_frames_stand_at_the_same_right_ascensions(store: Store) -> None:
    """An altaz cell's ra and dec, turned back by astropy, are its azimuth and altitude."""
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.time import Time
    from astropy.utils import iers
    from satvo.schemas.healpix import healpix_center

    made = made_up_map(3, "altaz")
    store.write(lambda tx: register_map(tx, made, "dusk", created=NOW))
    rows = store.select(sa.select(PASSPROB_PIX).order_by(PASSPROB_PIX.c.hpx))
    facts = made.facts
    site = EarthLocation.from_geodetic(facts.lon_deg, facts.lat_deg, facts.height_m)
    frame = AltAz(obstime=Time(facts.mjd, format="mjd"), location=site)
    places = SkyCoord(rows["ra"].to_numpy() * u.deg, rows["dec"].to_numpy() * u.deg)
    az, alt = healpix_center(made.order, made.pixels)
    # Aberration, of which a map knows nothing, is 20 arcsec of the Earth's way about the Sun.
    wanted = SkyCoord(az * u.deg, alt * u.deg, frame=frame)
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        assert places.transform_to(frame).separation(wanted).max() < 25 * u.arcsec


def test_a_name_that_exists_is_refused_unless_it_is_to_be_replaced(store: Store) -> None:
    made, other = made_up_map(3), made_up_map(2)
    store.write(lambda tx: register_map(tx, made, "dusk", created=NOW))
    store.write(lambda tx: register_map(tx, made, "dawn", created=NOW))
    with pytest.raises(AlreadyThere, match=r"map dusk is there already.*REPLACE=true"):
        store.write(lambda tx: register_map(tx, other, "dusk", created=NOW))
    assert stored_map(store, "dusk").order == 3
    store.write(lambda tx: register_map(tx, other, "dusk", created=NOW, replace=True))
    assert stored_map(store, "dusk").order == 2
    assert len(stored_map(store, "dusk").pixels) == len(other.pixels)
    assert len(stored_map(store, "dawn").pixels) == len(made.pixels)


def test_a_dropped_map_is_gone_with_its_pixels(store: Store) -> None:
    made = made_up_map(1)
    for name in ("dusk", "dawn"):
        store.write(lambda tx, name=name: register_map(tx, made, name, created=NOW))
    assert store.write(lambda tx: drop_map(tx, "dusk")) == len(made.pixels)
    assert [each.map_id for each in stored_maps(store)] == ["dawn"]
    with pytest.raises(NotFound, match="there is no map dusk"):
        stored_map(store, "dusk")
    with pytest.raises(NotFound, match="there is no map dusk"):
        store.write(lambda tx: drop_map(tx, "dusk"))


@pytest.mark.parametrize(
    "name", ["", ".hidden", "a/b", "a b", "x" * 101, "dusk.fits", "dusk_moc", "é", "../x"]
)
def test_a_name_that_no_address_can_hold_is_refused(name: str) -> None:
    with pytest.raises(BadParameter, match=r"^map .*name"):
        check_map_id(name)
