"""The service's XML against the schemas of the IVOA, without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

SCHEMATA = Path("/usr/lib/python3/dist-packages/gavo/resources/schemata")
XS = "http://www.w3.org/2001/XMLSchema"
IVOA = "http://www.ivoa.net/xml"
NEEDED = (
    f"{IVOA}/VOTable/v1.3",
    f"{IVOA}/VOResource/v1.0",
    f"{IVOA}/VODataService/v1.1",
    f"{IVOA}/TAPRegExt/v1.0",
    f"{IVOA}/VOSICapabilities/v1.0",
    f"{IVOA}/VOSIAvailability/v1.0",
    f"{IVOA}/VOSITables/v1.0",
)
NAMED = {"User-Agent": "satvo-tests"}
"""Without a name a client is taken for TapPlus, which gets an attribute of its own."""

Check = Callable[[bytes], None]


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


@pytest.fixture(scope="module")
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


@pytest.mark.parametrize(
    "path",
    [
        "/tap/capabilities",
        "/tap/availability",
        "/tap/tables",
        "/tap/tables?detail=max",
        "/tap/tables?detail=min",
        "/tap/tables/satvo.gp",
        "/tap/tables/tap_schema.columns",
    ],
)
def test_a_vosi_document_is_valid(server: Any, valid: Check, path: str) -> None:
    reply = server.request("GET", path, headers=NAMED)
    assert reply.status == 200
    valid(reply.body)


def test_the_description_of_an_own_table_is_valid(
    server_on: Callable[[str], Any], valid: Check
) -> None:
    server = server_on("described")
    made = server.command("token add", "--rights", "job", "test")
    token = {"Authorization": f"Bearer {made.stdout.split()[-1]}", **NAMED}
    column = "<column><name>{}</name><dataType {}>{}</dataType></column>"
    definition = "".join(
        column.format(*about)
        for about in (
            ("a", "", "int"),
            ('"B-V &lt;1&gt;"', 'arraysize="2x*"', "float"),
            ("size", 'arraysize="*" extendedType="timestamp"', "char"),
            ("\u03b1", 'arraysize="8"', "unicodeChar"),
        )
    )
    put = server.request(
        "PUT",
        "/tap/tables/tap_user.mine",
        f"<table><description>1 &lt; 2</description>{definition}</table>".encode(),
        {**token, "Content-Type": "text/xml"},
    )
    assert put.status == 201, put.text
    for path in ("/tap/tables", "/tap/tables?detail=min", "/tap/tables/tap_user.mine"):
        reply = server.request("GET", path, headers=token)
        assert b"tap_user.mine" in reply.body
        valid(reply.body)
    query = b"LANG=ADQL&QUERY=SELECT+*+FROM+tap_user.mine"
    form = {**token, "Content-Type": "application/x-www-form-urlencoded"}
    valid(server.request("POST", "/tap/sync", query, form).body)


@pytest.mark.parametrize("kind", ["votable", "votable/b", "votable/td", "text/xml"])
def test_an_answer_is_a_valid_votable(server: Any, valid: Check, kind: str) -> None:
    valid(server.sync("SELECT TOP 5 * FROM satvo.gp", RESPONSEFORMAT=kind).body)


def test_a_cut_answer_and_one_without_rows_are_valid(server: Any, valid: Check) -> None:
    valid(server.sync("SELECT * FROM satvo.gp", MAXREC="2").body)
    valid(server.sync("SELECT * FROM satvo.satellite", MAXREC="0").body)
    valid(server.sync("SELECT * FROM satvo.gp WHERE gp_id < 0", RESPONSEFORMAT="votable/td").body)


def test_an_error_document_is_valid_even_if_it_quotes_what_xml_cannot_hold(
    server: Any, valid: Check
) -> None:
    valid(server.sync("SELECT").body)
    valid(server.get("/tap/nothing").body)
    reply = server.sync("SELECT TOP 1 gp_id FROM satvo.gp", RESPONSEFORMAT="a\0b\x1f\ufffe")
    assert reply.status == 400
    valid(reply.body)


def test_a_planted_fault_is_caught(server: Any, valid: Check) -> None:
    good = server.request("GET", "/tap/tables", headers=NAMED).body
    for right, wrong in ((b"<table type=", b"<table kind="), (b"<nrows>", b"<nrows>-")):
        assert right in good
        with pytest.raises(etree.DocumentInvalid):
            valid(good.replace(right, wrong))
    capabilities = server.get("/tap/capabilities").body
    with pytest.raises(etree.DocumentInvalid):
        valid(capabilities.replace(b'unit="row"', b'unit="lines"'))
    answer = server.sync("SELECT TOP 1 gp_id FROM satvo.gp").body
    with pytest.raises(etree.DocumentInvalid):
        valid(answer.replace(b'datatype="long"', b'datatype="longer"'))
