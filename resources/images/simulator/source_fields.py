"""What a scene description may say of sources beside stars, and of the air and the optics."""

from __future__ import annotations

from satvo.resources.images.simulator.drawn import Drawn
from satvo.resources.images.simulator.instrument_fields import PLACE
from satvo.resources.images.simulator.kinds import Choice, Number, Text
from satvo.resources.images.simulator.sections import Either, Field, ListOf, OneOf, Section

__all__ = ["EFFECTS", "SOURCES"]

_SHARE = Number(0.0, 1.0)
_SOME = Number(0, 1000, whole=True)
_LENGTH = Drawn(Number(above=0.0, high=1e6))
_AXES = Drawn(Number(above=0.0, high=1.0))
_ANGLE = Drawn(Number(-360.0, 360.0))

_PLACED = (
    Field("place", Either((PLACE, Choice(("centre", "random")))),
          "Right ascension and declination, ICRS, the centre, or a random place of the frame.",
          "deg", "random"),
    Field("count", Number(1, 10_000, whole=True), "How many such, each drawn anew.", default=1),
    Field("magnitude", Drawn(Number(-30.0, 40.0)), "AB magnitude in the band of the observation.",
          "mag", required=True),
    Field("name", Text(100), "Name."),
)  # fmt: skip

_GALAXY = Section(
    (
        *_PLACED,
        Field("half_light", _LENGTH, "Radius that holds half of the light.", "arcsec", 3.0),
        Field("sersic", Drawn(Number(0.3, 10.0)), "Index of its profile: 1 exponential, 4 de "
              "Vaucouleurs.", default=1.0),
        Field("axis_ratio", _AXES, "Short by long axis.", default=0.6),
        Field("pos_angle", _ANGLE, "Of the long axis, from north through east.", "deg", 0.0),
    ),
    "a galaxy",
)  # fmt: skip

SOURCES = ListOf(
    OneOf(
        (
            ("point", Section(_PLACED, "a point source")),
            ("thumbnail", Section(
                (
                    *_PLACED,
                    Field("image", Text(4000), "Path of a FITS image, scaled to the magnitude.",
                          required=True),
                ), "a thumbnail image")),
            ("galaxy", _GALAXY),
            ("asteroid", Section(
                (
                    *_PLACED,
                    Field("rate", Drawn(Number(0.0, 1e5)), "Angular speed.", "arcsec/s", 0.01),
                    Field("pos_angle", _ANGLE, "Direction from north through east.", "deg", 90.0),
                ), "an asteroid")),
            ("comet", Section(
                (
                    *_PLACED,
                    Field("coma", _LENGTH, "Size of its coma.", "arcsec", 10.0),
                    Field("tail", _LENGTH, "Length of its tail.", "arcsec", 100.0),
                    Field("pos_angle", _ANGLE, "Of its tail, from north through east.", "deg",
                          0.0),
                ), "a comet")),
        ),
        "a source",
    ),
    10_000,
)  # fmt: skip

EFFECTS = ListOf(
    OneOf(
        (
            ("vignetting", Section(
                (
                    Field("power", Number(0.0, 20.0), "Of the cosine of the angle from the axis; 4 "
                          "is that of a lens. Not used where corner is given.", default=4.0),
                    Field("corner", _SHARE, "Share of the light that reaches the corners."),
                ), "vignetting")),
            ("gradient", Section(
                (
                    Field("share", Drawn(Number(-2.0, 2.0)), "From one side of the frame to the "
                          "other, of the sky in the middle.", required=True),
                    Field("angle", _ANGLE, "Of the direction in which it brightens, from the rows.",
                          "deg", 0.0),
                ), "a gradient")),
            ("moonlight", Section(
                (
                    Field("place", PLACE, "Of the Moon, ICRS.", "deg", required=True),
                    Field("share", Drawn(Number(0.0, 1e4)),
                          "Moonlight in the middle of the frame, by the sky without it.",
                          default=1.0),
                ), "moonlight")),
            ("clouds", Section(
                (
                    Field("extinction_mag", Drawn(Number(0.0, 20.0)), "Mean extinction.", "mag",
                          0.5),
                    Field("contrast", _SHARE, "Standard deviation of the extinction by its mean.",
                          default=0.3),
                    Field("scale_deg", Number(above=0.0, high=180.0), "Size of the patches.", "deg",
                          0.2),
                    Field("glow", _SHARE, "Share of the light taken that comes back as sky.",
                          default=0.0),
                ), "clouds")),
            ("airglow", Section(
                (
                    Field("contrast", Number(0.0, 0.3),
                          "Root mean square of its waves against the mean.", default=0.05),
                    Field("scale_deg", Number(above=0.0, high=180.0), "Their wavelength.", "deg",
                          1.0),
                ), "uneven glow of the upper atmosphere")),
            ("warm_telescope", Section(
                (
                    Field("temperature", Number(above=0.0, high=1000.0), "Of mirrors and tube.",
                          "K", 283.0),
                    Field("emissivity", _SHARE, "Of all that is seen of them.", default=0.1),
                ), "thermal light of the telescope")),
            ("ghosts", Section(
                (
                    Field("share", Number(0.0, 0.99), "Of a star's light that is in its ghost.",
                          default=0.001),
                    Field("diameter_arcsec", Number(above=0.0, high=1e6), "Of the ghost.",
                          "arcsec", 60.0),
                    Field("magnification", Number(-10.0, 10.0), "Of the place: -1 is opposite of "
                          "the middle.", default=-1.0),
                    Field("brightest", _SOME, "Stars that have one.", default=5),
                ), "ghosts")),
            ("spikes", Section(
                (
                    Field("angles", ListOf(Number(-360.0, 360.0), 24, 1), "Of the rays, from the "
                          "rows.", "deg", [45.0, 135.0, 225.0, 315.0]),
                    Field("share", Number(0.0, 0.5), "Of a star's light that is in each ray.",
                          default=0.005),
                    Field("length_px", Number(1.0, 4000.0), "After which a ray ends.", "pixel",
                          100.0),
                    Field("brightest", _SOME, "Stars that have them.", default=20),
                ), "spikes")),
        ),
        "an effect",
    ),
    100,
)  # fmt: skip
