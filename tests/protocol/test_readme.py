"""What the README promises: its query prints its answer."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_readmes_query_prints_the_readmes_answer(server: Any) -> None:
    code, answer = re.search(r"```python\n(.*?)```\n+```\n(.*?)```", README, re.DOTALL).groups()  # type: ignore[union-attr]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code.replace("http://127.0.0.1:8080", server.url))
    assert printed.getvalue() == answer
