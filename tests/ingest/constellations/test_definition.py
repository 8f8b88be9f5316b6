"""Definitions of constellations: what is understood, and what is refused with a reason."""

from __future__ import annotations

import io

import pytest
from satvo.ingest.constellations.definition import read_constellation
from satvo.ingest.constellations.shells import Brightness, Constellation, Population
from satvo.schemas.errors import BadParameter

FULL = """
name: Été Net, 2nd
filing: a letter
verified: true
lifetime: 5
populations:
  descending: {altitude: 250, days: 180}
  raising: {altitude: 350, days: 45.5}
brightness: {constellation: starlink, generation: v2-mini}
shells:
  - {altitude: 550, inclination: 53, planes: 72, satellites_per_plane: 22, phasing: 17}
  - {id: star, altitude: 1200, inclination: 87.9, planes: 18, satellites: 715, raan_spread: 180,
     raan_offset: 5, populations: {drifting: {altitude: 700, days: 10}}, lifetime: 7,
     brightness: {mag_std: 6.5}}
  - {altitude: 340, inclination: 40, satellites: 7178, random_phase: true, populations: {}}
  - {altitude: 35788, inclination: 63.4, planes: 3, satellites: 15, eccentricity: 0.2,
     arg_of_pericenter: 270, random_phase: 2.5, populations: {}}
"""
SHELL = "{id: a, altitude_km: 550, inclination_deg: 53, planes: 200, satellites_per_plane: 20}"
ONE = "altitude: 550, inclination: 53, planes: 2, satellites_per_plane: 4"


def read(text: str) -> Constellation:
    return read_constellation(io.BytesIO(text.encode()), name="shells.yaml")


def test_everything_a_definition_may_say_is_understood() -> None:
    found = read(FULL)
    assert (found.name, found.title, found.filing) == ("ete-net-2nd", "Été Net, 2nd", "a letter")
    assert found.verified
    first, star, own, eccentric = found.shells
    assert [shell.id for shell in found.shells] == ["S1", "star", "S3", "S4"]
    assert (first.satellites, first.phasing, first.lifetime_years) == (1584, 17, 5.0)
    assert first.populations == (
        Population("raising", 350.0, 45.5), Population("descending", 250.0, 180.0),
    )  # fmt: skip
    assert first.brightness == Brightness("starlink", "v2-mini")
    assert (star.planes, star.satellites, star.raan_spread_deg) == (18, 715, 180.0)
    assert star.raan_offset_deg == 5.0
    assert star.brightness == Brightness(mag_std=6.5)
    assert star.populations == (Population("drifting", 700.0, 10.0),)
    assert (own.planes, own.phasing, own.random_phase_deg) == (7178, None, 180.0)
    assert (eccentric.eccentricity, eccentric.arg_of_pericenter_deg) == (0.2, 270.0)
    assert eccentric.random_phase_deg == 2.5


def test_populations_have_as_many_as_dwell_in_a_lifetime() -> None:
    first = read(FULL).shells[0]
    # 1584 x 45.5 / 1826.25 = 39.46 and 1584 x 180 / 1826.25 = 156.13
    assert [first.count_of(each) for each in first.populations] == [39, 156]
    assert first.total == 1584 + 39 + 156


def test_a_definition_of_the_contract_needs_no_more_than_name_and_shells() -> None:
    found = read(f"{{name: kuiper, shells: [{{{ONE}}}]}}")
    assert (found.name, found.title, found.filing, found.satellites) == ("kuiper", "kuiper", "", 8)
    assert not found.verified


def test_the_keys_of_before_are_understood() -> None:
    old = read(f"{{name: x, title: X, filing: y, shells: [{SHELL[:-1]}, raan_spread_deg: 180}}]}}")
    new = read(
        "{name: x, title: X, filing: y, shells: [{id: a, altitude: 550, inclination: 53, "
        "planes: 200, satellites_per_plane: 20, raan_spread: 180}]}"
    )
    assert old == new


def test_one_satellite_a_plane_is_not_left_on_lines() -> None:
    text = "{name: x, shells: [{altitude: 500, inclination: 53, planes: 99, satellites: 99%s}]}"
    assert read(text % "").shells[0].phasing is None
    assert read(text % ", phasing: 3").shells[0].phasing == 3


@pytest.mark.parametrize(
    ("title", "name"), [("国网", "c-"), ("A" * 60, "a" * 40), ("x--y!", "x-y"), ("-", "c-")]
)
def test_any_text_is_a_name(title: str, name: str) -> None:
    found = read(f"{{name: {title!r}, shells: [{{{ONE}}}]}}")
    assert found.name.startswith(name)
    assert found.title == title
    assert 0 < len(found.name) <= 40


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "not a YAML"),
        ("", "the definition is empty"),
        ("{}", "name is missing"),
        ("- 1", "give a mapping of name"),
        ("name: !!python/object:os.system x", "not a YAML"),
        ("[" * 100_000, "nested too deep"),
        (f"name: x\nnumber: {'9' * 5000}", "not a YAML"),
        (f"name: x\nshells: [&a {SHELL}, *a]", "aliases"),
        ("name: x\nname: y", "name is given twice"),
        ("name: x\n1: y", "the key 1 is not a text"),
        ("name: x\ncolour: y", "colour is unknown; there are name"),
        ("name: x", "list of shells"),
        ("name: x\nshells: []", "at least one"),
        ("name: x\nshells: 3", "list of shells"),
        ("name: x\nshells: [3]", "shell 1: 3: give a mapping"),
        ("name: 7\nshells: []", "name=7: give a text of 1 to 60"),
        ("name: ' '\nshells: []", "name is blank"),
        (f"name: {'n' * 61}\nshells: []", "1 to 60 printable"),
        ('name: "a\\nb"\nshells: []', "printable"),
        (f"name: x\ntitle: [1]\nshells: [{SHELL}]", "title="),
        (f"name: x\nverified: 1\nshells: [{SHELL}]", "verified=1: give true or false"),
        (f"name: x\nlifetime: 0\nshells: [{SHELL}]", "lifetime=0"),
        (f"name: x\nshells: [{SHELL}, {SHELL}]", "same id"),
        ("name: x\nshells: [{id: 'a\u00e9'}]", "id=a\u00e9"),
        ("name: x\nshells: [{id: 7}]", "id=7"),
    ],
)
def test_a_bad_definition_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        read(text)


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        (ONE.replace("53", "200"), "inclination=200: give a number from 0 to 180"),
        (ONE.replace("53", ".nan"), "inclination=nan"),
        (ONE.replace("53", "'53'"), "inclination=53"),
        (ONE.replace("53", "true"), "inclination=True"),
        (ONE.replace("53", "2027-01-01"), "inclination=2027-01-01"),
        (ONE.replace("550", "20"), "altitude=20: give a number from 100 to 50000"),
        (ONE.replace("550", ".inf"), "altitude=inf"),
        (ONE.replace("planes: 2", "planes: 0"), "planes=0: give a whole number from 1"),
        (ONE.replace("planes: 2", "planes: 1.5"), "planes=1.5"),
        (ONE.replace("planes: 2", "planes: -3"), "planes=-3"),
        (ONE.replace("plane: 4", "plane: 0"), "satellites_per_plane=0"),
        (ONE.replace("plane: 4", "plane: 900000"), "1800000 satellites; give shells with 1 to"),
        (ONE + ", height: 2", "height is unknown; there are id, altitude"),
        (ONE + ", altitude_km: 500", "altitude is given twice"),
        (ONE + ", satellites: 9", "satellites=9 is not planes times"),
        (ONE + ", eccentricity: 0.08", "brings the perigee to -4 km"),
        (ONE + ", eccentricity: 0.2", "brings the perigee to -836 km"),
        (ONE + ", random_phase: 200", "random_phase=200"),
        (ONE + ", random_phase: lots", "random_phase=lots"),
        (ONE + ", phasing: 0.5", "phasing=0.5"),
        (ONE + ", brightness: bright", "bright: give a mapping of constellation"),
        (ONE + ", brightness: {mag_std: dark}", "mag_std=dark"),
        (ONE + ", brightness: {generation: 2}", "generation=2"),
        (ONE + ", populations: {raising: {altitude: 300, days: 9}}", "lifetime of a satellite"),
        (ONE + ", lifetime: 5, populations: {rising: {}}", "rising is unknown"),
        (ONE + ", lifetime: 5, populations: {raising: {days: 9}}", "give altitude"),
        (ONE + ", lifetime: 5, populations: {raising: {altitude: 600, days: 9}}", "is above the"),
        (ONE + ", lifetime: 5, populations: {drifting: {altitude: 400, days: .nan}}", "days=nan"),
        (ONE + ", lifetime: 1, populations: {drifting: {altitude: 400, days: 999}}", "longer than"),
        ("altitude: 550, inclination: 53", "how many satellites is missing"),
        ("altitude: 550, inclination: 53, planes: 3", "how many satellites is missing"),
        ("altitude: 550, inclination: 53, planes: 3, satellites: 2", "3 planes for 2 satellites"),
        ("altitude: 550, satellites: 2", "inclination is missing"),
        ("inclination: 55, satellites: 2", "altitude is missing"),
    ],
)
def test_a_bad_shell_is_refused_with_the_reason(shell: str, words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        read(f"name: x\nshells:\n  - {{{shell}}}")


def test_a_file_that_is_too_long_is_not_parsed() -> None:
    with pytest.raises(BadParameter, match="at most 1048576 bytes"):
        read("#" * (1 << 20) + "\n")


def test_a_long_mapping_is_refused_in_time() -> None:
    text = "".join(f"k{i}: 1\n" for i in range(8000))
    with pytest.raises(BadParameter, match="k0 is unknown"):
        read(text)
