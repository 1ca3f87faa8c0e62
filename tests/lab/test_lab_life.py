"""A lab's life: up, beside others, killed, down; as root and as an ordinary user."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.control import socket_address

from .lab_harness import CHECKOUT, Lab, poll

pytestmark = pytest.mark.lab


@pytest.fixture
def second(machine_runs_labs: None, tmp_path: Path) -> Iterator[Lab]:
    """A lab of the test's own, not booted yet; always taken down."""
    made = Lab(tmp_path, "second")
    yield made
    made.down()


def descendants(root: int) -> set[int]:
    """The process ids below a process, itself included."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path("/proc", str(pid)).exists()}


def test_two_labs_do_not_meet_and_a_killed_one_leaves_nothing(backbone: Lab, second: Lab) -> None:
    second.run("up", "--backend", "null")
    assert "is up already" in second.error("up")
    second.run("impair", "north", "--loss", "100%")
    assert backbone.ping("jkt-r1", "192.0.2.65", "-c", "5", "--interval", "0.01")["received"] == 5
    bare = second.exec("jkt-r2", "vtysh", "-c", "show running-config").stdout
    assert "router bgp" not in bare, "routers boot bare"

    supervisor = int(second.status()["pid"])
    processes = descendants(supervisor)
    assert len(processes) > 40
    os.kill(supervisor, signal.SIGKILL)
    poll(lambda: not alive(processes), "every process of a killed lab to end")
    assert "was killed" in second.error("status")
    second.run("up", "--backend", "null")  # over what the killed one left
    second.run("down")
    assert not second.state.directory.exists()
    assert second.run("down").stdout == "lab second is not up: nothing to do\n"
    assert "is not up" in second.error("exec", "ctl", "--", "true")
    assert backbone.exec("jkt-r2", "hostname").stdout == "jkt-r2\n"


def test_down_cleans_up_after_a_killed_lab(second: Lab) -> None:
    second.run("up", "--backend", "null")
    os.kill(int(second.status()["pid"]), signal.SIGKILL)
    assert second.run("down").stdout == "lab second is down\n"
    assert not second.state.directory.exists()


def test_a_lab_ends_with_the_process_that_wanted_it(second: Lab) -> None:
    owner = subprocess.Popen(["sleep", "1000"])
    try:
        second.run("up", "--backend", "null", "--until-pid", str(owner.pid))
        processes = descendants(int(second.status()["pid"]))
        assert len(processes) > 40
    finally:
        owner.kill()
        owner.wait()
    poll(lambda: not alive(processes), "every process of the lab to end with its owner")
    assert not second.state.directory.exists()
    assert second.run("down").stdout == "lab second is not up: nothing to do\n"


def test_a_lab_whose_files_are_removed_ends(second: Lab) -> None:
    second.run("up", "--backend", "null")
    processes = descendants(int(second.status()["pid"]))

    def removed() -> bool:
        shutil.rmtree(second.state.directory, ignore_errors=True)  # a daemon may just write a file there
        return not second.state.directory.exists()

    poll(removed, "the lab's files to be gone")
    poll(lambda: not alive(processes), "every process of a lab that nobody can find any more to end")


def test_a_host_that_ends_when_its_crash_is_asked_for_takes_nobody_with_it(second: Lab) -> None:
    """The supervisor, held up by a busy machine, learns of both at once."""
    second.run("up", "--backend", "null")
    supervisor = int(second.status()["pid"])
    init = init_of(second, supervisor, "jkt-r2")
    directory = os.open(second.state.directory, os.O_PATH | os.O_DIRECTORY)
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(60)
        os.kill(supervisor, signal.SIGSTOP)
        try:
            asking.connect(socket_address(directory))
            asking.sendall(b'{"op": "crash", "host": "jkt-r2"}\n')
            os.kill(init, signal.SIGKILL)
            poll(lambda: "\nState:\tZ" in Path(f"/proc/{init}/status").read_text(), "the host to end")
        finally:
            os.kill(supervisor, signal.SIGCONT)
            os.close(directory)
        assert asking.makefile().readline() == "{}\n"
    states = {host["name"]: host["state"] for host in second.status()["hosts"]}
    assert states.pop("jkt-r2") == "off"
    assert set(states.values()) == {"ready"}
    second.run("boot", "jkt-r2")


def init_of(lab: Lab, supervisor: int, host: str) -> int:
    """A host's first process: of those that the supervisor has started, the one in the host's network."""
    wanted = lab.exec(host, "readlink", "/proc/1/ns/net").stdout.strip()
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="ascii").split()
    (found,) = [int(child) for child in children if os.readlink(f"/proc/{child}/ns/net") == wanted]  # noqa: PTH115
    return found


def test_a_host_that_does_not_boot_is_named_and_nothing_is_left(second: Lab) -> None:
    said = second.error("up", "--fault", "jkt-r1=no-such-fault")
    assert "hosts failed to boot" in said
    assert "jkt-r1: lab.junos: exit" in said
    assert "no-such-fault" in said
    assert not second.state.directory.exists()
    assert "fault 'drop': unknown kind 'drop'" in second.error("up", "--fault", "jkt-r2=drop")
    assert "ctl is a controller" in second.error("up", "--fault", "ctl=drop")
    assert "--until-pid 4194304: no such process" in second.error("up", "--until-pid", "4194304")
    assert "no such file or directory" in second.error("up", "-i", str(second.root / "nowhere"))


def test_faults_of_a_running_router_are_set_and_removed(lab: Lab) -> None:
    lab.run("fault", "jkt-r1", "late-timer:2")
    assert lab.junos("jkt-r1", op="status")["routers"][0]["faults"] == ["late-timer:2"]
    assert lab.junos("sby-r1", op="status")["routers"][0]["faults"] == []
    lab.run("fault", "jkt-r1", "none")
    assert lab.junos("jkt-r1", op="status")["routers"][0]["faults"] == []
    assert "jkt-r1" in lab.error("fault", "jkt-r1", "no-such-fault")


ORDINARY = 65534

SCRIPT = """\
set -eu
test "$(id -u)" != 0
lab() {{ {python} -m lab "$@"; }}
trap 'lab down >/dev/null' EXIT
lab up
lab exec ctl -- id -u
lab exec ctl -- ssh -o BatchMode=yes jkt-r2 'id -un; vtysh -c "show daemons"'
lab exec ctl -- ssh -o BatchMode=yes sby-r1 'show version' | head -1
lab exec ctl -- ssh -o BatchMode=yes jkt-r2 'sh -eu' <<'END'
mkdir -p ~/.config/systemd/user
printf '[Service]\nExecStart=/bin/sleep 1000\n' >~/.config/systemd/user/rest.service
systemctl --user start rest
systemctl --user is-active rest
sudo -n apt-get install -y 'frr=9*' 'frr-pythontools=9*' >/dev/null
vtysh -c 'show version' | head -1 | cut -d' ' -f2
/usr/bin/python3 -c 'import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_ICMP); print("may ping")'
END
lab impair south --loss 100% >/dev/null
lab status --quick | grep -c 'loss 100%'
lab crash jkt-r2
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that everybody may enter. Not below pytest's own: every pytest that starts closes that to others."""
    with tempfile.TemporaryDirectory(prefix="fairway-ordinary-") as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


def test_an_ordinary_user_has_the_same_lab(machine_runs_labs: None, open_place: Path) -> None:
    """As root: become nobody, who reads a copy of the tree; as an ordinary user: be oneself."""
    tmp_path = open_place
    script = tmp_path / "script"
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "FAIRWAY_LAB": "ordinary", "HOME": str(tmp_path / "home")}
    script.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
    command = ["bash", str(script)]
    if os.geteuid() == 0:
        command = as_nobody(tmp_path, script)
        environment["PYTHONPATH"] = str(tmp_path / "packages")
        environment["LD_LIBRARY_PATH"] = str(tmp_path / "python" / "lib")  # a Python that is built with --enable-shared
    else:
        environment["PYTHONPATH"] = str(CHECKOUT)
    directory = tmp_path / "state"
    for own in (directory, tmp_path / "home"):
        own.mkdir()
        own.chmod(0o777)
    environment["FAIRWAY_LAB_DIR"] = str(directory)
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("lab ordinary is up: 9 hosts")
    assert lines[1:3] == ["0", "fairway"]
    assert lines[3].split() == ["zebra", "ospfd", "ospf6d", "bgpd", "staticd", "bfdd"]
    assert lines[4:] == ["Hostname: sby-r1", "active", "9.1.3", "may ping", "1", "jkt-r2 is off"]
    assert list(directory.iterdir()) == []


def as_nobody(tmp_path: Path, script: Path) -> list[str]:
    """The command that runs a script as nobody, with Python and the packages bound to where nobody may read them.

    A checkout or a Python below /root would be out of reach; a private mount is not, and ends with the script.
    """
    for name in ("lab", "inventory"):
        subprocess.run(["cp", "-r", str(CHECKOUT / name), str(tmp_path / name)], check=True)
    (tmp_path / "python").mkdir()
    (tmp_path / "packages").mkdir()
    interpreter = tmp_path / "python" / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    script.write_text(SCRIPT.format(python=interpreter), encoding="utf-8")
    binds = f"mount --bind {sys.base_prefix} {tmp_path}/python"
    binds += f" && mount --bind {sysconfig.get_paths()['purelib']} {tmp_path}/packages"
    drop = f"setpriv --reuid {ORDINARY} --regid {ORDINARY} --clear-groups bash {script}"
    return ["unshare", "--mount", "sh", "-c", f"{binds} && exec {drop}"]
