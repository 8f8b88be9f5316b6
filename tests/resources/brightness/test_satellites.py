"""Whom brightness models take satellites for."""

from __future__ import annotations

from satvo.resources.brightness.satellites import Satellites


def test_simulated_satellites_are_what_their_filing_says() -> None:
    names = ["sim-starlink-gen2", "sim-kuiper", "sim-guowang", "sim-mine", "starlink", "", None]
    known = Satellites.of(len(names), constellation=names)
    assert known.constellation.tolist() == [
        "starlink", "kuiper", "sim-guowang", "sim-mine", "starlink", "", "",
    ]  # fmt: skip
    assert known.generation.tolist() == ["v2-mini", "", "", "", "", "", ""]


def test_a_generation_that_is_given_is_kept() -> None:
    known = Satellites.of(1, constellation="sim-starlink-gen2", generation="visorsat")
    assert known.generation.tolist() == ["visorsat"]
