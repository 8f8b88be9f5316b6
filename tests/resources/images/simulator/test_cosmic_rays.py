"""Particles in silicon, against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.images.simulator.cosmic_rays import (
    CosmicRays,
    _moyal,
    _muons,
    _worms,
    cosmic_rays,
)
from scipy import stats


def test_a_muon_leaves_what_a_minimum_ionising_particle_leaves() -> None:
    # Particle Data Group: most probably 80 keV in 300 um of silicon, and 3.65 eV an electron.
    charge = _moyal(400_000, np.random.default_rng(1))
    counts, edges = np.histogram(charge, np.arange(40.0, 140.0, 1.0))
    half = edges[:-1][counts > counts.max() / 2]
    assert edges[counts.argmax()] + 0.5 == pytest.approx(80e3 / 3.65 / 300.0, abs=3.0)
    assert half[-1] - half[0] == pytest.approx(4.018 * 4.9, abs=2.0)


def test_muons_come_with_the_square_of_the_cosine() -> None:
    # Onto a level plane cos**4 is spread evenly, so the track in the plane is depth * tangent.
    rays = CosmicRays(rate=1.0, depth_um=10.0)
    size = np.array([1e6, 1e6])
    places, _ = _muons(20_000, size, rays, np.random.default_rng(2))
    firsts = np.flatnonzero(np.diff(places[:, 2], prepend=np.inf) < 0.0)
    lasts = np.append(firsts[1:], len(places)) - 1
    steps = lasts - firsts + 1
    long = steps > 1
    across = np.hypot(*(places[lasts] - places[firsts])[:, :2].T)[long]
    tangent = across / (places[lasts, 2] - places[firsts, 2])[long]
    # Tracks of two steps and more, from 4 um on: all of these, with 10 um depth and 4 um steps.
    assert long.all()
    cosine4 = (1.0 + tangent**2) ** -2.0
    assert stats.kstest(cosine4, "uniform").pvalue > 1e-4


def test_as_many_come_as_the_rate_says() -> None:
    # Tracks of a thin detector are points: 0.5 per cm2 and s, 1 cm2, 1000 s, 500 +- 22.
    rays = CosmicRays(rate=0.5, worms=0.0, depth_um=1.0, diffusion_um=0.0)
    image = cosmic_rays((1000, 1000), 10.0, 1000.0, rays, np.random.default_rng(3))
    assert image is not None
    assert np.count_nonzero(image) == pytest.approx(500, abs=90)


def test_worms_curl_within_the_silicon_and_muons_do_not() -> None:
    rays = CosmicRays(rate=1.0, depth_um=200.0)
    random = np.random.default_rng(4)
    straight = {}
    for make in (_muons, _worms):
        ends, lengths = [], []
        for _ in range(300):
            places, charge = make(1, np.array([1e5, 1e5]), rays, random)
            assert (charge >= 0.0).all()
            assert places[:, 2].min() >= 0.0
            assert places[:, 2].max() <= 200.0
            ends.append(np.linalg.norm(places[-1] - places[0]))
            lengths.append(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
        straight[make] = sum(ends) / sum(lengths)
    assert straight[_muons] == pytest.approx(1.0, abs=1e-9)
    assert 0.3 < straight[_worms] < 0.9


def test_none_comes_without_a_rate_or_time() -> None:
    random = np.random.default_rng(5)
    assert cosmic_rays((10, 10), 10.0, 100.0, CosmicRays(), random) is None
    assert cosmic_rays((10, 10), 10.0, 0.0, CosmicRays(rate=1.0), random) is None
