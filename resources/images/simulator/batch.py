"""Frames of a plan as files, made by several processes; each frame is there whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satvo.resources.images.simulator.exposure import Exposure
from satvo.resources.images.simulator.plan import Plan
from satvo.resources.images.simulator.written import frame_file, truth_catalogue, truth_file
from satvo.schemas.errors import BadParameter

__all__ = ["Made", "frame_names", "make_frames", "many_processes", "numbered_cards"]

LONGEST_SCENE_CARD = 20_000
"""Characters of a description that a header takes; longer ones are in the scene file alone."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a scene.

    Attributes
    ----------
    number : int
        Of the scene, from 0.
    names : tuple of str
        Of its frames' images.
    trails : int
        In all of its frames.
    share : float
        Of the pixels that trails affect, mean of its frames.
    """

    number: int
    names: tuple[str, ...]
    trails: int
    share: float


def frame_names(plan: Plan, number: int) -> list[str]:
    """Names of the frames of a scene, without ending: a running number, four digits or more.

    The frame f (from 0) of the scene k (from 0) of n frames each is k n + f.

    Examples
    --------
    >>> from satvo.resources.images.simulator.plan import Plan
    >>> frame_names(Plan({"count": 2, "time_series": {"frames": 3}}, {}), 1)
    ['0003', '0004', '0005']
    """
    digits = max(4, len(str(plan.count * plan.frames - 1)))
    first = number * plan.frames
    return [f"{first + frame:0{digits}d}" for frame in range(plan.frames)]


def make_frames(
    plan: Plan,
    folder: Path,
    *,
    pair: bool = False,
    jobs: int = 1,
    numbers: Iterable[int] | None = None,
) -> Iterator[Made]:
    """Write the scenes of a plan into a folder.

    Of each frame NNNN.fits, NNNN_truth.fits, NNNN_truth.ecsv and, with ``pair``, NNNN_pair.fits,
    the same frame without its trails. The image comes last: where it is there, the others are.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Which is there.
    pair : bool
    jobs : int
        Processes; which of them makes a frame changes nothing about it.
    numbers : iterable of int, optional
        Of scenes; all of the plan where not given.

    Yields
    ------
    Made
        In the order of their numbers with one process, otherwise as they come.
    """
    wanted = range(plan.count) if numbers is None else list(numbers)
    work = ((number, folder, pair) for number in wanted)
    with many_processes(_make, plan, jobs) as made_of:
        yield from made_of(work)


@contextmanager
def many_processes(
    function: Callable[..., Any], plan: Plan, jobs: int
) -> Iterator[Callable[[Iterable[tuple[Any, ...]]], Iterator[Any]]]:
    """A way to call ``function(plan, *arguments)`` for many arguments in several processes.

    Parameters
    ----------
    function : callable
        Of a module's top level.
    plan : Plan
        Goes to each process once.
    jobs : int
        1: in this process.
    """
    if jobs <= 1:
        yield lambda work: (function(plan, *arguments) for arguments in work)
        return
    import multiprocessing

    # Forked workers would share locks of threads that libraries of this process have started.
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, _keep, (function, plan)) as pool:
        yield lambda work: pool.imap_unordered(_call, work)


_kept: dict[str, Any] = {}


def _keep(function: Callable[..., Any], plan: Plan) -> None:
    import signal

    # Ctrl-C reaches the whole group: the parent alone says what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _kept.update(function=function, plan=plan)


def _call(arguments: tuple[Any, ...]) -> Any:
    return _kept["function"](_kept["plan"], *arguments)


def _make(plan: Plan, number: int, folder: Path, pair: bool) -> Made:
    exposures = plan.exposures(number)
    without = plan.shot(number).without_trails().observe() if pair else []
    names = frame_names(plan, number)
    for index, (name, exposure) in enumerate(zip(names, exposures, strict=True)):
        more = numbered_cards(plan, number)
        files = {
            f"{name}_truth.fits": truth_file(exposure, more),
            f"{name}_truth.ecsv": truth_catalogue(exposure, {"scene": number, "seed": plan.seed}),
        }
        if pair:
            files[f"{name}_pair.fits"] = frame_file(without[index], more)
        files[f"{name}.fits"] = frame_file(exposure, more)
        for file, content in files.items():
            write_whole(folder / file, content)
    return Made(
        number,
        tuple(f"{name}.fits" for name in names),
        sum(len(exposure.trails) for exposure in exposures),
        _mean_share(exposures),
    )


def numbered_cards(plan: Plan, number: int) -> Mapping[str, Any]:
    """What a header says of the plan: seed, number, and the description as JSON."""
    title = plan.read.get("title") or "simulated field"
    cards: dict[str, Any] = {
        "OBJECT": (title, ""),
        "SIMSEED": (plan.seed, "seed of the plan"),
        "SIMNUM": (number, "number of the scene, from 0"),
    }
    instrument = Path(str(plan.read.get("instrument", "telescope"))).stem
    cards["TELESCOP"] = (f"simulated {instrument}"[:60], "")
    cards["INSTRUME"] = (f"simulated camera of {instrument}"[:60], "")
    # Without the count, or a longer run would begin with other bytes.
    told = {key: value for key, value in plan.description.items() if key != "count"}
    text = json.dumps({**told, "seed": plan.seed}, separators=(",", ":"))
    if len(text) <= LONGEST_SCENE_CARD:
        cards["SIMSCENE"] = (text, "")
    return cards


def _mean_share(exposures: list[Exposure]) -> float:
    return sum(exposure.share("trail") for exposure in exposures) / len(exposures)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is whole or not there.

    Raises
    ------
    BadParameter
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as err:
        raise BadParameter(f"{path}: cannot be written: {err.strerror}") from err
    finally:
        part.unlink(missing_ok=True)
