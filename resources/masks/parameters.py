"""The parameters of the job ``trailmask``, as they are described to clients."""

from __future__ import annotations

from satvo.schemas.resource import JobParameter

__all__ = ["MOST_FRAMES", "MOST_LINES", "MOST_PIXELS", "OUTPUTS", "PARAMETERS"]

MOST_FRAMES = 100
"""Images of one job."""

MOST_PIXELS = 100_000_000
"""Pixels of an image, and of all images of a sequence that is searched together."""

MOST_LINES = 50
"""Trails that are told by LINE."""

OUTPUTS = ("mask", "trails", "score", "repaired", "model")
"""Values of the parameter OUTPUTS."""

PARAMETERS = (
    JobParameter(
        "ID", "An image of the archive: its obs_publisher_did; several are a batch, or with "
        f"SEQUENCE one sequence, in this order; {MOST_FRAMES} at most",
        ucd="meta.ref.ivoid;meta.curation", is_repeatable=True,
    ),
    JobParameter(
        "UPLOAD", "Instead: a FITS file, plain, gzip or with its images compressed; several as the "
        "parts UPLOAD_1, UPLOAD_2, ...", is_file=True,
    ),
    JobParameter(
        "DETECTOR", "What finds the trails: deep, simple, unet, faint, hough, cnn, curved, "
        "by-hand (with LINE), predicted (with PRIOR), median-stack and difference (of sequences), "
        "or one that this service has beyond; by-hand where LINE is given", default="deep",
        ucd="meta.code",
    ),
    JobParameter(
        "OUTPUTS", f"What is wanted, with commas between: {', '.join(OUTPUTS)}",
        default="mask,trails", is_repeatable=True,
    ),
    JobParameter(
        "PRIOR", "Trails that are expected: a transit list of PassPredict as a file (VOTable, CSV, "
        "ECSV, FITS, Parquet); an image needs a WCS and the time of its exposure for it",
        is_file=True,
    ),
    JobParameter(
        "LINE", "A trail that is known: x1,y1,x2,y2 of two points on it, in pixels of the image "
        "from 1", ucd="pos.cartesian;instr.det", is_repeatable=True,
    ),
    JobParameter(
        "WIDTH", "Least and largest width of trails (FWHM); derived from the image without it",
        datatype="double", arraysize="2", xtype="interval", unit="pixel",
        ucd="phys.angSize.sminAxis;instr.det",
    ),
    JobParameter(
        "LENGTH", "Least and largest length of trails; derived from the image without it",
        datatype="double", arraysize="2", xtype="interval", unit="pixel",
        ucd="phys.angSize.smajAxis;instr.det",
    ),
    JobParameter(
        "SNR", "Least significance of a trail: its whole light by the error of that; the "
        "detector's own without it", datatype="double", ucd="stat.snr",
    ),
    JobParameter(
        "ANGLE", "Directions of trails, from the columns towards the rows: from the first on "
        "counterclockwise to the second, modulo 180", datatype="double", arraysize="2",
        xtype="interval", unit="deg", ucd="pos.posAng;instr.det",
    ),
    JobParameter(
        "THRESHOLD", "Score from which a trail is kept, 0 to 1", datatype="double", default="0.5",
        ucd="stat.fit.goodness",
    ),
    JobParameter(
        "MASK_WIDTH", "Width of what scores tell of, in widths of the trail (FWHM)",
        datatype="double", default="1",
    ),
    JobParameter(
        "CUT", "Light a pixel down to which trails are masked, in standard deviations of the noise",
        datatype="double", default="0.5",
    ),
    JobParameter(
        "SEQUENCE", "true: the images are one sequence of one field. A detector of sequences "
        "takes them together; any other is asked only of those in which the detector cnn sees a "
        "trail", datatype="boolean", choices=("true", "false"),
    ),
    JobParameter(
        "IDENTIFY", "true names the satellites of the trails, by the elements that the archive "
        "has about the time of the image; it needs a WCS, its time and the site of its telescope, "
        "and ID", datatype="boolean", choices=("true", "false"),
    ),
    JobParameter(
        "REGISTER", "true brings masks and trails of archived images into the archive, in place "
        "of those that the same detector gave before; needs a token with the right write",
        datatype="boolean",
    ),
)  # fmt: skip
