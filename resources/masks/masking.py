"""Images of a job masked one by one, or those of a sequence together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from satvo.resources.masks.asked import Asked
from satvo.resources.masks.detectors.registry import detector_named
from satvo.resources.masks.masked import Masked, results_of
from satvo.resources.masks.naming import names_of
from satvo.resources.masks.outputs.files import ResultFiles
from satvo.resources.masks.parameters import MOST_PIXELS
from satvo.resources.masks.priors import prior_of_transits
from satvo.resources.masks.reading import PlaneOfFile, read_stream
from satvo.resources.masks.results import Results, Seen, Source
from satvo.resources.masks.search import Expected
from satvo.resources.masks.sequence import (
    REJECT_BELOW,
    Step,
    goes_in_two_steps,
    mask_unless_empty,
)
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["Masking"]


class Masking:
    """A masking job.

    Parameters
    ----------
    asked : Asked
    folder : Path
        Has what the job was given.
    transits : mapping of str to array, optional
        Columns of `satvo.transit`.
    threads : int

    Raises
    ------
    BadParameter
        If the detector lacks what it needs.
    """

    def __init__(
        self,
        asked: Asked,
        folder: Path,
        transits: Mapping[str, Any] | None = None,
        *,
        threads: int = 1,
    ) -> None:
        self._asked = asked
        self._folder = folder
        self._transits = transits
        self._threads = threads
        # Masks and trails are always made, for what is told of an image.
        self._outputs = asked.outputs | {"mask", "trails"}
        self._detector: Any = detector_named(asked.detector)
        self._together = bool(getattr(self._detector, "TAKES_SEQUENCE", False))
        if self._together and not asked.is_sequence:
            raise BadParameter(
                f"DETECTOR={asked.detector} takes several images of one field; give them, and "
                "SEQUENCE=true"
            )
        needs_prior = bool(getattr(self._detector, "NEEDS_PRIOR", False))
        if needs_prior and not asked.lines and transits is None:
            raise BadParameter(
                f"DETECTOR={asked.detector} needs trails that are expected; give LINE or PRIOR"
            )
        in_two_steps = asked.is_sequence and goes_in_two_steps(asked.detector)
        self._reject = REJECT_BELOW if in_two_steps else None

    def mask(self, sources: Sequence[Source], results: Results) -> Iterator[float]:
        """Mask the images of files; yields the fraction done.

        Raises
        ------
        BadParameter, LimitExceeded
            If none of them can be masked; where the detector takes a sequence, if one cannot.
        """
        if self._together:
            yield from self._mask_sequence(sources, results)
            return
        failed = 0
        for done, source in enumerate(sources, 1):
            try:
                self._mask_one(source, results)
            except (BadParameter, LimitExceeded) as err:
                failed += 1
                if failed == len(sources):
                    raise
                results.refuse(source, err)
            yield done / len(sources)

    def _mask_one(self, source: Source, results: Results) -> None:
        seen = Seen()
        refused: list[str] = []
        with results.files(source) as files:
            for plane in _planes(source, refused):
                step = self._masked(plane, source)
                files.add(plane, step.masked)
                seen.add(plane, step.masked, rejected=step.is_rejected)
                self._name(plane, step.masked, source, seen)
        seen.notes += refused
        results.add(source, files, seen)

    def _masked(self, plane: PlaneOfFile, source: Source) -> Step:
        asked = self._asked
        return mask_unless_empty(
            plane.frame,
            reject=self._reject,
            detector=asked.detector,
            prior=self._prior(plane, source),
            search=asked.search,
            outputs=self._outputs,
            cut=asked.cut,
            threads=self._threads,
        )

    def _prior(self, plane: PlaneOfFile, source: Source) -> tuple[Expected, ...]:
        """What is expected in an image: lines that were told, and transits."""
        told = tuple(
            Expected(((x1 - 1.0, y1 - 1.0), (x2 - 1.0, y2 - 1.0)))
            for x1, y1, x2, y2 in self._asked.lines
        )
        if self._transits is None:
            return told
        known = source.known or {}
        transits = prior_of_transits(
            plane, self._transits, start_mjd=known.get("t_min"), exposure_s=known.get("t_exptime")
        )
        return (*told, *transits)

    def _name(self, plane: PlaneOfFile, masked: Masked, source: Source, seen: Seen) -> None:
        """Say which satellites the trails of an image are, where that is asked."""
        if self._asked.is_identified and source.known is not None:
            seen.name(*names_of(plane, masked.trails, source.known, self._folder))

    def _mask_sequence(self, sources: Sequence[Source], results: Results) -> Iterator[float]:
        planes = _sequence(sources)
        seen = [Seen() for _ in sources]
        files = [results.files(source) for source in sources]
        with ExitStack() as writing:
            for each in files:
                writing.enter_context(each)
            groups = list(zip(*planes, strict=True))
            for done, some in enumerate(groups, 1):
                self._mask_together(sources, some, files, seen)
                yield done / len(groups)
        for source, written, about in zip(sources, files, seen, strict=True):
            results.add(source, written, about)

    def _mask_together(
        self,
        sources: Sequence[Source],
        planes: Sequence[PlaneOfFile],
        files: Sequence[ResultFiles],
        seen: Sequence[Seen],
    ) -> None:
        asked = self._asked
        prior = self._prior(planes[0], sources[0])
        found = self._detector.detect_sequence(
            [plane.frame for plane in planes],
            wcs=planes[0].frame.wcs,
            prior=prior or None,
            search=asked.search,
        )
        told = zip(sources, planes, found, files, seen, strict=True)
        for source, plane, detection, written, about in told:
            masked = results_of(
                plane.frame,
                detection,
                prior=prior,
                search=asked.search,
                outputs=self._outputs,
                cut=asked.cut,
            )
            written.add(plane, masked)
            about.add(plane, masked, rejected=False)
            self._name(plane, masked, source, about)


def _sequence(sources: Sequence[Source]) -> list[list[PlaneOfFile]]:
    """The images of files that are one sequence."""
    planes: list[list[PlaneOfFile]] = []
    pixels = 0
    for source in sources:
        planes.append([])
        for plane in _planes(source):
            pixels += math.prod(plane.frame.shape)
            if pixels > MOST_PIXELS:
                raise LimitExceeded(
                    f"SEQUENCE: the images have more than {MOST_PIXELS} pixels together, the most "
                    "that are accepted; give fewer images"
                )
            planes[-1].append(plane)
    if len({tuple(plane.frame.shape for plane in each) for each in planes}) > 1:
        raise BadParameter("SEQUENCE: the images differ in number or size; give one field")
    return planes


def _planes(source: Source, refused: list[str] | None = None) -> Iterator[PlaneOfFile]:
    """The images of a file, with the zero point that the archive knows where they tell none."""
    point = (source.known or {}).get("zero_point")
    with source.path.open("rb") as stream:
        for plane in read_stream(stream, source.name, source.taken, refused=refused):
            pixels = math.prod(plane.frame.shape)
            if pixels > MOST_PIXELS:
                raise LimitExceeded(
                    f"{source.name}: it has {pixels} pixels; {MOST_PIXELS} are accepted at most"
                )
            is_known = point is not None and math.isnan(plane.zero_point)
            yield replace(plane, zero_point=float(point or 0.0)) if is_known else plane
