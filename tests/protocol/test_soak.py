"""A short soak of each engine; `make soak` is the long one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[1] / "soak.py"
SOAK_S = 40


@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", ["duckdb", "postgresql"])
@pytest.mark.alone
def test_clients_of_every_kind_lose_nothing_and_leave_nothing(
    engine: str, address_of: Callable[[str], str]
) -> None:
    command = [sys.executable, SOAK, "--seconds", str(SOAK_S), "--store", address_of(engine)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if "FAULT" in line]
    assert "\n0 faults\n" in done.stdout
