"""Cut-outs of real images of many instruments."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from cutting_files import cut_of
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import separation_deg

pytestmark = pytest.mark.needs_data

NAMES = (
    "decam_N11_ori_100x100.fits", "decam_S25_ori_100x100.fits",
    "decam_calexp_0941420_23_cut.fits", "hsc_A21787010_cut.fits", "lbc_blue_20210407_cut.fits",
    "lco_0m4_bi327715_cut.fits", "moa2_A3671_C2018F4_cut.fit", "saao1m_ste3_a8280271.fits",
    "sdss_frame_i_008108_5_0025_cut.fits", "gmos_s_spectrum_astroscrappy.fits",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_a_part_of_a_real_image_is_that_of_cutout2d(name: str, test_data: Path) -> None:
    content = (test_data / "images" / name).read_bytes()
    with fits.open(io.BytesIO(content)) as units:
        first = next(u for u in units if u.header.get("NAXIS") == 2 and u.size and u.is_image)
        pixels, header = np.array(first.data), first.header.copy()
    height, width = pixels.shape
    wcs = WCS(header)
    x, y = width * 0.4, height * 0.55
    if not wcs.has_celestial:
        with pytest.raises(BadParameter, match="no WCS of the sky"):
            cut_of(content, CIRCLE="10 10 0.1")
        return
    ra, dec = (float(each) for each in wcs.celestial.all_pix2world(x, y, 0))
    scale = wcs.celestial.proj_plane_pixel_scales()[0].to_value("deg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer, part = cut_of(content, CIRCLE=f"{ra} {dec} {8.3 * scale}")
    assert part is not None
    (x1, x2), (y1, y2) = answer["cuts"][0]["box"][:2]
    expected = Cutout2D(pixels, ((x1 + x2) / 2 - 1, (y1 + y2) / 2 - 1), (y2 - y1 + 1, x2 - x1 + 1),
                        wcs=wcs)  # fmt: skip
    cut = next(unit for unit in part if unit.header["NAXIS"] == 2)
    assert np.array_equal(cut.data, expected.data, equal_nan=True)
    grid = np.array([0.0, 3.5, 12.0])
    ours = WCS(cut.header).celestial.all_pix2world(grid, grid, 0)
    theirs = expected.wcs.celestial.all_pix2world(grid, grid, 0)
    assert separation_deg(*ours, *theirs).max() < 1e-6 * scale
