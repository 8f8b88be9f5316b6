"""Cut-outs to train networks on, fresh ones as fast as the machine allows.

Stars are drawn once for a field that is larger than a cut-out, without noise, and kept; a cut-out
is a random part of it, turned and mirrored at random, with a trail of its own and fresh noise. Of
a real background, which has its noise, only the trail and its own photon noise are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.cut_trails import CutField, trail_on
from satvo.resources.images.simulator.drawn import settled
from satvo.resources.images.simulator.exposure import MASK_BITS
from satvo.resources.images.simulator.passing import listed
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.plan import Plan, Shot

__all__ = ["COLUMNS", "Cutout", "training_cutouts"]

Floats = NDArray[np.float64]
Cutout = tuple[NDArray[np.float32], NDArray[np.uint8], dict[str, Any]]
"""Image in counts and truth mask (both size x size), and what is known of them."""

FIELDS = 64
"""Fields that are kept; one makes room for a new one when its cut-outs are used up."""
LARGER = 1.5
"""Side of a field by that of a cut-out."""
COLUMNS = (
    "x1", "y1", "x2", "y2", "length", "width", "magnitude", "altitude", "orientation",
    "electrons", "snr_avg", "noise",
)  # fmt: skip
"""What is told of a cut-out; all but `noise` None where there is no trail."""


def training_cutouts(
    plan: Plan,
    size: int,
    random: np.random.Generator,
    *,
    empty: float = 0.5,
    snr: tuple[float, float] | None = None,
    approximate: bool = False,
    fields: int = FIELDS,
) -> Iterator[Cutout]:
    """Cut-outs without end.

    Parameters
    ----------
    plan : Plan
        Its satellites are drawn anew for each cut-out; those without altitude or rate, and their
        places, are not used: a trail's place is random, with a mask of at least 100 pixels or
        nine tenths of what the whole trail would have, if that is less.
    size : int
        Side, pixel.
    random : numpy Generator
    empty : float
        Share of cut-outs without a trail.
    snr : tuple of float, optional
        Bounds between which SNRavg is drawn, evenly in its logarithm, instead of the magnitudes.
    approximate : bool
        As `Detector.expose` has it.
    fields : int
        Star fields that are kept.

    Yields
    ------
    image : ndarray of float32 (size, size)
        Counts.
    mask : ndarray of uint8 (size, size)
        `MASK_BITS`.
    about : dict
        `COLUMNS`: ends of the whole trail (pixel, from 0), its length and width (pixel), V,
        altitude (km), orientation (deg), electrons, SNRavg, noise (electrons).

    Raises
    ------
    BadParameter
        For a size beyond the frame, or a plan without satellites where trails are asked for.
    """
    columns, rows = plan.detector.resolution
    if not 16 <= size <= min(columns, rows):
        raise BadParameter(
            f"cut-outs of {size} pixels: 16 to {min(columns, rows)} are accepted of this detector"
        )
    satellites = [each for each in listed(plan.read["satellites"]) if "path" not in each]
    if empty < 1.0 and not satellites:
        raise BadParameter("cut-outs with trails need satellites; give satellites: random")
    kept: list[CutField] = []
    made = 0
    while True:
        if len(kept) < fields and (len(kept) == 0 or random.random() < _growing(len(kept), made)):
            kept.append(_field(plan, size, random))
        field = kept[int(random.integers(len(kept)))]
        if field.left <= 0:
            kept.remove(field)
            continue
        field.left -= 1
        told = None
        if random.random() >= empty:
            told = settled(satellites[int(random.integers(len(satellites)))], random)
        made += 1
        yield _cutout(field, size, told, random, snr=snr, approximate=approximate)


def _growing(kept: int, made: int) -> float:
    """Chance of a new field, such that fields grow as cut-outs do and their drawing is spread."""
    return 1.0 if made >= 10 * kept else 0.0


def _field(plan: Plan, size: int, random: np.random.Generator) -> CutField:
    """A new field; of simulated ones a piece larger than a cut-out where the frame is."""
    from satvo.resources.images.simulator.observing import draw_stars, star_spread
    from satvo.resources.images.simulator.sheet import Sheet
    from satvo.resources.images.simulator.spectrum import Spectrum
    from satvo.resources.images.simulator.view import View

    shot = plan.shot(int(random.integers(2**62)))
    scene, telescope, detector = shot.scene, shot.telescope, shot.detector
    zero = float(telescope.photons_per_second(Spectrum.ab(0.0)))
    if plan.read["scene"]["kind"] == "composite":
        return _real_field(shot, size, zero, random)
    side = int(size * LARGER)
    width, height = (min(side, full) for full in detector.resolution)
    view = View.of(telescope, replace(detector, resolution=(width, height)), shot.start)
    spread = star_spread(scene, view, shot.random)
    sky = scene.sky.photons_per_second(telescope) * view.exposure_s * view.pixel_arcsec**2
    sheet = Sheet(view, spread, shot.random, zero, float(detector.quantum_efficiency), sky=sky)
    draw_stars(sheet, scene.star_light(view, shot.random, spread.reach))
    for source in scene.sources:
        source.draw(sheet)
    for effect in scene.effects:
        effect.act(sheet)
    fitted = replace(
        detector,
        resolution=(size, size),
        defects=replace(detector.defects, seed=int(random.integers(2**31))),
        amplifiers=replace(detector.amplifiers, count=1),
    )
    return CutField(
        telescope, scene.mask_width, sheet.expected(), sheet.bits, fitted, spread,
        view.pixel_arcsec,
        sheet.noise_electrons, float(detector.quantum_efficiency),
    )  # fmt: skip


def _real_field(shot: Shot, size: int, zero: float, random: np.random.Generator) -> CutField:
    """A piece of a real image, copied, so that the whole need not stay in memory."""
    from satvo.resources.images.simulator.observing import star_spread
    from satvo.resources.images.simulator.view import View

    real = shot.scene.backgrounds[0]  # type: ignore[attr-defined]
    view = View.of(shot.telescope, shot.detector, shot.start)
    if real.wcs is not None:
        view = replace(view, wcs=real.wcs)
    if shot.scene.spread is None and shot.telescope.observing_mode == "from_background":
        spread = real.point_spread
    else:
        spread = star_spread(shot.scene, view, shot.random)
    efficiency = float(shot.detector.quantum_efficiency)
    if real.zero_point is not None:
        counted = 10.0 ** (0.4 * real.zero_point) * real.gain / view.exposure_s
        efficiency = counted / zero
    side = int(size * LARGER)
    if min(real.counts.shape) < size:
        raise BadParameter(
            f"cut-outs of {size} pixels of a background of {real.counts.shape[1]} x "
            f"{real.counts.shape[0]}: give larger images, or a smaller --size"
        )
    height, width = (min(side, full) for full in real.counts.shape)
    top = int(random.integers(real.counts.shape[0] - height + 1))
    left = int(random.integers(real.counts.shape[1] - width + 1))
    piece = real.counts[top : top + height, left : left + width].copy()
    bits = np.zeros(piece.shape, np.uint8)
    bits[piece >= real.full] = MASK_BITS["saturated"]
    return CutField(
        shot.telescope, shot.scene.mask_width, piece, bits, shot.detector, spread,
        view.pixel_arcsec,
        real.noise_adu * real.gain, efficiency, replace(real, counts=piece),
    )  # fmt: skip


def _cutout(
    field: CutField,
    size: int,
    told: Mapping[str, Any] | None,
    random: np.random.Generator,
    *,
    snr: tuple[float, float] | None,
    approximate: bool,
) -> Cutout:
    rows, columns = field.expected.shape
    top = int(random.integers(rows - size + 1))
    left = int(random.integers(columns - size + 1))
    window = slice(top, top + size), slice(left, left + size)
    turn = int(random.integers(8))
    expected = np.array(_turned(field.expected[window], turn), dtype=np.float64, order="C")
    bits = np.array(_turned(field.bits[window], turn))
    about: dict[str, Any] = {**dict.fromkeys(COLUMNS), "noise": field.noise}
    light = None
    if told is not None:
        light, mask, trail = trail_on(field, size, told, random, snr)
        bits[mask] |= np.uint8(MASK_BITS["trail"])
        about |= trail
    if field.real is not None:
        return _on_real(field, expected, light, random), bits, about
    if light is not None:
        expected += light
    readout = field.detector.expose(expected, random, approximate=approximate)
    for kind, where in (
        ("saturated", readout.saturated),
        ("cosmic ray", readout.cosmic_rays),
        ("bad pixel", readout.bad),
    ):
        bits[where] |= np.uint8(MASK_BITS[kind])
    return readout.counts.astype(np.float32), bits, about


def _on_real(
    field: CutField, counts: Floats, light: Floats | None, random: np.random.Generator
) -> NDArray[np.float32]:
    """Counts of a real image with a trail and the trail's own photon noise."""
    if light is not None:
        lit = light > 0.0
        electrons = random.poisson(light[lit] * field.efficiency)
        added = counts[lit] + electrons / field.real.gain
        counts[lit] = np.maximum(counts[lit], np.minimum(added, field.real.full))
    return counts.astype(np.float32)


def _turned(part: NDArray[Any], turn: int) -> NDArray[Any]:
    """One of the eight ways in which a square lies on itself."""
    mirrored = part[:, ::-1] if turn >= 4 else part
    return np.rot90(mirrored, turn % 4)
