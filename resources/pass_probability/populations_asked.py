"""Which satellites are asked for, and their layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from satvo.ingest.constellations.definition import read_constellation
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.analytic import layers_of
from satvo.resources.constellations.filed import filed_constellation, filed_names
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.pass_probability.light import DEFAULT_MODEL
from satvo.resources.pass_probability.populations import layers_of_elements
from satvo.resources.passes.values import told, truth
from satvo.schemas.errors import BadParameter

__all__ = ["CATALOGUE", "MAX_AGE_D", "Wanted", "read_wanted", "uploaded_definitions"]

CATALOGUE = "catalogue"
"""The population of all that fly."""

MAX_AGE_D = 30.0
"""Elements farther from the time than this are left out, as PassPredict does."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The satellites that are counted.

    Attributes
    ----------
    constellations : tuple of Constellation
        Filed ones and definitions of one's own.
    archived : tuple of str
        Constellations of `satvo.satellite`, counted by their elements.
    is_catalogue : bool
        Whether it is all that fly instead.
    """

    constellations: tuple[Constellation, ...] = ()
    archived: tuple[str, ...] = ()
    is_catalogue: bool = False

    @property
    def name(self) -> str:
        """What a map says of it."""
        if self.is_catalogue:
            return CATALOGUE
        return ",".join((*(each.name for each in self.constellations), *self.archived))

    @property
    def needs_elements(self) -> bool:
        """Whether elements are asked for."""
        return self.is_catalogue or bool(self.archived)

    def layers(
        self, elements_of: Callable[[tuple[str, ...] | None], Elements], mjd: float, model: str
    ) -> Layers:
        """Their layers.

        Parameters
        ----------
        elements_of : callable
            Gives the elements of archived constellations; of all that fly for None. Called only
            where `needs_elements`.
        mjd : float
            What has not been launched by then, or has decayed, is left out.
        model : str
            Brightness model, which may have to tell satellites apart.

        Raises
        ------
        BadParameter
            If there are no elements of one.
        """
        parts = [layers_of(each) for each in self.constellations]
        if self.needs_elements:
            elements = elements_of(None if self.is_catalogue else self.archived)
            self.check_found(set(elements.constellation.tolist()), len(elements))
            apart = model != DEFAULT_MODEL
            parts.append(layers_of_elements(elements, mjd=mjd, by_brightness=apart))
        return Layers.joined(parts)

    def check_found(self, names: set[str], count: int) -> None:
        """See that there are elements of all that is archived, by the names found.

        Raises
        ------
        BadParameter
        """
        if self.is_catalogue and not count:
            raise BadParameter(
                f"CATALOGUE=true: no elements are here within {MAX_AGE_D:g} d of the time; load "
                "some (satvo ingest, satvo fetch), or name a constellation"
            )
        missing = [name for name in self.archived if name not in names]
        if missing:
            raise BadParameter(
                f"CONSTELLATION={told(missing[0])}: no filed constellation, and no elements of one "
                f"are here within {MAX_AGE_D:g} d of the time; filed are {', '.join(filed_names())}"
            )


def read_wanted(parameters: Mapping[str, str], definitions: Sequence[Constellation] = ()) -> Wanted:
    """The satellites that parameters ask for.

    Parameters
    ----------
    parameters : mapping
        CONSTELLATION, names with commas between: of filed constellations, else of those in the
        archive; CATALOGUE, true for all that fly.
    definitions : sequence of Constellation
        Of one's own.

    Raises
    ------
    BadParameter
        If nothing is asked for, or the catalogue and others.

    Examples
    --------
    >>> read_wanted({"CONSTELLATION": "kuiper, sim-mine"}).name
    'kuiper,sim-mine'
    """
    words = (word.strip() for word in (parameters.get("CONSTELLATION") or "").split(","))
    names = tuple(dict.fromkeys(word for word in words if word))
    is_catalogue = truth(parameters, "CATALOGUE")
    if is_catalogue and (names or definitions):
        raise BadParameter("CATALOGUE=true has all that fly; give it or CONSTELLATION, not both")
    if not (is_catalogue or names or definitions):
        raise BadParameter(
            "nothing to count: give CONSTELLATION, a definition file, or CATALOGUE=true; filed "
            f"constellations are {', '.join(filed_names())}"
        )
    filed = tuple(filed_constellation(name) for name in names if name in filed_names())
    constellations = (*filed, *definitions)
    twice = {each.name for each in constellations if constellations.count(each) > 1}
    if twice or len({each.name for each in constellations}) < len(constellations):
        raise BadParameter(
            f"constellation {min(twice or {each.name for each in definitions})} is given twice; "
            "give each one a name of its own"
        )
    archived = tuple(name for name in names if name not in filed_names())
    return Wanted(constellations, archived, is_catalogue)


def uploaded_definitions(uploads: Path) -> list[Constellation]:
    """The definitions that came with a job as DEFINITION.

    Raises
    ------
    BadParameter
        If one cannot be read.
    """
    found = []
    for named in sorted(uploads.glob("*.name")):
        if named.read_text("utf-8").upper() == "DEFINITION":
            with named.with_suffix("").open("rb") as stream:
                found.append(read_constellation(stream, name="DEFINITION"))
    return found
