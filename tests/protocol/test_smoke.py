"""The server answers."""

import urllib.request
from typing import Any


def test_the_server_answers(server: Any) -> None:
    with urllib.request.urlopen(
        f"{server.tap}/sync?LANG=ADQL&FORMAT=csv&QUERY=SELECT+COUNT(*)+AS+n+FROM+satvo.gp",
        timeout=10,
    ) as answer:
        assert answer.read() == b"n\n8393\n"
