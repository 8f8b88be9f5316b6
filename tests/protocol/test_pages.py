"""The pages, as a browser shows them and without one."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus

import pytest
from satvo.service.probability_maps import DRAWN_COLUMNS

SCRIPT = "<script>document.title='broken'</script>"
ONE = "SELECT TOP 3 gp_id, object_name, epoch FROM satvo.gp ORDER BY gp_id"

Server = Any
Browser = Callable[..., str]


def page(query: str) -> str:
    return f"/query?QUERY={quote(query)}"


def text_of(document: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", document))


def test_the_first_page_shows_the_tables_their_rows_and_the_address(
    server: Server, browse: Browser, tmp_path: Path
) -> None:
    document = browse(f"{server.url}/")
    for name in ("satvo.satellite", "satvo.gp", "tap_schema.columns"):
        row = re.search(rf"<tr><td><a [^>]*><code>{re.escape(name)}</code>.*?</tr>", document, re.S)
        assert row is not None, name
        count = server.number(f"SELECT COUNT(*) AS n FROM {name}")
        assert f"{count:,}" in text_of(row[0])
    assert f"<code>{server.tap}</code>" in document
    assert '<form action="/query" method="get"' in document
    picture = tmp_path / "page.png"
    browse(f"{server.url}/", f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000  # not an empty page


def test_the_form_answers_without_a_script(server: Server, browse: Browser) -> None:
    assert "<script" not in server.get("/").text.lower()
    document = browse(f"{server.url}{page(ONE)}")
    cells = re.findall(r"<td[^>]*>(.*?)</td>", document.partition("answer")[2], re.S)
    assert cells[:1] == ["1"]
    assert len(cells) == 9
    assert "3 rows" in document
    assert ONE in html.unescape(document)  # the query is there to be changed


def test_an_error_is_shown_and_cannot_run_a_script(server: Server, browse: Browser) -> None:
    query = f"SELECT {SCRIPT} FROM satvo.gp"
    reply = server.get(page(query))
    assert (reply.status, reply.kind) == (400, "text/html; charset=utf-8")
    assert "<script" not in reply.text
    document = browse(f"{server.url}{page(query)}")
    assert "<title>broken" not in document
    assert 'role="alert"' in document
    assert SCRIPT in html.unescape(document)


def test_html_in_a_cell_and_in_a_name_is_shown_as_text(server: Server, browse: Browser) -> None:
    query = f"""SELECT TOP 1 '<img src=x onerror="document.title=''broken''">' AS "<i>a</i>",
        '</textarea>{SCRIPT.replace("'", "''")}' AS b FROM satvo.gp"""
    reply = server.get(page(query))
    assert reply.status == 200
    assert "<img src=x" not in reply.text
    assert "<i>a</i>" not in reply.text
    assert "<script" not in reply.text
    document = browse(f"{server.url}{page(query)}")
    assert "<title>broken" not in document
    assert "<img src=x" in html.unescape(document)


def test_a_long_answer_is_cut_and_says_so(server: Server) -> None:
    text = text_of(server.get(page("SELECT gp_id FROM satvo.gp")).text)
    assert "200 rows, the first of more" in " ".join(text.split())
    assert server.get(page("SELECT TOP 200 gp_id FROM satvo.gp")).text.count("<tr>") == 201


@pytest.mark.parametrize("path", ["/tables/satvo.gp", "/tables/tap_schema.columns"])
def test_a_table_page_describes_every_column(server: Server, path: str) -> None:
    table = path.rpartition("/")[2]
    columns = server.sync(
        f"SELECT column_name, description FROM TAP_SCHEMA.columns WHERE table_name = '{table}'",
        FORMAT="tsv",
    )
    text = " ".join(text_of(server.get(path).text).split())
    for line in columns.text.splitlines()[1:]:
        name, description = line.split("\t")
        assert f"{name.strip(chr(34)).strip()} " in text
        assert " ".join(description.split()) in text


def alike(link: str) -> str:
    """A link without the names of a map and a column: one of each kind is followed."""
    text = re.sub(r"(/maps/|/hips/|map_id = ')[a-z0-9-]+", r"\1MAP", unquote_plus(link))
    return re.sub(rf"\b({'|'.join(DRAWN_COLUMNS)})\b", "COLUMN", text)


def test_every_link_of_the_pages_leads_somewhere(server: Server) -> None:
    seen = {"/"}
    waiting = ["/"]
    while waiting:
        reply = server.get(waiting.pop())
        assert reply.status == 200, reply.text[:500]
        if not reply.kind.startswith("text/html"):
            continue
        for link in re.findall(r'(?:href|src)="(/[^"#]*)', html.unescape(reply.text)):
            if alike(link) not in seen:
                seen.add(alike(link))
                waiting.append(link)
    assert len(seen) > 15


def test_a_page_that_is_not_there_is_told_as_text(server: Server) -> None:
    reply = server.get(f"/tables/{quote(SCRIPT)}")
    assert (reply.status, reply.kind) == (404, "text/plain; charset=utf-8")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
