"""Small FITS files of every kind that the archive takes, and rows of its tables.

The same call gives the same bytes. Stars, noise and a trail are in each image.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from astropy.io import fits

__all__ = [
    "IMAGES", "broken_wcs", "cube", "dataproduct_row", "fpacked", "full_header", "image_bytes",
    "integers", "mosaic", "obscore_row", "pixels", "polarimetric", "sip_image", "spectrum",
    "tan_cards", "tan_image", "tpv_image", "without_wcs", "write_images",
]  # fmt: skip

Cards = Mapping[str, Any]
_Image = npt.NDArray[np.float32]

AUTHORITY = "satvo.invalid"
LICENCE = "CC-BY-4.0"


def pixels(shape: tuple[int, int] = (48, 64), *, seed: int = 7, trail: bool = True) -> _Image:
    """Sky of 100 with noise of 5, some stars, and a trail from corner to corner."""
    random = np.random.default_rng(seed)
    image = random.normal(100.0, 5.0, shape)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for _ in range(8):
        y, x = random.uniform(0, shape[0]), random.uniform(0, shape[1])
        flux = random.uniform(300, 3000)
        image += flux * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4.0)
    if trail:
        across = (rows * shape[1] - columns * shape[0]) / np.hypot(*shape)
        image += 200.0 * np.exp(-(across**2) / 3.0)
    return image.astype(np.float32)


def tan_cards(
    ra: float = 83.8,
    dec: float = -5.4,
    scale: float = 2.0,
    shape: tuple[int, int] = (48, 64),
    angle: float = 0.0,
) -> dict[str, Any]:
    """A gnomonic WCS: centre of the image (deg), arcsec a pixel, and position angle of its top."""
    turn, step = np.radians(angle), scale / 3600
    return {
        "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CUNIT1": "deg", "CUNIT2": "deg",
        "CRPIX1": (shape[1] + 1) / 2, "CRPIX2": (shape[0] + 1) / 2, "CRVAL1": ra, "CRVAL2": dec,
        "CD1_1": -step * np.cos(turn), "CD1_2": step * np.sin(turn),
        "CD2_1": step * np.sin(turn), "CD2_2": step * np.cos(turn), "RADESYS": "ICRS",
    }  # fmt: skip


def full_header() -> dict[str, Any]:
    """Everything that the archive asks an image for, beside its WCS."""
    return {
        "DATE-OBS": "2026-03-20T03:00:00.000", "EXPTIME": 30.0, "FILTER": "r", "TELESCOP": "Test",
        "INSTRUME": "Camera", "OBJECT": "M42", "OBSERVER": "A. Nobody",
        "OBSGEO-B": -30.2407, "OBSGEO-L": -70.7366, "OBSGEO-H": 2722.0,
        "GAIN": 1.5, "RDNOISE": 6.0, "MAGZERO": 25.5, "SATURATE": 60000.0, "BUNIT": "adu",
        "FOCALLEN": 1200.0, "APTDIA": 300.0,
    }  # fmt: skip


def image_bytes(data: Any, cards: Cards = MappingProxyType({})) -> bytes:
    """A FITS file of one image with these cards."""
    return _file(fits.PrimaryHDU(np.asarray(data), _header(cards)))


def tan_image(
    cards: Cards = MappingProxyType({}),
    *,
    shape: tuple[int, int] = (48, 64),
    seed: int = 7,
    trail: bool = True,
    **wcs: float,
) -> bytes:
    """An image with a full header; ``wcs`` are arguments of `tan_cards`."""
    about = {**full_header(), **tan_cards(shape=shape, **wcs), **cards}
    return image_bytes(pixels(shape, seed=seed, trail=trail), about)


def sip_image() -> bytes:
    """One whose sides are bent by SIP, by some pixels in the corners."""
    cards = {
        **full_header(), **tan_cards(), "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP",
        "A_ORDER": 2, "A_2_0": 2e-3, "A_0_2": 1e-3, "B_ORDER": 2, "B_2_0": -1e-3, "B_1_1": 2e-3,
    }  # fmt: skip
    return image_bytes(pixels(), cards)


def tpv_image() -> bytes:
    """One with the polynomial of TPV."""
    cards = {
        **full_header(), **tan_cards(scale=200.0), "CTYPE1": "RA---TPV", "CTYPE2": "DEC--TPV",
        "PV1_1": 1.0, "PV1_4": 0.01, "PV2_1": 1.0, "PV2_4": -0.01,
    }  # fmt: skip
    return image_bytes(pixels(), cards)


def mosaic(chips: int = 4) -> bytes:
    """Chips side by side with gaps, the times in the primary header."""
    units: list[Any] = [fits.PrimaryHDU(header=_header(full_header()))]
    for number in range(chips):
        cards = tan_cards()
        cards["CRPIX1"] -= 70.0 * (number - (chips - 1) / 2)
        units.append(fits.ImageHDU(pixels(seed=number), _header(cards), name=f"CHIP{number + 1}"))
    return _file(*units)


def fpacked() -> bytes:
    """An image of integers as fpack leaves it, in the first extension."""
    header = _header({**full_header(), **tan_cards()})
    data = pixels().round().astype(np.int16)
    return _file(
        fits.PrimaryHDU(), fits.CompImageHDU(data, header, name="SCI", compression_type="RICE_1")
    )


def cube(planes: int = 10) -> bytes:
    """A cube of wavelengths from 500 to 545 nm."""
    cards = {
        **full_header(), **tan_cards(),
        "CTYPE3": "WAVE", "CUNIT3": "nm", "CRPIX3": 1.0, "CRVAL3": 500.0, "CD3_3": 5.0,
    }  # fmt: skip
    return image_bytes(np.stack([pixels(seed=plane) for plane in range(planes)]), cards)


def spectrum() -> bytes:
    """A spectrum of 200 elements, 400 to 598 nm in air, as one row."""
    cards = {
        **full_header(), "CTYPE1": "AWAV", "CUNIT1": "Angstrom", "CRPIX1": 1.0,
        "CRVAL1": 4000.0, "CDELT1": 10.0,
    }  # fmt: skip
    return image_bytes(np.linspace(1.0, 2.0, 200, dtype=np.float32), cards)


def without_wcs() -> bytes:
    """An image that says nothing at all of itself."""
    return image_bytes(pixels())


def broken_wcs() -> bytes:
    """An image of which the place on the sky is no number.

    FITS has no word for NaN, but writers put it there.
    """
    return tan_image({"CRVAL1": 123456.0}).replace(
        b"CRVAL1  =             123456.0", b"CRVAL1  =                  NaN"
    )


def integers() -> bytes:
    """Unsigned 16 bit, as cameras write them: signed with BZERO."""
    return image_bytes(pixels().round().astype(np.uint16), {**full_header(), **tan_cards()})


def polarimetric() -> bytes:
    """I, Q, U and V of one field along the third axis."""
    cards = {
        **full_header(), **tan_cards(), "CTYPE3": "STOKES", "CRPIX3": 1.0, "CRVAL3": 1.0,
        "CD3_3": 1.0,
    }  # fmt: skip
    return image_bytes(np.stack([pixels(seed=each) for each in range(4)]), cards)


IMAGES: Mapping[str, Callable[[], bytes]] = {
    "tan.fits": tan_image, "sip.fits": sip_image, "tpv.fits": tpv_image, "mosaic.fits": mosaic,
    "packed.fits.fz": fpacked, "cube.fits": cube, "spectrum.fits": spectrum,
    "no_wcs.fits": without_wcs, "integers.fits": integers, "polarised.fits": polarimetric,
    "zipped.fits.gz": lambda: gzip.compress(tan_image(seed=8), mtime=0),
}  # fmt: skip
"""The good ones, by file name."""


def write_images(folder: Path) -> dict[str, Path]:
    """All of `IMAGES` as files of a folder, by their names."""
    for name, make in IMAGES.items():
        (folder / name).write_bytes(make())
    return {name: folder / name for name in IMAGES}


def obscore_row(content: bytes, **columns: Any) -> dict[str, Any]:
    """A row of ivoa.obscore for a file, as the archive would make it of `tan_image`."""
    product = hashlib.sha256(content).hexdigest()[:16]
    return {
        "dataproduct_type": "image", "calib_level": 1, "obs_id": product, "obs_title": "Test",
        "obs_collection": "made-up", "obs_publisher_did": f"ivo://{AUTHORITY}/images?{product}",
        "publisher_id": f"ivo://{AUTHORITY}/service", "data_rights": "public",
        "access_url": f"/files/{product}.fits", "access_format": "application/fits",
        "access_estsize": max(1, round(len(content) / 1000)), "s_ra": 83.8, "s_dec": -5.4,
        "s_fov": 0.045,
        "s_region": "POLYGON 83.78214 -5.41333 83.81786 -5.41333 83.81785 -5.38667 83.78215 "
        "-5.38667",
        "s_pixel_scale": 2.0, "s_xel1": 64, "s_xel2": 48, "t_min": 61119.125,
        "t_max": 61119.125347222, "t_exptime": 30.0, "em_min": 5.5e-7, "em_max": 7.0e-7,
        "o_ucd": "phot.count", "facility_name": "Test", "instrument_name": "Camera",
        "data_source": "observation", **columns,
    }  # fmt: skip


def dataproduct_row(content: bytes, **columns: Any) -> dict[str, Any]:
    """A row of satvo.dataproduct for the same file."""
    checksum = hashlib.sha256(content).hexdigest()
    product = checksum[:16]
    return {
        "obs_publisher_did": f"ivo://{AUTHORITY}/images?{product}", "product_id": product,
        "role": "frame", "file_name": "test.fits", "media_type": "application/fits",
        "size_bytes": len(content), "checksum": checksum, "n_hdu": 1, "n_image": 1, "data_hdu": 0,
        "licence": LICENCE, "missing": "", "wcs_projection": "TAN",
        "preview_url": f"/previews/{product}.png",
        "thumbnail_url": f"/previews/{product}_small.png",
        "ingest_date": datetime(2026, 3, 21), **columns,
    }  # fmt: skip


def _header(cards: Cards) -> fits.Header:
    return fits.Header(list(cards.items()))


def _file(*units: Any) -> bytes:
    whole = io.BytesIO()
    fits.HDUList(list(units)).writeto(whole)
    return whole.getvalue()
