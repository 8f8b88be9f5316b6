"""Width and surface brightness of trails, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.brightness.trails import (
    defocus_arcsec,
    effective_mag,
    peak_mag_arcsec2,
    surface_mag_arcsec2,
    trail_width_arcsec,
)

ONE_MILLIMAG = 0.001


def test_defocus_of_rubin_at_550_km() -> None:
    # 206265 * 8.36 / 550000 = 3.1352 arcsec.
    assert defocus_arcsec(8.36, 550.0) == pytest.approx(3.1352, abs=1e-4)


def test_width_adds_in_quadrature() -> None:
    # 3 arcsec of seeing, 4 of defocus (D = 10 m at 515.662 km): 5; with 12 of size: 13.
    range_km = 206.264806 * 10.0 / 4.0
    assert trail_width_arcsec(3.0, 10.0, range_km) == pytest.approx(5.0)
    size_m = 12.0 * range_km / 206.264806
    assert trail_width_arcsec(3.0, 10.0, range_km, size_m) == pytest.approx(13.0)


def test_surface_brightness_by_hand() -> None:
    # F / (1000 * 4) in each arcsec2, over 25 s: 1e5 times fainter than F for the whole exposure.
    assert surface_mag_arcsec2(6.0, 1000.0, 4.0, 25.0) == pytest.approx(18.5, abs=ONE_MILLIMAG)


def test_the_trail_holds_the_light_of_the_satellite() -> None:
    """A Gaussian profile of the peak and width given sums up to flux / rate per arcsec."""
    width, rate, exposure = 4.0, 1000.0, 25.0
    sigma = width / (2 * np.sqrt(2 * np.log(2)))
    across = np.linspace(-10 * sigma, 10 * sigma, 20001)
    peak = 10 ** (-0.4 * float(peak_mag_arcsec2(6.0, rate, width, exposure)))
    total = np.trapezoid(peak * np.exp(-0.5 * (across / sigma) ** 2), across)
    assert total == pytest.approx(10 ** (-0.4 * 6.0) / (rate * exposure), rel=1e-6)


def test_effective_magnitude_by_hand() -> None:
    # 1000 arcsec/s for 10 s over elements of 1 arcsec: 10 mag.
    assert effective_mag(6.0, 1000.0, 10.0, 1.0) == pytest.approx(16.0)


def test_a_source_that_hardly_moves_keeps_its_magnitude() -> None:
    np.testing.assert_allclose(effective_mag([6.0, 7.0], [0.0, 0.01], 10.0, 1.0), [6.0, 7.0])


def test_nothing_known_stays_unknown() -> None:
    assert np.isnan(effective_mag(np.nan, 1000.0, 10.0, 1.0))
    assert np.isnan(effective_mag(6.0, np.nan, 10.0, 1.0))
    assert np.isnan(surface_mag_arcsec2(6.0, 0.0, 4.0, 25.0))
    assert surface_mag_arcsec2(np.full(3, 6.0), 1000.0, 4.0, 25.0).shape == (3,)
