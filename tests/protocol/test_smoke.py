"""The server answers."""

from typing import Any


def test_the_server_answers(server: Any) -> None:
    reply = server.get("/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=SELECT+COUNT(*)+AS+n+FROM+satvo.gp")
    assert reply.body == b"n\n8393\n"
