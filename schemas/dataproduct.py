"""The table `satvo.dataproduct`: the files of the archive, and what they do not say."""

from __future__ import annotations

import sqlalchemy as sa
from satvo.schemas.columns import column, published_table

__all__ = ["DATAPRODUCT", "ITEMS", "ROLES"]

ROLES = ("frame", "mask", "truthmask", "truthcatalogue", "elements", "exposures", "crossings")
"""Values of ``role``: what a file is to its observation."""

ITEMS = (
    "site", "wcs", "start", "duration", "filter", "filter_url", "focal_length", "aperture",
    "optics", "zero_point", "gain", "read_noise",
)  # fmt: skip
"""What an image should say of itself (SATCON2 Algorithms report, section 2.1), in the words of
``missing``."""

DATAPRODUCT = published_table(
    "satvo",
    "dataproduct",
    "The files of the archive, one row each beside that of ivoa.obscore: what they are, where they "
    "come from, and the metadata that the test suite asks for. A null says that neither the file "
    "nor whoever brought it told; nothing is guessed, and missing names it.",
    column(
        "obs_publisher_did", sa.String(), "The data product in ivoa.obscore",
        ucd="meta.ref.ivoid;meta.main", key=True, principal=True,
        references="ivoa.obscore.obs_publisher_did",
    ),
    column(
        "product_id", sa.String(),
        "Its name in addresses of this service: the first 16 digits of its checksum",
        ucd="meta.id", nullable=False, indexed=True, principal=True,
    ),
    column(
        "role", sa.String(), f"What the file is to its observation: {', '.join(ROLES)}",
        ucd="meta.code.class", nullable=False, principal=True,
    ),
    column(
        "progenitor_did", sa.String(),
        "The data product that it was made from: the frame of a mask, the real frame under a "
        "simulated trail; null for an original",
        ucd="meta.ref.ivoid", indexed=True, principal=True,
        references="ivoa.obscore.obs_publisher_did",
    ),
    column("job_id", sa.String(), "The UWS job that made it", ucd="meta.id;meta.software"),
    column(
        "file_name", sa.String(), "What the file was called where it came from",
        ucd="meta.id;meta.file", nullable=False,
    ),
    column("media_type", sa.String(), "Media type of the file", ucd="meta.code.mime",
           nullable=False),
    column("size_bytes", sa.BigInteger(), "Size of the file", unit="byte",
           ucd="phys.size;meta.file", nullable=False),
    column("checksum", sa.String(), "SHA-256 of the file, hexadecimal", arraysize="64",
           ucd="meta.checksum;meta.file", nullable=False, indexed=True),
    column("n_hdu", sa.Integer(), "Header and data units in it; null for what is no FITS",
           ucd="meta.number"),
    column("n_image", sa.Integer(), "How many of these hold an image, cube or spectrum",
           ucd="meta.number"),
    column("data_hdu", sa.Integer(),
           "The unit, from 0, that sizes and pixel scale are told of: the first with data",
           ucd="meta.number"),
    column("licence", sa.String(),
           "Licence of the data: an SPDX identifier, an address, or words",
           ucd="meta.code", nullable=False, principal=True),
    column("rights_holder", sa.String(), "Who owns the rights", ucd="meta.curation"),
    column("site_lon", sa.Double(), "East longitude of the telescope, WGS84", unit="deg",
           ucd="pos.earth.lon;obs.observer"),
    column("site_lat", sa.Double(), "Geodetic latitude of the telescope, WGS84", unit="deg",
           ucd="pos.earth.lat;obs.observer"),
    column("site_height", sa.Double(), "Height of the telescope above the WGS84 ellipsoid",
           unit="m", ucd="pos.earth.altitude;obs.observer"),
    column("focal_length", sa.Double(), "Focal length of the optics", unit="m",
           ucd="instr.setup"),
    column("aperture", sa.Double(), "Diameter of the aperture", unit="m",
           ucd="phys.size.diameter;instr.tel"),
    column("optics", sa.String(), "Type of the optics, e.g. Newtonian, lens, all-sky",
           ucd="instr.setup"),
    column("filter_name", sa.String(), "Filter or band, as the file names it",
           ucd="meta.id;instr.filter", principal=True),
    column("filter_url", sa.String(), "Where its transmission curve is documented",
           ucd="meta.ref.url;instr.filter"),
    column("zero_point", sa.Double(),
           "Magnitude of a source of one unit of the image's values (a second, where these are "
           "rates)", unit="mag", ucd="phot.mag;arith.zp"),
    column("zero_point_system", sa.String(), "Of these magnitudes: AB, Vega, instrumental",
           ucd="meta.code"),
    column("gain", sa.Double(), "Gain: electrons for one count", ucd="arith.factor;instr.det"),
    column("read_noise", sa.Double(), "Read noise, in electrons", ucd="instr.det.noise"),
    column("saturation", sa.Double(), "Value at which pixels saturate, in the image's unit",
           ucd="instr.saturation"),
    column("wcs_projection", sa.String(),
           "Projection of the WCS, e.g. TAN, TAN-SIP, TPV; null without one", ucd="meta.code"),
    column("missing", sa.String(),
           "What neither the file nor its contributor told, of "
           f"{', '.join(ITEMS)}, with # between; ivo_hashlist_has(missing, 'gain') asks for one. "
           "Empty where all is there, null where the list does not apply",
           ucd="meta.note"),
    column("preview_url", sa.String(), "A picture of it", ucd="meta.ref.url;meta.preview",
           base="service"),
    column("thumbnail_url", sa.String(), "A small picture of it",
           ucd="meta.ref.url;meta.preview", base="service"),
    column("contributor", sa.String(), "Name of the token by which it came; null for the operator",
           ucd="meta.curation"),
    column("ingest_date", sa.DateTime(),
           "When the archive got it, or something was told of it last (UTC)",
           ucd="time.processing", nullable=False),
    title="Files of the archive",
    order_by=("obs_publisher_did",),
)  # fmt: skip
