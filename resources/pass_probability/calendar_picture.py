"""A picture of a calendar: dates across, local solar time upwards, colours for what is expected."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from satvo.resources.pass_probability.calendar import CALENDAR_COLUMNS, PassCalendar
from satvo.resources.pass_probability.drawing import (
    INK,
    as_png,
    camera_words,
    colour_bar,
    colours,
    label_of,
    new_figure,
    population_words,
    signed_deg,
    write_titles,
)
from satvo.resources.pass_probability.scales import Scale
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["calendar_picture"]

Floats = NDArray[np.float64]

_SUN_DEG = (-18.0, -12.0, -6.0, 0.0)
_TARGET_DEG = (20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0)
_OBSERVABLE_DEG = 20.0
_SUN_COLOUR = "#4aa3ff"
_TARGET_COLOUR = "#a8e02a"
_GREY = "#8d8d92"
_DAY = "#f6f3ea"


def calendar_picture(
    calendar: PassCalendar, column: str = "loss", *, width_px: int = 1300
) -> bytes:
    """A calendar as PNG, like Figure 8 of the report of SATCON2's algorithms working group.

    Colours say what is expected; blue lines the altitude of the Sun (0, -6, -12 and -18 deg),
    yellow-green ones that of the target. Grey: the target is lower than 20 deg. Days are left pale.

    Parameters
    ----------
    calendar : PassCalendar
        Of two nights and times or more.
    column : str
        Of `CALENDAR_COLUMNS`.
    width_px : int

    Raises
    ------
    BadParameter
        If there is no such column, or only one night or time.

    References
    ----------
    SATCON2 Algorithms Working Group report (2021), section 3.3.1.1, Figure 8.
    """
    if column not in CALENDAR_COLUMNS:
        raise BadParameter(f"column '{column}': give one of {', '.join(CALENDAR_COLUMNS)}")
    nights, times = calendar.mjd.shape
    if min(nights, times) < 2:
        raise BadParameter(
            f"the calendar has {nights} nights of {times} times; a picture needs two of each"
        )
    figure = new_figure(12.0, 7.0)
    axes = figure.add_axes((0.075, 0.10, 0.815, 0.72))
    days, hours = _days(calendar), calendar.solar_time_h
    night = calendar.sun_alt_deg < 0.0
    high = calendar.target_alt_deg >= _OBSERVABLE_DEG
    values: Floats = getattr(calendar, column)
    useful = values[night & high]
    shades, norm = colours(Scale.of(useful if len(useful) else values), palette="magma")
    step = (hours[1] - hours[0]) / 2.0
    extent = (days[0] - 0.5, days[-1] + 0.5, hours[0] - step, hours[-1] + step)
    drawn = axes.imshow(
        np.ma.masked_invalid(values).T, origin="lower", extent=extent, aspect="auto", cmap=shades,
        norm=norm, interpolation="nearest",
    )  # fmt: skip
    low = [-90.0, _OBSERVABLE_DEG]
    axes.contourf(days, hours, calendar.target_alt_deg.T, levels=low, colors=_GREY)
    axes.contourf(days, hours, calendar.sun_alt_deg.T, levels=[0.0, 90.0], colors=_DAY)
    _contours(axes, days, hours, calendar.sun_alt_deg, _SUN_DEG, _SUN_COLOUR)
    covered = np.where(night, calendar.target_alt_deg, np.nan)
    _contours(axes, days, hours, covered, _TARGET_DEG, _TARGET_COLOUR)
    _frame(axes, days, hours, night, step)
    colour_bar(figure, figure.add_axes((0.905, 0.10, 0.018, 0.72)), drawn, label_of(column))
    facts = calendar.facts
    write_titles(
        figure,
        label_of(column),
        (
            f"{facts.observer_name}, target at {calendar.ra_deg:.3f}° {calendar.dec_deg:+.3f}°; "
            f"{camera_words(facts.camera)}",
            population_words(facts.population, facts.n_total),
        ),
    )
    return as_png(figure, width_px)


def _days(calendar: PassCalendar) -> Floats:
    """Evenings of the nights as matplotlib counts days."""
    from matplotlib.dates import date2num

    first = calendar.facts.first
    return np.asarray([date2num(first + timedelta(days=n)) for n in range(len(calendar.mjd))])


def _contours(
    axes: Axes, days: Floats, hours: Floats, angles: Floats, levels: tuple[float, ...], colour: str
) -> None:
    from matplotlib.patheffects import withStroke

    known = angles[np.isfinite(angles)]
    within = [level for level in levels if len(known) and known.min() < level < known.max() - 1.0]
    if not within:
        return
    lines = axes.contour(
        days, hours, np.ma.masked_invalid(angles).T, levels=within, colors=colour, linewidths=1.5,
        linestyles="solid",
    )  # fmt: skip
    edge = [withStroke(linewidth=2.6, foreground="#00000088")]
    lines.set(path_effects=edge)
    words = axes.clabel(lines, fmt=signed_deg, fontsize=9, inline=True)
    for word in words:
        word.set(path_effects=edge, rotation=0)


def _frame(axes: Axes, days: Floats, hours: Floats, night: NDArray[np.bool_], step: float) -> None:
    """Months below, hours at the left, and only the hours that are night once."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    dark = np.flatnonzero(night.any(axis=0))
    if len(dark):
        low, high = hours[dark[0]] - step, hours[dark[-1]] + step
        axes.set_ylim(math.floor(low), math.ceil(high))
    axes.set_xlim(days[0], days[-1])
    months = AutoDateLocator(minticks=5, maxticks=13)
    axes.xaxis.set_major_locator(months)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(months))
    axes.yaxis.set_major_locator(MultipleLocator(2.0))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda hour, _: f"{hour % 24:02.0f}:00"))
    axes.set_ylabel("Local mean solar time", size=11, color=INK)
    axes.set_xlabel("Evening of the night", size=11, color=INK)
    axes.tick_params(labelsize=10, color=INK, labelcolor=INK)
    for spine in axes.spines.values():
        spine.set_edgecolor(INK)
