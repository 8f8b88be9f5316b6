"""The detectors by name: satvo's own and those of other packages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Protocol, cast

from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from astropy.wcs import WCS
    from numpy.typing import ArrayLike
    from satvo.resources.masks.found import Detection
    from satvo.resources.masks.frame import Frame
    from satvo.resources.masks.search import Prior, Search

__all__ = ["GROUP", "Detector", "detector_named", "detector_names"]

GROUP = "satvo.detectors"


class Detector(Protocol):
    """A module or object that finds trails, registered under `satvo.detectors`.

    `TAKES_SEQUENCE` says that it takes several images of one field as an array (images, rows,
    columns) and finds trails in each; such a one has `detect_sequence` in place of `detect`.
    `NEEDS_PRIOR`: it finds nothing without trails that are expected. `TAKES_THREADS`: its `detect`
    takes ``threads``, how many it may compute on. Where one is missing, it is false.
    """

    TAKES_SEQUENCE: bool = False
    NEEDS_PRIOR: bool = False
    TAKES_THREADS: bool = False

    def detect(
        self,
        image: ArrayLike | Frame,
        *,
        wcs: WCS | None = None,
        prior: Prior | None = None,
        search: Search | None = None,
    ) -> Detection:
        """Find the trails of an image.

        Parameters
        ----------
        image : array-like (rows, columns), or Frame
            NaN where there is no value.
        wcs : astropy.wcs.WCS, optional
        prior : sequence of Expected, optional
            Trails that are expected.
        search : Search, optional
            What is searched for; all that the image may have by default.

        Raises
        ------
        BadParameter
            For an image that `Frame.of` refuses, and where what it needs is missing.
        """

    def detect_sequence(
        self,
        images: Sequence[ArrayLike | Frame],
        *,
        wcs: WCS | None = None,
        prior: Prior | None = None,
        search: Search | None = None,
    ) -> list[Detection]:
        """Find the trails of each image of a sequence; of detectors with `TAKES_SEQUENCE`.

        Parameters
        ----------
        images : sequence of array-like (rows, columns) or Frame
            Of one field in the order of their times; or an array (images, rows, columns).
        wcs : astropy.wcs.WCS, optional
            Of the first.
        prior, search
            As of `detect`.

        Returns
        -------
        list of Detection
            One an image.

        Raises
        ------
        BadParameter
            For too few images, for different sizes, and for what `Frame.of` refuses.
        """


@lru_cache(maxsize=1)
def _registered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def detector_names() -> tuple[str, ...]:
    """All that are registered, in the order of the alphabet."""
    return tuple(sorted(_registered()))


def detector_named(name: str) -> Detector:
    """The detector of this name, loaded.

    Raises
    ------
    BadParameter
        If there is none; tells the names.
    """
    if name not in _registered():
        raise BadParameter(
            f"there is no detector {name!r}; there are: {', '.join(detector_names())}"
        )
    return cast(Detector, _registered()[name].load())
