"""What runs after a reboot, and that it is the same after a power cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.junos.software.image import Image, Software

OLD, NEW = "24.4R1.9", "24.4R2.7"


def upgraded(kind: str = "junos", *, bad: bool = False) -> Software:
    software = Software(OLD)
    software.install(Image(NEW, kind, bad))
    return software


@pytest.mark.parametrize(
    "kind, reboot, after",
    [
        ("junos", "junos", (NEW, None, OLD)),
        ("junos", "vmhost", (NEW, None, OLD)),
        ("junos", "power", (NEW, None, OLD)),
        ("vmhost", "junos", (OLD, NEW, None)),
        ("vmhost", "vmhost", (NEW, None, OLD)),
        ("vmhost", "power", (NEW, None, OLD)),
    ],
)
def test_a_reboot_of_the_right_kind_activates_what_is_pending(
    kind: str, reboot: str, after: tuple[str | None, ...]
) -> None:
    software = upgraded(kind)
    assert software.boot(reboot)
    assert tuple(software.status().values()) == after


@pytest.mark.parametrize("bad, fall_back", [(True, False), (False, True)])
def test_what_does_not_boot_leaves_the_old_software_and_nothing_pending(bad: bool, fall_back: bool) -> None:
    software = upgraded(bad=bad)
    assert not software.boot("junos", fall_back=fall_back)
    assert software.status() == {"version": OLD, "pending": None, "previous": None}


operations = st.lists(
    st.one_of(
        st.tuples(st.just("install"), st.sampled_from(["1.1R1.1", "2.2R2.2"]), st.sampled_from(["junos", "vmhost"])),
        st.tuples(st.just("discard")),
        st.tuples(st.just("boot"), st.sampled_from(["junos", "vmhost", "power"]), st.booleans()),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(operations=operations)
def test_a_power_cut_loses_nothing_that_was_done(tmp_path_factory: pytest.TempPathFactory, operations: object) -> None:
    path = tmp_path_factory.mktemp("software") / "deep" / "software.json"
    software = Software(OLD, path)
    for operation in operations:  # type: ignore[attr-defined]
        match operation:
            case ("install", version, kind):
                software.install(Image(version, kind))
            case ("discard",):
                software.discard_pending()
            case ("boot", kind, fall_back):
                software.boot(kind, fall_back=fall_back)
        again = Software("0.0R0.0", path) if path.exists() else software
        assert (again.current, again.pending, again.previous) == (
            software.current, software.pending, software.previous,
        )  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"current": {"release": 1}, "pending": null, "previous": null}'])
def test_a_record_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "software.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"^{path}: not a record of software: "):
        Software(OLD, path)


def test_a_rollback_after_an_upgrade_goes_back_and_forth(tmp_path: Path) -> None:
    software = Software(OLD, tmp_path / "s.json")
    software.install(Image(NEW))
    software.boot("junos")
    assert software.previous == Image(OLD)
    software.install(Image(OLD))
    software.boot("junos")
    assert software.status() == {"version": OLD, "pending": None, "previous": NEW}
