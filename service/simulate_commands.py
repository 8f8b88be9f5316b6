"""``satvo simulate``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import read_moment
from satvo.service.commands import fraction_progress, options_of

if TYPE_CHECKING:
    from satvo.resources.images.simulator.plan import Plan

__all__ = ["simulate"]

_SIMPLE = ("magnitude", "altitude", "orientation", "exposure", "pointing", "start")


_path = click.Path(path_type=Path)

_of_preset = options_of(
    click.option("--preset", help="Instrument, of --list or the path of a YAML file."),
    click.option("--streak", type=click.Choice(["random", "none"]), help="With --preset."),
    click.option("--mag", "magnitude", type=float, help="V of the satellite."),
    click.option("--altitude", type=float, help="Of the satellite, km."),
    click.option("--orientation", type=float, help="Of its motion, deg from the rows."),
    click.option("--exposure", type=float, help="Seconds, instead of the instrument's."),
    click.option("--pointing", type=float, nargs=2, help="ICRS, deg: right ascension, dec."),
    click.option("--start", help="Start of the first frame, UTC, ISO 8601."),
)

_of_output = options_of(
    click.option("-o", "--output", type=_path, help="Folder; made where it is missing."),
    click.option("--seed", type=click.IntRange(0), help="Instead of the scene's."),
    click.option("--count", type=click.IntRange(1), help="Scenes to make, each drawn anew."),
    click.option(
        "--background", "backgrounds", type=_path, multiple=True,
        help="Draw on this FITS image, or on those of this folder (scene kind composite).",
    ),
    click.option(
        "--transits", type=_path,
        help="Draw the trails of these transits, a table that satvo passes -o wrote.",
    ),
    click.option(
        "--rate",
        help="Draw trails by rate: 10@4:6 is 10 a square degree and hour, V from 4 to 6; several "
        "joined by commas, or a table with mag_bright, mag_faint and rate.",
    ),
    click.option(
        "--model",
        help="Appearance of trails: defocused, ccd, cmos, ... (deploy/trails.md).",
    ),
    click.option("--pair", is_flag=True, help="Write each frame without its trails as well."),
    click.option("--overwrite", is_flag=True, help="Replace frames that are there."),
    click.option(
        "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes."
    ),
)  # fmt: skip

_of_bulk = options_of(
    click.option("--bulk", type=click.IntRange(1), help="Make a training set of so many cut-outs."),
    click.option("--size", type=click.IntRange(16, 4096), default=256, show_default=True,
                 help="Of a cut-out, pixel."),
    click.option("--snr", type=float, nargs=2, help="Bounds of the mean signal to noise of trails, "
                 "instead of the magnitudes of the scene."),
    click.option("--empty", type=click.FloatRange(0.0, 1.0), default=0.5, show_default=True,
                 help="Share of cut-outs without a trail."),
)  # fmt: skip


@click.command()
@click.argument("scene", required=False, type=_path)
@_of_preset
@_of_output
@_of_bulk
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a scene and stop.")
@click.option("--list", "list_", is_flag=True, help="List the instruments and stop.")
def simulate(
    scene: Path | None,
    preset: str | None,
    streak: str | None,
    output: Path | None,
    seed: int | None,
    count: int | None,
    backgrounds: tuple[Path, ...],
    transits: Path | None,
    rate: str | None,
    model: str | None,
    pair: bool,
    overwrite: bool,
    jobs: int,
    bulk: int | None,
    size: int,
    snr: tuple[float, float] | None,
    empty: float,
    schema: bool,
    list_: bool,
    **simple: Any,
) -> None:
    """Make images with satellite trails, and the truth about them.

    SCENE is a description in YAML or JSON; --schema says what it may hold. Of each frame there are
    NNNN.fits, NNNN_truth.fits (mask) and NNNN_truth.ecsv (trails and stars), from 0000 on. Frames
    depend on the seed and their number alone.
    """
    if schema:
        from satvo.resources.images.simulator.scene_schema import schema_text

        click.echo(schema_text(), nl=False)
        return
    if list_:
        _list()
        return
    if output is None:
        raise BadParameter("give -o and the folder to write into")
    if (rate or transits) and streak is None and preset is not None:
        streak = "none"
    plan = _plan(scene, preset, streak, simple, backgrounds)
    plan = _with_trails(plan, transits, rate).seeded(seed, count)
    if model is not None:
        if bulk is not None:
            raise BadParameter("--model with --bulk: cut-outs are drawn by scenes; leave one out")
        plan = plan.with_model(model)
    output.mkdir(parents=True, exist_ok=True)
    if bulk is not None:
        _bulk(plan, output, bulk, {"size": size, "empty": empty, "snr": snr, "jobs": jobs})
        return
    _refuse_overwriting(plan, output, overwrite)
    _frames(plan, output, pair=pair, jobs=jobs)


def _list() -> None:
    from satvo.resources.images.simulator.presets import find_instrument, instrument_names

    for name in instrument_names():
        found = find_instrument(name)
        width, height = found.detector["resolution"]
        click.echo(f"{name:12} {width:>5} x {height:<5} {found.title}")


def _plan(
    scene: Path | None,
    preset: str | None,
    streak: str | None,
    simple: Mapping[str, Any],
    backgrounds: tuple[Path, ...],
) -> Plan:
    from satvo.resources.images.simulator.scene_file import plan_of

    given = {key: value for key, value in simple.items() if value is not None}
    if (scene is None) == (preset is None):
        raise BadParameter("give a scene file, or --preset and an instrument; --list lists them")
    if preset is not None:
        description, name, folder = _described(preset, streak, given), preset, Path()
    elif scene is not None:
        if given or streak:
            options = ", ".join(f"--{'mag' if key == 'magnitude' else key}" for key in given)
            raise BadParameter(
                f"{options or '--streak'} with a scene file: these go with --preset; say them in "
                "the file"
            )
        description, name, folder = _read(scene), scene.name, scene.parent
    if backgrounds:
        if not isinstance(description, dict):
            raise BadParameter(f"{name}: give a mapping")
        told = description.get("scene")
        told = told if isinstance(told, dict) and told.get("kind") == "composite" else {}
        paths = [str(path.absolute()) for path in backgrounds]
        description["scene"] = {**told, "kind": "composite", "background": paths}
    return plan_of(description, name, folder=folder)


def _with_trails(plan: Plan, transits: Path | None, rate: str | None) -> Plan:
    """The plan with satellites of a transit list, or at rates."""
    if transits is not None:
        from satvo.resources.images.simulator.orbiting import satellites_of_transits
        from satvo.resources.images.simulator.scene_file import plan_of
        from satvo.resources.trails.given import read_columns

        seconds = plan.detector.exposure_time * plan.frames
        found = satellites_of_transits(read_columns(transits), plan.start, seconds)
        kept = plan.description.get("satellites", [])
        if isinstance(kept, str):
            raise BadParameter(f"--transits with satellites: {kept}; leave these out")
        told = {**plan.description, "satellites": [*kept, *found]}
        plan = plan_of(told, str(transits), folder=plan.folder)
    if rate is not None:
        from satvo.resources.trails.given import read_rate

        known = read_rate(rate)
        bins = zip(known.per_deg2_h, known.bright_mag, known.faint_mag, strict=True)
        plan = plan.with_rates(tuple((float(r), float(b), float(f)) for r, b, f in bins))
    return plan


def _described(preset: str, streak: str | None, given: dict[str, Any]) -> dict[str, Any]:
    from satvo.resources.images.simulator.scene_file import describe

    if "start" in given:
        try:
            given["start"] = read_moment(given["start"])
        except ValueError:
            raise BadParameter(
                f"--start {given['start']!r}: give a time (UTC) as 2026-11-22T20:15:00"
            ) from None
    return describe(preset, streak=streak or "random", **given)


def _read(scene: Path) -> Any:
    from satvo.resources.images.simulator.scene_file import LARGEST_BYTES

    try:
        with scene.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
    except OSError as err:
        raise BadParameter(f"{scene}: cannot be read: {err.strerror}") from err
    if len(content) > LARGEST_BYTES:
        raise BadParameter(f"{scene}: scene descriptions of {LARGEST_BYTES:,} bytes at most")
    return read_plain_yaml(content, f"{scene}: not a scene description")


def _refuse_overwriting(plan: Plan, output: Path, overwrite: bool) -> None:
    from satvo.resources.images.simulator.batch import frame_names

    if overwrite:
        return
    there = {path.name for path in output.iterdir()}
    for number in range(plan.count):
        for name in frame_names(plan, number):
            if f"{name}.fits" in there:
                raise BadParameter(
                    f"{output / name}.fits is there; give --overwrite or another folder"
                )


def _frames(plan: Plan, output: Path, *, pair: bool, jobs: int) -> None:
    from satvo.resources.images.simulator.batch import make_frames

    frames = trails = 0
    share = 0.0
    with fraction_progress(str(output)) as progress:
        for done, made in enumerate(make_frames(plan, output, pair=pair, jobs=jobs), 1):
            frames += len(made.names)
            trails += made.trails
            share += made.share
            progress(done / plan.count)
    click.echo(
        f"{output}: {frames} frames, {trails} trails, {share / plan.count:.4%} of the pixels "
        "affected"
    )


def _bulk(plan: Plan, output: Path, number: int, how: Mapping[str, Any]) -> None:
    from satvo.resources.images.simulator.shards import write_training_set

    with fraction_progress(str(output)) as progress:
        told = write_training_set(plan, output, number, progress=progress, **how)
    click.echo(
        f"{output}: {number} cut-outs in {told['shards']} shards, {told['made']} of them made now"
    )
