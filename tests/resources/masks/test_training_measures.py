"""Measures of detectors: against their definitions, in groups as Table 1 of the paper has them."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from satvo.resources.images.simulator.batch import make_frames
from satvo.resources.images.simulator.scene_file import describe, plan_of
from satvo.resources.masks.training.curves import Pool
from satvo.resources.masks.training.evaluate import (
    Counting,
    measure_set,
    write_evaluation,
)
from satvo.resources.masks.training.groups import FAMILIES, groups_of
from satvo.resources.masks.training.scoring import score_set, scorer_of
from satvo.resources.masks.training.sets import KnownFrame, read_set
from satvo.schemas.errors import BadParameter


def by_definition(
    positives: np.ndarray, negatives: np.ndarray, at_fpr: float, at_recall: float
) -> tuple[float, float, float]:
    """Area, recall at a false-positive rate, precision at a recall, by trying every threshold."""
    greater = positives[:, None] > negatives
    equal = positives[:, None] == negatives
    area = (greater + 0.5 * equal).mean()
    cuts = np.unique(np.concatenate([positives, negatives]))
    # What is above a cut counts; the lowest cut that leaves few enough negatives above it.
    allowed = [cut for cut in cuts if np.mean(negatives > cut) <= at_fpr]
    recall = np.mean(positives > min(allowed))
    enough = max(cut for cut in cuts if np.mean(positives >= cut) >= at_recall)
    right, wrong = np.sum(positives >= enough), np.sum(negatives >= enough)
    return float(area), float(recall), float(right / (right + wrong))


@pytest.mark.parametrize(("levels", "parts"), [(0, 1), (0, 5), (12, 4)], ids=str)
def test_measures_are_those_of_their_definitions(levels: int, parts: int) -> None:
    random = np.random.default_rng(levels + parts)
    positives = random.normal(1.5, 1.0, 180).astype(np.float32)
    negatives = random.normal(0.0, 1.0, 700).astype(np.float32)
    if levels:  # many equal scores
        positives, negatives = (np.round(each * levels / 6) for each in (positives, negatives))
    pool = Pool(threshold=1.0, at_fpr=0.02, at_recall=0.9)
    for some in np.array_split(positives, parts):
        pool.add_positives(some)
    pool.expect_negatives(negatives.size)
    for some in np.array_split(negatives, parts):
        pool.add_negatives(some)
    told = pool.measures()
    area, recall, precision = by_definition(positives, negatives, 0.02, 0.9)
    assert told.auc == pytest.approx(area, abs=1e-12)
    assert told.tpr_at_fpr == pytest.approx(recall, abs=1e-12)
    assert told.precision_at_recall == pytest.approx(precision, abs=1e-12)
    assert told.recall == pytest.approx(np.mean(positives >= 1.0))
    assert told.fpr == pytest.approx(np.mean(negatives >= 1.0))
    curve = pool.curve()
    assert np.all(np.diff(curve.recall) >= 0.0)
    for score, at, fpr in zip(curve.score, curve.recall, curve.fpr, strict=True):
        assert at == np.mean(positives >= score)
        assert fpr == np.mean(negatives >= score)


def test_a_group_without_positives_or_negatives_has_no_measures() -> None:
    pool = Pool()
    pool.expect_negatives(3)
    pool.add_negatives(np.array([0.1, 0.7, 0.2], np.float32))
    told = pool.measures()
    assert math.isnan(told.auc)
    assert told.fpr == pytest.approx(1 / 3)
    assert pool.curve().recall.size == 0


def write_set(folder: Path, rows: list[dict[str, Any]], scores: Path) -> None:
    """A set of 60 x 80 pixels whose scores are the truth less noise."""
    random = np.random.default_rng(5)
    for name in ("frames", "truth"):
        (folder / name).mkdir(parents=True)
    scores.mkdir()
    for row in rows:
        truth = np.zeros((60, 80), np.uint8)
        if row["kind"] != "negative":
            truth[30, 0 if row["kind"] == "crossing" else 15 : 60] = 1
        image = random.normal(100.0, 5.0, truth.shape).astype(np.float32)
        fits.PrimaryHDU(image).writeto(folder / "frames" / f"{row['file']}")
        fits.PrimaryHDU(truth).writeto(folder / "truth" / f"{row['file']}")
        given = 0.6 * truth * row.get("seen", 1.0) + 0.4 * random.random(truth.shape)
        np.save(scores / f"{row['file'].removesuffix('.fits')}.npy", given.astype(np.float32))
    columns = ["file", "camera", "kind", "snr_avg", "snr_tot", "length", "stars"]
    with (folder / "frames.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def known_set(tmp_path: Path) -> Path:
    common = {"camera": "evscope1", "stars": 4, "length": 180.0}
    rows = [
        {**common, "file": "a.fits", "kind": "enclosed", "snr_avg": 0.3, "seen": 0.1},
        {**common, "file": "b.fits", "kind": "enclosed", "snr_avg": 1.0},
        {**common, "file": "c.fits", "kind": "crossing", "snr_avg": 40.0, "camera": "other"},
        {"camera": "evscope1", "stars": 4, "file": "d.fits", "kind": "negative", "snr_avg": ""},
        {"camera": "evscope1", "stars": 4, "file": "e.fits", "kind": "negative", "snr_avg": ""},
    ]
    write_set(tmp_path / "set", rows, tmp_path / "scores")
    return tmp_path


def test_frames_fall_into_the_groups_of_table_1(known_set: Path) -> None:
    made = measure_set(read_set(known_set / "set"), known_set / "scores")
    groups = {group.label: group for group in made.pixels}
    assert list(groups) == [
        "all", "camera evscope1", "camera other", "SNRavg [0;0.5]", "SNRavg [1;3]",
        "SNRavg [10;30]", "length [170;190]", "stars [3;6]",
    ]  # fmt: skip
    assert groups["all"].frames == 5
    assert groups["all"].measures.negatives == 5 * 40 * 60 - 45 - 45 - 50
    # Those of a group are pixels of its own frames, and the border counts neither way.
    assert groups["SNRavg [10;30]"].measures.positives == 50
    assert groups["SNRavg [10;30]"].measures.negatives == 40 * 60 - 50
    assert groups["SNRavg [1;3]"].measures.auc == 1.0
    assert groups["SNRavg [1;3]"].found == 1
    assert groups["SNRavg [0;0.5]"].found == 0
    assert (made.empty, made.empty_hit) == (2, 0)


def test_frames_are_told_with_border_crossers_and_without(known_set: Path) -> None:
    made = measure_set(read_set(known_set / "set"), known_set / "scores")
    every, enclosed, bright = made.whole
    assert [group.frames for group in made.whole] == [3, 2, 1]
    assert [group.found for group in made.whole] == [2, 1, 1]
    assert every.measures.negatives == enclosed.measures.negatives == 2
    assert bright.measures.auc == 1.0


def test_a_ring_around_the_truth_counts_neither_way(known_set: Path) -> None:
    frames = read_set(known_set / "set")
    plain, ring = (
        measure_set(frames, known_set / "scores", Counting(ring=each)).pixels[0].measures
        for each in (0, 1)
    )
    assert ring.positives == plain.positives
    # Of each enclosed trail the rows beside it and a pixel at each end; the crossing one has one
    # end inside of what counts.
    assert plain.negatives - ring.negatives == 2 * (2 * 45 + 2) + (2 * 50 + 1)


def test_an_evaluation_is_written_with_plots(known_set: Path, tmp_path: Path) -> None:
    made = measure_set(read_set(known_set / "set"), known_set / "scores", about={"set": "x"})
    out = tmp_path / "out"
    out.mkdir()
    write_evaluation(made, out)
    told = json.loads((out / "measures.json").read_text())
    table = Table.read(out / "measures.ecsv", format="ascii.ecsv")
    assert len(table) == len(told["pixels"]) + 3
    assert table.meta["set"] == "x"
    assert told["pixels"][0]["auc"] == pytest.approx(table["auc"][0])
    for name in ("roc.png", "precision.png", "frames.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert len(made.lines()) == len(table) + 2


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "no scores of b"),
        (lambda path: path.write_bytes(b"none"), "no scores of b"),
        (lambda path: np.save(path, np.zeros((4, 4))), "scores of shape"),
        (lambda path: np.save(path, np.full((60, 80), np.nan)), "not finite"),
    ],
    ids=["absent", "no array", "other shape", "not a number"],
)
def test_scores_that_cannot_be_measured_are_told(known_set: Path, spoil: Any, message: str) -> None:
    spoil(known_set / "scores" / "b.npy")
    with pytest.raises(BadParameter, match=message):
        measure_set(read_set(known_set / "set"), known_set / "scores")


def test_a_folder_without_a_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="no frame with a truth"):
        read_set(tmp_path)
    with pytest.raises(BadParameter, match="is no folder"):
        read_set(tmp_path / "absent")


def test_a_set_of_satvo_simulate_is_read_and_scored(tmp_path: Path) -> None:
    told = describe("evscope1", magnitude=5.0, seed=3, count=1)
    told["detector"] = {"resolution": [320, 256]}
    told["satellites"][0]["rate"] = 1500.0
    list(make_frames(plan_of(told), tmp_path, pair=True))
    (known,) = read_set(tmp_path)
    assert known.name == "0000"
    assert known.about["kind"] == "enclosed"
    assert known.number("r0_cm") == pytest.approx(3.0)
    assert (
        known.trails().sum()
        == Table.read(tmp_path / "0000_truth.ecsv", format="ascii.ecsv")["mask_pixels"][0]
    )
    scores = tmp_path / "scores"
    score_set([known], scorer_of(network="streak"), scores)
    made = measure_set([known], scores)
    assert made.pixels[0].measures.auc > 0.99
    before = (scores / "0000.npy").stat().st_mtime_ns
    score_set([known], scorer_of(network="streak"), scores)  # what is there is kept
    assert (scores / "0000.npy").stat().st_mtime_ns == before


def test_bins_include_their_lower_edge(tmp_path: Path) -> None:
    snr = FAMILIES[0]
    assert snr.label(0.5) == "SNRavg [0.5;1]"
    assert snr.label(99.0) == "SNRavg [10;30]"
    assert snr.label(math.nan) is None
    assert FAMILIES[3].label(300.0) is None
    frame = KnownFrame("x", tmp_path, tmp_path, {"snr_avg": "", "stars": "2", "camera": ""})
    assert groups_of(frame) == ["stars [0;3]"]
