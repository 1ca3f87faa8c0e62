"""Names of RPM tests: what a Junos router takes, and what a reader of results gets the path back from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.intent.rpm import NAME_LENGTH, rpm_test_name, rpm_views
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import validate_fleet
from tests.golden.inventories import intents, inventory, render, rendered

PATH = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,22}\Z")
HOST = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,61}[A-Za-z0-9]\Z")


def test_short_names_stay_as_they_are() -> None:
    assert rpm_test_name("north", "sby-r1") == "north@sby-r1"
    assert rpm_test_name("north", "sby-r1", 2) == "north@sby-r1+2"


@given(PATH, HOST, st.integers(1, 99))
def test_a_name_fits_the_router_and_gives_the_path_back(path: str, host: str, number: int) -> None:
    name = rpm_test_name(path, host, number)
    assert len(name) <= NAME_LENGTH
    assert name.partition("@")[0] == path


@given(
    PATH,
    st.sets(st.sampled_from([f"a-host-with-a-very-long-name-number-{i}.example.net" for i in range(20)]), min_size=2),
)
def test_long_peers_are_told_apart(path: str, hosts: set[str]) -> None:
    assert len({rpm_test_name(path, host) for host in hosts}) == len(hosts)


def test_a_junos_end_measures_from_its_own_end_of_the_link() -> None:
    read = inventory("lab")
    fleet, errors = validate_fleet(read.intents, read.others, read.hosts)
    assert errors == []
    views = rpm_views(fleet)
    assert sorted(views) == ["jkt-r1", "sby-r1"], "FRR ends are smokeping's"
    (owner,) = views["jkt-r1"]["owners"]
    test = owner["tests"][0]
    names = [one["name"] for one in owner["tests"]]
    assert names == ["north@sby-r1", *(f"north@sby-r1+{number}" for number in range(2, 11))]
    assert owner["name"] == "jkt-sby"
    assert (test["target"], test["source"], test["inet6"]) == ("192.0.2.65", "192.0.2.64", False)


def test_the_router_is_told_to_probe() -> None:
    text = rendered("lab").configs["jkt-r1"].text
    assert "test north@sby-r1 {\n                probe-type icmp-ping;" in text


def test_a_path_whose_name_no_test_can_have_is_refused() -> None:
    spoiled = intents("lab")
    long = "jkt-sby/" + "n" * 24
    for intent in spoiled.values():
        paths = intent["steering"]["paths"]
        paths[long] = paths.pop("jkt-sby/north")
        paths["jkt-sby/south"]["alternates"] = [long]
    report = render("lab", spoiled).report()
    assert f'there:  "{long}"' in report
    assert "at most 32 characters before and 23 after the / of a path that Junos measures" in report
