"""Draws an incident: loss between sites, loss of paths and OSPF cost over time, with numbered events.

Two columns show the same: the reaction in seconds, and the whole incident. Lines are labelled where they end, colours
are told apart by colour-blind people too (Okabe and Ito's), and everything is readable in black and white by its style.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tools.timeline_layout import clusters, column_range, shortened, spread, whole_range
from tools.timeline_model import GROUPS, Incident, Series, Step, steps

INK, SOFT, FAINT = "#1a1a1a", "#5c5c5c", "#dcdcdc"
SICK, BAND = "#d55e00", "#fbe9dc"
COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
STYLES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
HEADINGS = {
    "user_loss": "Loss that users see, % of each second",
    "site_loss": "Loss between sites, % of the last 5 s",
    "path_loss": "Loss on each path, % of the last 5 s",
    "cost": "OSPF cost",
}
# The font comes with matplotlib: the picture is the same everywhere.
RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.0,
    "svg.fonttype": "path",
    "svg.hashsalt": "fairway",
    "axes.linewidth": 0.8,
    "axes.edgecolor": SOFT,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
}
WIDTH_IN, DPI = 13.0, 150
_TOGETHER_S = 3.0
"""Lines that change within this are alike: each router is looked at on its own schedule."""
REACTION, WHOLE = "The reaction", "The whole incident"
_MARK = 0.034
"""The width of a numbered mark, as a share of a column."""
_ROW_IN, _HEAD_IN, _PANEL_IN, _STRIP_IN = 0.27, 1.15, 1.75, 0.5


@dataclass(frozen=True)
class Column:
    """One column of panels: from and to, in seconds since the onset."""

    title: str
    left: float
    right: float


def figure(incident: Incident) -> Figure:
    """The picture of an incident."""
    with mpl.rc_context(RC):
        return _figure(incident)


def png(incident: Incident) -> bytes:
    """The picture as a PNG file."""
    with mpl.rc_context(RC):
        made, out = _figure(incident), io.BytesIO()
        FigureCanvasAgg(made)
        made.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
        return out.getvalue()


def svg(incident: Incident) -> str:
    """The picture as an <svg> element, without an XML declaration; the same text for the same data."""
    with mpl.rc_context(RC):
        made, out = _figure(incident), io.StringIO()
        made.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        text = out.getvalue()
        return text[text.index("<svg") :]


def _figure(incident: Incident) -> Figure:
    rows = steps(incident)
    groups = [group for group in GROUPS if any(one.points for one in incident.series.get(group, ()))]
    table_rows = -(-len(rows) // 2)
    heights = [_HEAD_IN, _STRIP_IN, *[_PANEL_IN] * len(groups), 0.62 + _ROW_IN * table_rows]
    made = Figure(figsize=(WIDTH_IN, sum(heights)), facecolor="white")
    columns = _columns(incident)
    grid = made.add_gridspec(
        len(heights), len(columns), height_ratios=heights, width_ratios=[1.0, 1.25][: len(columns)],
        left=0.062, right=0.885, top=1.0, bottom=0.0, hspace=0.24, wspace=0.07,
    )  # fmt: skip
    _head(made, incident)
    for number, column in enumerate(columns):
        last = number == len(columns) - 1
        strip = made.add_subplot(grid[1, number])
        panels = [made.add_subplot(grid[2 + index, number]) for index in range(len(groups))]
        for group, panel in zip(groups, panels, strict=True):
            top = panel is panels[0]
            _panel(panel, incident, group, column, first=number == 0, last=last, label=top and last)
        _events(strip, panels, rows, column)
        for panel in panels[:-1]:
            panel.tick_params(labelbottom=False)
        if panels:
            panels[-1].set_xlabel("seconds since the loss began", fontsize=9)
    _table(made.add_subplot(grid[len(heights) - 1, :]), rows)
    return made


def _columns(incident: Incident) -> list[Column]:
    whole = Column(WHOLE, *whole_range(incident))
    left, right = column_range(incident)
    if right - left > 0.6 * (whole.right - whole.left):
        return [whole]
    return [Column(REACTION, left, right), whole]


def _head(made: Figure, incident: Incident) -> None:
    top = 1.0 - 0.3 / made.get_figheight()
    under = 1.0 - 0.66 / made.get_figheight()
    made.text(0.02, top, incident.title, fontsize=17, fontweight="bold", va="center")
    when = datetime.fromtimestamp(incident.onset, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    made.text(
        0.02,
        under,
        f"{incident.path}; time zero is {when}. {_summary(incident)}",
        fontsize=10.5,
        color=SOFT,
        va="center",
    )


def _summary(incident: Incident) -> str:
    """How long the parts took that people ask for first."""
    parts = []
    for kind, words in (
        ("alert_firing", "alert after {:.1f} s"),
        ("committed", "committed on both ends after {:.1f} s"),
        ("users_healthy", "users healthy after {:.1f} s"),
    ):
        when = incident.when(kind)
        if when is not None:
            parts.append(words.format(when - incident.onset))
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _panel(
    panel: Axes, incident: Incident, group: str, column: Column, *, first: bool, last: bool, label: bool
) -> None:
    lines = [one for one in incident.series[group] if one.points]
    loss = group != "cost"
    panel.set_xlim(column.left, column.right)
    _scale(panel, lines, loss)
    _steered(panel, incident, label=label)
    ends: list[tuple[float, str, str]] = []
    for index, (names, one) in enumerate(_alike(lines)):
        colour = _colour(one.name, incident, group, index)
        style = STYLES[index % len(STYLES)]
        times, values = _curve(one, incident.onset, 100.0 if loss else 1.0)
        panel.plot(
            times, values, color=colour, linestyle=style, linewidth=2.0, solid_capstyle="butt",
            drawstyle="default" if loss else "steps-post", zorder=3,
            marker="o" if column.title == REACTION else "", markersize=3.2,
        )  # fmt: skip
        level = next((value for value in reversed(values) if value == value), None)
        if level is not None:
            ends.append((level, "\n".join(names), colour))
    if first:
        panel.text(
            0.0, 1.035, HEADINGS[group], transform=panel.transAxes, fontsize=10.5,
            fontweight="bold", va="bottom",
        )  # fmt: skip
    else:
        panel.tick_params(labelleft=False)
    if last:
        _label_ends(panel, ends)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.grid(axis="y", color=FAINT, linewidth=0.7, zorder=0)
    panel.tick_params(length=3, labelsize=9)


def _scale(panel: Axes, lines: Sequence[Series], loss: bool) -> None:
    values = [value for one in lines for _when, value in one.points if value is not None]
    top = max(values, default=0.0)
    if loss:
        panel.set_ylim(-2.0, max(10.0, top * 115.0))
        panel.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
        return
    panel.set_ylim(0.0, max(10.0, top * 1.15))
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:,.0f}"))


def _alike(lines: Sequence[Series]) -> list[tuple[list[str], Series]]:
    """Lines that lie on each other (the two ends of a link) are drawn once, with all their names."""
    found: list[tuple[list[str], Series]] = []
    for one in lines:
        twin = next((names for names, other in found if _same(other, one)), None)
        if twin is None:
            found.append(([one.name], one))
        else:
            twin.append(one.name)
    return found


def _same(one: Series, other: Series) -> bool:
    """Whether two lines take the same values, each within a moment of the other's time."""
    mine, theirs = _changes(one), _changes(other)
    if [value for _when, value in mine] != [value for _when, value in theirs]:
        return False
    return all(abs(a[0] - b[0]) <= _TOGETHER_S for a, b in zip(mine[1:], theirs[1:], strict=True))


def _changes(one: Series) -> list[tuple[float, float]]:
    """The points at which a line takes another value."""
    points = [(when, value) for when, value in one.points if value is not None]
    return [point for index, point in enumerate(points) if index == 0 or points[index - 1][1] != point[1]]


def _colour(name: str, incident: Incident, group: str, index: int) -> str:
    if group == "path_loss":
        others = [one.name for one in incident.series[group] if one.name != incident.path]
        return SICK if name == incident.path else COLOURS[others.index(name) % len(COLOURS)]
    return (INK, *COLOURS)[index % (len(COLOURS) + 1)] if group != "cost" else (SICK, *COLOURS)[index % 7]


def _curve(one: Series, onset: float, factor: float) -> tuple[list[float], list[float]]:
    gap = float("nan")
    return (
        [when - onset for when, _value in one.points],
        [gap if value is None else value * factor for _when, value in one.points],
    )


def _steered(panel: Axes, incident: Incident, *, label: bool) -> None:
    """A band while traffic is away from the path."""
    begin, end = incident.when("committed"), incident.when("restored") or incident.when("reverted")
    if begin is None:
        return
    right = panel.get_xlim()[1] if end is None else end - incident.onset
    panel.axvspan(begin - incident.onset, right, color=BAND, zorder=0, linewidth=0)
    if label:
        middle = (max(begin - incident.onset, panel.get_xlim()[0]) + min(right, panel.get_xlim()[1])) / 2
        panel.text(
            middle, 0.93, "traffic is steered away", transform=panel.get_xaxis_transform(), fontsize=8.5,
            color="#9a4a12", ha="center", va="top", zorder=4,
        )  # fmt: skip


def _label_ends(panel: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Names beside the ends of the lines, moved apart where they would lie on each other."""
    low, high = panel.get_ylim()
    ordered = sorted(ends, key=lambda end: end[0])
    line = 0.105
    sizes = [line * (1 + text.count("\n")) for _level, text, _colour in ordered]
    wanted = [(level - low) / (high - low) for level, _text, _colour in ordered]
    for at, (_level, text, colour) in zip(spread(wanted, sizes), ordered, strict=True):
        panel.text(
            1.012, at, text, transform=panel.transAxes, color=colour, fontsize=9, fontweight="bold", va="center",
            linespacing=1.15,
        )  # fmt: skip


def _events(strip: Axes, panels: Sequence[Axes], rows: Sequence[Step], column: Column) -> None:
    """A numbered mark for each event of the column, and a line through the panels below it. Where time is too short
    for that, events that follow each other closely share a mark."""
    strip.set_xlim(column.left, column.right)
    strip.set_ylim(0.0, 1.0)
    strip.axis("off")
    strip.text(0.0, 1.02, column.title, transform=strip.transAxes, fontsize=12, fontweight="bold", va="bottom")
    shown = [row for row in rows if column.left <= row.since_onset <= column.right]
    places = [(row.since_onset - column.left) / (column.right - column.left) for row in shown]
    groups = clusters(places, 0.0 if column.title == REACTION else _MARK)
    wanted = [(places[group[0]] + places[group[-1]]) / 2 for group in groups]
    for group, mark in zip(groups, spread(wanted, [_MARK * (1.0 + (len(g) > 1)) for g in groups]), strict=True):
        first, last = shown[group[0]].number, shown[group[-1]].number
        for place in {places[group[0]], places[group[-1]]}:
            strip.plot(
                [mark, place], [0.30, -0.12], transform=strip.transAxes, color=SOFT, linewidth=0.8, clip_on=False
            )
        _badge(strip, mark, 0.52, str(first) if first == last else f"{first}\u2013{last}", strip.transAxes)
    for panel in panels:
        for row in shown:
            panel.axvline(row.since_onset, color=SOFT, linewidth=0.7, zorder=1, alpha=0.7)


def _badge(axes: Axes, x: float, y: float, text: str, where: Any) -> None:
    """White on ink: a circle for one number, a pill for several."""
    box = {"boxstyle": "circle,pad=0.28" if len(text) <= 2 else "round,pad=0.32,rounding_size=0.8"}
    axes.text(
        x, y, text, transform=where, ha="center", va="center", fontsize=7.5 if len(text) == 2 else 8.5, color="white",
        fontweight="bold", bbox={**box, "facecolor": INK, "edgecolor": "none"},
    )  # fmt: skip


def _table(axes: Axes, rows: Sequence[Step]) -> None:
    """What the numbers mean, in two columns read downwards."""
    axes.axis("off")
    place = axes.get_position()
    axes.set_position((0.02, place.y0, 0.965, place.height))
    half = -(-len(rows) // 2)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(half + 1.0, -0.9)
    for start, part in ((0.0, rows[:half]), (0.505, rows[half:])):
        heads = ((0.087, "since onset", "right"), (0.148, "later by", "right"), (0.165, "what", "left"))
        for offset, text, align in heads if part else ():
            axes.text(start + offset, 0.1, text, fontsize=8.5, color=SOFT, ha=align, va="center")
        for line, row in enumerate(part):
            _row(axes, start, 1.0 + line, row)


def _row(axes: Axes, start: float, y: float, row: Step) -> None:
    _badge(axes, start + 0.012, y, str(row.number), axes.transData)
    axes.text(start + 0.087, y, f"{row.since_onset:.1f} s", ha="right", va="center", fontsize=9.5)
    later = "" if row.number == 1 else f"+{row.since_last:.1f} s"
    axes.text(start + 0.148, y, later, ha="right", va="center", fontsize=9.5, color=SOFT)
    axes.text(start + 0.165, y, row.event.title, va="center", fontsize=9.5, fontweight="bold")
    axes.text(start + 0.325, y, shortened(row.event.text, 38), va="center", fontsize=8.5, color=SOFT)
