"""CPU seconds of pieces of work, and the lines that tell them."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

__all__ = ["cpu_s", "least_s", "slowness", "tell"]

RUNS = 5


def least_s(work: Callable[[], object]) -> float:
    """The least CPU seconds of some runs."""
    return min(cpu_s(work) for _ in range(RUNS))


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of one run in this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def tell(name: str, seconds: float) -> None:
    """A line of the table."""
    print(f"{name:54}{seconds:10.4f}", flush=True)


def slowness() -> float:
    """How much slower than the machine of the goals this one is at present, 1 or more.

    By numpy's Poisson numbers of a frame of 664x496, which take 20 ms there.
    """
    random, light = np.random.default_rng(0), np.full((496, 664), 60.0)
    return max(1.0, least_s(lambda: random.poisson(light)) / 0.020)
