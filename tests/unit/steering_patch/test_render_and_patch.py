"""What steering writes on a router is what a deploy would write there, and going back leaves nothing behind."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch import Key
from ansible_collections.fairway.backbone.plugins.module_utils.steering_patch_frr import splices
from ansible_collections.fairway.backbone.plugins.plugin_utils.frr_agent_text import difference, spliced
from tests.golden.inventories import NAMES
from tests.unit.steering_patch.rendered import is_junos, junos_canonical, live, patched, places, text

PLACES = [(name, *place) for name in NAMES for place in places(name)]


def test_there_is_every_action_on_both_platforms() -> None:
    found = {(is_junos(name, host), key[0]) for name, _path, host, key, _value in PLACES}
    assert found == {(junos, kind) for junos in (True, False) for kind in ("ospf", "policy", "static")}


@pytest.mark.parametrize("name, path, host, key, value", PLACES)
def test_steering_writes_what_a_deploy_keeps(name: str, path: str, host: str, key: Key, value: str) -> None:
    before, steered = text(name, host), text(name, host, live(host, (path, key)))
    assert before != steered
    made = patched(name, host, before, "steer", path, key)
    if is_junos(name, host):
        assert junos_canonical(before, made) == junos_canonical(steered)
    else:
        assert made == steered


@pytest.mark.parametrize("name, path, host, key, value", PLACES)
def test_restoring_leaves_nothing_behind(name: str, path: str, host: str, key: Key, value: str) -> None:
    before, steered = text(name, host), text(name, host, live(host, (path, key)))
    back = patched(name, host, steered, "restore", path, key)
    if is_junos(name, host):
        assert junos_canonical(steered, back) == junos_canonical(before)
    else:
        assert back == before


@pytest.mark.parametrize("name, path, host, key, value", PLACES)
def test_doing_it_twice_does_nothing(name: str, path: str, host: str, key: Key, value: str) -> None:
    before, steered = text(name, host), text(name, host, live(host, (path, key)))
    unchanged = ("", "") if is_junos(name, host) else (steered, before)
    assert patched(name, host, steered, "steer", path, key) == unchanged[0]
    assert patched(name, host, before, "restore", path, key) == unchanged[1]


FRR = sorted({(name, host) for name, _path, host, _key, _value in PLACES if not is_junos(name, host)})


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_paths_come_and_go_on_one_router_in_any_order(data: st.DataObject) -> None:
    name, host = data.draw(st.sampled_from(FRR))
    mine = {key: path for path, where, key, _value in places(name) if where == host}
    config = text(name, host)
    steered: set[Key] = set()
    for key in data.draw(st.lists(st.sampled_from(sorted(mine)), max_size=4)):
        action = "restore" if key in steered else "steer"
        config = patched(name, host, config, action, mine[key], key)
        steered ^= {key}
    wanted = text(name, host, live(host, *((mine[key], key) for key in steered)))
    assert not difference(config, wanted, noted=True)
    assert config == wanted


lines = st.lists(st.sampled_from(["a", "b", " c", "!", ""]), max_size=12)


@given(lines, lines)
def test_splices_make_one_text_of_the_other(old: list[str], new: list[str]) -> None:
    before, after = ("".join(f"{line}\n" for line in text) for text in (old, new))
    assert spliced(before, [(first, end, list(lines)) for first, end, lines in splices(before, after)]) == after


@pytest.mark.parametrize("splice", [(0, 9, []), (2, 1, []), (0, 1, ["key <secret>"]), (0, 1, ["a\nb"])])
def test_splices_that_do_not_fit_are_refused(splice: tuple[int, int, list[str]]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        spliced("a\nb\n", [splice])
