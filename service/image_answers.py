"""Images that match a request, observed ones before simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from satvo.schemas.obscore import ARTIFICIAL, OBSERVED
from satvo.service.archive import Archive
from satvo.service.formats import Format
from satvo.service.image_requests import IMAGE_TYPES, text_of
from satvo.service.querying import Answer
from satvo.service.service_descriptors import CUTOUTS, LINKS
from satvo.service.tap_request import TapRequest
from satvo.service.votable import Info

__all__ = ["ImageSearch", "answer_images"]

_SOURCES = {
    OBSERVED: f"data_source = {text_of(OBSERVED)}",
    ARTIFICIAL: f"data_source <> {text_of(OBSERVED)}",
    "all": "",
}


@dataclass(frozen=True, slots=True)
class ImageSearch:
    """What is asked of ivoa.obscore.

    Attributes
    ----------
    conditions : tuple of str
        ADQL (`satvo.service.image_requests.conditions_of`).
    source : str
        ``observation``, ``artificial`` or ``all``; empty to let the archive choose.
    maxrec : int or None
        None where the client set none.
    select : str
        ADQL up to WHERE.
    any_type : bool
        Whether the conditions say which type of product is meant.
    """

    conditions: tuple[str, ...]
    source: str
    maxrec: int | None
    select: str = "SELECT * FROM ivoa.obscore"
    any_type: bool = False

    def query(self, source: str) -> str:
        """The ADQL for one kind of source."""
        types = f"dataproduct_type IN ({', '.join(map(text_of, IMAGE_TYPES))})"
        terms = [] if self.any_type else [types]
        terms += [each for each in (_SOURCES[source], *self.conditions) if each]
        return f"{self.select} WHERE {' AND '.join(terms)}" if terms else self.select


def answer_images(
    archive: Archive,
    search: ImageSearch,
    format: Format,
    media_type: str,
    told: Sequence[Info],
    *,
    started: Callable[[Callable[[], object]], object] = lambda interrupt: None,
) -> Answer:
    """Start to answer; simulated images come where no observed one matches, or they are asked for.

    Parameters
    ----------
    archive : Archive
    search : ImageSearch
    format : Format
    media_type : str
        For Content-Type.
    told : sequence of Info
        What the answer says of its protocol, which comes first, and of the request; the choice of
        sources is added.
    started : callable
        Told how to interrupt the query from elsewhere.

    Raises
    ------
    BadQuery, LimitExceeded
        Before the first byte.

    Notes
    -----
    An archive that has simulated images alone, as the demonstration has at first, would seem empty
    if these never came by themselves; beside observed ones they would be taken for these.
    """

    def answer(source: str, why: str) -> Answer:
        asked = TapRequest(search.query(source), search.maxrec, format, media_type)
        infos = [*told, Info("DATASOURCE", source, why)]
        return archive.answer(asked, started=started, told=infos, services=(LINKS, CUTOUTS))

    if search.source:
        return answer(search.source, "as asked for")
    if search.maxrec == 0:
        return answer("all", "no row was asked for")
    found = answer(
        OBSERVED,
        "simulated images are left out, since observed ones match; DATASOURCE=all gives both",
    )
    if not found.is_empty:
        return found
    found.close()
    return answer(ARTIFICIAL, "simulated images, since no observed one matches")
