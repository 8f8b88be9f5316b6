"""`satvo mask` in the process of a test."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest import mock

import pytest
from satvo.service.cli import main

__all__ = ["Told", "satvo"]


@dataclass
class Told:
    """What a command said."""

    returncode: int
    stdout: str
    stderr: str


def satvo(*arguments: object) -> Told:
    """The command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("sys.argv", ["satvo", "mask", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        main()
    return Told(int(left.value.code or 0), out.getvalue(), err.getvalue())
