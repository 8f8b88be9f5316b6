"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Seeds are fixed: what fails here fails everywhere.
settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data, for tests marked `needs_data`; without it they are skipped."""
    folder = (ROOT / os.environ.get("SATVO_TEST_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip("no real data here: SATVO_TEST_DATA names no folder")
    return folder
