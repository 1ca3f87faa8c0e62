"""Unit files as the lab's systemctl reads them, and when its timers fire."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.units import timer, unitfile
from lab.units.timer import Moments
from lab.units.unitfile import Scope, Unit


def unit(tmp_path: Path, text: str, name: str = "one.service") -> Unit:
    scope = Scope(user=True, home=tmp_path)
    scope.directory.mkdir(parents=True, exist_ok=True)
    (scope.directory / name).write_text(text, encoding="utf-8")
    found = unitfile.load(scope, name)
    assert found is not None
    return found


def test_lists_grow_and_an_empty_value_takes_them_back(tmp_path: Path) -> None:
    found = unit(tmp_path, "[Service]\nExecStart=/bin/a\nExecStart=\nExecStart=/bin/b \\\n  --c\n# no\n; no\n")
    assert found.all("Service", "ExecStart") == ["/bin/b  --c"]
    assert found.last("Service", "Restart", "no") == "no"


def test_drop_ins_come_after_the_unit(tmp_path: Path) -> None:
    directory = tmp_path / ".config/systemd/user/one.service.d"
    directory.mkdir(parents=True)
    (directory / "10.conf").write_text("[Service]\nRestart=always\n", encoding="utf-8")
    assert unit(tmp_path, "[Service]\nRestart=no\n").last("Service", "Restart") == "always"


def test_specifiers_are_replaced_and_unknown_ones_refused(tmp_path: Path) -> None:
    found = unit(tmp_path, "[Service]\nExecStart=%h/run %p %n 5%%\n")
    assert found.last("Service", "ExecStart") == f"{tmp_path}/run one one.service 5%"
    with pytest.raises(LabError, match="specifier %q"):
        unit(tmp_path, "[Service]\nExecStart=%q\n")


@pytest.mark.parametrize(
    "text, seconds",
    [("5", 5), ("5s", 5), ("500ms", 0.5), ("1min 30s", 90), ("1h", 3600), ("infinity", float("inf")), ("0", 0)],
)
def test_time_spans(text: str, seconds: float) -> None:
    assert unitfile.span(text, "x") == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["soon", "5 parsecs", "-1", "1s soon"])
def test_what_is_no_time_span_is_named(text: str) -> None:
    with pytest.raises(LabError, match="one: Key"):
        unitfile.span(text, "one: Key")


def test_commands_have_their_variables_replaced() -> None:
    argv, counts = unitfile.command("-/bin/x $MANY '${ONE}!' $$HOME", {"MANY": "a b", "ONE": "c d"}, "x")
    assert (argv, counts) == (["/bin/x", "a", "b", "c d!", "$HOME"], False)


def test_environment_of_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "of the caller")
    monkeypatch.setenv("FAIRWAY_LAB", "mine")
    (tmp_path / "env").write_text("# comment\nB='from file'\nA=file wins\n", encoding="utf-8")
    text = f'[Service]\nEnvironment=A=1 "C=x y"\nEnvironmentFile={tmp_path}/env\nEnvironmentFile=-/nowhere\n'
    found = unitfile.environment_of(unit(tmp_path, text), Scope(user=True, home=tmp_path))
    assert {key: found.get(key) for key in ("A", "B", "C", "HOME", "FAIRWAY_LAB", "SECRET")} == {
        "A": "file wins", "B": "from file", "C": "x y", "HOME": str(tmp_path), "FAIRWAY_LAB": "mine", "SECRET": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "lines, moments, fired, expected",
    [
        ("OnActiveSec=5", Moments(100, 200), 0, 205),
        ("OnActiveSec=5", Moments(100, 200), 205.1, None),
        ("OnBootSec=5", Moments(100, 200), 0, 105),
        ("OnActiveSec=5\nOnUnitActiveSec=60", Moments(100, 200, unit_entered=205.2), 205.1, 265.2),
        ("OnUnitActiveSec=60", Moments(100, 200), 0, None),
        ("OnUnitInactiveSec=10", Moments(100, 200, 300, 320), 0, 330),
        # A unit that cannot be started leaves no trace: the timer counts from its own try.
        ("OnActiveSec=5\nOnUnitActiveSec=60", Moments(100, 200), 205.1, 265.1),
    ],
)
def test_when_a_timer_fires(tmp_path: Path, lines: str, moments: Moments, fired: float, expected: float | None) -> None:
    assert timer.next_time(unit(tmp_path, f"[Timer]\n{lines}\n", "one.timer"), moments, fired) == (
        None if expected is None else pytest.approx(expected)
    )


def test_timers_that_the_lab_cannot_keep_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="OnCalendar"):
        timer.check(unit(tmp_path, "[Timer]\nOnCalendar=daily\n", "one.timer"))
    with pytest.raises(LabError, match="none of OnActiveSec"):
        timer.check(unit(tmp_path, "[Timer]\nUnit=x.service\n", "one.timer"))
