"""Files that come with a request, examined and registered: all of them, or none."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from satvo.ingest.images.archive import ImageArchive
from satvo.ingest.images.examined import Examined
from satvo.ingest.images.told import check_told
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import (
    BadParameter,
    Denied,
    LimitExceeded,
    NotFound,
)
from satvo.schemas.store import Store
from satvo.service.bringing.cases import case_row, checked_case
from satvo.service.bringing.requests import FRAME_PART, PAIR_PART, ImageRequest, IncomingFile
from satvo.service.config import Config
from satvo.service.tokens import Token
from satvo.service.turns import Turns

__all__ = [
    "FileReport", "Outcome", "check_progenitor", "check_quota", "owned", "register_images",
]  # fmt: skip

_LOG = logging.getLogger("satvo.uploads")
_EXAMINED = Turns("uploaded images examined", wait_s=120.0)
_REGISTERED = threading.Lock()
"""One at a time looks at a quota and uses it up."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What is said of one file.

    Attributes
    ----------
    name, role : str
    status : str
        new, unchanged, valid, or refused.
    reason : str
        Why it is refused; empty where it is not.
    examined : Examined, optional
        None where it is refused.
    """

    name: str
    role: str
    status: str
    reason: str = ""
    examined: Examined | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    Attributes
    ----------
    files : tuple of FileReport
    case_id : str
        Of the test case that was made; empty for none.
    """

    files: tuple[FileReport, ...]
    case_id: str = ""

    @property
    def refused(self) -> tuple[FileReport, ...]:
        """The files that are not taken."""
        return tuple(each for each in self.files if each.status == "refused")

    def discard(self) -> None:
        """Forget the copies of files that were not kept."""
        for each in self.files:
            if each.examined is not None:
                each.examined.discard()


@dataclass(slots=True)
class _Session:
    """The files of a request while they are examined."""

    images: ImageArchive
    asked: ImageRequest
    contributor: str
    reports: list[FileReport] = field(default_factory=list)
    frame: Examined | None = None


def register_images(
    images: ImageArchive, store: Store, asked: ImageRequest, token: Token, config: Config
) -> Outcome:
    """Examine what came and, unless it was only to be validated or some is refused, keep it.

    Parameters
    ----------
    images : ImageArchive
    store : Store
        That it is in.
    asked : ImageRequest
    token : Token
        Whose name becomes the contributor.
    config : Config
        The quota, and how many are examined at once.

    Raises
    ------
    BadParameter, LimitExceeded, NotFound
        For what is wrong with the request as a whole; what is wrong with a file is in its report.
    Busy
        If too many wait already.
    """
    _check_parts(asked)
    case = checked_case(store, asked.case)
    session = _Session(images, asked, token.name)
    with _EXAMINED.turn(max(1, config.uploads_at_once // 4), config.threads // 4):
        for each in asked.files:
            session.reports.append(_examined(session, each))
    outcome = Outcome(tuple(session.reports))
    if outcome.refused or asked.validate:
        return outcome
    examined = [each.examined for each in outcome.files if each.examined is not None]
    rows = (
        ()
        if case is None
        else (case_row(case, [(each.role, _did(each)) for each in outcome.files]),)
    )
    with _REGISTERED:
        known = _known(store, [_did(each) for each in outcome.files])
        new = [each for each in examined if each.did not in known]
        check_quota(store, token, config, adding=sum(_size(each) for each in new))
        images.add(examined, cases=rows)
    reports = tuple(
        replace(each, status="unchanged" if _did(each) in known else "new")
        for each in outcome.files
    )
    _LOG.info("%s brought %d files, %d of them new", token.name, len(reports), len(new))
    return Outcome(reports, str(rows[0]["case_id"]) if rows else "")


def check_quota(store: Store, token: Token, config: Config, *, adding: int) -> None:
    """Refuse what goes beyond the quota of a contributor.

    Raises
    ------
    LimitExceeded
    """
    kept = store.select(
        sa.select(sa.func.sum(DATAPRODUCT.c.size_bytes).label("n")).where(
            DATAPRODUCT.c.contributor == token.name
        )
    ).to_pylist()[0]["n"]
    if int(kept or 0) + adding > config.image_quota_bytes:
        raise LimitExceeded(
            f"{token.name} keeps {int(kept or 0)} bytes of images here and these are {adding} "
            f"more; at most {config.image_quota_bytes} are possible; DELETE some first"
        )


def owned(images: ImageArchive, product_id: str, token: Token) -> dict[str, Any]:
    """The row of a file that a token may change: its contributor's, or an operator's.

    Raises
    ------
    NotFound
        If there is none.
    Denied
        If somebody else brought it.
    """
    row: dict[str, Any] = images.row(product_id)
    if row.get("contributor") != token.name and "operate" not in token.rights:
        raise Denied(
            f"{product_id} was brought by {row.get('contributor') or 'the operator'}; only who "
            "brought it, or a token with the right operate, can change it"
        )
    return row


def _check_parts(asked: ImageRequest) -> None:
    """One frame, or none, where other parts refer to it."""
    parts = [each.part for each in asked.files]
    companions = [each for each in asked.files if each.part != FRAME_PART]
    frames = parts.count(FRAME_PART)
    for part in sorted(set(parts) - {FRAME_PART}):
        if parts.count(part) > 1:
            raise BadParameter(f"the request has {parts.count(part)} parts called {part}")
    if companions and frames > 1:
        raise BadParameter(
            f"the request has {frames} frames and a {companions[0].part}: of which of them nobody "
            "knows; send each frame with what belongs to it"
        )
    if PAIR_PART in parts and not frames:
        raise BadParameter(f"a {PAIR_PART} needs its frame in the same request")
    if asked.case and len(asked.files) - len(companions) > 1:
        raise BadParameter("a test case is made of one frame; the request has several")


def _examined(session: _Session, file: IncomingFile) -> FileReport:
    """What is said of one file; what its frame tells holds for what comes with that."""
    told = dict(file.told)
    if file.part not in (FRAME_PART, PAIR_PART) and session.frame is not None:
        told.setdefault("progenitor_did", session.frame.did)
        told.setdefault("obs_id", session.frame.obscore["obs_id"])
    try:
        check_told(told)  # before the file is read, which takes longer
        _check_progenitor(session, told)
        examined = session.images.examine(
            file.path,
            name=file.name,
            told={**told, "role": file.role, "contributor": session.contributor},
        )
    except (BadParameter, LimitExceeded) as err:
        reason = str(err) if str(err).startswith(file.name) else f"{file.name}: {err}"
        return FileReport(file.name, file.role, "refused", reason)
    finally:
        file.path.unlink()  # the archive has a copy of its own
    if file.part == FRAME_PART:
        session.frame = examined
    return FileReport(file.name, file.role, "valid", "", examined)


def _check_progenitor(session: _Session, told: Mapping[str, Any]) -> None:
    did = str(told.get("progenitor_did") or "") or None
    brought = session.frame.did if session.frame else None
    if did is None or did == brought:
        return
    check_progenitor(session.images, did)


def check_progenitor(images: ImageArchive, did: str) -> None:
    """Refuse what the archive has not.

    Raises
    ------
    BadParameter
    """
    try:
        images.row(did)
    except NotFound as err:
        raise BadParameter(f"progenitor_did={did[:200]}: no data product of this archive") from err


def _did(report: FileReport) -> str:
    return "" if report.examined is None else report.examined.did


def _size(examined: Examined) -> int:
    return int(examined.dataproduct["size_bytes"])


def _known(store: Store, dids: Sequence[str]) -> set[str]:
    """Which of these are in the archive."""
    column = DATAPRODUCT.c.obs_publisher_did
    found = store.select(sa.select(column).where(column.in_(dids)))
    return set(found.column(0).to_pylist())
