"""The command line ``satvo``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import click
from satvo.schemas.dataproduct import ROLES
from satvo.schemas.errors import BadParameter, SatvoError, Unavailable
from satvo.service.backup_commands import backup, restore
from satvo.service.build_commands import build
from satvo.service.commands import (
    archive_file,
    check_archive,
    home_option,
    open_archive,
    progress_of,
    report_line,
    tell_report,
    write_whole,
)
from satvo.service.config import read_config
from satvo.service.constellation_commands import constellation
from satvo.service.dachs.command import export
from satvo.service.export_commands import export_oem, export_omm
from satvo.service.exports.command import PLANETARIUM_COMMANDS
from satvo.service.fetch_commands import fetch
from satvo.service.identify_commands import identify
from satvo.service.image_commands import image, ingest_images, is_image, read_metadata
from satvo.service.map_commands import map_group
from satvo.service.mask_commands import mask
from satvo.service.obscore_commands import obscore
from satvo.service.pass_commands import passes
from satvo.service.plan_commands import plan
from satvo.service.probability_commands import passcalendar, passprob
from satvo.service.simulate_commands import simulate
from satvo.service.site_commands import observer
from satvo.service.testsuite_commands import testsuite
from satvo.service.tokens import TokenBook
from satvo.service.train_commands import train
from satvo.service.window_commands import windows

__all__ = ["main"]


def main() -> None:
    """Run a command; an error is one line on stderr; exit 2: the caller's mistake, 1: ours."""
    try:
        code = cli.main(standalone_mode=False)
    except click.Abort:
        code = 130
    except click.ClickException as err:
        click.echo(f"satvo: {err.format_message()}", err=True)
        code = 2
    except SatvoError as err:
        click.echo(f"satvo: {err}", err=True)
        code = 1 if isinstance(err, Unavailable) else 2
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as err:
        where = f"{err.filename}: " if err.filename else ""
        click.echo(f"satvo: {where}{err.strerror or err}", err=True)
        code = 1
    sys.exit(code or 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="satvo")
def cli() -> None:
    """Serve and fill a Virtual Observatory archive of artificial satellites."""


for command in (
    backup, build, constellation, export, fetch, identify, image, map_group, mask, observer,
    obscore, passcalendar, passes, passprob, plan, restore, simulate, testsuite, train, windows,
):  # fmt: skip
    cli.add_command(command)
for command in (export_oem, export_omm, *PLANETARIUM_COMMANDS):
    export.add_command(command)


@cli.command()
@home_option
@click.option("--demo", is_flag=True, help="Fill it with published and simulated elements.")
@click.option("--if-missing", is_flag=True, help="Do nothing where there is an archive.")
def init(home: Path | None, demo: bool, if_missing: bool) -> None:
    """Make the home of an archive."""
    from satvo.service.archive import Archive
    from satvo.service.demo import fill_demo
    from satvo.service.observers import FIRST

    config = read_config(home=home)
    target = archive_file(config)
    if target.exists():
        if if_missing:
            return
        raise BadParameter(f"{config.home} holds an archive already; name another home")
    config.home.mkdir(parents=True, exist_ok=True, mode=0o755)
    # Made beside and renamed: a command killed in the middle leaves no half archive. In a database
    # there is one until the command is run again, which completes it.
    workshop = config.home / "init.part"
    images = workshop / "images"
    if workshop.exists():  # its images stay: a database has their rows already
        for left in workshop.iterdir():
            if left != images:
                left.unlink() if left.is_file() else shutil.rmtree(left)
    workshop.mkdir(exist_ok=True)
    home_images = config.home / "images"
    if home_images.exists():  # of a command that was killed just before the end
        shutil.rmtree(images, ignore_errors=True)
        home_images.rename(images)
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        with closing(Archive(read_config(home=workshop), wait_s=0)) as archive:
            there = {row["observer_id"] for row in archive.observers()}
            for name in FIRST:
                if name not in there:  # in a database, of an init that was killed
                    archive.add_observer(name)
            if demo:
                fill_demo(
                    archive,
                    today=now,
                    told=lambda name, report: click.echo(report_line(name, report)),
                )
        made = workshop / target.name
        made.touch()
        if images.exists():
            images.rename(home_images)
        made.rename(target)
    except BaseException:
        if config.store == "duckdb":
            shutil.rmtree(workshop, ignore_errors=True)
        raise
    shutil.rmtree(workshop, ignore_errors=True)
    click.echo(f"made {config.home}")


@cli.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
def serve(home: Path | None, host: str, port: int) -> None:
    """Serve the archive over HTTP."""
    from satvo.service.server import serve as serve_http

    url = None if "SATVO_PUBLIC_URL" in os.environ else f"http://{_named(host)}:{port}"
    config = read_config(home=home, public_url=url)
    check_archive(config)
    serve_http(config, host=host, port=port)


@cli.command()
@home_option
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "format_", help="Read as this format instead of recognising it.")
@click.option(
    "--source",
    default="user",
    show_default=True,
    help="What satvo.gp says of the origin: celestrak, space-track, user.",
)
@click.option("--collection", help="Images: the collection that they belong to.")
@click.option("--licence", help="Images: an SPDX identifier, an address, or words.")
@click.option(
    "--metadata",
    type=click.Path(path_type=Path),
    help="Images: YAML or JSON with what their headers do not say.",
)
@click.option("--role", type=click.Choice(ROLES), help="Images: what they are to their frame.")
@click.option("--progenitor", help="Images: the obs_publisher_did that they were made from.")
@click.pass_context
def ingest(
    context: click.Context,
    home: Path | None,
    files: tuple[Path, ...],
    format_: str | None,
    source: str,
    metadata: Path | None,
    collection: str | None,
    licence: str | None,
    role: str | None,
    progenitor: str | None,
) -> None:
    """Add orbit files: TLE, 3LE, OMM (JSON, CSV, XML, KVN), SATCAT CSV, also gzipped.

    And ephemerides: OEM (KVN, XML), CPF, modified ITC (MEME_<number>_<name>_....txt).

    And images: FITS of any instrument, also gzipped or compressed by fpack, which need a collection
    and a licence. A metadata file has columns of ivoa.obscore and satvo.dataproduct with their
    values, and under files: the same for single files by their names.

    A file called - is read from standard input, if it is no image.
    """
    _check_source(source)
    told = read_metadata(
        metadata, obs_collection=collection, licence=licence, role=role, progenitor_did=progenitor
    )
    config = read_config(home=home)
    all_images = role is not None and role != "frame"
    images = [] if format_ else [each for each in files if all_images or is_image(each)]
    with open_archive(config) as archive:
        for path in files:
            if path in images:
                continue
            name = os.fsencode(path).decode("utf-8", "replace")
            with _opened(path) as stream, progress_of(name) as progress:
                report = archive.ingest(
                    stream, name=name, format=format_, source=source, progress=progress
                )
            tell_report(name, report)
        if images and ingest_images(archive, images, told):
            context.exit(2)


@cli.command()
@home_option
@click.argument("adql")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "format_", help="votable, csv, tsv, ... (default: by the file's ending).")
@click.option("--maxrec", type=click.IntRange(0), help="Rows at most.")
def query(
    home: Path | None, adql: str, output: Path | None, format_: str | None, maxrec: int | None
) -> None:
    """Answer an ADQL query; a server is not needed."""
    config = read_config(home=home)
    wanted = format_ or _format_of(output)
    with (
        open_archive(config) as archive,
        closing(archive.query(adql, format=wanted, maxrec=maxrec)) as pieces,
    ):
        if output is None:
            sys.stdout.buffer.writelines(pieces)
            sys.stdout.buffer.flush()
        elif output.exists() and not output.is_file():
            with output.open("wb") as stream:  # a pipe or a device: renaming would replace it
                stream.writelines(pieces)
        else:
            write_whole(output, pieces)


@cli.group()
def token() -> None:
    """Give and take rights: own jobs, writing."""


@token.command("add")
@home_option
@click.argument("name")
@click.option(
    "--rights",
    default="read,job",
    show_default=True,
    help="Comma-separated: read, job (own jobs and tables), write (ingest), operate (change what "
    "others brought).",
)
def token_add(home: Path | None, name: str, rights: str) -> None:
    """Make a token for NAME and show its secret, this once."""
    with _tokens(home) as tokens:
        added, secret = tokens.add(name, rights.split(","))
    click.echo(f"token {added.token_id} for {added.name}, rights {', '.join(added.rights)}")
    click.echo(secret)


@token.command("list")
@home_option
def token_list(home: Path | None) -> None:
    """Show all tokens, without their secrets."""
    with _tokens(home) as tokens:
        found = tokens.all()
    for each in found:
        revoked = f", revoked {each.revoked:%Y-%m-%d}" if each.revoked else ""
        click.echo(
            f"{each.token_id}  {each.created:%Y-%m-%d}  {','.join(each.rights):16} "
            f"{each.name}{revoked}"
        )


@token.command("revoke")
@home_option
@click.argument("token_id")
def token_revoke(home: Path | None, token_id: str) -> None:
    """Let a token be good for nothing any more."""
    with _tokens(home) as tokens:
        tokens.revoke(token_id)
    click.echo(f"token {token_id} is revoked")


@cli.group()
def table() -> None:
    """See and remove the tables that holders of tokens keep."""


@table.command("list")
@home_option
def table_list(home: Path | None) -> None:
    """Show the tables of all tokens, also of revoked ones."""
    with open_archive(read_config(home=home)) as archive:
        for each in archive.kept_tables():
            click.echo(
                f"{each['owner']}  {each['created'][:10]}  {each['name']:24}"
                f"{each['rows']:>12,} rows{each['size_bytes']:>16,} bytes"
            )


@table.command("drop")
@home_option
@click.argument("token_id")
@click.argument("name")
def table_drop(home: Path | None, token_id: str, name: str) -> None:
    """Remove the table NAME of the token TOKEN_ID with all its rows."""
    with open_archive(read_config(home=home)) as archive:
        archive.drop_kept_table(token_id, name)
    click.echo(f"table {name} of token {token_id} is dropped")


@cli.command()
@home_option
def states(home: Path | None) -> None:
    """Tell from its element sets what the orbit of each satellite does.

    Raising, on station, drifting, descending or decayed: satvo.satellite.status. Run it after new
    elements came in; those of the last 60 days count.
    """
    with open_archive(read_config(home=home)) as archive:
        told = archive.renew_statuses()
    for state, count in sorted(told.items()):
        click.echo(f"{state:24}{count:>12,} satellites")
    if not told:
        click.echo("no satellite has a history of the last 60 days")


@cli.command()
@home_option
def status(home: Path | None) -> None:
    """Say what the archive holds and who serves it."""
    with open_archive(read_config(home=home)) as archive:
        told = archive.status()
    click.echo(f"served at {told['url']}" if told["served"] else "not served")
    for table, rows in told["rows"].items():
        click.echo(f"{table:24}{rows:>12,} rows")


@contextmanager
def _tokens(home: Path | None) -> Iterator[TokenBook]:
    """The tokens of a home; the server need not be asked, it looks at each request."""
    from satvo.schemas.state_database import open_state

    config = read_config(home=home)
    check_archive(config)
    state = open_state(config.home, config.store)
    try:
        yield TokenBook(state, lambda: datetime.now(UTC).replace(tzinfo=None))
    finally:
        state.dispose()


def _opened(path: Path) -> BinaryIO:
    if str(path) == "-":
        return cast(BinaryIO, open(0, "rb", closefd=False))
    try:
        return path.open("rb")
    except OSError as err:
        raise BadParameter(f"{path}: cannot be read: {err.strerror}") from err


def _check_source(source: str) -> None:
    if not (source.isascii() and source.isprintable() and 0 < len(source) <= 100):
        raise BadParameter(f"--source {source!r}: give up to 100 printable ASCII characters")
    if source in ("simulated", "fixture"):
        raise BadParameter(f"--source {source}: this word marks data that satvo itself makes")


def _format_of(output: Path | None) -> str:
    from satvo.service.formats import FORMATS

    endings = {f.suffix: f.aliases[0] for f in reversed(FORMATS)} | {".xml": "votable"}
    if output is None:
        return "csv" if sys.stdout.isatty() else "votable"
    if output.suffix.lower() not in endings:
        raise BadParameter(f"{output}: its ending tells no format; give --format")
    return endings[output.suffix.lower()]


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host
