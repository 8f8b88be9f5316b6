"""Pictures of a map: the sky above the observer, and the whole sky."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.pass_probability.drawing import (
    INK,
    PALE,
    as_png,
    camera_words,
    colour_bar,
    colours,
    label_of,
    new_figure,
    population_words,
    signed_deg,
    situation_words,
    write_titles,
)
from satvo.resources.pass_probability.probability_map import ALTITUDES_DEG, MapFacts, ProbabilityMap
from satvo.resources.pass_probability.scales import COLOURS, Scale
from satvo.resources.pass_probability.sky_planes import (
    Mollweide,
    SkyValues,
    zenithal_altaz_deg,
    zenithal_place,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["mollweide_picture", "zenithal_picture"]

Floats = NDArray[np.float64]

_ACROSS = 680
"""Points of a picture's raster from edge to edge."""
_LINE: dict[str, Any] = {"color": "white", "linewidth": 1.0, "alpha": 0.75}
_ROUND = np.linspace(0.0, 360.0, 721)
_SUN = "#ffb000"


def zenithal_picture(probabilities: ProbabilityMap, column: str, *, width_px: int = 1000) -> bytes:
    """The sky above the observer as PNG: zenith in the middle, north up, east left, equal areas.

    The Sun stands where it is, or below the horizon as a mark at the rim; the broken circle is at
    20 deg.

    Parameters
    ----------
    probabilities : ProbabilityMap
        Of either frame.
    column : str
        Of `MAP_COLUMNS`; t_next is drawn as the wait in minutes.
    width_px : int
        The picture is 0.96 times as high.

    Raises
    ------
    BadParameter
        If there is no such column.
    """
    sky = SkyValues.of(probabilities, column)
    figure = new_figure(9.0, 8.64)
    axes = figure.add_axes((0.02, 0.01, 0.82, 0.854))
    edge = np.linspace(-1.0, 1.0, _ACROSS)
    x, y = np.meshgrid(edge, edge)
    image = sky.at("altaz", *zenithal_altaz_deg(x, y))
    axes.fill(*zenithal_place(_ROUND, 0.0), color=PALE, zorder=0)
    drawn = _image(axes, image, (-1.0, 1.0, -1.0, 1.0), sky.values, column)
    for altitude in (20.0, 40.0, 60.0):
        style = "--" if altitude == 20.0 else ":"
        axes.plot(*zenithal_place(_ROUND, altitude), style, **_LINE)
        place = zenithal_place(202.5, altitude)
        _outlined(axes, place, f"{altitude:g}°", size=9)
    axes.plot(*zenithal_place(_ROUND, 0.0), color=INK, linewidth=1.5)
    for az, name in ((0, "N"), (90, "E"), (180, "S"), (270, "W")):
        across, up = zenithal_place(az, 0.0)
        axes.text(
            1.085 * float(across), 1.085 * float(up), name, size=14, weight="bold", color=INK,
            ha="center", va="center",
        )  # fmt: skip
    _zenithal_sun(axes, probabilities.facts)
    axes.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), aspect="equal")
    axes.axis("off")
    colour_bar(figure, figure.add_axes((0.855, 0.13, 0.025, 0.61)), drawn, label_of(column))
    _titles(figure, probabilities.facts, column)
    return as_png(figure, width_px)


def mollweide_picture(probabilities: ProbabilityMap, column: str, *, width_px: int = 1200) -> bytes:
    """The whole sky in the map's frame as PNG, in Mollweide's projection, which keeps areas.

    An equatorial map has the meridian's right ascension in the middle, to two hours, and east to
    the left; one of the horizon has south in the middle, and the half above the horizon. The Sun,
    the horizon and, broken, 20 deg above it are drawn.

    Parameters
    ----------
    probabilities : ProbabilityMap
    column : str
        Of `MAP_COLUMNS`; t_next is drawn as the wait in minutes.
    width_px : int

    Raises
    ------
    BadParameter
        If there is no such column.
    """
    sky = SkyValues.of(probabilities, column)
    equatorial = probabilities.frame == "equatorial"
    low = -1.0 if equatorial else 0.0
    figure = new_figure(11.0, 7.6 if equatorial else 5.4)
    high = 0.70 if equatorial else 0.58
    axes = figure.add_axes((0.04, 0.17 if equatorial else 0.22, 0.92, high))
    plane = Mollweide(180.0, 1)
    if sky.situation is not None and equatorial:
        ra_deg = float(sky.situation.icrs_deg(sky.situation.of_altaz(0.0, 90.0))[0])
        plane = Mollweide(30.0 * round(ra_deg / 30.0) % 360.0, -1)
    x, y = np.meshgrid(np.linspace(-2.0, 2.0, 2 * _ACROSS), np.linspace(low, 1.0, _ACROSS))
    image = sky.at(probabilities.frame, *plane.lon_lat_deg(x, y))
    _ellipse(axes, upper=not equatorial)
    drawn = _image(axes, image, (-2.0, 2.0, low, 1.0), sky.values, column)
    _graticule(axes, plane, equatorial=equatorial)
    for altitude, style in ((0.0, "-"), (20.0, "--")):
        lon, lat = _ROUND, np.full_like(_ROUND, altitude)
        if equatorial and sky.situation is not None:
            lon, lat = sky.situation.icrs_deg(sky.situation.of_altaz(lon, lat))
        color = INK if altitude == 0.0 else "white"
        _line(axes, plane, lon, lat, color=color, linestyle=style, linewidth=1.3)
    _mollweide_sun(axes, plane, probabilities.facts, equatorial=equatorial)
    axes.set(xlim=(-2.05, 2.05), ylim=(low - 0.12 * (not equatorial) - 0.03, 1.05), aspect="equal")
    axes.axis("off")
    bottom = 0.09 if equatorial else 0.14
    colour_bar(figure, figure.add_axes((0.2, bottom, 0.6, 0.025)), drawn, label_of(column))
    _titles(figure, probabilities.facts, column)
    return as_png(figure, width_px)


def _image(
    axes: Axes,
    image: Floats,
    extent: tuple[float, float, float, float],
    values: Floats,
    column: str,
) -> Any:
    palette = f"{COLOURS}_r" if column == "t_next" else COLOURS  # sooner is lighter
    shades, norm = colours(Scale.of(values), palette=palette)
    return axes.imshow(
        np.ma.masked_invalid(image), origin="lower", extent=extent, cmap=shades, norm=norm,
        interpolation="nearest", zorder=1,
    )  # fmt: skip


def _titles(figure: Any, facts: MapFacts, column: str) -> None:
    at_20 = ALTITUDES_DEG.index(20.0)
    up, lit = facts.n_sat_above[at_20], facts.n_illum_above[at_20]
    lines = (
        f"{situation_words(facts)}; {camera_words(facts.camera)}",
        f"{population_words(facts.population, facts.n_total)}; {up:.0f} above 20°, {lit:.0f} of "
        "them illuminated",
    )
    title = label_of(column).partition(" [")[0]
    write_titles(figure, title, lines)


def _zenithal_sun(axes: Axes, facts: MapFacts) -> None:
    x, y = zenithal_place(facts.sun_az_deg, max(facts.sun_alt_deg, 0.0))
    _sun(axes, float(x), float(y))


def _mollweide_sun(axes: Axes, plane: Mollweide, facts: MapFacts, *, equatorial: bool) -> None:
    lon, lat = facts.sun_ra_deg, facts.sun_dec_deg
    if not equatorial:
        lon, lat = facts.sun_az_deg, max(facts.sun_alt_deg, 0.0)
    if math.isfinite(lon):
        x, y = plane.place(lon, lat)
        _sun(axes, float(x), float(y))


def _sun(axes: Axes, x: float, y: float) -> None:
    style: dict[str, Any] = {"linestyle": "", "clip_on": False, "zorder": 5, "markeredgecolor": INK}
    axes.plot([x], [y], marker="o", markersize=13, markerfacecolor=_SUN, **style)
    axes.plot([x], [y], marker="o", markersize=3, markerfacecolor=INK, **style)


def _ellipse(axes: Axes, *, upper: bool) -> None:
    """The sky behind the map."""
    turn = np.linspace(0.0, np.pi if upper else 2.0 * np.pi, 361)
    axes.fill(2.0 * np.cos(turn), np.sin(turn), color=PALE, zorder=0)
    axes.fill(2.0 * np.cos(turn), np.sin(turn), fill=False, edgecolor=INK, linewidth=1.2, zorder=4)


def _graticule(axes: Axes, plane: Mollweide, *, equatorial: bool) -> None:
    style: dict[str, Any] = {"color": "#888888", "linewidth": 0.5, "alpha": 0.6}
    span = np.linspace(-90.0 if equatorial else 0.0, 90.0, 181)
    for step in range(-150, 180, 30):
        lon = plane.center_deg + step
        _line(axes, plane, np.full_like(span, lon), span, **style)
        name = f"{lon % 360.0 / 15.0:g}h" if equatorial else _compass(lon % 360.0)
        x, y = plane.place(lon, 0.0)
        if equatorial:
            _outlined(axes, (x + 0.02, y + 0.035), name, size=9)
        else:
            axes.text(float(x), -0.06, name, size=10, color=INK, ha="center", va="center")
    for lat in range(-60, 90, 30):
        if lat and (equatorial or lat > 0):
            _line(
                axes,
                plane,
                plane.center_deg + np.linspace(-179.99, 179.99, 361),
                np.full(361, lat),
                **style,
            )
            x, y = plane.place(plane.center_deg - 180.0 * plane.sense + 1e-6, lat)
            axes.text(
                -abs(float(x)) - 0.03, float(y), signed_deg(lat), size=9, color=INK, ha="right",
                va="center",
            )  # fmt: skip


def _compass(az_deg: float) -> str:
    names = {0.0: "N", 90.0: "E", 180.0: "S", 270.0: "W"}
    return names.get(az_deg, f"{az_deg:g}°")


def _line(axes: Axes, plane: Mollweide, lon: Floats, lat: Floats, **style: Any) -> None:
    """A line, broken where it leaves the ellipse on one side and enters on the other."""
    x, y = plane.place(lon, lat)
    away = (lon - plane.center_deg + 180.0) % 360.0
    torn = np.flatnonzero(np.abs(np.diff(away)) > 180.0) + 1
    axes.plot(np.insert(x, torn, np.nan), np.insert(y, torn, np.nan), zorder=3, **style)


def _outlined(axes: Axes, place: tuple[Any, Any], text: str, *, size: float) -> None:
    """Words that can be read on any colour."""
    from matplotlib.patheffects import withStroke

    axes.text(
        float(place[0]), float(place[1]), text, size=size, color="white", ha="center", va="center",
        zorder=4, path_effects=[withStroke(linewidth=2, foreground="#00000090")],
    )  # fmt: skip
