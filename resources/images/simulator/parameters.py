"""The parameters of the job ``imagesimulate``, as they are described to clients."""

from __future__ import annotations

from satvo.schemas.resource import JobParameter

__all__ = ["MOST_FRAMES", "MOST_PIXELS", "MOST_REGISTERED", "MOST_SCENE_BYTES", "PARAMETERS"]

MOST_FRAMES = 200
"""Frames of one job."""

MOST_REGISTERED = 50
"""Frames of one job that come into the archive."""

MOST_PIXELS = 1 << 24
"""Pixels of a frame; 4096 by 4096."""

MOST_SCENE_BYTES = 1 << 20
"""Of the description of a scene."""

PARAMETERS = (
    JobParameter(
        "SCENE", "The scene as YAML or JSON, by the schema at /schemas/scene.json: as text, or a "
        "file as the part SCENE",
    ),
    JobParameter(
        "PRESET", "Instead: an instrument, with simple parameters for the rest: a name of "
        "satvo simulate --list",
    ),
    JobParameter(
        "STREAK", "With PRESET or ID: the trail; random, with what is not told by MAG, ALTITUDE "
        "and ORIENTATION drawn at random, or none", default="random", choices=("random", "none"),
    ),
    JobParameter(
        "MAG", "Magnitude of the satellite in V; with crossings, of lit satellites of which none "
        "is known", datatype="double", unit="mag",
    ),
    JobParameter(
        "ALTITUDE", "Altitude of the satellite above the ground, on a circular orbit",
        datatype="double", unit="km",
    ),
    JobParameter(
        "ORIENTATION", "Angle of the trail to the rows of the image", datatype="double", unit="deg",
    ),
    JobParameter("EXPTIME", "With PRESET: exposure time", datatype="double", unit="s"),
    JobParameter(
        "POS", "With PRESET: where the telescope points: right ascension and declination, ICRS",
        datatype="double", arraysize="2", xtype="point", unit="deg",
    ),
    JobParameter(
        "TIME", "Start of the first exposure, ISO 8601 in UTC; that of the image with ID",
        xtype="timestamp",
    ),
    JobParameter(
        "SITE", "Where the telescope stands, for crossings: longitude,latitude,height (deg, deg, "
        "m), or the name of an observatory; that of the image with ID",
    ),
    JobParameter(
        "ID", "A frame of the archive that trails are drawn into: its obs_publisher_did",
        ucd="meta.ref.ivoid;meta.curation",
    ),
    JobParameter(
        "TRANSIT", "Trails of real satellites instead: crossings of satvo.transit by their "
        "transit_id, or predict for those that PassPredict finds by the elements of the archive; "
        "needs the time, the place on the sky and the site of the exposure",
        ucd="meta.id", is_repeatable=True,
    ),
    JobParameter(
        "NORAD_ID", "With TRANSIT=predict: these satellites alone", datatype="int",
        ucd="meta.id;src", is_repeatable=True,
    ),
    JobParameter(
        "CONSTELLATION", "With TRANSIT=predict: these constellations (satvo.satellite), with "
        "commas between, simulated ones among them; all that flies without it",
        ucd="meta.id.parent", is_repeatable=True,
    ),
    JobParameter(
        "TRANSITS", "Instead: a transit list of PassPredict as a file (VOTable, CSV, ECSV, FITS, "
        "Parquet)", is_file=True,
    ),
    JobParameter(
        "RATE", "Instead: trails per square degree and hour, and the two magnitudes between which "
        "they lie, as 10 4 6 or 10@4:6",
    ),
    JobParameter(
        "MODEL", "How trails look: a model of their appearance (defocused, ccd, cmos, resolved, "
        "tumbling, glinting, point, or one that this service has beyond), with its side effects; "
        "as scenes draw them without it", ucd="meta.code",
    ),
    JobParameter(
        "COUNT", f"How many frames, each with numbers of its own; {MOST_FRAMES} at most, "
        f"{MOST_REGISTERED} where they are registered", datatype="int", default="1",
    ),
    JobParameter(
        "SEED", "Where random numbers begin: the same parameters and seed give the same files; "
        "taken from the job's identifier where it is not given", datatype="long",
    ),
    JobParameter(
        "PAIR", "true gives each frame without its trails too", datatype="boolean",
        choices=("true", "false"),
    ),
    JobParameter(
        "REGISTER", "true brings frames, masks and catalogues into the archive; needs a token with "
        "the right write", datatype="boolean",
    ),
    JobParameter(
        "COLLECTION", "With REGISTER: the collection they belong to", default="satvo-sim",
    ),
    JobParameter(
        "LICENCE", "With REGISTER: their licence, an SPDX identifier; that of the image with ID, "
        "else CC0-1.0",
    ),
)  # fmt: skip
