"""What clients of SIA ask of ivoa.obscore, as ADQL.

The values of one parameter are alternatives, and parameters are conditions that all hold (SIA 2.0,
section 2.1). A null in the archive matches nothing. The text that comes out has numbers, which were
read as such, and strings whose quotes are doubled: nothing of a client stands outside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from satvo.schemas.errors import BadParameter
from satvo.schemas.obscore import ARTIFICIAL, DATAPRODUCT_TYPES, OBSERVED
from satvo.schemas.resource import JobParameter
from satvo.service.formats import FORMATS
from satvo.service.image_regions import interval, meets, within
from satvo.service.parameters import Parameters

__all__ = [
    "DATASOURCE", "IMAGE_INPUTS", "IMAGE_TYPES", "SEARCHED", "chosen_source", "conditions_of",
    "either", "text_of", "values_of",
]  # fmt: skip

IMAGE_TYPES = ("image", "cube")
"""What SIA is about (SIA 2.0, section 1)."""

MOST_VALUES = 500
"""Of one parameter: each is a condition that every image is held against."""
_MOST_POSITIONS = 100
"""Of POS: an outline costs more to compare than a number."""
_MOST_VERTICES = 2_000
_MOST_CHARACTERS = 500

_POLARISATIONS = ("I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX", "POLI",
                  "POLA")  # fmt: skip
_FITS = ("image/fits", "application/fits")
"""Two names for one format: who asks for one gets both."""

_INTERVALS = {
    "BAND": ("em_min", "em_max"),
    "TIME": ("t_min", "t_max"),
    "FOV": ("s_fov", "s_fov"),
    "SPATRES": ("s_resolution", "s_resolution"),
    "SPECRP": ("em_res_power", "em_res_power"),
    "EXPTIME": ("t_exptime", "t_exptime"),
    "TIMERES": ("t_resolution", "t_resolution"),
}
_NAMES = {
    "COLLECTION": "obs_collection",
    "FACILITY": "facility_name",
    "INSTRUMENT": "instrument_name",
    "TARGET": "target_name",
}


def _many(name: str, description: str, **more: str) -> JobParameter:
    return JobParameter(name, description, is_repeatable=True, **more)  # type: ignore[arg-type]


DATASOURCE = JobParameter(
    "DATASOURCE",
    f"{OBSERVED}: observed images alone; {ARTIFICIAL}: simulated ones alone; all: both. Where it "
    "is not given, observed ones, and simulated ones only where no observed one matches; an INFO "
    "of the answer says which",
    choices=(OBSERVED, ARTIFICIAL, "all"),
)

IMAGE_INPUTS = (
    _many(
        "POS",
        "Place that the image has a point in common with, ICRS: CIRCLE ra dec radius, "
        "RANGE ra1 ra2 dec1 dec2, or POLYGON ra1 dec1 ra2 dec2 ra3 dec3 ...",
        unit="deg",
    ),
    _many("BAND", "Wavelength in vacuum, or an interval of it, e.g. 4e-7 7e-7; ends may be -Inf "
          "and Inf", unit="m", xtype="interval"),
    _many("TIME", "Time, or an interval of it: MJD in UTC", unit="d", xtype="interval"),
    _many("POL", f"Polarisation state that the image has: {', '.join(_POLARISATIONS)}"),
    _many("FOV", "Diameter of the field of view, or an interval of it", unit="deg",
          xtype="interval"),
    _many("SPATRES", "Spatial resolution, or an interval of it", unit="arcsec", xtype="interval"),
    _many("SPECRP", "Spectral resolving power, or an interval of it", xtype="interval"),
    _many("EXPTIME", "Exposure time, or an interval of it", unit="s", xtype="interval"),
    _many("TIMERES", "Temporal resolution, or an interval of it", unit="s", xtype="interval"),
    _many("ID", "Identifier of the image (obs_publisher_did), in any case of letters"),
    _many("COLLECTION", "Collection, as obs_collection has it"),
    _many("FACILITY", "Observatory or telescope, as facility_name has it"),
    _many("INSTRUMENT", "Instrument or camera, as instrument_name has it"),
    _many("DPTYPE", "image or cube; both where it is not given"),
    _many("CALIB", "Level of calibration, 0 to 4"),
    _many("TARGET", "Object observed, as target_name has it"),
    _many("FORMAT", "Media type of the image, e.g. image/fits"),
    DATASOURCE,
    JobParameter("MAXREC", "Rows of the answer at most; 0 gives its columns", datatype="long"),
    JobParameter(
        "RESPONSEFORMAT",
        "Format of the answer: a media type or a short name, one of "
        + ", ".join(each.aliases[0] for each in FORMATS),
        default="votable/td",
    ),
)  # fmt: skip
"""Parameters of SIA 2.0, section 2.1, and one of this service; UPLOAD comes beside them."""

SEARCHED = tuple(each.name for each in IMAGE_INPUTS if each.is_repeatable)


def values_of(parameters: Parameters) -> dict[str, list[str]]:
    """What is given of the parameters that search; empty values count for nothing."""
    given = {name: [text for text in parameters.all(name) if text.strip()] for name in SEARCHED}
    return {name: texts for name, texts in given.items() if texts}


def conditions_of(given: Mapping[str, Sequence[str]]) -> list[str]:
    """The conditions, each of them ADQL, that images fulfil which match all parameters.

    Parameters
    ----------
    given : mapping
        The values by the parameter's name, as `values_of` gives them.

    Raises
    ------
    BadParameter
        For a value that is none, or more of them than are accepted.

    Examples
    --------
    >>> conditions_of({"TARGET": ["M31", "o'Neill"], "CALIB": ["2"]})
    ["target_name IN ('M31', 'o''Neill')", 'calib_level IN (2)']
    """
    return [_condition(name, list(dict.fromkeys(texts))) for name, texts in given.items()]


def _condition(name: str, texts: list[str]) -> str:
    most = _MOST_POSITIONS if name == "POS" else MOST_VALUES
    if len(texts) > most:
        raise BadParameter(
            f"{name} has {len(texts)} values; at most {most} are accepted: ask in several "
            "requests, or by TAP of ivoa.obscore with an uploaded table"
        )
    if name in _INTERVALS:
        low, high = _INTERVALS[name]
        return either(within(low, *interval(text, name), upper=high) for text in texts)
    if name in _NAMES:
        return _one_of(_NAMES[name], [_checked(text, name) for text in texts])
    return _READERS[name](texts)


def _positions(texts: list[str]) -> str:
    numbers = sum(len(text.replace(",", " ").split()) for text in texts)
    if numbers > 2 * _MOST_VERTICES:
        raise BadParameter(f"POS: at most {_MOST_VERTICES} vertices together are accepted")
    return either(meets(text) for text in texts)


def _polarisations(texts: list[str]) -> str:
    words = [text.strip().upper() for text in texts]
    _check_words("POL", words, _POLARISATIONS)
    return either(f"pol_states LIKE '%/{word}/%'" for word in words)


def _identifiers(texts: list[str]) -> str:
    # IVOIDs are compared without regard to case (SIA 2.0, section 2.1.10).
    known = [_checked(text, "ID").lower() for text in texts]
    return _one_of("LOWER(obs_publisher_did)", known)


def _types(texts: list[str]) -> str:
    words = [text.strip().lower() for text in texts]
    if others := sorted({*words} & {*DATAPRODUCT_TYPES} - {*IMAGE_TYPES}):
        raise BadParameter(
            f"DPTYPE={others[0]}: SIA gives image and cube; ask TAP for others, by "
            "dataproduct_type of ivoa.obscore"
        )
    _check_words("DPTYPE", words, IMAGE_TYPES)
    return _one_of("dataproduct_type", words)


def _levels(texts: list[str]) -> str:
    words = [text.strip() for text in texts]
    _check_words("CALIB", words, ("0", "1", "2", "3", "4"))
    return f"calib_level IN ({', '.join(words)})"


def _formats(texts: list[str]) -> str:
    words = [_checked(text, "FORMAT").lower() for text in texts]
    if {*words} & {*_FITS}:
        words = list(dict.fromkeys([*words, *_FITS]))
    return _one_of("LOWER(access_format)", words)


_READERS: dict[str, Callable[[list[str]], str]] = {
    "POS": _positions,
    "POL": _polarisations,
    "ID": _identifiers,
    "DPTYPE": _types,
    "CALIB": _levels,
    "FORMAT": _formats,
}


def either(terms: Iterable[str]) -> str:
    """ADQL for at least one of several conditions."""
    return f"({' OR '.join(f'({term})' for term in dict.fromkeys(terms))})"


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(map(text_of, values))})"


def _checked(text: str, name: str) -> str:
    if len(text) > _MOST_CHARACTERS or not text.isprintable():
        raise BadParameter(
            f"{name}={ascii(text)[:60]}: at most {_MOST_CHARACTERS} printable characters are "
            "accepted"
        )
    return text.strip()


def _check_words(name: str, words: Sequence[str], accepted: Sequence[str]) -> None:
    for word in words:
        if word not in accepted:
            told = ", ".join(accepted)
            raise BadParameter(f"{name}={ascii(word)[:40]}: {told} are accepted")


def text_of(value: str) -> str:
    """A string of ADQL.

    Examples
    --------
    >>> text_of("o'Neill")
    "'o''Neill'"
    """
    return "'" + value.replace("'", "''") + "'"


def chosen_source(parameters: Parameters) -> str:
    """What DATASOURCE says, in lower case; empty where it is not given.

    Raises
    ------
    BadParameter
        If it says something else than its choices.
    """
    text = (parameters.single("DATASOURCE") or "").strip().lower()
    if text:
        _check_words("DATASOURCE", [text], DATASOURCE.choices)
    return text
