"""The JSON Schema of scene descriptions and their reader accept and refuse the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from satvo.resources.images.simulator.instrument_fields import DETECTOR, TELESCOPE
from satvo.resources.images.simulator.kinds import Mistakes
from satvo.resources.images.simulator.presets import find_instrument, instrument_names
from satvo.resources.images.simulator.scene_fields import DESCRIPTION
from satvo.resources.images.simulator.scene_schema import (
    parameter_rows,
    parameter_table,
    scene_schema,
    schema_text,
)
from satvo.resources.images.simulator.sections import Section

PRESET = find_instrument("evscope1")

WHOLE: dict[str, Any] = {
    "title": "all that there is",
    "instrument": "evscope1",
    "telescope": {
        **PRESET.telescope, "pointing": [10.0, 20.0], "r_0": {"uniform": [0.02, 0.045]},
        "collecting_surface": 0.009, "outer_scale": 20.0, "site": "la-palma",
        "observing_mode": "seeing_limited", "projection": "TAN", "rotation": 3.0,
    },
    "detector": {
        **PRESET.detector, "bayer_stage": "digitised", "photon_noise": True, "bleeding": False,
        "quantum_efficiency_model": "scaling", "nonlinearity": 0.01,
        "cosmic_rays": {"rate": 0.1}, "amplifiers": {"count": 2},
        "white_balance": {"red": 1.5},
    },
    "scene": {
        "kind": "simulated", "sky": {"brightness": 20},
        "stars": {"faintest": 18.0, "galactic_latitude": {"normal": [30.0, 5.0]}},
        "sources": [
            {"kind": "galaxy", "place": [10.0, 20.0], "magnitude": 15.0, "sersic": 4.0},
            {"kind": "comet", "place": [10.0, 20.0], "magnitude": 9.0, "tail": 100.0},
        ],
        "effects": [{"kind": "clouds"}, {"kind": "gradient", "share": 0.2}],
        "drift": [0.5, 90.0], "mask_width": 1.0, "short_exposure": False, "allow_outside": True,
    },
    "satellites": [
        {
            "altitude": {"uniform": [600.0, 900.0]}, "magnitude": 7.0, "place": "enclosed",
            "law": {"kind": "tumbling", "period": {"log_uniform": [0.1, 3.0]}}, "norad_id": 25544,
        },
        {"rate": 1000.0, "pos_angle": 30.0, "place": [10.0, 20.0], "temperature": 4000.0},
        {"path": [[0.0, 10.0, 20.0], [1.0, 10.1, 20.1]], "law": {"kind": "glinting"}},
    ],
    "time_series": {"frames": 3, "cadence": 1.0},
    "start": "2026-01-01T00:00:00",
    "seed": 7,
    "count": 2,
}  # fmt: skip

GOOD: list[dict[str, Any]] = [
    WHOLE,
    {"instrument": "evscope2", "satellites": "random"},
    {
        "telescope": {"diameter": 1.0, "focal_length": 8.0, "r_0": 0.1},
        "detector": {"resolution": [64, 64], "pixel_size": 15.0, "exposure_time": 1.0},
    },
    {"instrument": "evscope1", "scene": {"kind": "catalog", "faintest": 9.0}},
    {"instrument": "evscope1", "scene": {"kind": "composite", "background": ["a.fits", "b"]}},
]

STRANGE: list[Any] = [
    None, True, "random", "x", "", -1, -1e9, 0, 0.5, 3, 1e12, [], [1.0], [1.0, 2.0], ["a", "b"],
    [2.0, 1.0, 3.0], {}, {"uniform": [1.0, 2.0]}, {"uniform": [-1e9, 2.0]}, {"uniform": [1.0]},
    {"normal": [1.0, 0.0]}, {"log_uniform": [0.0, 1.0]}, {"kind": "x"}, {"kind": "simulated"},
    {"x": 1}, [{}], [{"altitude": 700.0}], "2026-01-01", "2026-13-41",
]  # fmt: skip

# What a schema cannot say: a name that is no preset's, a date that no calendar has, numbers in
# the wrong order. The reader is stricter there.
STRICTER = {"instrument": ("random", "x", "2026-01-01", "2026-13-41"), "start": ("2026-13-41",)}


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(schema_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read(description: Any) -> Mistakes:
    """What the reader finds wrong, with what a description without instrument needs beyond."""
    mistakes = Mistakes()
    if isinstance(description, dict) and "instrument" in description:
        said = find_instrument("evscope1")
        description = copy.deepcopy(description)
        for section, values in (("telescope", said.telescope), ("detector", said.detector)):
            if isinstance(description.get(section, {}), dict):
                description[section] = {**values, **description.get(section, {})}
    elif isinstance(description, dict):
        for section in ("telescope", "detector"):
            if section not in description:
                mistakes.tell(section, "missing")
    DESCRIPTION.read(description, "", mistakes)
    return mistakes


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside another."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        yield (*path, key)
        if isinstance(each, (dict, list)):
            yield from places(each, (*path, key))


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    whole = copy.deepcopy(WHOLE)
    at: Any = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return whole


@pytest.mark.parametrize("description", GOOD)
def test_good_descriptions_are_accepted_by_schema_and_reader(
    validator: Draft202012Validator, description: dict[str, Any]
) -> None:
    validator.validate(description)
    assert read(description) == []


def test_each_value_replaced_by_strange_ones_is_judged_alike(
    validator: Draft202012Validator,
) -> None:
    judged = {True: 0, False: 0}
    for number, path in enumerate(places(WHOLE)):
        for value in STRANGE[number % 7 :: 7]:
            description = changed(path, value)
            by_schema = validator.is_valid(description)
            if isinstance(value, str) and value in STRICTER.get(str(path[0]), ()):
                continue
            mistakes = [each for each in read(description) if "smaller first" not in each]
            assert by_schema == (not mistakes), (path, value, mistakes)
            judged[by_schema] += 1
    assert judged[True] > 30
    assert judged[False] > 300


def test_each_required_value_is_missed_by_both(validator: Draft202012Validator) -> None:
    bare = GOOD[2]
    for section in (TELESCOPE, DETECTOR):
        name = "telescope" if section is TELESCOPE else "detector"
        for field in section.fields:
            if field.required:
                short = copy.deepcopy(bare)
                del short[name][field.name]
                assert not validator.is_valid(short)
                assert any(f"{name}.{field.name}: missing" in each for each in read(short))


def test_every_parameter_says_what_it_means_and_its_default_is_good() -> None:
    rows = parameter_rows()
    assert len(rows) > 100
    assert all(about.endswith(".") and told for _, _, told, _, about in rows)

    def of(section: Section) -> None:
        for field in section.fields:
            if field.default is not None:
                mistakes = Mistakes()
                field.kind.read(field.default, field.name, mistakes)
                assert mistakes == []
            if isinstance(field.kind, Section):
                of(field.kind)

    of(DESCRIPTION)


@pytest.mark.parametrize("name", instrument_names())
def test_every_instrument_is_whole_by_the_schema(
    validator: Draft202012Validator, name: str
) -> None:
    found = find_instrument(name)
    assert found.sources
    validator.validate({"telescope": dict(found.telescope), "detector": dict(found.detector)})


def test_the_schema_says_units_and_defaults() -> None:
    detector = scene_schema()["properties"]["detector"]["properties"]
    assert detector["dark_current"]["unit"] == "electron/s"
    assert detector["bitdepth"]["default"] == 16


def test_the_documentation_has_every_parameter_as_it_is_declared() -> None:
    text = (Path(__file__).parents[4] / "deploy" / "simulate.md").read_text()
    assert parameter_table() in text
