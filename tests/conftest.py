"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import postgres
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from lxml import etree
from satvo.schemas.state_database import open_state

# Seeds are fixed: what fails here fails everywhere. `--hypothesis-profile=long` looks further.
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
settings.register_profile(
    "fixed", derandomize=True, deadline=None, database=None, suppress_health_check=SLOW
)
settings.register_profile(
    "long", settings.get_profile("fixed"), derandomize=False, max_examples=2000
)
settings.load_profile("fixed")

ROOT = Path(__file__).parents[1]

SCHEMATA = Path("/usr/lib/python3/dist-packages/gavo/resources/schemata")
XS = "http://www.w3.org/2001/XMLSchema"
IVOA = "http://www.ivoa.net/xml"
NEEDED = (
    f"{IVOA}/VOTable/v1.3",
    f"{IVOA}/VOResource/v1.0",
    f"{IVOA}/VODataService/v1.1",
    f"{IVOA}/ConeSearch/v1.0",
    f"{IVOA}/SIA/v1.1",
    f"{IVOA}/TAPRegExt/v1.0",
    f"{IVOA}/VOSICapabilities/v1.0",
    f"{IVOA}/VOSIAvailability/v1.0",
    f"{IVOA}/VOSITables/v1.0",
    f"{IVOA}/VORegistry/v1.0",
    f"{IVOA}/RegistryInterface/v1.0",
    "http://www.openarchives.org/OAI/2.0/",
    "http://www.openarchives.org/OAI/2.0/oai_dc/",
)

Check = Callable[[bytes], None]


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data, for tests marked `needs_data`; without it they are skipped."""
    folder = (ROOT / os.environ.get("SATVO_TEST_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip("no real data here: SATVO_TEST_DATA names no folder")
    return folder


class LocalSchemas(etree.Resolver):
    """Answers each schemaLocation with the local file of that name; the network is never asked."""

    def __init__(self, folder: Path) -> None:
        self.files = {file.name: file for file in folder.glob("*.xsd")}
        self.by_namespace = {
            etree.parse(file).getroot().get("targetNamespace"): file.name
            for name, file in sorted(self.files.items(), reverse=True)
            if name != "XMLSchema.xsd"
        }

    def resolve(self, url: str, public_id: str | None, context: Any) -> Any:
        name = url.rpartition("/")[2]
        if name not in self.files:
            raise AssertionError(f"{url} is not among the local schemas")
        return self.resolve_filename(str(self.files[name]), context)


@pytest.fixture(scope="session")
def valid() -> Check:
    """Asserts that a document is valid by the schema of its namespace and all it imports."""
    if not SCHEMATA.is_dir():
        pytest.skip("the IVOA's schemas are absent; install the Debian package python3-gavo")
    local = LocalSchemas(SCHEMATA)
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(local)
    wrapper = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    for namespace in NEEDED:
        where = f"local/{local.by_namespace[namespace]}"
        etree.SubElement(wrapper, f"{{{XS}}}import", namespace=namespace, schemaLocation=where)
    schema = etree.XMLSchema(etree.fromstring(etree.tostring(wrapper), parser))

    def check(document: bytes) -> None:
        schema.assertValid(etree.fromstring(document))

    return check


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """Makes PostgreSQL databases and gives their addresses; skips where there is no PostgreSQL."""
    if not (postgres.PROGRAMS / "initdb").exists():
        pytest.skip(f"PostgreSQL is absent; install the Debian packages {postgres.PACKAGES}")
    cluster = postgres.Cluster()
    yield cluster.new_database
    cluster.stop()


@pytest.fixture(scope="session")
def address_of(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Gives the address of an empty store of an engine."""
    return lambda name: "duckdb" if name == "duckdb" else request.getfixturevalue("new_database")()


@pytest.fixture(params=["duckdb", "postgresql"])
def address(request: pytest.FixtureRequest, address_of: Callable[[str], str]) -> str:
    """Where an empty store of each engine is."""
    return address_of(request.param)


@pytest.fixture
def state(address: str, tmp_path: Path) -> Iterator[sa.Engine]:
    """A new state database of each engine."""
    engine = open_state(tmp_path, address)
    yield engine
    engine.dispose()
