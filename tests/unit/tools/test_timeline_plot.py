"""The picture of an incident: drawn from data, the same every time, needing nothing from outside."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from tools import timeline, timeline_page, timeline_plot
from tools.timeline_model import Incident, Series, to_data

from .incidents import PATH, STORY, T, incident


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_picture_names_everything_that_happened() -> None:
    seen = words(timeline_plot.figure(incident()))
    assert {str(number) for number in range(1, len(STORY) + 1)} <= set(seen)
    for text in ("Loss begins", "Alert fires", "Committed on both ends", "Users are healthy", "Restore confirmed"):
        assert text in seen
    assert {"3.1 s", "127.2 s", "+0.3 s"} <= set(seen), "since the onset, and since the event before"
    assert "jkt-r1 ge-0/0/0.0\nsby-r1 ge-0/0/0.0" in seen, "the two ends, which are alike, are one line"
    assert "jkt to sby" in seen
    assert "sby to jkt" in seen, "two lines that differ are two"
    assert any("users healthy after 7.3 s" in text for text in seen)


def test_in_the_whole_incident_events_that_are_close_share_a_mark() -> None:
    assert {"1–9", "10–12", "13–15"} <= set(words(timeline_plot.figure(incident())))


def test_no_two_texts_lie_on_each_other() -> None:
    """Whoever adds a stage or a column sees here that the table became too narrow for it."""
    figure = timeline_plot.figure(incident())
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_text() and text.get_visible() and text.get_window_extent(renderer).width > 0
    ]
    page = figure.bbox
    for index, (text, box) in enumerate(boxes):
        if not text.strip() or text.lstrip("−").replace(",", "").isdigit():
            continue  # numbers in badges and at ticks: ticks that are not shown have places too
        assert box.x0 >= page.x0, f"{text!r} is outside"
        assert box.x1 <= page.x1, f"{text!r} is outside"
        for other, other_box in boxes[index + 1 :]:
            if not other.lstrip("−").replace(",", "").isdigit():
                assert not box.overlaps(other_box), f"{text!r} lies on {other!r}"


def test_png_and_html_of_a_recorded_incident(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, png, html = tmp_path / "incident.json", tmp_path / "i.png", tmp_path / "i.html"
    file.write_text(json.dumps(to_data(incident())))
    assert timeline.main([str(file), "--png", str(png), "--html", str(html)]) == 0
    width, height = size(png.read_bytes())
    assert width >= 1900
    assert height >= 1200
    assert "Committed on both ends" in capsys.readouterr().out
    assert html.read_text().count("<svg") == 1


class Page(HTMLParser):
    """What of a page would be fetched, or run."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.rows += tag == "tr"
        links = [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "data")]
        self.fetched += [f"{tag} {link}" for link in links if not link.startswith("#")]
        self.fetched += [tag] * (tag in ("script", "link", "iframe", "b"))


def test_the_page_needs_nothing_else_and_runs_nothing_of_an_alert() -> None:
    page = Page()
    text = timeline_page.page(incident(), timeline_plot.svg(incident()))
    page.feed(text)
    assert page.fetched == [], "no file, no font, no script, and the <b> of a reason is text"
    assert page.rows == len(STORY) + 1
    assert "30 % loss on &lt;north&gt;" in text


def test_the_same_data_give_the_same_picture() -> None:
    assert timeline_plot.svg(incident()) == timeline_plot.svg(incident())


def odd() -> Iterator[Incident]:
    whole = incident()
    yield replace(whole, series={})
    yield replace(whole, series={"path_loss": (Series(PATH, ()),)})
    yield replace(whole, series={"user_loss": (Series("all lost", ((T, 1.0),)),)})
    yield replace(whole, events=whole.events[:1])
    yield replace(whole, events=whole.events[:6])
    yield replace(whole, series={"cost": (Series("gap", ((T, None), (T + 1, None))),)})


@pytest.mark.parametrize(
    "told", list(odd()), ids=["nothing measured", "empty", "users only", "onset", "cut short", "gaps"]
)
def test_what_is_missing_is_left_out(told: Incident) -> None:
    assert size(timeline_plot.png(told))[0] >= 1900
