"""What a client asks of the job ``imagesimulate``, read and checked before any work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from satvo.resources.images.parameter_texts import (
    SEPARATOR,
    is_asked,
    number_of,
    numbers_of,
    several_of,
)
from satvo.resources.images.simulator.parameters import (
    MOST_FRAMES,
    MOST_REGISTERED,
    MOST_SCENE_BYTES,
)
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import read_moment

__all__ = ["Asked", "read_asked"]

PREDICT = "predict"
_MOST_IDS = 100
_OF_PRESET = ("EXPTIME", "POS")
_SIMPLE = ("STREAK", "MAG", "ALTITUDE", "ORIENTATION")


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a job, read; None for what is not given.

    Attributes
    ----------
    scene : str
        Text of a description; empty where none came as text.
    preset, did, site : str
    streak : bool
        Whether a trail is drawn where nothing else tells of one.
    mag, altitude_km, orientation_deg, exposure_s : float
    position : (float, float)
        ICRS, deg.
    start : datetime
        UTC without a zone.
    transit_ids : tuple of str
    is_predicted : bool
        Whether PassPredict is asked.
    norad_ids : tuple of int
    constellations : tuple of str
    rate : (float, float, float)
        Trails per square degree and hour, and two magnitudes.
    model : str
        Of the appearance of trails.
    count, seed : int
    with_pair, is_registered : bool
    collection, licence : str
    """

    scene: str
    preset: str | None
    did: str | None
    site: str | None
    streak: bool
    mag: float | None
    altitude_km: float | None
    orientation_deg: float | None
    exposure_s: float | None
    position: tuple[float, float] | None
    start: datetime | None
    transit_ids: tuple[str, ...]
    is_predicted: bool
    norad_ids: tuple[int, ...]
    constellations: tuple[str, ...]
    rate: tuple[float, float, float] | None
    model: str | None
    count: int
    seed: int | None
    with_pair: bool
    is_registered: bool
    collection: str
    licence: str | None

    @property
    def by_orbit(self) -> bool:
        """Whether crossings are taken from the archive."""
        return self.is_predicted or bool(self.transit_ids)


def read_asked(parameters: Mapping[str, str], *, has_scene_file: bool = False) -> Asked:
    """The parameters of a job.

    Parameters
    ----------
    parameters : mapping
        As `satvo.resources.images.simulator.parameters.PARAMETERS` describes them; of repeated
        ones the values have semicolons between.
    has_scene_file : bool
        Whether a description came as a file.

    Raises
    ------
    BadParameter
        For what is out of range, contradicts itself, or is missing.

    Examples
    --------
    >>> read_asked({"PRESET": "evscope1", "MAG": "7.5", "POS": "83.8 -5.4"}).position
    (83.8, -5.4)
    """
    given = {name: text.strip() for name, text in parameters.items() if text.strip()}
    transits = several_of(given, "TRANSIT")
    asked = Asked(
        scene=given.get("SCENE", ""),
        preset=given.get("PRESET"),
        did=given.get("ID"),
        site=given.get("SITE"),
        streak=_choice(given, "STREAK", ("random", "none")) != "none",
        mag=number_of(given, "MAG", -30.0, 40.0),
        altitude_km=number_of(given, "ALTITUDE", 80.0, 500_000.0),
        orientation_deg=number_of(given, "ORIENTATION", -360.0, 360.0),
        exposure_s=number_of(given, "EXPTIME", 1e-4, 86400.0),
        position=_position(given.get("POS")),
        start=_moment(given.get("TIME")),
        transit_ids=tuple(dict.fromkeys(each for each in transits if each.lower() != PREDICT)),
        is_predicted=any(each.lower() == PREDICT for each in transits),
        norad_ids=_norad_ids(given.get("NORAD_ID", "")),
        constellations=_names(given.get("CONSTELLATION", "")),
        rate=_rate(given.get("RATE")),
        model=_line(given, "MODEL"),
        count=_whole(given, "COUNT", 1, MOST_FRAMES) or 1,
        seed=_whole(given, "SEED", 0, 2**63 - 1),
        with_pair=is_asked(given, "PAIR"),
        is_registered=is_asked(given, "REGISTER"),
        collection=_line(given, "COLLECTION") or "satvo-sim",
        licence=_line(given, "LICENCE"),
    )
    _check_scene(asked, given, has_scene_file)
    _check_trails(asked, given)
    if asked.with_pair and asked.did:
        raise BadParameter("PAIR is given with ID: the frame of ID is the pair; leave it out")
    if asked.is_registered and asked.count > MOST_REGISTERED:
        raise BadParameter(
            f"COUNT={asked.count}: {MOST_REGISTERED} frames of one job are registered at most; "
            "give fewer, or REGISTER=false"
        )
    return asked


def _check_scene(asked: Asked, given: Mapping[str, str], has_scene_file: bool) -> None:
    """One of the ways to say what is seen, and with it no word of another."""
    if has_scene_file and asked.scene:
        raise BadParameter("SCENE is given as text and as a file; give one of them")
    has_scene = has_scene_file or bool(asked.scene)
    ways = [
        name
        for name, there in (("SCENE", has_scene), ("PRESET", asked.preset), ("ID", asked.did))
        if there
    ]
    if not ways:
        raise BadParameter("give SCENE (a description), PRESET (an instrument) or ID (a frame)")
    if len(ways) > 1:
        raise BadParameter(f"{' and '.join(ways)} are given; give one of SCENE, PRESET and ID")
    if len(asked.scene.encode()) > MOST_SCENE_BYTES:
        raise BadParameter(f"SCENE has more than {MOST_SCENE_BYTES} bytes, the most accepted")
    others = {"SCENE": (*_OF_PRESET, *_SIMPLE), "ID": _OF_PRESET, "PRESET": ()}[ways[0]]
    for name in others:
        if name in given:
            told = "the scene tells it" if has_scene else "the frame tells it"
            raise BadParameter(f"{name} is given with {ways[0]}: {told}; leave it out")


def _check_trails(asked: Asked, given: Mapping[str, str]) -> None:
    ways = [name for name in ("TRANSIT", "RATE") if name in given]
    if len(ways) > 1:
        raise BadParameter("TRANSIT and RATE are given; give one of them")
    told = ("ALTITUDE", "ORIENTATION") if asked.by_orbit else ("MAG", "ALTITUDE", "ORIENTATION")
    for name in told:
        if ways and name in given:
            raise BadParameter(f"{name} is given with {ways[0]}, which tells it; leave it out")
    if asked.is_predicted and asked.transit_ids:
        raise BadParameter("TRANSIT: give predict, or identifiers of crossings, not both")
    for name in ("NORAD_ID", "CONSTELLATION"):
        if name in given and not asked.is_predicted:
            raise BadParameter(f"{name} is given without TRANSIT=predict; give both")
    if asked.norad_ids and asked.constellations:
        raise BadParameter("NORAD_ID and CONSTELLATION are given; give one of them")
    if len(asked.transit_ids) > _MOST_IDS or len(asked.norad_ids) > _MOST_IDS:
        raise BadParameter(f"TRANSIT and NORAD_ID: {_MOST_IDS} values are accepted at most")
    if asked.is_predicted and asked.did is None:
        missing = [name for name in ("TIME", "SITE") if name not in given]
        if missing:
            raise BadParameter(
                f"TRANSIT=predict needs {' and '.join(missing)} where no frame (ID) tells"
            )


def _whole(given: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    if name not in given:
        return None
    value = _integer(given[name]) if len(given[name]) < 40 else None
    if value is None or not low <= value <= high:
        raise BadParameter(f"{name}={given[name][:40]}: give an integer from {low} to {high}")
    return value


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _choice(given: Mapping[str, str], name: str, words: tuple[str, ...]) -> str | None:
    text = given.get(name)
    if text is not None and text.lower() not in words:
        raise BadParameter(f"{name}={text[:40]}: give {' or '.join(words)}")
    return text and text.lower()


def _line(given: Mapping[str, str], name: str) -> str | None:
    text = given.get(name)
    if text is not None and (len(text) > 100 or not text.isprintable()):
        raise BadParameter(f"{name}: give 100 printable characters at most")
    return text


def _position(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    numbers = numbers_of(text)
    if len(numbers) != 2 or math.isinf(numbers[0]) or not -90 <= numbers[1] <= 90:
        raise BadParameter(
            f"POS={text[:60]}: give right ascension and declination in deg (ICRS), as 83.8 -5.4"
        )
    return numbers[0] % 360.0, numbers[1]


def _rate(text: str | None) -> tuple[float, float, float] | None:
    if text is None:
        return None
    numbers = numbers_of(text.replace("@", " ").replace(":", " "))
    is_rate = len(numbers) == 3 and not any(map(math.isinf, numbers))
    if not is_rate or numbers[0] < 0 or numbers[1] > numbers[2]:
        raise BadParameter(
            f"RATE={text[:60]}: give trails per square degree and hour, and the magnitude of the "
            "brightest and of the faintest, as 10 4 6 or 10@4:6"
        )
    return numbers[0], numbers[1], numbers[2]


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return read_moment(text)
    except ValueError as err:
        raise BadParameter(
            f"TIME={text[:40]}: not a time; give ISO 8601 in UTC, e.g. 2027-01-31T22:00:00"
        ) from err


def _names(text: str) -> tuple[str, ...]:
    words = text.replace(",", SEPARATOR).split(SEPARATOR)
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _norad_ids(text: str) -> tuple[int, ...]:
    words = [word for word in text.replace(",", SEPARATOR).split(SEPARATOR) if word.strip()]
    found = []
    for word in words:
        number = _integer(word) if len(word) < 12 else None
        if number is None or not 0 < number < 10**9:
            raise BadParameter(f"NORAD_ID={word[:40]}: give numbers from 1 to 999999999")
        found.append(number)
    return tuple(dict.fromkeys(found))
