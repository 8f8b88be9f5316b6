"""Images of files with their trails, and which satellites these are, for `satvo identify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from satvo.schemas.errors import BadParameter
from satvo.service.commands import open_archive
from satvo.service.config import read_config
from satvo.service.pass_commands import finder_of

if TYPE_CHECKING:
    from satvo.resources.ephemeris.observer import Observer
    from satvo.resources.masks.identify.identification import Identified
    from satvo.resources.masks.identify.predicted import Known
    from satvo.resources.masks.identify.weighing import Allowance
    from satvo.resources.passes.exposures import Exposure

__all__ = ["Identifier", "TrailsOfImage"]

_DESIGNATORS = "SELECT norad_id, object_id FROM satvo.satellite WHERE norad_id IN ({numbers})"


@dataclass(frozen=True)
class TrailsOfImage:
    """An image and what its trails are.

    Attributes
    ----------
    path : Path
    name : str
        As messages call it: the file, and the unit in it.
    exposure : Exposure
    known : Known
        The satellites that were looked among, as its telescope saw them.
    identified : list of Identified
    """

    path: Path
    name: str
    exposure: Exposure
    known: Known
    identified: list[Identified]


class Identifier:
    """What is the same for all files: elements, observer, how trails are found.

    Parameters
    ----------
    given : mapping
        The options of the command by their names.
    stack : ExitStack
        Closes the archive, where elements come from one.
    """

    def __init__(self, given: Mapping[str, Any], stack: ExitStack) -> None:
        from satvo.resources.masks.identify.weighing import Allowance

        self._given = given
        self._archive: Any = None
        if not given["element_files"]:
            self._archive = stack.enter_context(open_archive(read_config(home=given["home"])))
        self.allowance: Allowance = Allowance(clock_s=given["time_error"])
        self._site: Observer | None = None
        if given["site"]:
            find: Callable[[str], Any] = finder_of(self._archive, given["element_files"])
            self._site = find(given["site"])
        self._kept: tuple[float, Known] | None = None

    def images_of(self, path: Path, number: int) -> Iterator[TrailsOfImage]:
        """The images of a file that have trails or could have."""
        from satvo.resources.masks.identify.identification import identify
        from satvo.resources.masks.identify.observation import exposure_of, site_of
        from satvo.resources.masks.reading import Taken, read_frames

        given = self._given
        trails = self._trails_of(number)
        first = _primary_header(path)
        refused: list[str] = []
        taken = Taken(hdu=frozenset(given["hdu"]) or None)
        for plane in read_frames(path, taken, refused=refused):
            name = f"{path}[{plane.name or plane.hdu}]" if plane.hdu else str(path)
            headers = [plane.header, *([first] if plane.hdu else [])]
            exposure, doubtful = exposure_of(headers, plane.frame.wcs, plane.frame.shape, name)
            for text in doubtful:
                click.echo(f"{name}: {text}", err=True)
            known = self._known(exposure.middle_mjd, self._site or site_of(headers, name))
            yield TrailsOfImage(
                path,
                name,
                exposure,
                known,
                identify(
                    trails(plane),
                    exposure,
                    plane.frame.shape,
                    known,
                    allowance=self.allowance,
                    max_age_d=given["max_age"],
                ),
            )
        for reason in refused:
            click.echo(reason, err=True)

    def _trails_of(self, number: int) -> Callable[[Any], Any]:
        """What gives the trails of each image of a file."""
        if self._given["tables"]:
            from satvo.resources.masks.identify.trail_table import read_trails

            read = read_trails(self._given["tables"][number])
            return lambda plane: [*read.get(plane.hdu, ()), *read.get(None, ())]
        from satvo.resources.masks.masked import mask_frame

        detector = self._given["detector"]
        return lambda plane: (
            mask_frame(plane.frame, detector=detector, outputs=frozenset({"trails"})).trails
        )

    def _known(self, mjd: float, observer: Observer) -> Known:
        """The satellites by the elements nearest to a time, kept for images of the same hours."""
        from satvo.resources.ephemeris.build import elements_from_files, elements_from_table
        from satvo.resources.masks.identify.predicted import Known
        from satvo.resources.passes.chosen import Chosen

        if self._kept is None or abs(self._kept[0] - mjd) > 0.05:
            files, max_age = self._given["element_files"], self._given["max_age"]
            elements = (
                elements_from_files(files, mjd)
                if self._archive is None
                else elements_from_table(self._archive.elements(mjd, max_age, Chosen()))
            )
            self._kept = mjd, Known(elements, observer)
        return self._kept[1].seen_by(observer)

    def designators(self, images: Sequence[TrailsOfImage]) -> dict[int, str]:
        """International designators of the satellites that were named."""
        wanted = {
            each.satellite.norad_id
            for image in images
            for each in image.identified
            if each.satellite is not None
        }
        if not wanted:
            return {}
        if self._archive is None:
            return _designators_in(self._given["element_files"], wanted)
        import pyarrow as pa

        numbers = ", ".join(str(int(each)) for each in sorted(wanted))
        query = _DESIGNATORS.format(numbers=numbers)
        with closing(self._archive.query(query, format="arrow", maxrec=len(wanted))) as pieces:
            answer = b"".join(pieces)
        with pa.ipc.open_stream(answer) as stream:
            rows = [row for batch in stream for row in batch.to_pylist()]
        return {row["norad_id"]: row["object_id"] for row in rows if row["object_id"]}


def _designators_in(files: Sequence[Path], wanted: set[int]) -> dict[int, str]:
    from satvo.ingest.orbits.formats import read_orbits

    found: dict[int, str] = {}
    for path in files:
        with path.open("rb") as stream:
            for record in read_orbits(stream, name=path.name):
                number, name = getattr(record, "norad_id", None), getattr(record, "object_id", None)
                if number in wanted and name:
                    found[number] = name
    return found


def _primary_header(path: Path) -> Any:
    import warnings

    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fits.getheader(path, 0)
    except (OSError, ValueError, EOFError) as err:
        raise BadParameter(f"{path}: no FITS file that can be read: {str(err)[:200]}") from err
