"""What the pictures of maps and calendars have in common.

Matplotlib's objects are used without pyplot, whose figures belong to the process, so that threads
do not meet.
"""

from __future__ import annotations

import io
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS, MapFacts
from satvo.resources.pass_probability.scales import COLOURS, Scale
from satvo.schemas.moments import MJD_EPOCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

__all__ = [
    "INK",
    "PALE",
    "as_png",
    "camera_words",
    "colour_bar",
    "colours",
    "label_of",
    "new_figure",
    "population_words",
    "signed_deg",
    "situation_words",
    "write_titles",
]

INK = "#222222"
"""Of text and frames."""
PALE = "#e9e9ec"
"""Of what is not observed: below the horizon."""

_LONGEST = 70
"""Letters of a population's name in a picture."""
_LABELS = {
    "n_sat": "Satellites per square degree",
    "n_sat_illum": "Illuminated satellites per square degree",
    "n_pass": "Expected trails per exposure",
    "n_pass_illum": "Expected trails of illuminated satellites per exposure",
    "p_pass": "Probability of a trail",
    "p_illum": "Probability of a trail of an illuminated satellite",
    "loss": "Fraction of the exposure lost to trails",
    "t_next": "Wait for the next illuminated satellite in the field",
}
_UNITS = {"t_next": "minutes"}


def label_of(column: str) -> str:
    """Words for a column of a map, with the unit it is drawn in."""
    words = _LABELS.get(column, MAP_COLUMNS.get(column, ("", column))[1])
    return f"{words} [{_UNITS[column]}]" if column in _UNITS else words


def camera_words(camera: Camera) -> str:
    """The exposure and what it sees.

    Examples
    --------
    >>> camera_words(Camera(30.0, 1.75, mag_limit=7.0))
    'exposure 30 s, field of radius 1.75°, V < 7'
    """
    field = f"field of radius {camera.radius_deg:.3g}°"
    if camera.width_deg and camera.height_deg:
        field = f"field {camera.width_deg:.3g}° × {camera.height_deg:.3g}°"
    limit = "" if math.isnan(camera.mag_limit) else f", V < {camera.mag_limit:.3g}"
    return f"exposure {camera.exposure_s:g} s, {field}{limit}"


def situation_words(facts: MapFacts) -> str:
    """Where, when, and how deep the Sun stands."""
    when = ""
    if not math.isnan(facts.mjd):
        when = f"{MJD_EPOCH + timedelta(days=facts.mjd):%Y-%m-%d %H:%M} UTC, "
    return f"{facts.observer_name}, {when}Sun at {signed_deg(facts.sun_alt_deg)}"


def population_words(population: str, n_total: float) -> str:
    """What was counted, cut where it is long.

    Examples
    --------
    >>> population_words("kuiper, oneweb-phase1", 3812.0)
    'kuiper, oneweb-phase1: 3 812 satellites'
    """
    names = population if len(population) <= _LONGEST else population[: _LONGEST - 1] + "…"
    count = f"{n_total:,.0f}".replace(",", " ")
    return f"{names}: {count} satellites"


def signed_deg(angle_deg: float) -> str:
    """An angle to a degree, with the sign that types of print have.

    Examples
    --------
    >>> signed_deg(-18.2)
    '−18°'
    """
    return f"{angle_deg:.0f}°".replace("-", "−")


def new_figure(width: float, height: float) -> Figure:
    """A white figure, inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def write_titles(figure: Figure, title: str, lines: tuple[str, ...]) -> None:
    """A title at the upper left, and lines below it."""
    height = figure.get_figheight()
    plain: dict[str, Any] = {"va": "top", "parse_math": False}  # a name with $ is no formula
    figure.text(0.03, 1.0 - 0.22 / height, title, size=15, weight="bold", color=INK, **plain)
    for number, line in enumerate(lines):
        below = 0.56 + 0.24 * number
        figure.text(0.03, 1.0 - below / height, line, size=10.5, color="#555555", **plain)


def colours(scale: Scale, *, palette: str = COLOURS) -> tuple[Any, Any]:
    """Matplotlib's colour map and norm of a scale; where there is no value nothing is drawn."""
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm, Normalize

    shades = colormaps[palette].with_extremes(bad=(0, 0, 0, 0))
    norm = LogNorm if scale.logarithmic else Normalize
    return shades, norm(scale.low, scale.high, clip=True)


def colour_bar(figure: Figure, axes: Axes, drawn: ScalarMappable, label: str) -> None:
    """A bar in axes of its own, with plain numbers."""
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    wide = axes.get_position().width > axes.get_position().height
    bar = figure.colorbar(drawn, cax=axes, orientation="horizontal" if wide else "vertical")
    bar.outline.set_visible(False)
    bar.set_label(label, size=11, color=INK)
    bar.ax.tick_params(labelsize=10, color=INK, labelcolor=INK)
    norm = drawn.norm
    if isinstance(norm, LogNorm):
        close = (norm.vmax or 1.0) / (norm.vmin or 1.0) < 2000.0
        bar.locator = LogLocator(10.0, subs=(1.0, 2.0, 5.0) if close else (1.0,))
        bar.formatter = FuncFormatter(lambda value, _: _plain(value))
        bar.update_ticks()
        bar.ax.xaxis.set_minor_formatter(NullFormatter())
        bar.ax.yaxis.set_minor_formatter(NullFormatter())


def _plain(value: float) -> str:
    """A round number without an E."""
    if 1e-4 <= value < 1e5:
        return f"{value:g}"
    ten = math.floor(math.log10(value) + 1e-9)
    return f"{value / 10.0**ten:.0f}×10$^{{{ten}}}$"


def as_png(figure: Figure, width_px: int) -> bytes:
    """The figure in so many pixels across."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=width_px / figure.get_figwidth())
    return stream.getvalue()
