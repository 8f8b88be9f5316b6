"""An answer on its way out, however slowly its client takes it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, current_app, request
from satvo.service.querying import Answer
from satvo.service.request_watch import request_record
from satvo.service.slow_clients import Spooler

__all__ = ["delivered"]


def delivered(answer: Answer, interrupt: Callable[[], object]) -> Response:
    """The HTTP answer that streams a table, or only its head where HEAD asks.

    Parameters
    ----------
    answer : Answer
    interrupt : callable
        Stops the query from elsewhere.
    """
    request_record().answer = answer
    if request.method == "HEAD":
        answer.close()  # an answer whose rows nobody asks for is never closed by the server
        head = Response(content_type=answer.media_type)
        head.automatically_set_content_length = False  # of the rows, and nobody knows it
        return head
    status = answer.known_status()  # before the first byte, or it could raise into the answer
    spooler: Spooler = current_app.extensions["satvo.spooler"]
    reply = Response(spooler.deliver(iter(answer), interrupt), content_type=answer.media_type)
    if status:
        reply.headers["X-VO-Query-Status"] = status
    return reply
