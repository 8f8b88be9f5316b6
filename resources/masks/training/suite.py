"""The test suite of an archive as training images, fetched by its TAP address."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from satvo.ingest.download import check_base_url, get
from satvo.schemas.errors import BadParameter, Unavailable

__all__ = ["fetch_suite"]

_MOST_ANSWER_BYTES = 20_000_000
_MOST_FILE_BYTES = 1 << 30
_TIMEOUT_S, _DEADLINE_S = 60.0, 1800.0
_CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_PARTS = ("frame", "pair", "mask")
_NAMES = {"frame": "", "pair": "_pair", "mask": "_truth"}
_ENDINGS = (".fits.gz", ".fits.fz", ".fits", ".fit")
_QUERY = (
    "SELECT c.case_id, o.access_url AS frame_url, p.access_url AS pair_url, "
    "m.access_url AS mask_url "
    "FROM satvo.testcase AS c JOIN ivoa.obscore AS o ON o.obs_publisher_did = c.obs_publisher_did "
    "LEFT JOIN ivoa.obscore AS p ON p.obs_publisher_did = c.pair_did "
    "LEFT JOIN ivoa.obscore AS m ON m.obs_publisher_did = c.mask_did "
    "WHERE c.kind = 'trailmask' AND o.dataproduct_type = 'image' ORDER BY c.case_id"
)


@dataclass(frozen=True)
class _Case:
    name: str
    files: dict[str, str]


def fetch_suite(
    address: str,
    folder: Path,
    *,
    most_bytes: int = 5_000_000_000,
    most_cases: int = 1000,
    progress: Callable[[float], object] = lambda done: None,
) -> list[str]:
    """Fetch the frames, pairs and masks of an archive's cases, named as `prepare_pairs` takes them.

    Files that are there are kept, so that a broken run goes on.

    Parameters
    ----------
    address : str
        Of its TAP service, http or https, without /sync.
    folder : Path
        Made where it is missing.
    most_bytes : int
        Of all files together; a file may have 1 GiB.
    most_cases : int
    progress : callable
        Given the part done, 0 to 1.

    Returns
    -------
    list of str
        Why cases or files were left out.

    Raises
    ------
    BadParameter
        For an address that is none of HTTP.
    Unavailable
        If the service does not answer with such a table, or has no case that can be fetched.

    Notes
    -----
    Only files on the host and port of the service itself are fetched, and redirects stay there:
    what an archive says of addresses never makes this program ask another machine.
    """
    address = check_base_url(address)
    folder.mkdir(parents=True, exist_ok=True)
    notes: list[str] = []
    cases = list(_cases(address, most_cases, notes))
    left = most_bytes
    fetched = 0
    for number, case in enumerate(cases, 1):
        if "mask" in case.files or "pair" in case.files:
            try:
                left -= _fetch(case, folder, left)
                fetched += 1
            except Unavailable as err:
                notes.append(f"{case.name}: {err}")
        progress(number / len(cases))
    if not fetched:
        reasons = f": {'; '.join(notes[:3])}" if notes else ""
        raise Unavailable(
            f"{address} has no case with a mask or a pair that can be fetched{reasons}"
        )
    return notes


def _cases(address: str, most: int, notes: list[str]) -> Iterator[_Case]:
    here = urlsplit(address)
    for row in _asked(address, most):
        name = row.get("case_id") or ""
        if not _CASE_ID.fullmatch(name):
            notes.append(f"{name[:60]!r}: is no name of a file")
            continue
        files = {part: str(row[f"{part}_url"]) for part in _PARTS if row.get(f"{part}_url")}
        other = [
            part
            for part, url in files.items()
            if (urlsplit(url).scheme, urlsplit(url).netloc) != (here.scheme, here.netloc)
        ]
        if other:
            notes.append(f"{name}: its {', '.join(other)} lies on another host than {here.netloc}")
            continue
        yield _Case(name, files)


def _asked(address: str, most: int) -> list[dict[str, str]]:
    form = {"REQUEST": "doQuery", "LANG": "ADQL", "FORMAT": "votable/td", "MAXREC": str(most),
            "QUERY": _QUERY}  # fmt: skip
    content = io.BytesIO()
    url = f"{address}/sync?{urlencode(form)}"
    try:
        answer = get(url, {}, timeout_s=_TIMEOUT_S, deadline_s=_DEADLINE_S)
        try:
            status = answer.status
            answer.write_to(content, max_bytes=_MOST_ANSWER_BYTES)
        finally:
            answer.close()
    except Unavailable as err:
        raise Unavailable(f"{address} {err}") from err
    if status != 200:
        raise Unavailable(f"{address} answers with status {status}: is it a TAP service of satvo?")
    return _rows(content, address)


def _rows(content: io.BytesIO, address: str) -> list[dict[str, str]]:
    from astropy.io.votable import parse

    try:
        votable = parse(content, verify="ignore")
        for info in votable.resources[0].infos:
            if info.name == "QUERY_STATUS" and info.value == "ERROR":
                raise Unavailable(f"{address} refuses the query: {str(info.content)[:200]}")
        table = votable.get_first_table().to_table()
    except (ValueError, IndexError, OSError, AttributeError) as err:
        raise Unavailable(f"{address} does not answer with a table: {str(err)[:200]}") from err
    return [{name: _text(row[name]) for name in table.colnames} for row in table]


def _text(value: Any) -> str:
    from numpy import ma

    return "" if value is None or value is ma.masked else str(value)


def _fetch(case: _Case, folder: Path, most: int) -> int:
    """Bytes that its files have; the frame comes last, so that where it is, the others are."""
    total = 0
    for part in sorted(case.files, key=_PARTS.index, reverse=True):
        url = case.files[part]
        path = urlsplit(url).path.lower()
        ending = next((each for each in _ENDINGS if path.endswith(each)), ".fits")
        target = folder / f"{case.name}{_NAMES[part]}{ending}"
        if not target.exists():
            _download(url, target, min(_MOST_FILE_BYTES, most - total))
        total += target.stat().st_size
    return total


def _download(url: str, target: Path, most: int) -> None:
    if most <= 0:
        raise Unavailable("the bytes that may be fetched are used up")
    part = target.with_name(f".{target.name}.part")
    try:
        answer = get(url, {}, timeout_s=_TIMEOUT_S, deadline_s=_DEADLINE_S)
        try:
            if answer.status != 200:
                raise Unavailable(f"{url} answers with status {answer.status}")
            with part.open("wb") as stream:
                answer.write_to(stream, max_bytes=most)
        finally:
            answer.close()
        os.replace(part, target)
    except OSError as err:
        raise BadParameter(f"{target}: cannot be written: {err.strerror}") from err
    finally:
        part.unlink(missing_ok=True)
