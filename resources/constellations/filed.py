"""The constellations whose filings the package carries."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from satvo.ingest.constellations.definition import read_constellation
from satvo.ingest.constellations.shells import Brightness, Constellation
from satvo.schemas.errors import BadParameter

__all__ = [
    "SIMULATED_PREFIX",
    "check_own_name",
    "filed_brightness",
    "filed_constellation",
    "filed_constellations",
    "filed_names",
    "find_constellation",
]

SIMULATED_PREFIX = "sim-"
"""Before the name of a constellation in `satvo.satellite`, where it is simulated."""

_FOLDER = files("satvo.resources.constellations") / "filings"


@cache
def filed_names() -> tuple[str, ...]:
    """Their names, in order: those of the files, which are not opened."""
    found = (path.name for path in _FOLDER.iterdir())
    return tuple(
        sorted(
            name.removesuffix(".yaml").replace("_", "-") for name in found if name.endswith(".yaml")
        )
    )


@cache
def filed_constellation(name: str) -> Constellation:
    """One of them.

    Raises
    ------
    BadParameter
        If there is none of this name.

    Examples
    --------
    >>> filed_constellation("kuiper").satellites
    3236
    """
    if name not in filed_names():
        raise BadParameter(f"{name[:60]}: no filed constellation; give one of {_all()}")
    path = _FOLDER / f"{name.replace('-', '_')}.yaml"
    with path.open("rb") as stream:
        return read_constellation(stream, name=path.name)


def filed_constellations() -> list[Constellation]:
    """All of them, by name."""
    return [filed_constellation(name) for name in filed_names()]


@cache
def filed_brightness(published: str) -> Brightness:
    """By what brightness models know the satellites that are published under a name.

    Parameters
    ----------
    published : str
        As in `satvo.satellite.constellation`.

    Returns
    -------
    Brightness
        Empty where the name is of no filed constellation that is simulated, or where its shells
        differ.

    Examples
    --------
    >>> filed_brightness("sim-starlink-gen2").generation, filed_brightness("starlink").generation
    ('v2-mini', '')
    """
    name = published.removeprefix(SIMULATED_PREFIX)
    if name == published or name not in filed_names():
        return Brightness()
    told = {shell.brightness for shell in filed_constellation(name).shells}
    return told.pop() if len(told) == 1 else Brightness()


def find_constellation(given: str) -> Constellation:
    """The filed constellation of this name, or that of the definition file of this path.

    Raises
    ------
    BadParameter
        If it is neither, or the file cannot be read.
    """
    if given in filed_names():
        return filed_constellation(given)
    path = Path(given)
    try:
        with path.open("rb") as stream:
            return read_constellation(stream, name=path.name)
    except (FileNotFoundError, ValueError) as err:  # a name with a null byte is a ValueError
        raise BadParameter(
            f"{given[:100]}: no file, and no filed constellation; those are {_all()}"
        ) from err
    except OSError as err:
        raise BadParameter(f"{given[:100]}: cannot be read: {err.strerror}") from err


def check_own_name(constellation: Constellation) -> None:
    """See that a definition of one's own is not published under the name of a filed one.

    Raises
    ------
    BadParameter
        If it has such a name, and other shells.
    """
    name = constellation.name
    if name in filed_names() and constellation.shells != filed_constellation(name).shells:
        raise BadParameter(
            f"name={name}: a filed constellation has this name, and other shells; give the "
            "definition another name"
        )


def _all() -> str:
    return ", ".join(filed_names())
