"""A PostgreSQL cluster of the tests' own, reached by a Unix socket."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PACKAGES = "postgresql-15 postgresql-15-q3c"


class Cluster:
    """A cluster that runs as an unprivileged user, as PostgreSQL demands."""

    def __init__(self) -> None:
        # A socket's path is short; the folder of a test is not.
        self.folder = Path(tempfile.mkdtemp(prefix="satvo-pg-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._numbers = itertools.count(1)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "satvo", "-A", "trust", "-E", "UTF8", "--locale=C")
        # Nothing here is to survive the machine.
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-D", data, "-o", options, "-w", "-l", f"{data}/log", "start")

    def new_database(self) -> str:
        """The address of a new, empty database."""
        name = f"test{next(self._numbers)}"
        self._run("createdb", "-h", str(self.folder), "-U", "satvo", name)
        return f"postgresql://satvo@/{name}?host={self.folder}"

    def stop(self) -> None:
        """End it and forget what it held."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [PROGRAMS / program, *arguments],
            user=self._user,
            cwd=self.folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
