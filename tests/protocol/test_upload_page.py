"""The page /upload, as Chromium shows it, with files that a script puts into its form."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bringing import TOLD, Contributor, initiated, products
from made_up_images import tan_image, without_wcs

Browser = Callable[..., str]

FILL = """<script type="module" nonce="test">
const given = JSON.parse(document.getElementById("given").textContent);
const form = document.getElementById("ask");
for (const [name, value] of Object.entries(given.told)) form.elements[name].value = value;
const held = new DataTransfer();
for (const [name, text] of given.files) {
  held.items.add(new File([Uint8Array.from(atob(text), (each) => each.charCodeAt(0))], name));
}
form.elements.file.files = held.files;
form.elements.file.dispatchEvent(new Event("change"));
form.requestSubmit(form.querySelector(`button[value="${given.go}"]`));
</script>"""


@pytest.fixture(scope="module")
def site(empty_server: Callable[..., Any]) -> Iterator[Any]:
    server = initiated(empty_server()).start()
    yield server
    server.stop()


def sent(
    site: Any, folder: Path, files: list[tuple[str, bytes]], token: str, go: str, **told: str
) -> Path:
    """The page with a script that fills and sends its form, which its policy lets in."""
    reply = site.get("/upload")
    policy = reply.headers["Content-Security-Policy"].replace("'self'", site.url)
    policy = policy.replace("base-uri 'none'", f"base-uri {site.url}")
    policy = policy.replace("script-src ", "script-src 'nonce-test' ")
    given = {
        "told": {**TOLD, "token": token, **told}, "go": go,
        "files": [(name, base64.b64encode(content).decode()) for name, content in files],
    }  # fmt: skip
    head = (
        f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<base href="{site.url}/">'
    )
    data = f'<script type="application/json" id="given">{json.dumps(given)}</script>'
    page = folder / "page.html"
    page.write_text(
        reply.text.replace("<head>", head, 1).replace("</body>", f"{data}{FILL}</body>", 1)
    )
    return page


def text_of(document: str, id_: str) -> str:
    """The words of an element of this identifier."""
    found = re.search(rf'<(\w+)[^>]* id="{id_}"[^>]*>(.*?)</\1>', document, re.S)
    assert found is not None, id_
    return html.unescape(re.sub(r"<[^>]*>", " ", found[2]))


def test_validating_shows_the_report_and_the_picture_and_keeps_nothing(
    site: Any, browse: Browser, tmp_path: Path
) -> None:
    files = [("one.fits", tan_image(seed=50)), ("two.fits", without_wcs())]
    with Contributor(site) as mine:
        page = sent(site, tmp_path, files, mine.secret, "validate", gain="1.5")
    document = browse(page.as_uri())
    assert "Valid; nothing is kept yet" in text_of(document, "told"), text_of(document, "error")
    answer = text_of(document, "answer")
    assert "POLYGON" in answer
    assert "read_noise" in answer
    assert document.count('<article class="report">') == 2
    assert re.search(r'<canvas[^>]* width="64"', document)
    assert products(site) == set()
    script = text_of(document, "script")
    assert "-F 'gain=1.5'" in script
    assert mine.secret not in document.partition('id="again"')[2].partition("</section>")[0]
    picture = tmp_path / "page.png"
    browse(page.as_uri(), f"--screenshot={picture}")
    assert picture.stat().st_size > 20_000


def test_registering_shows_where_each_is(site: Any, browse: Browser, tmp_path: Path) -> None:
    files = [("one.fits", tan_image(seed=51))]
    with Contributor(site) as mine:
        document = browse(sent(site, tmp_path, files, mine.secret, "register").as_uri())
    assert "Registered" in text_of(document, "told"), text_of(document, "error")
    (checksum,) = products(site)
    for address in (f"/archive/{checksum[:16]}", f"/files/{checksum[:16]}.fits"):
        assert f'href="{address}"' in document


def test_a_refusal_is_shown_with_its_reason_and_runs_no_script(
    site: Any, browse: Browser, tmp_path: Path
) -> None:
    name = "<img src=x onerror=document.title='broken'>.fits"
    files = [("good.fits", tan_image(seed=52)), (name, b"\xff\xd8\xff\xe0JFIF")]
    before = products(site)
    with Contributor(site) as mine:
        document = browse(sent(site, tmp_path, files, mine.secret, "register").as_uri())
    assert "<title>broken" not in document
    assert "FITS" in text_of(document, "error")
    assert "refused" in text_of(document, "answer")
    assert products(site) == before


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"token": "nonsense"}, "the token is not valid here"),
        ({"licence": ""}, "licence is needed"),
        ({"gain": "many"}, "gain=many"),
    ],
)
def test_a_mistake_is_shown_as_the_service_tells_it(
    site: Any, browse: Browser, tmp_path: Path, told: dict[str, str], words: str
) -> None:
    with Contributor(site) as mine:
        given = {"token": mine.secret, **told}
        page = sent(site, tmp_path, [("a.fits", tan_image(seed=53))], go="validate", **given)
    assert words in text_of(browse(page.as_uri()), "error")


def test_the_page_offers_what_there_is(site: Any) -> None:
    text = site.get("/upload").text
    terms = site.sync("SELECT term FROM satvo.testterm", RESPONSEFORMAT="csv").text.split()[1:]
    assert sorted(re.findall(r'name="case_terms" value="([^"]*)"', text)) == sorted(terms)
    assert 'data-api="/api/images"' in text
