"""Real frames of ten instruments: what their headers say is found, and what they do not is named.

Expected values were taken from the headers by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from satvo.ingest.images.archive import ImageArchive

pytestmark = pytest.mark.needs_data

NOTHING_TOLD = (
    "site wcs start duration filter filter_url focal_length aperture optics zero_point gain "
    "read_noise"
)
TOLERANCES = {
    "t_min": 1e-3 / 86400,  # d
    "t_max": 1e-3 / 86400,
    "site_height": 2e-3,  # m; geocentric coordinates are told to a millimetre
    "s_pixel_scale": 1e-4,  # arcsec, away from the point where the projection touches
}
EXPECTED: dict[str, tuple[str, dict[str, Any]]] = {
    "decam_N11_ori_100x100.fits": (
        NOTHING_TOLD,
        {"dataproduct_type": "image", "s_xel1": 100, "t_min": None, "facility_name": None},
    ),
    "decam_S25_ori_100x100.fits": (NOTHING_TOLD, {"s_region": None, "em_min": None}),
    "decam_calexp_0941420_23_cut.fits": (
        # TIMESYS is TAI, which holds for DATE-AVG; DATE-OBS is UTC by its comment.
        "filter_url focal_length aperture optics",
        {
            "t_min": 58914 + (4 * 60 + 15.410235) / 86400, "t_exptime": 120.0,
            "filter_name": "g", "site_lon": -70.81489, "site_lat": -30.16606,
            "site_height": 2215.0, "gain": (3.999 + 4.091) / 2, "n_image": 3,
            "read_noise": (6.266433 + 6.324686) / 2, "zero_point": 25.1454997926978,
            "wcs_projection": "TAN-SIP", "obs_id": "ct4m20200306t000415",
            "proposal_id": "2019A-0305", "target_name": "Starlink 1102", "data_hdu": 1,
        },
    ),
    "gmos_s_spectrum_astroscrappy.fits": (
        "site wcs filter_url focal_length aperture optics zero_point gain read_noise",
        {
            "dataproduct_type": "spectrum", "t_exptime": 90.0,
            "t_min": 58703 + (42 * 60 + 29.7167) / 86400, "filter_name": "GG455_G0329",
            "em_min": None, "instrument_name": "GMOS-S", "n_image": 3,
        },
    ),
    "hsc_A21787010_cut.fits": (
        "site filter_url focal_length aperture optics zero_point gain read_noise",
        {
            "t_min": 58997 + (14 * 3600 + 32 * 60 + 17.921) / 86400, "t_max": 58997.60624778,
            "t_exptime": 40.0, "filter_name": "HSC-r2", "gain": None,
            "s_pixel_scale": 0.00004722 * 3600, "instrument_name": "Hyper Suprime-Cam",
        },
    ),
    "lbc_blue_20210407_cut.fits": (
        "filter_url focal_length aperture optics zero_point",
        {
            "t_min": 59311 + (12 * 3600 + 3 * 60 + 57.256) / 86400, "t_exptime": 120.27,
            "site_lon": -109.8890, "site_lat": 32.7013, "site_height": 3221.0, "gain": 1.75,
            "read_noise": 12.0, "filter_name": "g-SLOAN", "n_image": 4, "saturation": 65536.0,
        },
    ),
    "lco_0m4_bi327715_cut.fits": (
        "filter_url focal_length aperture optics zero_point",
        {
            "t_min": 59173 + (3600 + 4 * 60 + 29.222) / 86400, "t_exptime": 90.0,
            "site_lon": -70.8046270, "site_lat": -30.1676541, "site_height": 2201.0,
            "gain": 1.0, "read_noise": 8.0, "filter_name": "gp", "wcs_projection": "TAN-SIP",
        },
    ),
    "moa2_A3671_C2018F4_cut.fit": (
        # Its longitude counts to the west, as its comment says.
        "wcs filter_url focal_length aperture optics zero_point gain read_noise",
        {
            "t_min": 59192 + (12 * 3600 + 33 * 60 + 40.0) / 86400, "t_exptime": 300.0,
            "site_lon": 170.467, "site_lat": -43.983, "site_height": 1029.0,
            "filter_name": "R", "em_min": None, "target_name": "C2018_F4",
        },
    ),
    "saao1m_ste3_a8280271.fits": (
        # Its MJD-OBS is that of the day, its filters a number of two wheels.
        "site wcs filter filter_url focal_length aperture optics zero_point",
        {
            "t_min": 56486 + (57 * 60 + 33) / 86400, "t_exptime": 150.04, "gain": 1.9,
            "read_noise": 5.0, "facility_name": "SAAO 1.0m",
        },
    ),
    "sdss_frame_i_008108_5_0025_cut.fits": (
        # Its date and time are TAI: 34 s ahead of UTC in 2009.
        "site filter_url focal_length aperture optics gain read_noise",
        {
            "t_min": 55121 + (3600 + 53 * 60 + 10.59 - 34) / 86400, "t_exptime": 53.907456,
            "filter_name": "i", "zero_point": 22.5, "zero_point_system": "AB",
            "o_unit": "nanomaggy", "calib_level": 2, "wcs_projection": "TAN",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_all_is_found_and_nothing_guessed(images: ImageArchive, test_data: Path, name: str) -> None:
    source = test_data / "images" / name
    told = {"licence": "of the observatory", "obs_collection": "real"}
    looked_at = images.examine(source, name=name, told=told)
    images.add([looked_at])
    row = images.row(looked_at.did)
    missing, values = EXPECTED[name]
    assert row["missing"].split("#") == missing.split()
    for column, value in values.items():
        if isinstance(value, float):
            assert abs(row[column] - value) < TOLERANCES.get(column, 1e-6), column
        else:
            assert row[column] == value, column
    assert images.path(looked_at.product_id).read_bytes() == source.read_bytes()


def test_every_real_image_is_expected(test_data: Path) -> None:
    assert {file.name for file in (test_data / "images").glob("*.fit*")} == set(EXPECTED)
