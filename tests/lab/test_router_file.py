"""router_file on both platforms: what is copied, skipped, refused and gone on with, as a playbook sees it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .file_world import World, config
from .junos_emulator import Emulator
from .lab_harness import Lab, poll

pytestmark = pytest.mark.lab

ROUTERS = ("r1", "r2")
# More than one piece of a copy to an FRR router.
LARGE = 12_000_000

STORY = """
    - fairway.backbone.router_file: {src: HERE/package, dest: "{{ place }}/package.tgz", margin: 1}
      check_mode: true
      diff: true
      register: predicted
    - fairway.backbone.router_file: {src: HERE/package, dest: "{{ place }}/package.tgz", margin: 1}
      diff: true
      register: copied
    - fairway.backbone.router_file:
        src: HERE/package
        dest: "{{ place }}/package.tgz"
        checksum: "{{ copied.checksum }}"
      register: again
    - fairway.backbone.router_file: {src: HERE/package, dest: "{{ place }}/package.tgz"}
      check_mode: true
      register: nothing
    - fairway.backbone.router_file: {src: HERE/other, dest: "{{ place }}/package.tgz"}
      diff: true
      register: changed
    - fairway.backbone.router_file: {src: HERE/other, dest: "{{ place }}/package.tgz", force: true}
      register: forced
    - ansible.builtin.assert:
        that:
          - predicted is changed and predicted.copied_bytes == 0 and predicted.size == 500000
          - predicted.diff.before == 'absent\\n' and predicted.diff.after == copied.checksum ~ ' 500 kB\\n'
          - copied is changed and copied.copied_bytes == 500000 and copied.resumed_from == 0 and copied.rate > 0
          - copied.checksum == 'sha256:PACKAGE' and copied.diff == predicted.diff
          - again is not changed and again.copied_bytes == 0 and again.msg is search('is there already')
          - nothing is not changed and 'diff' not in nothing
          - changed is changed and changed.diff.before == copied.diff.after and changed.checksum == 'sha256:OTHER'
          - forced is changed and forced.copied_bytes == 1234
"""


def refusal(name: str, options: str, check: bool = False) -> str:
    """A task that must fail and change nothing, and what it says between < and >."""
    return f"""
    - fairway.backbone.router_file: {{{options}}}
      check_mode: {check}
      ignore_errors: true
      register: told
    - ansible.builtin.debug: {{msg: "<{name} {{{{ inventory_hostname }}}} {{{{ told.kind }}}} {{{{ told.msg }}}}>"}}
    - ansible.builtin.assert: {{that: [told is failed, told is not changed]}}
"""


WRONG = "sha256:" + "0" * 64
DEST = 'dest: "{{ place }}/refused.tgz"'
# Through a variable: Ansible shows the lines of a playbook whose task failed.
NOBODY = 'url: "{{ nobody }}"'
SECRET_URL = f"http://127.0.0.1:1/package.tgz?X-Signature={'secret' * 350}"
REFUSALS = "".join(
    [
        refusal("space", f"src: HERE/package, {DEST}, margin: 100000000"),
        refusal("predicted", f"src: HERE/package, {DEST}, margin: 100000000", check=True),
        refusal("wrong", f"src: HERE/package, {DEST}, checksum: '{WRONG}'"),
        refusal("directory", 'src: HERE/package, dest: "{{ place }}"'),
        refusal("name", "src: HERE/package, dest: /var/tmp/x;reboot"),
        refusal("missing", f"src: HERE/nothing, {DEST}"),
        refusal("url", f"{NOBODY}, {DEST}, checksum: '{WRONG}', cache: HERE/nobody"),
        refusal("asked", f"{NOBODY}, {DEST}, checksum: '{WRONG}', cache: HERE/nobody", check=True),
    ]
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("files")
    arguments = ("--config", str(config(directory, sftp=True)), "--state-dir", str(directory / "state"))
    with Emulator(*arguments, "--print-host-key", str(directory / "host.pub")) as emulator:
        made = World(emulator, directory)
        (directory / "package").write_bytes(os.urandom(500_000))
        (directory / "other").write_bytes(os.urandom(1234))
        (directory / "large").write_bytes(os.urandom(LARGE))
        yield made


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_is_copied_when_it_is_missing_or_another_one(world: World) -> None:
    names = {"PACKAGE": digest(world.directory / "package"), "OTHER": digest(world.directory / "other")}
    status, output = world.play(re.sub("PACKAGE|OTHER", lambda name: names[name[0]], STORY))
    assert status == 0, output
    for router in ROUTERS:
        assert world.path(router, "package.tgz").read_bytes() == (world.directory / "other").read_bytes()
        assert "package.tgz.part" not in world.files(router)


def test_what_cannot_be_right_is_refused_before_anything_is_copied(world: World) -> None:
    (world.directory / "vars.json").write_text(json.dumps({"nobody": SECRET_URL}))
    status, output = world.play(REFUSALS, "-e", f"@{world.directory}/vars.json", "-vvv")
    assert status == 0, output
    told = {(name, router): text for name, router, text in re.findall(r"<(\w+) (r\d) (.*?)>", output)}
    for router in ROUTERS:
        place = world.places[router]
        for name in ("space", "predicted"):
            words = f"space {router}: not enough space for {place}/refused.tgz: 500 kB to copy and 100 TB to leave free"
            assert told[name, router].startswith(words)
        assert f"has sha256 {digest(world.directory / 'package')}, expected {'0' * 64}" in told["wrong", router]
        assert told["directory", router].startswith(f"input {router}: {place} is a directory")
        assert told["name", router].startswith("input router_file: dest: ")
        assert f"there is no file {world.directory}/nothing on the controller" in told["missing", router]
        for name in ("url", "asked"):
            words = "source http://127.0.0.1:1/package.tgz cannot be fetched: Connection refused"
            assert told[name, router] == words
        assert not [name for name in world.files(router) if name.startswith("refused")]
    assert "secretsecret" not in output
    assert "secretsecret" not in (world.directory / "log").read_text()


def test_a_url_of_any_length_is_staged_on_the_controller_once(world: World) -> None:
    """Neither router could fetch it: the emulator has no such command, and the server is gone for the second run."""
    web = world.directory / "web"
    web.mkdir()
    (web / "package.tgz").write_bytes((world.directory / "package").read_bytes())
    code = "import http.server as s;h=s.ThreadingHTTPServer(('127.0.0.1',0),s.SimpleHTTPRequestHandler);"
    code += "print(h.server_address[1],flush=True);h.serve_forever()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=web, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{server.stdout.readline().strip()}/package.tgz?X-Signature={'0123456789' * 250}"
        copy = f"""
    - fairway.backbone.router_file:
        url: "{address}"
        dest: "{{{{ place }}}}/NAME"
        checksum: sha256:{digest(web / "package.tgz")}
        cache: HERE/cache
      register: done
    - ansible.builtin.assert: {{that: [done is changed, done.size == 500000]}}
"""
        try:
            status, output = world.play(copy.replace("NAME", "one.tgz"), "--check")
            assert status == 0, output
            assert [name for name in world.files("r1") if name.startswith("one")] == []
            assert not (world.directory / "cache").exists(), "check mode downloaded something"
            status, output = world.play(copy.replace("NAME", "one.tgz"))
        finally:
            server.terminate()
            asked = server.communicate(timeout=20)[1].count("GET /package.tgz")
    assert status == 0, output
    # Check mode asks the server once for each router; the copy fetches once for both.
    assert asked == 3
    assert "0123456789" not in output
    status, output = world.play(copy.replace("NAME", "two.tgz"))
    assert status == 0, output
    for router in ROUTERS:
        for name in ("one.tgz", "two.tgz"):
            assert digest(world.path(router, name)) == digest(web / "package.tgz")


def test_a_controller_that_is_killed_while_it_copies_leaves_what_the_next_run_goes_on_with(world: World) -> None:
    for router in ROUTERS:
        world.path(router, "held.tgz").write_bytes(b"the old one")
    copy = """
    - fairway.backbone.router_file: {src: HERE/large, dest: "{{ place }}/held.tgz", margin: 1}
      register: done
    - ansible.builtin.debug: {msg: "<{{ inventory_hostname }} {{ done.resumed_from }} {{ done.copied_bytes }}>"}
"""
    world.emulator.control("disk", stall=5_000_000)
    world.hold.touch()

    def halfway() -> bool:
        return all(world.files(router).get("held.tgz.part", 0) >= 5_000_000 for router in ROUTERS)

    world.killed(copy, lambda: poll(halfway, "both routers have a part of the file", 60))
    for router in ROUTERS:
        assert world.path(router, "held.tgz").read_bytes() == b"the old one"
    world.emulator.control("disk")
    world.hold.unlink()
    status, output = world.play(copy)
    assert status == 0, output
    for router in ROUTERS:
        found = re.search(rf"<{router} (\d+) (\d+)>", output)
        assert found, output
        kept, sent = map(int, found.groups())
        assert kept >= 5_000_000, output
        assert kept + sent == LARGE, output
        assert world.path(router, "held.tgz").read_bytes() == (world.directory / "large").read_bytes()
        assert "held.tgz.part" not in world.files(router)


IN_THE_LAB = """
- hosts: jkt-r1,jkt-r2
  gather_facts: false
  vars:
    place: "{{ '/var/tmp' if inventory_hostname == 'jkt-r1' else '/var/lib/fairway' }}"
  tasks:
    - fairway.backbone.router_file: {src: FILE, dest: "{{ place }}/image.bin", margin: 1}
      register: copied
    - fairway.backbone.router_file: {src: FILE, dest: "{{ place }}/image.bin", margin: 1}
      register: again
    - ansible.builtin.assert:
        that:
          - copied is changed and copied.copied_bytes == SIZE and copied.checksum == 'sha256:DIGEST'
          - again is not changed
"""


def test_in_the_lab_over_its_own_connections(lab: Lab, tmp_path: Path) -> None:
    """Over a real sshd, and the ports that a router has. Of the Junos router only the NETCONF port's key is known."""
    image, play = tmp_path / "image.bin", tmp_path / "play.yml"
    image.write_bytes(os.urandom(LARGE))
    text = IN_THE_LAB.replace("FILE", str(image)).replace("SIZE", str(LARGE)).replace("DIGEST", digest(image))
    play.write_text(text)
    keys = lab.exec("ctl", "cat", "/etc/ssh/ssh_known_hosts").stdout
    lines = [line.split() for line in keys.splitlines()]
    known = [f"{name} {kind} {key}\n" for names, kind, key in lines for name in names.split(",") if ":830" in name]
    assert known, keys
    (tmp_path / "known_hosts").write_text("".join(known))
    (tmp_path / "vars.json").write_text(json.dumps({"ansible_junos_known_hosts": [str(tmp_path / "known_hosts")]}))
    program = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "inventory/lab", str(play)]
    program += ["-e", f"@{tmp_path}/vars.json"]
    try:
        done = lab.exec("ctl", "env", "ANSIBLE_STDOUT_CALLBACK=default", *program, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        there = lab.exec("jkt-r2", "sha256sum", "/var/lib/fairway/image.bin").stdout.split()[0]
        assert there == digest(image)
    finally:
        lab.exec("jkt-r2", "rm", "-f", "/var/lib/fairway/image.bin", "/var/lib/fairway/image.bin.part")
