"""What needs no running hook: the filter lets nothing through, the token is the token, and bad options are told."""

from __future__ import annotations

import json
import os
import re
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.extensions.eda.plugins.event_filter import knock
from ansible_collections.fairway.backbone.extensions.eda.plugins.event_source import knock_webhook
from ansible_collections.fairway.backbone.plugins.plugin_utils import knock_runner

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
HEADER = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=60)
CAFILE = "cafile without certfile: senders show certificates over TLS only; set certfile as well"
SLIP = "unknown option tokn; knock_webhook knows " + ", ".join(knock_webhook.Settings.__dataclass_fields__)
# A busy machine is no failure.
ROBUST = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TOKENS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=40)


@ROBUST
@given(
    ANYTHING, st.dictionaries(st.text(string.ascii_letters, min_size=1).filter(lambda name: name != "event"), ANYTHING)
)
def test_whatever_comes_a_knock_goes(event: Any, arguments: dict[str, Any]) -> None:
    assert knock.main(event, **arguments) == {"knock": True}


def test_an_event_that_went_on_is_nobody_elses() -> None:
    """ansible-rulebook writes into what it gets: the next event must not see it."""
    first = knock.main({})
    first["meta"] = {"uuid": 1}
    assert knock.main({}) == {"knock": True}


@ROBUST
@given(HEADER, st.lists(TOKENS, min_size=1, max_size=3))
def test_only_a_token_opens(header: str, tokens: list[str]) -> None:
    words = header.split(" ", 1)
    right = len(words) == 2 and words[0].lower() == "bearer" and words[1].strip() in tokens
    assert knock_webhook.admits(header, [token.encode() for token in tokens]) == right


@ROBUST
@given(st.lists(TOKENS, min_size=1, max_size=3), st.data())
def test_each_token_opens(tokens: list[str], data: st.DataObject) -> None:
    token = data.draw(st.sampled_from(tokens))
    assert knock_webhook.admits(f"Bearer {token}", [known.encode() for known in tokens])
    assert not knock_webhook.admits(f"Bearer {token}!", [known.encode() for known in tokens])


@pytest.mark.parametrize("text", ["", "\n \n", "# only a comment\n"])
def test_a_file_without_a_token_is_an_error(tmp_path: Path, text: str) -> None:
    """An empty token would be one that everybody has."""
    file = tmp_path / "token"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"holds no token$"):
        knock_webhook.read_tokens(str(file))


@pytest.mark.parametrize(
    "options, message",
    [
        ({}, "token_file is missing: without a token anybody could knock"),
        ({"token_file": "TOKEN", "cafile": "x"}, CAFILE),
        ({"token_file": "TOKEN", "tokn": "x"}, SLIP),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    file = tmp_path / "token"
    file.write_text("secret\n")
    with pytest.raises(ValueError) as caught:
        knock_webhook.Settings.read({name: str(file) if value == "TOKEN" else value for name, value in options.items()})
    assert str(caught.value) == message


def test_empty_options_are_as_good_as_none(tmp_path: Path) -> None:
    """The rulebook names all of them, and the role leaves those empty that are not used."""
    file = tmp_path / "token"
    file.write_text("secret\n")
    given_options = {"token_file": str(file), "port": "5011", "certfile": "", "cafile": "", "door": ""}
    found = knock_webhook.Settings.read(given_options)
    assert (found.port, found.certfile, found.door, found.host) == (5011, "", "", "127.0.0.1")


def test_a_full_pipe_is_knocks_enough(tmp_path: Path) -> None:
    """Neither the hook nor the timer waits for a reader, or fails, when thousands of knocks wait."""
    path = tmp_path / "knock"
    reader = knock_runner.open_door(path, "")
    try:
        for _number in range(70_000):
            knock_webhook.knock(str(path))
        assert knock_runner.knock(path) == 0
        assert knock_runner.waiting(reader)
        knock_runner.drain(reader)
        assert not knock_runner.waiting(reader)
    finally:
        os.close(reader)


def test_the_door_is_written_by_its_group_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "below" / "knock"
    path.parent.mkdir()
    path.write_text("left behind")
    os.close(knock_runner.open_door(path, ""))
    assert path.is_fifo()
    assert path.stat().st_mode & 0o777 == 0o620


def test_a_configuration_with_a_slip_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "reroute.json"
    file.write_text(json.dumps({"door": "x", "playbook": ["a.yml"], "timeuot": 3}))
    with pytest.raises(ValueError, match=r"needs door and playbook, does not know \['timeuot'\]$"):
        knock_runner.read_config(file)
    file.write_text(json.dumps({"door": "x"}))
    with pytest.raises(ValueError, match="needs door and playbook"):
        knock_runner.read_config(file)


def test_the_runner_finds_everybody_that_a_process_started() -> None:
    assert os.getpid() in knock_runner.descendants(os.getppid())
    assert os.getpid() not in knock_runner.descendants(os.getpid())


def test_the_runner_may_write_the_audit_log_where_the_docs_put_it() -> None:
    """The rest of the file system is read-only for it, and an audit log that cannot be written is a warning only."""
    root = Path(__file__).resolve().parents[3]
    unit = (root / "roles" / "alert_hook" / "templates" / "reroute.service.j2").read_text(encoding="utf-8")
    logs = re.findall(r"^LogsDirectory=(\S+)$", unit, re.MULTILINE)
    shown = re.findall(r"type: file, path: (\S+)}", (root / "docs" / "audit.md").read_text(encoding="utf-8"))
    assert shown
    assert {str(Path(path).parent) for path in shown} <= {f"/var/log/{name}" for name in logs}
