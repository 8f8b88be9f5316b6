"""A DaCHS of the tests' own, on a database that satvo has filled."""

from __future__ import annotations

import grp
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from serving import free_port

PROGRAM = Path("/usr/bin/dachs")
PACKAGES = "python3-gavo postgresql-15-pgsphere"

_EXTENSIONS = Path("/usr/share/postgresql/15/extension")
_PSQL = Path("/usr/lib/postgresql/15/bin/psql")
_COMMAND_S = 120
_BOOT_S = 60


def is_installed() -> bool:
    """Whether the machine has the packages."""
    return PROGRAM.exists() and (_EXTENSIONS / "pg_sphere.control").exists()


class Dachs:
    """A DaCHS that runs as the cluster's user, because it will not run as root.

    Parameters
    ----------
    address : str
        A database of `postgres.Cluster`.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._database = parts.path.lstrip("/")
        self._host = parse_qs(parts.query)["host"][0]
        # The folder of a test is none that another user can reach.
        self._folder = Path(tempfile.mkdtemp(prefix="satvo-dachs-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        self._server: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def make(self) -> None:
        """Set it up in its folder and in the database."""
        self._configure()
        self._add_pgsphere()
        self._run("init", "-d", f"dbname={self._database} host={self._host} user=satvo")
        self._give_vocabulary()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, tree: Path) -> None:
        """Do with an export what the documentation says: grant, copy, import."""
        self.psql("-f", str(tree / "grants.sql"))
        for folder in tree.iterdir():
            if folder.is_dir():
                shutil.copytree(folder, self._folder / "inputs" / folder.name)
                self._run("imp", f"{folder.name}/q")

    def validate(self, name: str) -> str:
        """What `dachs val` says of a descriptor and of the views in the database."""
        return self._run("val", "-c", f"{name}/q")

    def psql(self, *arguments: str) -> str:
        """Have the database do something as the owner of satvo's tables."""
        at = ["-h", self._host, "-U", "satvo", "-d", self._database]
        return _done([str(_PSQL), *at, "-v", "ON_ERROR_STOP=1", "-Atq", *arguments])

    def start(self) -> None:
        """Serve, and wait until it answers."""
        with (self._folder / "serve.log").open("ab") as log:
            self._server = subprocess.Popen(
                [PROGRAM, "serve", "debug"],
                **self._process,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _BOOT_S
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/tap/availability", timeout=_BOOT_S):
                    break
            except OSError:
                time.sleep(0.1)
        # One that could not have its port has ended, and another program answers there.
        if self._server.poll() is not None or time.monotonic() >= deadline:
            raise AssertionError((self._folder / "serve.log").read_text())

    def stop(self) -> None:
        """End it and forget its folder."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _configure(self) -> None:
        group = self._user or grp.getgrgid(os.getegid()).gr_name
        (self._folder / "gavo.rc").write_text(
            f"[general]\nrootDir: {self._folder}\ngroup: {group}\nlogLevel: info\n"
            f"[web]\nbindAddress: 127.0.0.1\nserverPort: {self.port}\nserverURL: {self.url}\n"
            "[ivoa]\nauthority: satvo.invalid\n"
        )
        if self._user:
            shutil.chown(self._folder, self._user, self._user)

    def _add_pgsphere(self) -> None:
        """Make the extension, where Debian's does not go together with its PostgreSQL too.

        PostgreSQL 15.20 refuses two operators that pgSphere had for an old DaCHS and has dropped
        since (pgsphere issue 85); deploy/dachs/README.md tells how an operator leaves them out.
        """
        try:
            self.psql("-c", "CREATE EXTENSION pg_sphere SCHEMA public")
        except AssertionError:
            text = (
                (_EXTENSIONS / "pg_sphere--1.2.0.sql")
                .read_text()
                .replace("MODULE_PATHNAME", "$libdir/pg_sphere")
            )
            text = re.sub(r"CREATE OPERATOR @ \([^)]*= smoc,[^)]*\);", "", text)
            script = self._folder / "pg_sphere.sql"
            script.write_text(re.sub(r"(?m)^\\echo.*$", "", text))
            # Without a path they would come into the schema that is called as the user is.
            self.psql("-c", "SET search_path = public", "-f", str(script))
            self.psql(
                "-c",
                "INSERT INTO pg_extension SELECT (max(oid::bigint) + 1)::oid, 'pg_sphere', 10, "
                "'public'::regnamespace, true, '1.2.0', NULL, NULL FROM pg_extension",
            )

    def _give_vocabulary(self) -> None:
        """The words for subjects, which DaCHS would fetch from a network that is off."""
        words = (
            "artificial-satellites",
            "astronomical-site-protection",
            "computational-methods",
            "ephemerides",
            "orbital-elements",
            "space-debris",
        )
        terms = {word: {"label": word} for word in words}
        file = self._folder / "cache" / "http:=2F=2Fwww.ivoa.net=2Frdf=2Fuat"
        file.write_text(json.dumps({"terms": terms}))

    def _run(self, *arguments: str) -> str:
        return _done([str(PROGRAM), *arguments], **self._process)

    @property
    def _process(self) -> dict[str, Any]:
        """As whom and where its programs run."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        settings = {"HOME": str(self._folder), "GAVOSETTINGS": str(self._folder / "gavo.rc")}
        who = {"user": self._user, "group": self._user, "extra_groups": [] if self._user else None}
        return {**who, "env": environment | settings, "cwd": self._folder}


def _done(command: list[str], **process: Any) -> str:
    done = subprocess.run(
        command,
        **process,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_COMMAND_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr
