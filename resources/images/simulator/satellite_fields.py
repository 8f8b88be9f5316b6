"""What a scene description may say of satellites."""

from __future__ import annotations

from satvo.resources.images.simulator.drawn import Drawn
from satvo.resources.images.simulator.instrument_fields import BANDS, PLACE
from satvo.resources.images.simulator.kinds import Choice, Flag, Number, Text
from satvo.resources.images.simulator.sections import Either, Field, ListOf, OneOf, Row, Section

__all__ = ["MOST_SATELLITES", "PAPER", "PLACES", "SATELLITES"]

MOST_SATELLITES = 10_000
"""Satellites of a description."""

PLACES = ("centre", "random", "enclosed", "enclosed_if_possible")
PAPER = {
    "altitude": {"uniform": [600.0, 900.0]},
    "orientation": {"uniform": [0.0, 360.0]},
    "magnitude": {"uniform": [5.0, 10.0]},
    "place": "enclosed_if_possible",
}
"""The satellite that ``random`` stands for: Janin-Potiron et al., SPIE 13094, section 3.1."""

_PERIOD = Drawn(Number(above=0.0, high=1e6))
_LAWS = OneOf(
    (
        ("steady", Section((), "steady light")),
        ("scintillating", Section(
            (
                Field("index", Drawn(Number(0.0, 5.0)),
                      "Standard deviation of the relative flux at an instant.", default=0.1),
                Field("time_scale", _PERIOD, "Time after which its correlation has fallen to 0.6.",
                      "s", 0.01),
            ), "scintillation")),
        ("tumbling", Section(
            (
                Field("period", _PERIOD, "From maximum to maximum.", "s", required=True),
                Field("amplitude", Drawn(Number(0.0, 1.0)),
                      "From the mean to the brightest, by the mean.",
                      default=0.5),
                Field("phase", Drawn(Number(-360.0, 360.0)), "At the start of the exposure; 0 "
                      "is at the mean and rising.", "deg", {"uniform": [0.0, 360.0]}),
            ), "tumbling")),
        ("glinting", Section(
            (
                Field("count", Number(1, 1000, whole=True), "Flashes in an exposure.", default=1),
                Field("strength", Drawn(Number(0.0, 1e6)), "Peak of each above the steady light, "
                      "by it.",
                      default=5.0),
                Field("width", Drawn(Number(above=0.0, high=1.0)),
                      "Full width at half maximum of each, as a share of the exposure.",
                      default=0.02),
            ), "glints")),
    ),
    "a law of its light",
)  # fmt: skip

_SATELLITE = Section(
    (
        Field("altitude", Drawn(Number(80.0, 500_000.0)),
              "Above the ground, of a circular orbit; its angular rate follows.", "km"),
        Field("rate", Drawn(Number(1e-6, 1e6)), "Angular speed against the stars.", "arcsec/s"),
        Field("path", ListOf(Row((Number(), Number(-360.0, 360.0), Number(-90.0, 90.0)),
                                 "seconds from the start, right ascension, declination"),
                             10_000, 2),
              "Its way on the sky, as an orbit gives it.", "s, deg, deg"),
        Field("magnitude", Drawn(Number(-30.0, 40.0)), "Magnitude in its band.", "mag", 6.0),
        Field("band", Choice(BANDS), "Band of the magnitude.", default="V"),
        Field("temperature", Drawn(Number(500.0, 200_000.0)),
              "Of a blackbody that has its colour; sunlight where not given.", "K"),
        Field("orientation", Drawn(Number(-360.0, 360.0)),
              "Of its motion to the horizontal: 0 towards growing columns, 90 growing rows.",
              "deg", 0.0),
        Field("pos_angle", Drawn(Number(-360.0, 360.0)),
              "Direction of its motion from north through east, instead of orientation.", "deg"),
        Field("place", Either((PLACE, Choice(PLACES))),
              "Where it is in the middle of the first frame: right ascension and declination, "
              "the centre, a random place of the frame, or one such that its trail is enclosed "
              "(if possible: or anywhere in the frame, where its trail is longer).",
              "deg", "centre"),
        Field("at", Number(-1e6, 1e6), "When it is there, from the start of the first frame; its "
              "middle where not given.", "s"),
        Field("first_seen", Number(-1e6, 1e6), "From the start of the first frame.", "s"),
        Field("last_seen", Number(-1e6, 1e6), "From the start of the first frame.", "s"),
        Field("range", Drawn(Number(1.0, 1e6)), "Distance; by altitude and elevation where not "
              "given. It makes its image unsharp.", "km"),
        Field("elevation", Number(0.0, 90.0), "Of the field above the horizon.", "deg"),
        Field("law", _LAWS, "How its light varies in an exposure."),
        Field("jitter", Drawn(Number(0.0, 1000.0)), "Shaking across its way, root mean square.",
              "pixel", 0.0),
        Field("jitter_cycles", Drawn(Number(0.0, 10_000.0)), "Waves of it in an exposure.",
              default=8.0),
        Field("size", Drawn(Number(0.0, 10_000.0)), "Extent of the satellite.", "m", 0.0),
        Field("width", Drawn(Number(0.0, 10_000.0)), "Width of the line before it is blurred.",
              "pixel", 0.0),
        Field("defocus", Flag(), "Whether its range makes its image unsharp.", default=True),
        Field("earth_rotation", Flag(), "Whether the observer's motion with the Earth counts; "
              "needs a site.", default=False),
        Field("horizontal", Choice(("image", "sky")),
              "What orientation is measured from: rows of the image, or the site's horizon.",
              default="image"),
        Field("norad_id", Number(0, 999_999_999, whole=True), "Catalogue number."),
        Field("name", Text(100), "Name."),
        Field("count", Number(1, MOST_SATELLITES, whole=True),
              "How many such, each drawn anew.", default=1),
    ),
    "a satellite",
    ("altitude", "rate", "path"),
)  # fmt: skip

SATELLITES = Either((Choice(("random", "none")), ListOf(_SATELLITE, MOST_SATELLITES)))
