"""The filings that the package carries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from satvo.resources.brightness.published import published_means
from satvo.resources.constellations.filed import (
    check_own_name,
    filed_constellation,
    filed_constellations,
    filed_names,
    find_constellation,
)
from satvo.schemas.errors import BadParameter

# Satellites as each filing, or the report on it that the definition names, tells the sum.
SUMS = {
    "ast-spacemobile": 243, "astra": 13_620, "boeing-v-band": 147, "e-space": 337_320,
    "guowang": 12_992, "honghu-3": 10_000, "hughes-hvnet": 1440, "kuiper": 3236,
    "oneweb-phase1": 720, "oneweb-phase2": 47_844, "oneweb-phase2-reduced": 6372, "qianfan": 1296,
    "starlink-gen1": 4408, "starlink-gen2": 29_988, "starlink-gen2-authorised": 7500,
    "starlink-gen2-first": 30_000, "starlink-vleo": 7518, "telesat-lightspeed": 1671,
}  # fmt: skip

# Bassa, Hainaut and Galadi-Enriquez 2022, table 1: altitude, inclination, number
PAPER = [
    (550, 53, 1584), (540, 53.2, 1584), (570, 70, 720), (560, 97.6, 348), (560, 97.6, 172),
    (335.9, 42, 2493), (340.8, 48, 2478), (345.6, 53, 2547),
    (328, 30, 7178), (334, 40, 7178), (345, 53, 7178), (360, 96.9, 2000), (373, 75, 1998),
    (499, 53, 4000), (604, 148, 144), (614, 115.7, 324),
    (1200, 87.9, 1764), (1200, 40, 2304), (1200, 55, 2304),
]  # fmt: skip


def test_sums_are_those_of_the_filings() -> None:
    assert {each.name: each.satellites for each in filed_constellations()} == SUMS


def test_each_names_its_filing_and_says_what_was_compared() -> None:
    for each in filed_constellations():
        assert each.name in filed_names()
        assert each.filing.split()[0] in ("FCC", "ITU"), each.name
        assert len(each.note) > 40, each.name
        assert each.verified or "not compared" in each.note, each.name


def test_the_shells_of_the_paper_are_there() -> None:
    shells = [
        (shell.altitude_km, shell.inclination_deg, shell.satellites)
        for name in (
            "starlink-gen1",
            "starlink-vleo",
            "starlink-gen2-first",
            "oneweb-phase2-reduced",
        )
        for shell in filed_constellation(name).shells
    ]
    assert sorted(shells) == sorted(PAPER)
    assert sum(number for *_, number in shells) == 48_298


def test_sums_that_the_order_on_generation_2_tells() -> None:
    shells = filed_constellation("starlink-gen2").shells
    altitudes = np.array([shell.altitude_km for shell in shells])
    numbers = np.array([shell.satellites for shell in shells])
    for low, high, told in ((340, 360, 19_440), (525, 535, 10_080), (604, 614, 468)):
        assert numbers[(altitudes >= low) & (altitudes <= high)].sum() == told


def test_planes_of_e_space_are_those_that_name_its_filing() -> None:
    assert sum(shell.planes for shell in filed_constellation("e-space").shells) == 937


def test_brightness_models_know_the_names() -> None:
    used = {
        (shell.brightness.constellation, shell.brightness.generation)
        for each in filed_constellations()
        for shell in each.shells
    }
    assert used - {("", "")} <= set(published_means())


def test_a_file_is_found_and_a_name_before_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("{name: Mine, shells: [{altitude: 500, inclination: 5, satellites: 3}]}")
    assert find_constellation(str(path)).name == "mine"
    assert find_constellation("kuiper") is filed_constellation("kuiper")


@pytest.mark.parametrize("given", ["death-star", "../filings/kuiper", "kuiper.yaml", "a\0b", ""])
def test_what_is_neither_name_nor_file_is_refused(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadParameter, match=r"no filed constellation; those are ast-|cannot be"):
        find_constellation(given)
    with pytest.raises(BadParameter, match="give one of ast-"):
        filed_constellation(given)


def test_the_name_of_a_filed_one_is_not_for_others(tmp_path: Path) -> None:
    filed = filed_constellation("kuiper")
    check_own_name(filed)
    path = tmp_path / "mine.yaml"
    path.write_text("{name: Kuiper, shells: [{altitude: 500, inclination: 5, satellites: 3}]}")
    with pytest.raises(BadParameter, match="name=kuiper: a filed constellation has this name"):
        check_own_name(find_constellation(str(path)))
