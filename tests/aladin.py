"""Aladin and its HipsGen, of Debian's package aladin, without a screen."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

__all__ = ["aladin", "lint", "needs_aladin"]

JAR = Path("/usr/share/java/aladin.jar")
SCREEN = Path("/usr/bin/xvfb-run")

NOWHERE = ("-Dhttp.proxyHost=127.0.0.1", "-Dhttp.proxyPort=9",
           "-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=9")  # fmt: skip
"""It asks its servers for news at each start: here nobody answers, and at once."""

needs_aladin = pytest.mark.skipif(
    not (JAR.exists() and SCREEN.exists()),
    reason="Aladin is absent; install the Debian packages aladin and xvfb",
)


def lint(folder: Path) -> str:
    """What HipsGen says of a HiPS."""
    return _said(["java", "-Xmx512m", "-Djava.awt.headless=true", "-cp", str(JAR),
                  "cds.allsky.HipsGen", f"out={folder}", "LINT"], folder.parent, 60.0)  # fmt: skip


def aladin(script: str, home: Path) -> str:
    """Carries out commands of Aladin's and gives what it wrote; relative files lie in `home`."""
    return _said(["xvfb-run", "-a", "-s", "-screen 0 1024x768x24", "java", "-Xmx768m",
                  f"-Duser.home={home}", *NOWHERE, "-cp", str(JAR), "cds.aladin.Aladin",
                  "-nogui", "-nosamp", "-local", f"-script={script}"], home, 150.0)  # fmt: skip


def _said(command: list[str], folder: Path, seconds: float) -> str:
    """The output of a program that gets so long, and of which nothing is left behind."""
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            return process.communicate(timeout=seconds)[0]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
