"""Files on their way to a router when something goes wrong. Under a file's name there is always a whole one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fairway.backbone.plugins.module_utils.router_file import Copied, FileStat
from ansible_collections.fairway.backbone.plugins.plugin_utils import file_delivery
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault
from ansible_collections.fairway.backbone.plugins.plugin_utils.router_files import FileHand

from .file_world import Transport, config, frr_hand, junos_hand, shell
from .junos_emulator import Emulator

pytestmark = pytest.mark.lab

# Two pieces of a copy to an FRR router.
SIZE = 10_000_000
OLD = "what was there before\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "image.tgz"
    path.write_bytes(os.urandom(SIZE))
    return path


def emulated(directory: Path, sftp: bool) -> Iterator[Emulator]:
    with Emulator("--config", str(config(directory, sftp)), "--state-dir", str(directory)) as running:
        yield running


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sftp")


@pytest.fixture(scope="module")
def with_sftp(disk: Path) -> Iterator[Emulator]:
    yield from emulated(disk, sftp=True)


@pytest.fixture(scope="module")
def without_sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    yield from emulated(tmp_path_factory.mktemp("plain"), sftp=False)


@pytest.fixture
def junos(with_sftp: Emulator) -> Iterator[FileHand]:
    with junos_hand(with_sftp) as hand:
        yield hand
    with_sftp.control("disk")
    with_sftp.faults()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fault_of(hand: FileHand, image: Path, dest: str, timeout: float = 30.0) -> RouterFault:
    with pytest.raises(RouterFault) as caught:
        hand.put(image, dest, timeout=timeout)
    assert hand.router.name in caught.value.message
    return caught.value


def everything_about_files(hand: FileHand, image: Path, place: str) -> None:
    """The life of a file."""
    dest = f"{place}/image.tgz"
    assert (hand.stat(dest), hand.checksum(dest), hand.read_text(dest), hand.remove(dest)) == (None, None, None, False)
    seen: list[tuple[int, int]] = []
    assert hand.put(image, dest, lambda done, total: seen.append((done, total))) == Copied(SIZE)
    assert seen[-1] == (SIZE, SIZE)
    assert seen == sorted(seen)
    assert hand.stat(dest) == FileStat(SIZE)
    assert hand.checksum(dest) == digest(image)
    assert (free := hand.free_bytes(dest)) is not None
    assert free > SIZE
    found = hand.stat(place)
    assert found is not None
    assert found.directory
    assert hand.checksum(place) is None
    assert hand.remove(dest) is True
    assert hand.stat(dest) is None
    notes = f"{place}/fairway/upgrade.json"
    for text in (json.dumps({"versions": ["<a> & b", "é"]}), OLD):
        hand.write_text(notes, text)
        assert hand.read_text(notes) == text
    assert hand.stat(f"{notes}.part") is None
    assert hand.remove(notes) is True
    assert hand.read_text(notes) is None
    empty = image.with_name("empty")
    empty.touch()
    assert hand.put(empty, dest) == Copied(0)
    assert hand.stat(dest) == FileStat(0)
    hand.remove(dest)


def test_files_of_a_junos_router(junos: FileHand, image: Path) -> None:
    everything_about_files(junos, image, "/var/tmp")


def test_files_of_an_frr_router(image: Path, tmp_path: Path) -> None:
    everything_about_files(frr_hand(), image, str(tmp_path))


def test_a_junos_copy_that_breaks_off_is_gone_on_with_over_sftp(
    with_sftp: Emulator, junos: FileHand, image: Path
) -> None:
    junos.write_text("/var/tmp/a.tgz", OLD)
    with_sftp.control("disk", cut=5_000_000)
    assert fault_of(junos, image, "/var/tmp/a.tgz").kind == "lost"
    assert junos.read_text("/var/tmp/a.tgz") == OLD
    found = junos.stat("/var/tmp/a.tgz.part")
    assert found is not None
    done = junos.put(image, "/var/tmp/a.tgz")
    assert done == Copied(SIZE - found.size, found.size)
    assert done.resumed_from >= 5_000_000
    assert junos.checksum("/var/tmp/a.tgz") == digest(image)


def test_without_sftp_a_junos_copy_begins_again(without_sftp: Emulator, image: Path) -> None:
    with junos_hand(without_sftp) as junos:
        without_sftp.control("disk", cut=5_000_000)
        assert fault_of(junos, image, "/var/tmp/a.tgz").kind == "lost"
        assert junos.stat("/var/tmp/a.tgz") is None
        assert junos.put(image, "/var/tmp/a.tgz") == Copied(SIZE)
        assert junos.checksum("/var/tmp/a.tgz") == digest(image)
        assert junos.stat("/var/tmp/a.tgz.part") is None


def test_a_junos_copy_that_stands_still_is_given_up(with_sftp: Emulator, junos: FileHand, image: Path) -> None:
    with_sftp.control("disk", stall=5_000_000)
    fault = fault_of(junos, image, "/var/tmp/b.tgz", timeout=1.0)
    assert fault.kind == "lost"
    assert "copying image.tgz to /var/tmp/b.tgz.part: nothing moved any more" in fault.message
    assert junos.stat("/var/tmp/b.tgz") is None


def test_a_junos_disk_that_fills_up_is_not_left_full(with_sftp: Emulator, junos: FileHand, image: Path) -> None:
    junos.write_text("/var/tmp/c.tgz", OLD)
    with_sftp.control("disk", free=7_000_000)
    assert junos.free_bytes("/var/tmp/c.tgz") == 7_000_000 // 512 * 512
    fault = fault_of(junos, image, "/var/tmp/c.tgz")
    assert fault.kind == "space"
    assert "the router's disk is full" in fault.message
    assert junos.free_bytes("/var/tmp/c.tgz") == 7_000_000 // 512 * 512
    assert junos.read_text("/var/tmp/c.tgz") == OLD


@pytest.mark.parametrize("left", [b"of another file", b"\0" * (SIZE + 1)], ids=["another", "longer"])
def test_what_is_left_of_another_copy_does_no_harm(junos: FileHand, image: Path, tmp_path: Path, left: bytes) -> None:
    (tmp_path / "left").write_bytes(left)
    for hand, place in ((junos, "/var/tmp"), (frr_hand(), str(tmp_path))):
        hand.put(tmp_path / "left", f"{place}/d.tgz.part")
        assert hand.put(image, f"{place}/d.tgz") == Copied(SIZE)
        assert hand.checksum(f"{place}/d.tgz") == digest(image)


def test_a_junos_session_that_ends_during_the_copy_is_opened_again(
    with_sftp: Emulator, junos: FileHand, image: Path
) -> None:
    """The checksum after the copy is asked for on a session that is gone: minutes have passed."""
    with_sftp.faults("drop@get-sha256-checksum-information:1")
    assert junos.put(image, "/var/tmp/e.tgz") == Copied(SIZE)
    # The reply to the renaming does not come, the deed was done.
    with_sftp.faults("drop-after@file-rename:1")
    junos.remove("/var/tmp/e.tgz")
    assert junos.put(image, "/var/tmp/e.tgz") == Copied(SIZE)
    assert junos.checksum("/var/tmp/e.tgz") == digest(image)


def test_a_junos_file_that_cannot_get_its_name_is_told(with_sftp: Emulator, junos: FileHand, image: Path) -> None:
    with_sftp.faults("error@file-rename:1:Permission denied")
    fault = fault_of(junos, image, "/var/tmp/f.tgz")
    assert (fault.kind, fault.message) == ("rejected", "r1: renaming /var/tmp/f.tgz.part: Permission denied")
    assert junos.stat("/var/tmp/f.tgz") is None
    assert junos.put(image, "/var/tmp/f.tgz") == Copied(0, SIZE)


def test_a_junos_file_that_is_not_what_was_sent_does_not_get_its_name(junos: FileHand, image: Path, disk: Path) -> None:
    part = disk / "r1" / "files" / "var" / "tmp" / "g.tgz.part"

    def spoil(done: int, total: int) -> None:
        if done == total:
            with part.open("r+b") as file:
                file.write(b"another")

    with pytest.raises(RouterFault, match="what arrived is not what was sent") as caught:
        junos.put(image, "/var/tmp/g.tgz", spoil)
    assert caught.value.kind == "checksum"
    assert junos.stat("/var/tmp/g.tgz") is None
    assert junos.stat("/var/tmp/g.tgz.part") is None


def test_a_directory_that_does_not_exist_is_told(junos: FileHand, image: Path, tmp_path: Path) -> None:
    for hand, place in ((junos, "/var/nothing"), (frr_hand(), f"{tmp_path}/nothing")):
        fault = fault_of(hand, image, f"{place}/x.tgz")
        assert fault.kind == "rejected"
        assert "No such file" in fault.message


def request_of(stdin: bytes) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(stdin.partition(b"\n")[0])["request"]
    return request


def breaking(at: int, keep: int | None, lost: bool = False) -> Transport:
    """A connection that breaks in the piece number `at`: the router gets `keep` octets of it (None: all)."""
    pieces = [0]

    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        if request_of(stdin)["op"] != "append":
            return shell(command, stdin)
        pieces[0] += 1
        if pieces[0] != at and not (lost and pieces[0] > at):
            return shell(command, stdin)
        head, _, content = stdin.partition(b"\n")
        if keep != 0:
            shell(command, head + b"\n" + content[:keep])
        raise RouterFault("lost", "r2: Connection to 192.0.2.132 closed by remote host.")

    return transport


@pytest.mark.parametrize("keep", [0, 1_000_001, None], ids=["nothing", "half", "all"])
def test_an_frr_copy_survives_a_piece_whose_reply_is_lost(image: Path, tmp_path: Path, keep: int | None) -> None:
    hand = frr_hand(breaking(2, keep))
    assert hand.put(image, f"{tmp_path}/a.tgz") == Copied(SIZE)
    assert digest(tmp_path / "a.tgz") == digest(image)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tgz"]


def test_an_frr_copy_that_breaks_off_is_gone_on_with(image: Path, tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_text(OLD)
    assert fault_of(frr_hand(breaking(2, 300_000, lost=True)), image, f"{tmp_path}/a.tgz").kind == "lost"
    assert (tmp_path / "a.tgz").read_text() == OLD
    kept = (tmp_path / "a.tgz.part").stat().st_size
    assert kept > 8_000_000
    assert frr_hand().put(image, f"{tmp_path}/a.tgz") == Copied(SIZE - kept, kept)
    assert digest(tmp_path / "a.tgz") == digest(image)


def test_two_copies_of_one_file_to_an_frr_router_do_not_mix(image: Path, tmp_path: Path) -> None:
    """Another controller appends between two pieces of ours."""
    part = tmp_path / "a.tgz.part"
    others = [1]

    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        if request_of(stdin)["op"] == "append" and part.exists() and others:
            others.pop()
            with part.open("ab") as file:
                file.write(b"x" * 100)
        return shell(command, stdin)

    assert frr_hand(transport).put(image, f"{tmp_path}/a.tgz") == Copied(SIZE)
    assert digest(tmp_path / "a.tgz") == digest(image)


def test_copies_of_different_files_under_one_name_come_to_an_end(image: Path, tmp_path: Path) -> None:
    """The other controller takes the part away whenever ours has written to it."""
    part = tmp_path / "a.tgz.part"

    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        done = shell(command, stdin)
        if request_of(stdin)["op"] == "append":
            part.write_bytes(b"other content")
        return done

    fault = fault_of(frr_hand(transport), image, f"{tmp_path}/a.tgz")
    assert "somebody else copies the same file" in fault.message
    assert not (tmp_path / "a.tgz").exists()


def test_a_file_that_changed_before_it_got_its_name_is_refused(image: Path, tmp_path: Path) -> None:
    def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
        if request_of(stdin)["op"] == "finish":
            with (tmp_path / "a.tgz.part").open("r+b") as file:
                file.write(b"another")
        return shell(command, stdin)

    fault = fault_of(frr_hand(transport), image, f"{tmp_path}/a.tgz")
    assert fault.kind == "checksum"
    assert "what arrived is not what was sent (sha256 " in fault.message
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_place_of_a_part_is_not_followed(image: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text(OLD)
    (tmp_path / "a.tgz.part").symlink_to(victim)
    assert fault_of(frr_hand(), image, f"{tmp_path}/a.tgz").kind == "rejected"
    with pytest.raises(RouterFault):
        frr_hand().write_text(f"{tmp_path}/a.tgz", "new")
    assert victim.read_text() == OLD


def test_an_frr_disk_that_fills_up_is_not_left_full(image: Path, tmp_path: Path) -> None:
    """The program runs in a namespace of its own, on a disk of 9 MB: one piece fits, two do not."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-Urm", "true"], check=False).returncode:
        pytest.skip("needs user namespaces")
    disk, fifo = tmp_path / "disk", tmp_path / "commands"
    disk.mkdir()
    os.mkfifo(fifo)
    mounted = f"mount -t tmpfs -o size=9m none {disk} && echo mounted && exec cat {fifo}"
    with subprocess.Popen(["unshare", "-Urm", "sh", "-c", mounted], stdout=subprocess.PIPE, text=True) as space:
        assert space.stdout is not None
        try:
            assert space.stdout.readline() == "mounted\n"

            def transport(command: str, stdin: bytes) -> tuple[int, str, str]:
                enter = ["nsenter", "--preserve-credentials", "-U", "-m", "-t", str(space.pid), "sh", "-c", command]
                done = subprocess.run(enter, input=stdin, capture_output=True, timeout=60, check=False)
                return done.returncode, done.stdout.decode(), done.stderr.decode()

            hand = frr_hand(transport)
            hand.write_text(f"{disk}/a.tgz", OLD)
            free = hand.free_bytes(f"{disk}/a.tgz")
            assert free is not None
            assert 8 << 20 < free < 9 << 20
            fault = fault_of(hand, image, f"{disk}/a.tgz")
            assert (fault.kind, fault.message) == ("space", f"r2: {disk}/a.tgz.part: No space left on device")
            assert hand.free_bytes(f"{disk}/a.tgz") == free
            assert hand.read_text(f"{disk}/a.tgz") == OLD
        finally:
            space.kill()


def test_how_far_a_copy_is_is_told(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_delivery, "_TELL_EVERY_S", 0.0)
    said: list[str] = []
    order = file_delivery.Order(f"{tmp_path}/a.tgz", image)
    done = file_delivery.Delivery(frr_hand(), order, said.append).run()
    assert (done["changed"], done["copied_bytes"], done["checksum"]) == (True, SIZE, f"sha256:{digest(image)}")
    assert re.fullmatch(r"\d\d:\d\d:\d\d  r2: copying a.tgz: 8.4 MB of 10.0 MB \(83 %\).*", said[0])
    assert said[-1].endswith("  r2: copying a.tgz: 10.0 MB of 10.0 MB (100 %)")


def test_a_router_without_python_is_told(image: Path) -> None:
    hand = frr_hand()
    hand.router.python = "/usr/bin/python9"  # type: ignore[attr-defined]
    with pytest.raises(RouterFault, match=r"r2: /usr/bin/python9 does not run: .*: set ansible_python_interpreter"):
        hand.stat("/var/tmp/x")
