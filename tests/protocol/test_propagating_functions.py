"""A table of times, uploaded and joined with satellites that a query propagates."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import pyvo
from astropy.table import Table
from lxml import etree
from satvo.resources.ephemeris.apparent import apparent
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.propagation import propagator
from satvo.resources.ephemeris.sites import find_observer

MICROARCSEC = 1e-6 / 3600.0


def test_upload_of_times_joins_with_positions(server: Any) -> None:
    newest = server.number("SELECT MAX(norad_id) AS n FROM satvo.gp")
    day = float(server.number("SELECT FLOOR(MAX(epoch_mjd)) AS n FROM satvo.gp"))
    times = Table(
        {
            "norad_id": np.repeat(np.array([newest, newest - 1], dtype=np.int32), 50),
            "mjd": np.tile(day + np.linspace(0.0, 0.9, 50), 2),
            "site": ["rubin"] * 50 + ["X05"] * 50,
        }
    )
    found = (
        pyvo.dal.TAPService(server.tap)
        .run_sync(
            "SELECT t.norad_id, t.mjd, s.object_name, satvo_ra(t.norad_id, t.mjd, t.site) AS ra, "
            "satvo_dec(t.norad_id, t.mjd, t.site) AS de, "
            "satvo_alt(t.norad_id, t.mjd, t.site) AS alt, satvo_sunlit(t.norad_id, t.mjd) AS lit "
            "FROM TAP_UPLOAD.times AS t JOIN satvo.satellite AS s ON s.norad_id = t.norad_id "
            "ORDER BY t.norad_id DESC, t.mjd",
            uploads={"times": times},
        )
        .to_table()
    )
    assert len(found) == 100
    assert str(found["ra"].unit) == "deg"
    expected = library(server, [newest, newest - 1], np.asarray(times["mjd"][:50]))
    for name, values in zip(("ra", "de", "alt", "lit"), expected, strict=True):
        tolerance = MICROARCSEC if name != "lit" else 1e-6
        assert np.asarray(found[name]) == pytest.approx(values, abs=tolerance)
    assert 0.0 < np.mean(found["lit"]) <= 1.0


def library(server: Any, satellites: list[int], mjd: np.ndarray) -> list[np.ndarray]:
    """The same without a server: the elements exported and propagated here."""
    from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements

    wanted = ", ".join(str(n) for n in satellites)
    reply = server.sync(
        f"SELECT * FROM satvo.gp WHERE norad_id IN ({wanted}) ORDER BY norad_id DESC",
        RESPONSEFORMAT="arrow",
    )
    table = pa.ipc.open_stream(io.BytesIO(reply.body)).read_all()
    assert table["norad_id"].to_pylist() == satellites
    columns = {n: table[n].to_pylist() for n in ELEMENT_COLUMNS if n in table.column_names}
    elements = Elements.of_columns(columns)
    states = propagator("sgp4").prepare(elements).grid(mjd)
    frames = Frames.at(mjd)
    seen = [
        apparent(
            rotate(frames.teme_to_gcrs, states.position[i]),
            rotate(frames.teme_to_gcrs, states.velocity[i]),
            find_observer("rubin"),
            frames,
        )
        for i in range(len(satellites))
    ]
    return [
        np.concatenate([getattr(each, name) for each in seen])
        for name in ("ra", "dec", "alt", "sun_frac")
    ]


def test_satellites_above_a_site_now_are_a_query(server: Any) -> None:
    reply = server.sync(
        "SELECT COUNT(*) AS n FROM satvo.gp "
        "WHERE satvo_alt(norad_id, satvo_now_mjd(), 'rubin') > 0",
        RESPONSEFORMAT="csv",
    )
    assert reply.status == 200, reply.text
    assert int(reply.text.split()[1]) > 0


def test_unknown_observer_is_a_dali_error(server: Any) -> None:
    reply = server.sync("SELECT TOP 1 satvo_ra(norad_id, 61000, 'atlantis') AS v FROM satvo.gp")
    assert reply.status == 400
    (info,) = etree.fromstring(reply.body).iter("{*}INFO")
    assert info.get("value") == "ERROR"
    assert "atlantis" in (info.text or "")


def test_capability_declares_them(server: Any) -> None:
    root = etree.fromstring(server.get("/tap/capabilities").body)
    forms = {form.text for form in root.iter("form")}
    assert (
        "satvo_alt(norad_id INTEGER, mjd DOUBLE PRECISION, observer TEXT) -> DOUBLE PRECISION"
        in forms
    )
