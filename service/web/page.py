"""What all pages for people share: how they are rendered, and what they may load."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, render_template
from satvo.resources.catalogue import all_examples
from satvo.resources.ephemeris.build import registered_sites
from satvo.resources.ephemeris.sites import Site, known_sites
from satvo.schemas.store import Store
from satvo.service.config import Config
from satvo.service.operations import Reply

__all__ = ["PAGE", "keep_policy", "named_sites", "page"]

PAGE = {200: Reply("A page for people", ("text/html",))}

_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'",
))  # fmt: skip
"""What a page may load and run: files of this server, and nothing that stands in the page."""


def page(template: str, **values: Any) -> str:
    """A page of a template and its values."""
    config: Config = current_app.config["SATVO"]
    return render_template(
        template,
        url=config.url,
        link=config.link,
        examples=all_examples(),
        **values,
    )


def keep_policy(answer: Response) -> Response:
    """The same answer; a page is told what it may load. For `Blueprint.after_request`."""
    if answer.mimetype == "text/html":
        answer.headers["Content-Security-Policy"] = _POLICY
    return answer


def named_sites(store: Store) -> list[Site]:
    """The registered sites, and after them what else has a name."""
    own = registered_sites(store)
    names = {site.observer_id for site in own}
    return [*own, *(site for site in known_sites() if site.observer_id not in names)]
