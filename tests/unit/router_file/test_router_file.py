"""What router_file decides without a router: names, checksums, space, words."""

from __future__ import annotations

import posixpath
import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.router_file import (
    PART,
    block_size,
    junos_free,
    mount_of,
    parse_checksum,
    path_complaint,
    progress_text,
    size_text,
    space_complaint,
)

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "path",
    [
        "/var/tmp/junos-vmhost-install-mx-x86-64-24.4R1.9.tgz",
        "/var/tmp/fairway/upgrade.json",
        "/usr/local/lib/firmware/a+b=c@d,e_f.bin",
    ],
)
def test_names_of_packages_are_accepted(path: str) -> None:
    assert path_complaint(path) == ""


@pytest.mark.parametrize(
    "path, why",
    [
        ("pkg.tgz", "no absolute path: write for example /var/tmp/pkg.tgz"),
        ("/var/tmp/", "the whole path of a file"),
        ("/var/tmp/../../etc/passwd", "without empty, '.' and '..' parts"),
        ("/var//tmp/x", "without empty"),
        ("/var/tmp/-rf", "does not begin with a hyphen"),
        ("/var/tmp/a b", "letters, digits"),
        ("/var/tmp/a;reboot", "letters, digits"),
        ("/var/tmp/$(id)", "letters, digits"),
        ("/var/tmp/a\nb", "letters, digits"),
        ("/var/tmp/a'b", "letters, digits"),
        ("/var/tmp/x\n", "letters, digits"),
        ("/var/tmp/größe", "letters, digits"),
        ("/var/tmp/" + "x" * 251, "longer than 250 characters"),
    ],
)
def test_what_a_shell_or_a_cli_could_misread_is_refused(path: str, why: str) -> None:
    assert why in path_complaint(path)


def test_the_signature_of_a_url_that_got_into_a_name_is_not_shown() -> None:
    assert path_complaint("/var/tmp/package.tgz?X-Signature=abc&b=c") == (
        "'/var/tmp/package.tgz?…' is what a URL ends with, not a file's name: leave the '?' and what follows it out"
    )


@given(st.text(st.characters(codec="utf-8"), max_size=40).map(lambda text: "/" + text))
@example("/var/tmp/x")
@example("/a/../b")
def test_an_accepted_path_is_one_plain_word_that_stays_where_it_points(path: str) -> None:
    if not path_complaint(path):
        assert shlex.quote(path) == path
        assert posixpath.normpath(path) == path
        assert not any(part.startswith("-") for part in path.split("/"))
        assert len(posixpath.basename(path) + PART) <= 255


def test_a_checksum_says_which_it_is() -> None:
    assert parse_checksum(f" SHA256:{HEX.upper()}\n") == HEX
    for wrong in (HEX, f"md5:{HEX[:32]}", f"sha256:{HEX[:-1]}", f"sha256:{HEX}0", "sha256:", f"sha256:{HEX[:-1]}g"):
        with pytest.raises(ValueError, match="expected sha256: and 64 hexadecimal digits"):
            parse_checksum(wrong)


@given(needed=st.integers(0, 1 << 40), free=st.integers(0, 1 << 40), margin=st.integers(0, 1 << 36))
def test_a_copy_never_takes_what_is_to_be_left_free(needed: int, free: int, margin: int) -> None:
    assert bool(space_complaint("/var/tmp/x", needed, free, margin)) == (free - needed < margin)


def test_a_router_that_does_not_tell_its_space_is_not_refused() -> None:
    assert space_complaint("/var/tmp/x", 1 << 40, None, 0) == ""


def test_too_little_space_is_told_in_numbers_and_with_what_to_do() -> None:
    assert space_complaint("/var/tmp/x", 2_500_000_000, 1_200_000_000, 64_000_000) == (
        "not enough space for /var/tmp/x: 2.5 GB to copy and 64.0 MB to leave free, and there are 1.2 GB: "
        "make room (Junos: request system storage cleanup), or copy elsewhere"
    )


@pytest.mark.parametrize(
    "path, mount",
    [
        ("/var/tmp/x", "/.mount/var"),
        ("/var/log/x", "/.mount/var"),
        ("/various/x", "/.mount"),
        ("/config/x", "/.mount/config"),
        ("/x", "/.mount"),
    ],
)
def test_a_path_is_on_the_nearest_mount(path: str, mount: str) -> None:
    assert mount_of(path, ["/.mount", "/.mount/config", "/.mount/var", "/dev"]) == mount


def test_a_path_on_no_mount_that_is_told() -> None:
    assert mount_of("/var/tmp/x", ["/config"]) is None
    assert junos_free("/var/tmp/x", {"/config": (1000, "500K", 10)}) is None


@pytest.mark.parametrize(
    "blocks, shown, size",
    [(1_787_676, "873M", 512), (20_317_180, "9.7G", 512), (893_838, "873M", 1024), (0, "0B", 512), (100, "", 512)],
)
def test_junos_blocks_are_as_large_as_the_router_means_them(blocks: int, shown: str, size: int) -> None:
    assert block_size(blocks, shown) == size


@given(blocks=st.integers(10_000, 1 << 32), size=st.sampled_from([512, 1024]))
def test_the_block_size_follows_from_any_size_that_is_shown(blocks: int, size: int) -> None:
    """Junos shows three digits or so: `873M`, `9.7G`."""
    octets, unit = float(blocks * size), 0
    while octets >= 1024 and unit < 4:
        octets, unit = octets / 1024, unit + 1
    shown = f"{octets:.1f}{'BKMGT'[unit]}" if octets < 10 else f"{octets:.0f}{'BKMGT'[unit]}"
    assert block_size(blocks, shown) == size


def test_free_space_is_what_a_person_reads_on_the_router() -> None:
    assert junos_free("/var/tmp/x", {"/.mount/var": (7_168_000, "3.4G", 6_342_928)}) == 6_342_928 * 512
    assert junos_free("/var/tmp/x", {"/var": (3_584_000, "3.4G", -5)}) == 0


@pytest.mark.parametrize(
    "octets, text", [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (123_456_789, "123 MB"), (3.1e12, "3.1 TB")]
)
def test_sizes_for_people(octets: float, text: str) -> None:
    assert size_text(octets) == text


def test_progress_counts_what_this_run_copied() -> None:
    assert progress_text(60_000_000, 100_000_000, 40_000_000, 10.0) == "60.0 MB of 100 MB (60 %), 2.0 MB/s, 20 s left"
    assert progress_text(100, 100, 0, 1.0) == "100 bytes of 100 bytes (100 %)"
    assert progress_text(0, 0, 0, 0.0) == "0 bytes of 0 bytes (100 %)"


@given(
    done=st.integers(0, 1 << 40),
    total=st.integers(0, 1 << 40),
    began=st.integers(0, 1 << 40),
    seconds=st.floats(0, 1e6),
)
def test_progress_has_words_for_every_number(done: int, total: int, began: int, seconds: float) -> None:
    assert "of" in progress_text(done, total, began, seconds)
