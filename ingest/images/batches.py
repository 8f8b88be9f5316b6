"""Many images added by one command: some dozens a transaction, one report a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from satvo.ingest.images.archive import ImageArchive
from satvo.ingest.images.examined import Examined
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["ImageFile", "ImageReport", "add_images"]

_BATCH = 64
"""Files of one transaction; each is held open until its end."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file to be added.

    Attributes
    ----------
    name : str
        Without folders.
    told : mapping
        What is told of it: columns, as `ImageArchive.examine` takes them.
    stream : file
        Read once, and not sought in.
    """

    name: str
    told: Mapping[str, Any]
    stream: IO[bytes]


@dataclass(frozen=True, slots=True)
class ImageReport:
    """What became of a file.

    Attributes
    ----------
    name : str
    status : str
        ``new``, ``unchanged`` or ``rejected``.
    did : str
        Its ``obs_publisher_did``; empty where it is rejected.
    reason : str
        Why it is rejected; else empty.
    missing : tuple of str
        Items that nobody told.
    doubtful : tuple of str
        What is to be looked at.
    """

    name: str
    status: str
    did: str = ""
    reason: str = ""
    missing: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def add_images(images: ImageArchive, files: Iterable[ImageFile]) -> Iterator[ImageReport]:
    """Add files, in their order; what is wrong with one is in its report and stops no other.

    Raises
    ------
    Unavailable
        If the archive cannot be written; the files of whole batches before are in it.
    """
    waiting: list[tuple[str, Examined | str]] = []
    for file in files:
        try:
            waiting.append((file.name, images.examine_stream(
                file.stream, name=file.name, told=file.told
            )))  # fmt: skip
        except (BadParameter, LimitExceeded) as err:
            waiting.append((file.name, str(err)))
        if len(waiting) >= _BATCH:
            yield from _added(images, waiting)
            waiting = []
    yield from _added(images, waiting)


def _added(
    images: ImageArchive, waiting: list[tuple[str, Examined | str]]
) -> Iterator[ImageReport]:
    good = [each for _, each in waiting if isinstance(each, Examined)]
    wrong: dict[int, str] = {}
    before = {each.did for each in good if each.known}
    try:
        images.add(good)
    except BadParameter:  # one of them names what is not there: which, tells each by itself
        for each in good:
            try:
                images.add([each])
            except BadParameter as err:
                wrong[id(each)] = f"{each.name}: {err}"
    for name, looked_at in waiting:
        if isinstance(looked_at, str) or id(looked_at) in wrong:
            reason = looked_at if isinstance(looked_at, str) else wrong[id(looked_at)]
            yield ImageReport(name, "rejected", reason=reason)
            continue
        status = "unchanged" if looked_at.did in before else "new"
        before.add(looked_at.did)
        missing = str(looked_at.dataproduct["missing"] or "")
        yield ImageReport(
            name,
            status,
            looked_at.did,
            missing=tuple(missing.split("#")) if missing else (),
            doubtful=tuple(each.text for each in looked_at.report if each.kind == "doubtful"),
        )
