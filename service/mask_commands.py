"""``satvo mask``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from satvo.schemas.errors import BadParameter, LimitExceeded
from satvo.service.commands import fraction_progress, options_of
from satvo.service.software import software_version

if TYPE_CHECKING:
    from satvo.resources.masks.outputs.files import ResultFiles
    from satvo.resources.masks.reading import PlaneOfFile, Taken
    from satvo.resources.masks.search import Expected, Search

__all__ = ["mask"]

_path = click.Path(path_type=Path)


class _Numbers(click.ParamType[tuple[float, ...]]):
    """So many numbers, joined by commas."""

    def __init__(self, *names: str) -> None:
        self.name = ",".join(names)
        self._count = len(names)

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, ...]:
        """The numbers."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(each) for each in str(value).split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != self._count:
            self.fail(f"{value!r}: {self._count} numbers joined by commas are accepted, as "
                      f"{self.name}", param, ctx)  # fmt: skip
        return numbers


_of_output = options_of(
    click.option("-o", "--output", type=_path, help="Folder; made where it is missing."),
    click.option("--score", is_flag=True, help="Write STEM_score.fits as well."),
    click.option("--repair", is_flag=True, help="Write STEM_repaired.fits as well."),
    click.option("--model", is_flag=True, help="Write STEM_model.fits as well."),
    click.option("--preview", is_flag=True, help="Write STEM_preview.png as well."),
    click.option("--overwrite", is_flag=True, help="Replace results that are there."),
)

_of_search = options_of(
    click.option("--detector", help="By name (default: deep, or by-hand with --line)."),
    click.option("--prior", type=_path, help="Transits that satvo passes -o wrote."),
    click.option("--line", "lines", type=_Numbers("X1", "Y1", "X2", "Y2"), multiple=True,
                 help="A trail by hand: two points on it, pixels from 1."),
    click.option("--width", type=_Numbers("MIN", "MAX"), help="Of trails, pixels."),
    click.option("--length", type=_Numbers("MIN", "MAX"), help="Of trails, pixels."),
    click.option("--snr", type=float, help="Least significance of a trail."),
    click.option("--angle", type=_Numbers("A", "B"), help="From A counterclockwise to B, degrees "
                 "from the columns."),
    click.option("--threshold", type=float, help="Score from which a trail is kept."),
    click.option("--mask-width", type=float, help="Of the mask that scores tell of, in widths of "
                 "the trail."),
    click.option("--cut", type=float, help="Light a pixel, in sigma of the noise, down to which "
                 "trails are masked (default: 0.5)."),
    click.option("--sequence", is_flag=True, help="The files are one sequence: those without a "
                 "trail are rejected first, or all are searched together (median-stack, "
                 "difference)."),
    click.option("--reject", type=click.FloatRange(0.0, 1.0), help="With --sequence: score of the "
                 "classifier below which an image is rejected (default: 0.5)."),
    click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True),
)  # fmt: skip

_of_images = options_of(
    click.option("--hdu", type=click.IntRange(0), multiple=True, help="Unit of the files, from 0; "
                 "all images by default."),
    click.option("--bad", help="Bits of mask planes that mean bad: names, or a number."),
    click.option("--bayer/--no-bayer", default=None, help="Whether pixels lie behind colour "
                 "filters; by default as the header says."),
    click.option("--saturation", type=float, help="Level, instead of the header's."),
    click.option("--gain", type=float, help="Electrons a unit, instead of the header's."),
)  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """What is to be made of every image."""

    detector: str
    search: Search
    taken: Taken
    outputs: frozenset[str]
    cut: float
    threads: int
    transits: Mapping[str, Any] | None
    lines: tuple[tuple[float, ...], ...]
    is_together: bool
    reject: float | None


@click.command()
@click.argument("files", nargs=-1, type=_path)
@_of_output
@_of_search
@_of_images
@click.option("--list", "list_", is_flag=True, help="List the detectors and stop.")
def mask(files: tuple[Path, ...], output: Path | None, list_: bool, **given: Any) -> None:
    """Find the trails in FITS images, and mask them.

    Of each file there are STEM_mask.fits (bits, said in its header) and STEM_trails.ecsv, image
    by image of the file.
    """
    if list_:
        from satvo.resources.masks.detectors.registry import detector_names

        click.echo("\n".join(detector_names()))
        return
    if not files or output is None:
        raise BadParameter("give FITS files, and with -o the folder to write into")
    from satvo.resources.masks.outputs.files import ResultFiles, stems_of

    asked = _asked(given)
    output.mkdir(parents=True, exist_ok=True)
    results = [
        ResultFiles(output, stem, asked.outputs, _about(path, asked), cut=asked.cut)
        for path, stem in zip(files, stems_of(files), strict=True)
    ]
    if not given["overwrite"]:
        _refuse_overwriting(output, results)
    many = _sequence if asked.is_together else _each
    bad = 0
    with fraction_progress(str(output)) as progress:
        for number, told in enumerate(many(files, results, asked), 1):
            bad += told
            progress(number / len(files))
    if bad:
        click.echo(f"{bad} of {len(files)} files could not be masked", err=True)
        sys.exit(2)


def _asked(given: dict[str, Any]) -> _Asked:
    from satvo.resources.masks.detectors.registry import detector_named
    from satvo.resources.masks.outputs.cut import CUT_SIGMA
    from satvo.resources.masks.reading import Taken
    from satvo.resources.masks.search import Search
    from satvo.resources.trails.given import read_columns

    detector = given["detector"] or ("by-hand" if given["lines"] else "deep")
    takes_sequence = bool(getattr(detector_named(detector), "TAKES_SEQUENCE", False))
    named = {"width": "width_px", "length": "length_px", "snr": "snr_min", "angle": "angle_deg",
             "threshold": "threshold", "mask_width": "mask_width"}  # fmt: skip
    search = {to: given[key] for key, to in named.items() if given[key] is not None}
    flags = {"score": "score", "repair": "repaired", "model": "model", "preview": "preview"}
    for key in ("saturation", "gain"):
        if given[key] is not None and not given[key] > 0.0:
            raise BadParameter(f"--{key} {given[key]:g}: above 0 is accepted")
    return _Asked(
        detector=detector,
        search=Search(**search),
        taken=Taken(
            hdu=frozenset(given["hdu"]) or None,
            bad=given["bad"], bayer=given["bayer"],
            saturation=given["saturation"], gain=given["gain"],
        ),
        outputs=frozenset({"mask", "trails", *(to for key, to in flags.items() if given[key])}),
        cut=given["cut"] if given["cut"] is not None else CUT_SIGMA,
        threads=given["threads"],
        transits=None if given["prior"] is None else read_columns(given["prior"]),
        lines=given["lines"],
        is_together=given["sequence"] and takes_sequence,
        reject=_reject(detector, given),
    )  # fmt: skip


def _reject(detector: str, given: dict[str, Any]) -> float | None:
    """Score below which images are rejected; None where they are not classified."""
    from satvo.resources.masks.sequence import REJECT_BELOW, goes_in_two_steps

    told: float | None = given["reject"]
    is_classified = given["sequence"] and goes_in_two_steps(detector)
    if not is_classified:
        if told is not None:
            raise BadParameter(
                f"--reject {told:g}: goes with --sequence, and a detector that takes single images"
            )
        return None
    return REJECT_BELOW if told is None else told


def _about(path: Path, asked: _Asked) -> dict[str, tuple[Any, str]]:
    return {
        "MASKOF": (path.name.encode("ascii", "replace").decode(), ""),
        "DETECTOR": (asked.detector, "what found the trails"),
        "MASKSOFT": (f"satvo {software_version()}", ""),
        "MSKTHR": (asked.search.threshold, "score from which a trail is kept"),
    }


def _refuse_overwriting(output: Path, results: Sequence[ResultFiles]) -> None:
    for result in results:
        for name in result.names:
            if (output / name).exists():
                raise BadParameter(f"{output / name} is there; give --overwrite or another folder")


def _each(files: Sequence[Path], results: Sequence[ResultFiles], asked: _Asked) -> Iterator[bool]:
    """Mask file by file; whether each was bad."""
    for path, result in zip(files, results, strict=True):
        refused: list[str] = []
        try:
            with result:
                is_rejected = _mask_file(path, result, asked, refused)
        except (BadParameter, LimitExceeded) as err:
            click.echo(str(err) if str(path) in str(err) else f"{path}: {err}", err=True)
            yield True
            continue
        for reason in refused:
            click.echo(f"  {reason}", err=True)
        click.echo(_line(path, result) + ", rejected by the classifier" * is_rejected)
        yield False


def _sequence(
    files: Sequence[Path], results: Sequence[ResultFiles], asked: _Asked
) -> Iterator[bool]:
    """Mask files that are one sequence: all or none."""
    from satvo.resources.masks.detectors.registry import detector_named
    from satvo.resources.masks.masked import OUTPUTS, results_of
    from satvo.resources.masks.reading import read_frames

    found: Any = detector_named(asked.detector)
    planes = [list(read_frames(path, asked.taken)) for path in files]
    if len({tuple(plane.frame.shape for plane in each) for each in planes}) > 1:
        raise BadParameter("--sequence: the files have images of different number or size")
    with ExitStack() as writing:
        for result in results:
            writing.enter_context(result)
        for some in zip(*planes, strict=True):
            prior = _prior(some[0], asked)
            detections = found.detect_sequence(
                [plane.frame for plane in some], prior=prior or None, search=asked.search
            )
            for plane, detection, result in zip(some, detections, results, strict=True):
                masked = results_of(
                    plane.frame, detection, prior=prior, search=asked.search,
                    outputs=asked.outputs & set(OUTPUTS), cut=asked.cut,
                )  # fmt: skip
                result.add(plane, masked)
    for path, result in zip(files, results, strict=True):
        click.echo(_line(path, result))
        yield False


def _mask_file(path: Path, result: ResultFiles, asked: _Asked, refused: list[str]) -> bool:
    """Mask the images of a file; whether the classifier rejected all."""
    from satvo.resources.masks.masked import OUTPUTS
    from satvo.resources.masks.reading import read_frames
    from satvo.resources.masks.sequence import mask_unless_empty

    is_rejected = True
    for plane in read_frames(path, asked.taken, refused=refused):
        step = mask_unless_empty(
            plane.frame, reject=asked.reject, detector=asked.detector, prior=_prior(plane, asked),
            search=asked.search, outputs=asked.outputs & set(OUTPUTS), cut=asked.cut,
            threads=asked.threads,
        )  # fmt: skip
        for note in (*plane.notes, *step.masked.notes):
            click.echo(f"  {path}: {plane.name or plane.hdu}: {note}", err=True)
        result.add(plane, step.masked)
        is_rejected &= step.is_rejected
    return is_rejected


def _line(path: Path, result: ResultFiles) -> str:
    trails = sum(row["ghost_of"] is None for row in result.rows)
    ghosts = len(result.rows) - trails
    more = f", {ghosts} ghost{'s' * (ghosts != 1)}" if ghosts else ""
    return f"{path}: {trails} trail{'s' * (trails != 1)}{more}"


def _prior(plane: PlaneOfFile, asked: _Asked) -> tuple[Expected, ...]:
    """What is expected in an image: lines by hand, and transits."""
    from satvo.resources.masks.priors import prior_of_transits
    from satvo.resources.masks.search import Expected

    found = [
        Expected(((x1 - 1.0, y1 - 1.0), (x2 - 1.0, y2 - 1.0))) for x1, y1, x2, y2 in asked.lines
    ]
    if asked.transits is not None:
        found += prior_of_transits(plane, asked.transits)
    return tuple(found)
