"""The networks that ship with satvo: each with its card and its statistics, small together."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest
from satvo.resources.masks.networks.session import network_names
from satvo.resources.masks.training.distance import statistics_of

NETWORKS = files("satvo.resources.masks.networks")
LARGEST_TOGETHER = 10_000_000
PIXELS = ("faint", "paper", "streak")
"""Those that mark pixels; their training images are known by statistics."""


def content(name: str) -> bytes:
    return (NETWORKS / "weights" / f"{name}.onnx").read_bytes()


def test_the_networks_of_the_detectors_ship() -> None:
    assert set(PIXELS) <= set(network_names())


@pytest.mark.parametrize("name", network_names())
def test_a_network_has_a_card_of_its_own(name: str) -> None:
    card = (NETWORKS / "cards" / f"{name}.md").read_text(encoding="utf-8")
    assert hashlib.sha256(content(name)).hexdigest() in card
    assert f"{len(content(name))} bytes" in card
    for heading in ("Data", "Recipe", "Measures", "Known failures"):
        part = card.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert len(part.split()) >= 5, f"{name}.md says nothing under {heading}"


def test_no_card_is_of_a_network_that_is_gone() -> None:
    cards = {path.name.removesuffix(".md") for path in (NETWORKS / "cards").iterdir()}
    assert cards == set(network_names())


@pytest.mark.parametrize("name", PIXELS)
def test_a_network_that_marks_pixels_knows_its_training_images(name: str) -> None:
    assert statistics_of(name) is not None


def test_all_networks_together_are_small() -> None:
    assert sum(len(content(name)) for name in network_names()) < LARGEST_TOGETHER
