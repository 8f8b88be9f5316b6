"""The example of deploy/trails.md runs, and its table has every model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from satvo.resources.trails.models.model import trail_models

DOCUMENT = (Path(__file__).parents[3] / "deploy" / "trails.md").read_text()


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    count, fraction = capsys.readouterr().out.split()[:2]
    assert int(count) >= 1
    assert 0.0 < float(fraction) < 1.0


def test_every_model_is_in_the_table() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)`", DOCUMENT, re.MULTILINE))
    ours = {
        name for name, model in trail_models().items() if type(model).__module__.startswith("satvo")
    }
    assert told == ours
