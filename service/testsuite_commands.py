"""``satvo testsuite``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from satvo.ingest.images.batches import ImageFile
from satvo.ingest.images.folder import open_plain
from satvo.resources.images.case_files import ROLES_OF_PARTS, DescribedCase, read_cases
from satvo.schemas.errors import BadParameter
from satvo.service.archive_commands import ArchiveCommands
from satvo.service.commands import home_option, open_archive
from satvo.service.config import read_config

__all__ = ["testsuite"]

_MOST_BYTES = 1 << 22
_DID = "ivo://"

Dids = dict[tuple[str, str], str]
"""Of each case and part its ``obs_publisher_did``."""


@click.group()
def testsuite() -> None:
    """Look after the test suite: the cases that SATCON2's Algorithms report asks for."""


@testsuite.command("add")
@home_option
@click.argument("file", type=click.Path(path_type=Path))
def testsuite_add(home: Path | None, file: Path) -> None:
    """Add the cases that FILE describes (YAML or JSON), with their files.

    Paths in it are beside FILE. A case of a name that is there is replaced. The page /testsuite
    lists the terms.
    """
    with open_plain(file, name=str(file)) as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise BadParameter(f"{file}: has more than {_MOST_BYTES} bytes")
    cases = read_cases(content, str(file))
    with open_archive(read_config(home=home)) as archive:
        dids = _named(cases)
        # What was made from a frame names it, so frames come first.
        for first in (True, False):
            _add_files(archive, cases, file.parent, dids, first=first)
        rows, trails = [], []
        for case in cases:
            of_case = {part: did for (name, part), did in dids.items() if name == case.case_id}
            rows.append(case.row(of_case))
            trails += _trails(case, of_case[case.first])
        archive.add_cases(rows, trails)
    for case in cases:
        click.echo(f"{case.case_id}: {len(case.files)} files, {', '.join(case.terms)}")


@testsuite.command("list")
@home_option
def testsuite_list(home: Path | None) -> None:
    """Show what is covered: of each kind of case how many are observed and simulated."""
    with open_archive(read_config(home=home)) as archive:
        cells = archive.suite()
    for cell in cells:
        empty = "" if cell["observed"] or cell["simulated"] else "  empty"
        click.echo(
            f"{cell['term']:24} {len(cell['observed']):>3} observed {len(cell['simulated']):>3} "
            f"simulated{empty}"
        )
    filled = sum(bool(cell["observed"] or cell["simulated"]) for cell in cells)
    click.echo(f"{filled} of {len(cells)} kinds have a case")


@testsuite.command("drop")
@home_option
@click.argument("name")
def testsuite_drop(home: Path | None, name: str) -> None:
    """Forget the case NAME; its files stay in the archive."""
    with open_archive(read_config(home=home)) as archive:
        archive.drop_case(name)
    click.echo(f"test case {name} is dropped")


def _named(cases: Sequence[DescribedCase]) -> Dids:
    """The parts that are named by their identifiers."""
    return {
        (case.case_id, part): value
        for case in cases
        for part, value in case.files.items()
        if value.startswith(_DID)
    }


def _add_files(
    archive: ArchiveCommands,
    cases: Sequence[DescribedCase],
    folder: Path,
    dids: Dids,
    *,
    first: bool,
) -> None:
    wanted = [
        (case, part, folder / path)
        for case in cases
        for part, path in case.files.items()
        if (part == case.first) == first and (case.case_id, part) not in dids
    ]
    with ExitStack() as stack:
        reports = archive.add_images(_opened(wanted, dids, stack))
        for (case, part, path), report in zip(wanted, reports, strict=True):
            if report.status == "rejected":
                reason = report.reason.removeprefix(f"{report.name}: ")
                raise BadParameter(f"case {case.case_id}, {part}: {path}: {reason}")
            dids[case.case_id, part] = report.did
            missing = f"; missing: {', '.join(report.missing)}" if report.missing else ""
            click.echo(f"{path.name}: {report.status}{missing}")


def _opened(
    wanted: Sequence[tuple[DescribedCase, str, Path]], dids: Mapping[tuple[str, str], str],
    stack: ExitStack,
) -> Iterator[ImageFile]:  # fmt: skip
    for case, part, path in wanted:
        told: dict[str, Any] = {"obs_id": case.case_id, **case.told, "role": ROLES_OF_PARTS[part]}
        if part == "pair":
            told["obs_id"] = f"{told['obs_id']}-pair"
        if part in ("mask", "truth"):
            told["progenitor_did"] = dids[case.case_id, case.first]
        stream = stack.enter_context(open_plain(path, name=str(path)))
        yield ImageFile(os.fsencode(path.name).decode("utf-8", "replace"), told, stream)


def _trails(case: DescribedCase, did: str) -> list[dict[str, Any]]:
    return [
        {**trail, "trail_id": f"{case.case_id}-{number}", "obs_publisher_did": did}
        for number, trail in enumerate(case.trails, 1)
    ]
