"""Turns at heavy work."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest
from satvo.schemas.errors import Busy
from satvo.service.turns import Turns


def test_a_quarter_of_the_threads_work_at_once_and_the_next_is_refused() -> None:
    turns = Turns("tables read", wait_s=0.05)
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(turns.turn(4, 4))
        with pytest.raises(Busy, match="tables read are 4 at a time"), turns.turn(4, 4):
            pass
    with turns.turn(4, 4):  # all have ended, with and without error
        pass


@pytest.mark.alone
def test_who_waits_gets_the_next_turn_and_who_cannot_is_refused_at_once() -> None:
    turns = Turns("tables read", wait_s=10)
    entered = threading.Event()

    def wait() -> None:
        with turns.turn(1, 1):
            entered.set()

    with turns.turn(1, 1):
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
        start = time.monotonic()
        with pytest.raises(Busy), turns.turn(1, 1):
            pass
        assert time.monotonic() - start < 1
        assert not entered.is_set()
    assert entered.wait(5)
    waiting.join()


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns("tables read", wait_s=0.05)
    for _ in range(5):
        with pytest.raises(ValueError, match="bad"), turns.turn(1, 1):
            raise ValueError("bad")
