"""A constellation definition (YAML): its name, its filing, and its shells."""

from __future__ import annotations

import re
from typing import IO, Any

from satvo.ingest.constellations.shells import Brightness, Constellation, Population, Shell
from satvo.ingest.constellations.values import (
    mapping,
    name_of,
    number,
    numbers,
    text,
    truth,
)
from satvo.ingest.plain_yaml import read_plain_yaml
from satvo.schemas.errors import BadParameter

__all__ = ["MAX_SATELLITES", "read_constellation"]

MAX_BYTES = 1 << 20
MAX_SATELLITES = 1_000_000
"""In all shells; the largest filing that is typed in here has 337 320."""

_SHELL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,19}")
_EARTH_RADIUS_KM = 6378.135
_LEAST_PERIGEE_KM = 100.0
_ALL_AROUND = 180.0

_INHERITED = ("lifetime", "populations", "brightness")
_KEYS = ("name", "title", "filing", "verified", "note", "shells", *_INHERITED)
_NUMBERS = (
    "altitude", "inclination", "planes", "satellites_per_plane", "satellites", "raan_spread",
    "raan_offset", "phasing", "eccentricity", "arg_of_pericenter",
)  # fmt: skip
_SHELL_KEYS = ("id", *_NUMBERS, "random_phase", *_INHERITED)
_KINDS = ("raising", "drifting", "descending")
_FIELDS = {
    "altitude": "altitude_km",
    "inclination": "inclination_deg",
    "raan_spread": "raan_spread_deg",
    "raan_offset": "raan_offset_deg",
    "eccentricity": "eccentricity",
    "arg_of_pericenter": "arg_of_pericenter_deg",
}


def read_constellation(stream: IO[bytes], *, name: str) -> Constellation:
    """Read a definition file.

    Parameters
    ----------
    stream : binary file
    name : str
        Of the file, for messages.

    Raises
    ------
    BadParameter
        For what is not YAML, is too large, or has a missing, unknown or impossible value.

    Notes
    -----
    ``name``, a text of 1 to 60 characters, and ``shells`` are needed; title, filing, verified and
    note may be there. Of a shell altitude and inclination are needed, and planes with
    satellites_per_plane, satellites, or planes with satellites; altitude_km, inclination_deg and
    raan_spread_deg are understood too. lifetime, populations and brightness stand in a shell, or
    beside the shells for all that have none of their own.

    Examples
    --------
    >>> import io
    >>> found = read_constellation(io.BytesIO(
    ...     b"{name: Mine, shells: [{altitude: 500, inclination: 53, satellites: 400}]}"
    ... ), name="mine.yaml")
    >>> found.name, found.title, found.shells[0].id, found.satellites
    ('mine', 'Mine', 'S1', 400)
    """
    content = mapping(_parsed(stream, name), _KEYS, name)
    if "name" not in content:
        raise BadParameter(f"{name}: name is missing; give the constellation one")
    called = text("name", content["name"], name, least=1, longest=60)
    if not called.strip():
        raise BadParameter(f"{name}: name is blank; give the constellation one")
    entries = content.get("shells")
    if not isinstance(entries, list) or not entries:
        raise BadParameter(f"{name}: give a list of shells, at least one")
    if len(entries) > MAX_SATELLITES // 100:
        raise BadParameter(f"{name}: {len(entries)} shells; give at most {MAX_SATELLITES // 100}")
    common = {key: content[key] for key in _INHERITED if key in content}
    shells = tuple(
        _shell(entry, common, f"S{i}", f"{name}, shell {i}") for i, entry in enumerate(entries, 1)
    )
    if len({shell.id for shell in shells}) < len(shells):
        raise BadParameter(f"{name}: two shells have the same id; give each its own")
    total = sum(shell.total for shell in shells)
    if total > MAX_SATELLITES:
        raise BadParameter(f"{name}: {total} satellites; give shells with 1 to {MAX_SATELLITES}")
    return Constellation(
        name_of(called),
        text("title", content.get("title", called), name, least=1, longest=200),
        text("filing", content.get("filing", ""), name),
        shells,
        verified=truth("verified", content.get("verified", False), name),
        note=text("note", content.get("note", ""), name, longest=1000),
    )


def _parsed(stream: IO[bytes], name: str) -> Any:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadParameter(f"{name}: a definition has at most {MAX_BYTES} bytes")
    found = read_plain_yaml(content, f"{name}: not a YAML definition")
    if found is None:
        raise BadParameter(f"{name}: the definition is empty; give name and shells")
    return found


def _shell(entry: Any, common: dict[str, Any], numbered: str, where: str) -> Shell:
    given = common | mapping(entry, _SHELL_KEYS, where)
    shell_id = given.get("id", numbered)
    if not isinstance(shell_id, str) or not _SHELL_ID.fullmatch(shell_id):
        raise BadParameter(
            f"{where}: id={str(shell_id)[:40]}: give letters, digits and . _ + -, at most 20"
        )
    found = numbers(given, _NUMBERS, where)
    for key in ("altitude", "inclination"):
        if key not in found:
            raise BadParameter(f"{where}: {key} is missing; give {key}, inclination and planes")
    planes, satellites = _counts(found, where)
    own_planes = planes == satellites > 1
    shell = Shell(
        shell_id,
        planes=planes,
        satellites=satellites,
        phasing=found.get("phasing", None if own_planes else 1),
        random_phase_deg=_random_phase(given.get("random_phase", False), where),
        lifetime_years=number("lifetime", given["lifetime"], where)
        if "lifetime" in given
        else None,
        populations=_populations(given.get("populations", {}), found["altitude"], where),
        brightness=_brightness(given.get("brightness", {}), where),
        **{field: found[key] for key, field in _FIELDS.items() if key in found},
    )
    _check(shell, where)
    return shell


def _counts(found: dict[str, Any], where: str) -> tuple[int, int]:
    """Planes and satellites in all of them."""
    planes, per_plane = found.get("planes"), found.get("satellites_per_plane")
    satellites = found.get("satellites")
    if per_plane is not None and planes is not None:
        if satellites is not None and satellites != planes * per_plane:
            raise BadParameter(
                f"{where}: satellites={satellites} is not planes times satellites_per_plane, "
                f"{planes * per_plane}; leave one of the three out"
            )
        return planes, planes * per_plane
    if satellites is None or per_plane is not None:
        raise BadParameter(
            f"{where}: how many satellites is missing; give planes and satellites_per_plane, "
            "planes and satellites, or satellites alone"
        )
    planes = satellites if planes is None else planes
    if planes > satellites:
        raise BadParameter(f"{where}: {planes} planes for {satellites} satellites; give fewer")
    return planes, satellites


def _random_phase(value: Any, where: str) -> float:
    if isinstance(value, bool):
        return _ALL_AROUND if value else 0.0
    return float(number("random_phase", value, where))


def _populations(value: Any, altitude_km: float, where: str) -> tuple[Population, ...]:
    found = []
    for kind, entry in mapping(value, _KINDS, f"{where}, populations").items():
        about = f"{where}, {kind}"
        given = mapping(entry, ("altitude", "days"), about)
        checked = numbers(given, ("altitude", "days"), about)
        if len(checked) < 2:
            raise BadParameter(f"{about}: give altitude (km) and days")
        if kind != "drifting" and checked["altitude"] > altitude_km:
            raise BadParameter(
                f"{about}: altitude={checked['altitude']:g} is above the shell's "
                f"{altitude_km:g} km; give one below"
            )
        found.append(Population(kind, checked["altitude"], checked["days"]))
    return tuple(sorted(found, key=lambda each: _KINDS.index(each.kind)))


def _brightness(value: Any, where: str) -> Brightness:
    about = f"{where}, brightness"
    given = mapping(value, ("constellation", "generation", "mag_std"), about)
    texts = {
        key: text(key, given[key], about, longest=40)
        for key in ("constellation", "generation")
        if key in given
    }
    standard = numbers(given, ("mag_std",), about).get("mag_std")
    return Brightness(texts.get("constellation", ""), texts.get("generation", ""), standard)


def _check(shell: Shell, where: str) -> None:
    """What two values say together."""
    if shell.populations and shell.lifetime_years is None:
        raise BadParameter(
            f"{where}: populations need the lifetime of a satellite; give lifetime in years"
        )
    spent = sum(each.days for each in shell.populations)
    if shell.lifetime_years is not None and spent > shell.lifetime_years * 365.25:
        raise BadParameter(
            f"{where}: its populations last {spent:g} days, longer than lifetime="
            f"{shell.lifetime_years:g} years; give fewer days"
        )
    axis_km = _EARTH_RADIUS_KM + shell.altitude_km
    perigee_km = axis_km * (1.0 - shell.eccentricity) - _EARTH_RADIUS_KM
    if perigee_km < _LEAST_PERIGEE_KM:
        raise BadParameter(
            f"{where}: eccentricity={shell.eccentricity:g} brings the perigee to {perigee_km:.0f} "
            f"km; give one that leaves {_LEAST_PERIGEE_KM:g} km"
        )
