"""``satvo export rd``."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["export"]


@click.group()
def export() -> None:
    """Write what other servers and programs need to show the same satellites."""


@export.command("rd")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("dachs"),
    show_default=True,
    help="Folder to write.",
)
def export_rd(output: Path) -> None:
    """Write resource descriptors for DaCHS, one a schema, and the rights that it needs.

    They follow from what this version of satvo and the packages beside it declare; no archive is
    read. deploy/dachs/README.md tells what to do with them.
    """
    from satvo.resources.catalogue import SCHEMAS, published_tables, resources
    from satvo.service.dachs.descriptors import descriptors
    from satvo.service.dachs.grants import grants
    from satvo.service.dachs.tree import write_tree

    written = descriptors(resources(), SCHEMAS)
    write_tree(output, written, grants(published_tables()))
    click.echo(f"made {output}: {', '.join(written)}")
