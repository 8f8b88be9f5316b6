"""Collections of images that are shown as HiPS, and which images a tile is drawn of."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from satvo.resources.images.coverage import area_of_images
from satvo.resources.images.hips import HipsFacts, hips_properties, order_for
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter, NotFound
from satvo.schemas.healpix import healpix_center, reach_rad
from satvo.schemas.moc import Moc
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.region_text import numbers_in, region_of
from satvo.schemas.sphere import angle_rad, unit_vectors
from satvo.schemas.store import Store
from satvo.service.archive import Archive

__all__ = ["MASK", "MOST_FILES", "PREFIX", "ImageSurvey", "ImageSurveys", "survey_name"]

PREFIX = "images-"
"""How the names of these HiPS begin, before that of the collection."""
MASK = "mask"
"""The HiPS of the masks of a collection, below that of its images."""
MOST_FILES = 200
"""A tile is drawn of so many images at most, the newest."""

_READ_AGAIN_S = 60.0
"""The list is read so often even if this process wrote nothing: another may have."""
_MASK_ROLES = ("mask", "truthmask")
_PLAIN = re.compile(r"[a-z0-9_.-]{1,60}", re.ASCII)

_COLUMNS = (
    OBSCORE.c.obs_collection, OBSCORE.c.obs_publisher_did, OBSCORE.c.s_ra, OBSCORE.c.s_dec,
    OBSCORE.c.s_fov, OBSCORE.c.s_region, OBSCORE.c.s_pixel_scale, OBSCORE.c.t_min, OBSCORE.c.t_max,
    OBSCORE.c.em_min, OBSCORE.c.em_max, DATAPRODUCT.c.product_id, DATAPRODUCT.c.role,
    DATAPRODUCT.c.licence, DATAPRODUCT.c.ingest_date,
)  # fmt: skip

_Row = dict[str, Any]


def survey_name(collection: str) -> str:
    """What a collection is called in addresses: itself where that needs no change.

    Examples
    --------
    >>> survey_name("satvo-demo")
    'satvo-demo'
    >>> survey_name("ESO 2.2m/WFI")
    'eso-2.2m-wfi-784d'
    """
    if _PLAIN.fullmatch(collection):
        return collection
    plain = re.sub(r"[^a-z0-9_.-]+", "-", collection.lower()).strip("-")[:50]
    return f"{plain}-{hashlib.sha256(collection.encode()).hexdigest()[:4]}"


@dataclass(frozen=True, eq=False)
class ImageSurvey:
    """The images, or the masks, of a collection.

    Attributes
    ----------
    collection : str
    mask : bool
        Whether these are its masks.
    rows : list of dict
        Columns of ivoa.obscore and satvo.dataproduct, the newest image first: by when it was
        taken, those of which that is not known last, and then by when it came.
    """

    collection: str
    mask: bool
    rows: list[_Row]

    @property
    def path(self) -> str:
        """Of its HiPS, below that of all."""
        return f"{PREFIX}{survey_name(self.collection)}" + (f"/{MASK}" if self.mask else "")

    @cached_property
    def order(self) -> int:
        """Of its finest tiles."""
        return order_for(self.scale_arcsec)

    @cached_property
    def scale_arcsec(self) -> float:
        """Of its finest image; NaN where none is known."""
        return min(self._known("s_pixel_scale"), default=math.nan)

    @cached_property
    def released(self) -> datetime:
        """When the newest of its files came, UTC."""
        dates: list[datetime] = [row["ingest_date"] for row in self.rows]
        return max(dates)

    @cached_property
    def name(self) -> str:
        """A word that stands for all of its images."""
        return _digest(row["obs_publisher_did"] for row in self.rows)

    @cached_property
    def covered(self) -> Moc:
        """What of the sky its images cover, ICRS, rounded up to cells."""
        lon, lat, radius = np.array([_circle(row) for row in self.rows]).T
        outlines = [_vertices(row["s_region"]) for row in self.rows]
        return area_of_images(lon, lat, radius, outlines)

    def near(self, order: int, npix: int) -> list[_Row]:
        """The images that a tile may meet, the newest first, `MOST_FILES` at most."""
        places, radii = self._places
        middle = unit_vectors(*healpix_center(order, npix))
        near = angle_rad(places, middle) <= radii + reach_rad(order)
        return [self.rows[n] for n in np.flatnonzero(near)[:MOST_FILES]]

    def name_of(self, order: int, npix: int) -> str:
        """A word that stands for the images that a tile may meet."""
        return _digest(row["obs_publisher_did"] for row in self.near(order, npix))

    def properties(
        self, identifier: str, url: str, cut: tuple[float, float] | None
    ) -> dict[str, str]:
        """The entries of its file ``properties``; see `hips_properties`."""
        first = self.rows[0]
        facts = HipsFacts(
            collection=self.collection,
            mask=self.mask,
            count=len(self.rows),
            order=self.order,
            scale_arcsec=self.scale_arcsec,
            times=self._span("t"),
            wavelengths=self._span("em"),
            lon_deg=first["s_ra"],
            lat_deg=first["s_dec"],
            fov_deg=first["s_fov"],
            licences=sorted({row["licence"] for row in self.rows})[:10],
            sky_fraction=self.covered.area_deg2 * math.pi / 129600,
            cut=cut,
            most_files=MOST_FILES,
        )
        return hips_properties(facts, identifier=identifier, url=url, released=self.released)

    @cached_property
    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Unit vectors of the middles of its images, and their radii, rad."""
        lon, lat, radius = np.array([_circle(row) for row in self.rows]).T
        return unit_vectors(lon, lat), np.radians(radius)

    def _known(self, column: str) -> list[float]:
        return [row[column] for row in self.rows if row[column] is not None]

    def _span(self, what: str) -> tuple[float, float]:
        low, high = self._known(f"{what}_min"), self._known(f"{what}_max")
        return min(low, default=math.nan), max(high, default=math.nan)


class ImageSurveys:
    """The collections of images that are shown as HiPS, as they are now.

    Shown are images of two axes whose WCS is known and whose files are here.

    Parameters
    ----------
    archive : callable
        The archive, once it is open.
    """

    def __init__(self, archive: Callable[[], Archive]) -> None:
        self._archive = archive
        self._listed: tuple[int, float, dict[str, ImageSurvey]] | None = None

    def all(self) -> list[ImageSurvey]:
        """All of them, in the order of their names, that of a collection's masks after its own."""
        return list(self._all().values())

    def find(self, name: str, mask: bool) -> ImageSurvey:
        """One of them.

        Parameters
        ----------
        name : str
            Of `survey_name`, after `PREFIX`.
        mask : bool
            Its masks.

        Raises
        ------
        NotFound
            If there is none of that name.
        """
        found = self._all().get(f"{name}/{MASK}" if mask else name)
        if found is None:
            what = "masks" if mask else "images"
            raise NotFound(
                f"there is no collection {name[:100]!r} with {what} that can be shown as HiPS; "
                "/hips lists all"
            )
        return found

    def _all(self) -> dict[str, ImageSurvey]:
        store = self._archive().store
        listed = self._listed
        if listed is None or listed[0] != store.writes or time.monotonic() > listed[1]:
            writes = store.writes
            before = {} if listed is None else listed[2]
            found = {key: _same(before.get(key), each) for key, each in _read(store).items()}
            listed = writes, time.monotonic() + _READ_AGAIN_S, found
            self._listed = listed
        return listed[2]


def _read(store: Store) -> dict[str, ImageSurvey]:
    """The surveys by the end of their paths."""
    query = (
        sa.select(*_COLUMNS)
        .join(DATAPRODUCT, DATAPRODUCT.c.obs_publisher_did == OBSCORE.c.obs_publisher_did)
        .where(
            OBSCORE.c.dataproduct_type == "image",
            DATAPRODUCT.c.wcs_projection.is_not(None),
            DATAPRODUCT.c.n_image > 0,
            DATAPRODUCT.c.role.in_(("frame", *_MASK_ROLES)),
            OBSCORE.c.s_ra.is_not(None),
            OBSCORE.c.s_dec.is_not(None),
            OBSCORE.c.s_fov > 0,
        )
        .order_by(
            sa.func.coalesce(OBSCORE.c.t_min, 0.0).desc(),
            DATAPRODUCT.c.ingest_date.desc(),
            OBSCORE.c.obs_publisher_did,
        )
    )  # fmt: skip
    rows: dict[tuple[str, bool], list[_Row]] = defaultdict(list)
    for row in store.select(query).to_pylist():
        rows[row["obs_collection"], row["role"] in _MASK_ROLES].append(row)
    return {
        survey_name(collection) + (f"/{MASK}" if mask else ""): ImageSurvey(collection, mask, found)
        for (collection, mask), found in sorted(rows.items())
    }


def _same(before: ImageSurvey | None, now: ImageSurvey) -> ImageSurvey:
    """The one from before, with what was computed of it, where nothing changed."""
    return before if before is not None and before.rows == now.rows else now


def _circle(row: _Row) -> tuple[float, float, float]:
    return float(row["s_ra"]), float(row["s_dec"]), float(row["s_fov"]) / 2


def _vertices(text: str | None) -> NDArray[np.float64] | None:
    """Those of an outline that is a polygon; None of any other."""
    try:
        shape, numbers = region_of(text or "")
        found = np.array(numbers_in(numbers))
    except BadParameter:
        return None  # whatever a contributor wrote: its circle tells it well enough
    is_polygon = shape == "POLYGON" and len(found) >= 6 and len(found) % 2 == 0
    return found.reshape(-1, 2) if is_polygon else None


def _digest(words: Any) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]
