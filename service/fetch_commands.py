"""``satvo fetch``: orbit data from their providers."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click
from satvo.ingest.polite import Fetched
from satvo.schemas.errors import BadParameter, NoOrbit, Unavailable
from satvo.service.archive_commands import ArchiveCommands
from satvo.service.commands import home_option, open_archive, progress_of, tell_report
from satvo.service.config import read_config

__all__ = ["fetch"]


@click.group()
def fetch() -> None:
    """Get orbit data from their providers, politely."""


@fetch.command()
@home_option
@click.option("--group", "groups", multiple=True, help="A CelesTrak group, e.g. starlink, active.")
@click.option("--object", "objects", multiple=True, type=int, help="One catalogue number.")
@click.option("--catalogue", is_flag=True, help="The weekly list of what is in orbit.")
def celestrak(
    home: Path | None, groups: tuple[str, ...], objects: tuple[int, ...], catalogue: bool
) -> None:
    """Fetch element sets or the satellite catalogue from CelesTrak and add them."""
    from satvo.ingest.celestrak import Celestrak

    if not (groups or objects or catalogue):
        raise BadParameter("nothing to fetch; give --group, --object or --catalogue")
    config = read_config(home=home)
    with open_archive(config) as archive:
        provider = Celestrak(config.home / "cache", base_url=config.celestrak_url, clock=_now)
        add = _Adding(archive, "CelesTrak", "celestrak")
        if catalogue:
            add(provider.catalogue(), "satellite catalogue")
        for group in groups:
            add(provider.group(group), f"group {group}")
        for number in objects:
            if archive.decayed(number):
                click.echo(f"object {number}: decayed, not asked for any more")
                continue
            add(provider.object(number), f"object {number}")


@fetch.command()
@home_option
@click.option("--object", "objects", multiple=True, type=int, help="One catalogue number.")
@click.option("--all", "everything", is_flag=True, help="All objects in orbit.")
def spacetrack(home: Path | None, objects: tuple[int, ...], everything: bool) -> None:
    """Fetch current element sets from Space-Track and add them, once an hour.

    The account is taken from SPACETRACK_IDENTITY and SPACETRACK_PASSWORD in the environment.
    """
    from satvo.ingest.spacetrack import Credentials, Spacetrack

    if bool(objects) == everything:
        raise BadParameter("nothing to fetch, or too much; give --object, once or often, or --all")
    credentials = Credentials.of_environment(os.environ)
    config = read_config(home=home)
    with open_archive(config) as archive:
        provider = Spacetrack(
            config.home / "cache", credentials, base_url=config.spacetrack_url, clock=_now
        )
        add = _Adding(archive, "Space-Track", "space-track")
        if everything:
            add(provider.catalogue(), "all objects")
        else:
            add(provider.objects(objects), f"{len(set(objects))} objects")


@fetch.command()
@home_option
@click.option("--object", "objects", multiple=True, type=int, help="One catalogue number.")
@click.option("--all", "everything", is_flag=True, help="All satellites: 2 MB each, of thousands.")
def starlink(home: Path | None, objects: tuple[int, ...], everything: bool) -> None:
    """Fetch the ephemerides that SpaceX publishes of its satellites and add them."""
    from satvo.ingest.starlink import Starlink

    if bool(objects) == everything:
        raise BadParameter("nothing to fetch, or too much; give --object, once or often, or --all")
    config = read_config(home=home)
    with open_archive(config) as archive:
        provider = Starlink(config.home / "cache", base_url=config.starlink_url, clock=_now)
        listed = provider.manifest()
        if missing := [number for number in objects if number not in listed]:
            raise NoOrbit(
                f"norad_id={missing[0]}: not among the {len(listed)} satellites whose ephemerides "
                "SpaceX publishes"
            )
        add = _Adding(archive, "Starlink", "starlink")
        failed = 0
        for number in listed if everything else dict.fromkeys(objects):
            try:
                add(provider.file(listed[number]), f"object {number}", listed[number])
            except NoOrbit as err:  # replaced by a newer one since the manifest was brought
                if not everything:
                    raise
                failed += 1
                click.echo(f"satvo: {err}", err=True)
        if failed:
            raise Unavailable(f"{failed} of {len(listed)} ephemerides were not to be had")


class _Adding:
    """Adds copies of a provider's files to the archive."""

    def __init__(self, archive: ArchiveCommands, provider: str, source: str) -> None:
        self._archive = archive
        self._provider = provider
        self._source = source

    def __call__(self, fetched: Fetched, what: str, name: str | None = None) -> None:
        """Add one; `name` is what the provider calls it."""
        if fetched.state == "cached":
            until = fetched.not_before.strftime("%Y-%m-%d %H:%M UTC")
            click.echo(
                f"{what}: asked recently, the copy is used; {self._provider} may be asked from "
                f"{until}"
            )
        # The copy is loaded whatever its state: a run killed before may not have come so far.
        name = name or fetched.path.name
        with fetched.path.open("rb") as stream, progress_of(name) as progress:
            report = self._archive.ingest(
                stream, name=name, format=None, source=self._source, progress=progress
            )
        tell_report(what, report)


def _now() -> datetime:
    return datetime.now(UTC)
