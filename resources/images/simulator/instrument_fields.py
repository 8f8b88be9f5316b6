"""What a description may say of a telescope and a detector: the one declaration of both."""

from __future__ import annotations

from satvo.resources.images.simulator.drawn import Drawn
from satvo.resources.images.simulator.kinds import Choice, Flag, Kind, Number, Text
from satvo.resources.images.simulator.sections import Either, Field, Row, Section

__all__ = ["BANDS", "DETECTOR", "PLACE", "TELESCOPE"]

BANDS = (
    "U", "B", "V", "R", "I", "J", "H", "K", "u", "g", "r", "i", "z", "G", "BP", "RP", "clear",
)  # fmt: skip
"""Names of bands that a description may give."""

_SHARE = Number(0.0, 1.0)
_COUNT = Number(0, 10_000, whole=True)

BAND: Kind = Either(
    (Choice(BANDS), Row((Number(100.0, 30_000.0), Number(100.0, 30_000.0)), "from nm, to nm"))
)
PLACE: Kind = Row((Number(-360.0, 360.0), Number(-90.0, 90.0)), "right ascension, declination")

ABERRATIONS = Section(
    tuple(
        Field(name, Number(-1e5, 1e5), f"{what}, root mean square over the pupil.", "nm")
        for name, what in (
            ("defocus", "Defocus"),
            ("astigmatism", "Vertical astigmatism"),
            ("oblique_astigmatism", "Oblique astigmatism"),
            ("coma_x", "Coma along the rows"),
            ("coma_y", "Coma along the columns"),
            ("trefoil", "Trefoil"),
            ("spherical", "Spherical aberration"),
        )
    ),
    "aberrations",
)

TELESCOPE = Section(
    (
        Field("diameter", Number(above=0.0, high=100.0), "Diameter of the aperture.", "m",
              required=True),
        Field("focal_length", Number(above=0.0, high=1000.0), "Effective focal length.", "m",
              required=True),
        Field("collecting_surface", Number(above=0.0, high=10_000.0),
              "Effective collecting surface; from diameter and obstruction where not given.",
              "m2"),
        Field("observing_band", BAND, "Band of the observation, by its name or from and to in nm.",
              default="V"),
        Field("pointing", Either((PLACE, Choice(("zenith", "random")))),
              "Centre of the field, ICRS: right ascension and declination; zenith for that of the "
              "site at the start, (0, 0) without a site; random for a place of its own for each "
              "scene, even over the sphere, or over the site's sky above 30 deg.", "deg",
              "zenith"),
        Field("observing_mode",
              Choice(("diffraction_limited", "seeing_limited", "from_background")),
              "What spreads the light of a point: the pupil, the air as well, or as the stars of "
              "the background show it (kind composite).", default="seeing_limited"),
        Field("r_0", Drawn(Number(above=0.0, high=100.0)),
              "Fried parameter at the wavelength of the band; needed by seeing_limited.", "m"),
        Field("obstruction", Number(0.0, 0.99), "Diameter of the central obstruction by that of "
              "the aperture.", default=0.0),
        Field("spiders", Number(0, 12, whole=True), "Vanes that hold the secondary mirror; the "
              "spikes of bright stars follow from them.", default=0),
        Field("spider_width", Number(above=0.0, high=1.0), "Width of a vane.", "m"),
        Field("transmission", Number(above=0.0, high=1.0),
              "Share of the light that comes through optics and air, beyond the band's curve.",
              default=1.0),
        Field("outer_scale", Number(above=0.0, high=1e4),
              "Outer scale of the turbulence; without end where not given.", "m"),
        Field("rotation", Number(-360.0, 360.0),
              "Position angle of the direction in which rows grow, from north through east.",
              "deg", 0.0),
        Field("projection", Choice(("TAN", "ARC", "STG", "ZEA", "SIN")),
              "Projection of the sky, as FITS names it.", default="TAN"),
        Field("aberrations", ABERRATIONS, "Of the optics."),
        Field("wind_m_s", Number(above=0.0, high=200.0),
              "That carries the turbulence over the pupil, for short exposures.", "m/s", 10.0),
        Field("wavelengths", Number(1, 50, whole=True), "That a point spread is the mean of; 1 for "
              "that of the middle of the band.", default=1),
        Field("site", Text(120), "Where it stands: a site's name, an observatory code, or "
              "longitude, latitude and height; see satvo observer list."),
    ),
    "a telescope",
)  # fmt: skip

_WHITE = Section(
    tuple(
        Field(colour, Number(0.0, 100.0), f"Factor of {colour} pixels.", default=1.0)
        for colour in ("red", "green", "blue")
    ),
    "factors of the colours",
)

_DEFECTS = Section(
    (
        Field("seed", Number(0, 2**31, whole=True), "Which of all such detectors it is.",
              default=0),
        Field("response_nonuniformity", _SHARE,
              "Standard deviation of the response of pixels, relative.", default=0.0),
        Field("dark_nonuniformity", Number(0.0, 10.0),
              "Standard deviation of the dark current of pixels, relative.", default=0.0),
        Field("hot_pixels", _SHARE, "Share of pixels with a dark current of their own.",
              default=0.0),
        Field("hot_pixel_current", Number(0.0, 1e6),
              "Mean of that current; it is distributed exponentially.", "electron/s", 50.0),
        Field("dead_pixels", _SHARE, "Share of pixels that do not answer to light.", default=0.0),
        Field("bad_columns", _COUNT, "Columns that are dead from some row on.", default=0),
        Field("offset_nonuniformity", Number(0.0, 1e4),
              "Standard deviation of the offsets of columns.", "adu", 0.0),
    ),
    "defects",
)  # fmt: skip

_RAYS = Section(
    (
        Field("rate", Number(0.0, 1e4), "Hits a second; 0.017 at sea level, about 1 in low Earth "
              "orbit.", "cm-2 s-1", 0.0),
        Field("worms", _SHARE, "Share that are electrons set free by gamma rays, with curled "
              "tracks.", default=0.3),
        Field("depth_um", Number(above=0.0, high=5000.0), "Thickness that collects charge.", "um",
              15.0),
        Field("diffusion_um", Number(0.0, 100.0), "Spread of charge from the far side.", "um",
              3.0),
    ),
    "cosmic rays",
)  # fmt: skip

_AMPLIFIERS = Section(
    (
        Field("count", Number(1, 256, whole=True), "Strips of columns, each with its amplifier.",
              default=1),
        Field("gain_scatter", _SHARE, "Standard deviation of their gains, relative.", default=0.0),
        Field("crosstalk", _SHARE, "Share of the signal of each that shows in every other.",
              default=0.0),
        Field("seed", Number(0, 2**31, whole=True), "The gains follow from it.", default=0),
    ),
    "amplifiers",
)  # fmt: skip

_SIDE = Number(1, 32_768, whole=True)

DETECTOR = Section(
    (
        Field("resolution", Row((_SIDE, _SIDE), "width, height"), "Width and height.", "pixel",
              required=True),
        Field("pixel_size", Number(above=0.0, high=1000.0), "Size of a pixel.", "um",
              required=True),
        Field("exposure_time", Number(above=0.0, high=1e6), "Exposure.", "s", required=True),
        Field("quantum_efficiency", Number(above=0.0, high=1.0), "Electrons for a photon.",
              "electron/photon", 1.0),
        Field("photon_noise", Flag(), "Whether photons come at random.", default=True),
        Field("readout_noise_variance", Number(0.0, 1e8), "Variance of the readout noise.",
              "electron2", 0.0),
        Field("dark_current", Number(0.0, 1e6), "Dark current of a pixel.", "electron/s", 0.0),
        Field("offset", Number(-1e6, 1e6), "Constant offset.", "adu", 0.0),
        Field("bitdepth", Either((Number(1, 32, whole=True), Choice(("none",)))),
              "Bits of a count, or none for counts that are not made whole, as in images that "
              "were calibrated.", "bit", 16),
        Field("sensitivity", Number(above=0.0, high=1e6), "Counts for an electron.",
              "adu/electron", 1.0),
        Field("bayer_order", Choice(("RGGB", "BGGR", "GRBG", "GBRG")),
              "Filters of the pixels (0, 0), (0, 1), (1, 0), (1, 1) as (row, column); none where "
              "not given."),
        Field("white_balance", _WHITE, "Gain of each colour, after digitisation."),
        Field("bayer_transmission", _WHITE, "Light of the observing band that each filter passes."),
        Field("bayer_stage", Choice(("photons", "digitised")),
              "Whether filters act on light, or on counts as in the paper.", default="photons"),
        Field("quantum_efficiency_model", Choice(("thinning", "scaling")),
              "Whether each photon has its chance, or photons are multiplied as in the paper.",
              default="thinning"),
        Field("full_well", Number(above=0.0, high=1e9), "Electrons that a pixel holds; any number "
              "where not given.", "electron"),
        Field("bleeding", Flag(), "Whether charge above it runs along its column.", default=True),
        Field("nonlinearity", _SHARE, "Share by which the signal at the full well is too low.",
              default=0.0),
        Field("defects", _DEFECTS, "What stays the same in all frames."),
        Field("cosmic_rays", _RAYS, "Particles."),
        Field("amplifiers", _AMPLIFIERS, "Amplifiers that read strips of columns."),
    ),
    "a detector",
)  # fmt: skip
