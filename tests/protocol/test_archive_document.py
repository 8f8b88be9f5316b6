"""The examples of deploy/archive.md that bring images, as they stand there."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bringing import Contributor, initiated, products
from made_up_images import image_bytes, pixels, tan_image

DOCUMENT = Path(__file__).parents[2] / "deploy" / "archive.md"
FILES = {
    "frame.fits": tan_image(seed=60),
    "mask.fits": image_bytes((pixels(seed=60) > 150).astype("u1")),
    "with.fits": tan_image(seed=61),
    "without.fits": tan_image(seed=61, trail=False),
}


def test_images_are_brought_as_the_document_says(
    empty_server: Callable[..., Any], tmp_path: Path
) -> None:
    site = initiated(empty_server()).start()
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    product = {name: hashlib.sha256(each).hexdigest()[:16] for name, each in FILES.items()}
    with Contributor(site) as mine:
        environment = {
            **os.environ, "SATVO": site.url, "TOKEN": mine.secret,
            "PRODUCT": product["frame.fits"], "MASK": product["mask.fits"],
        }  # fmt: skip

    def run(kind: str, block: str) -> str:
        program = {"bash": ["bash", "-e", "-c"], "python": [sys.executable, "-c"]}[kind]
        done = subprocess.run(
            [*program, block], env=environment, cwd=tmp_path, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    section = DOCUMENT.read_text().partition("## Bring images\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```(bash|python)\n(.*?)```", section, re.S)
    looked, brought, by_python, changed = (run(*each) for each in blocks)
    assert json.loads(looked)["files"][0]["status"] == "valid"
    assert [each["status"] for each in json.loads(brought)["files"]] == ["new", "new"]
    assert [line.split()[0] for line in by_python.splitlines()] == ["new", "new"]
    assert json.loads(changed)["filter_url"] == "https://example.org/r.html"
    left = {each[:16] for each in products(site)}
    assert left == {product[name] for name in FILES if name != "mask.fits"}
    site.stop()
