"""Services on the lab's hosts: unit files really run, outlive the session that started them, and die with the host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .lab_harness import Lab, poll

pytestmark = pytest.mark.lab

HOST = "jkt-r2"
BEAT = """\
[Unit]
Description=A service that leaves somebody behind

[Service]
Environment="GREETING=hello there"
ExecStart=/bin/sh -c 'echo "$GREETING" from %n; (setsid sleep 98765 &); exec sleep 98766'
Restart=always
RestartSec=100ms

[Install]
WantedBy=default.target
"""
ONCE = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran; exit $CODE'\nEnvironment=CODE={code}\n"
TICK = "[Timer]\nOnActiveSec=0\nOnUnitActiveSec=200ms\nUnit=once.service\n"


class User:
    """The login user of a host, in a new SSH session for every command."""

    def __init__(self, lab: Lab, host: str = HOST) -> None:
        self.lab, self.host = lab, host

    def run(self, command: str, *, text: str | None = None, check: bool = True) -> tuple[int, str]:
        """Exit status and output of a shell command."""
        done = self.lab.exec("ctl", "ssh", "-o", "BatchMode=yes", self.host, command, text=text, check=check)
        return done.returncode, (done.stdout + done.stderr).strip()

    def systemctl(self, *words: str, check: bool = True) -> str:
        return self.run(" ".join(("systemctl --user", *words)), check=check)[1]

    def write(self, name: str, text: str) -> None:
        self.run(f"mkdir -p ~/.config/systemd/user && cat > ~/.config/systemd/user/{name}", text=text)

    def property(self, unit: str, name: str) -> str:
        return self.systemctl("show", "-p", name, "--value", unit)

    def sleepers(self) -> set[str]:
        """The arguments of the sleeping processes of BEAT."""
        return {line for line in self.run("ps -eo args")[1].splitlines() if line.startswith("sleep 9876")}

    def log(self, unit: str) -> list[str]:
        return self.run(f"cat /var/log/units/{unit}.log")[1].splitlines()


BOTH = {"sleep 98765", "sleep 98766"}


@pytest.fixture
def user(backbone: Lab) -> Iterator[User]:
    """The shared backbone's; nothing of his is left running."""
    made = User(backbone)
    yield made
    if made.host in {host["name"] for host in backbone.status()["hosts"] if host["state"] == "off"}:
        backbone.run("boot", made.host)
    for unit in ("tick.timer", "once.service", "beat.service"):
        made.systemctl("disable", "--now", unit, check=False)
    made.run("rm -rf ~/.config/systemd")


def test_a_service_outlives_its_session_and_a_stop_ends_all_of_it(user: User) -> None:
    user.write("beat.service", BEAT)
    user.systemctl("daemon-reload")
    user.systemctl("start", "beat")
    poll(lambda: user.sleepers() == BOTH, "the service and what it left behind")
    assert user.property("beat", "ActiveState") == "active"
    assert user.log("beat.service") == ["hello there from beat.service"]
    user.systemctl("stop", "beat")
    assert user.sleepers() == set()
    assert user.run("systemctl --user is-active beat", check=False) == (3, "inactive")


def test_a_killed_service_is_started_again_and_a_killed_keeper_is_a_failure(user: User) -> None:
    user.write("beat.service", BEAT)
    user.systemctl("start", "beat")
    first = user.property("beat", "MainPID")
    user.run(f"kill -9 {first}")
    poll(lambda: user.property("beat", "MainPID") not in ("0", first), "another process in its place")
    assert user.property("beat", "NRestarts") == "1"
    poll(lambda: user.sleepers() == BOTH, "what the first one left behind to be gone")
    user.run("pkill -9 -f 'keeper user beat[.]service'")
    poll(lambda: user.property("beat", "ActiveState") == "failed", "the unit to count as failed")
    poll(lambda: "sleep 98766" not in user.sleepers(), "the kernel to end its main process")
    user.run("pkill -x sleep", check=False)


def test_what_cannot_start_says_why(user: User) -> None:
    user.write("once.service", "[Service]\nType=exec\nExecStart=/nonexistent/program\n")
    code, said = user.run("systemctl --user start once", check=False)
    assert (code, "No such file or directory: '/nonexistent/program'" in said) == (1, True), said
    user.write("once.service", ONCE.format(code=7))
    code, said = user.run("systemctl --user start once", check=False)
    assert (code, said) == (1, "once.service ended with code 7; its log says more")
    assert user.property("once", "ActiveState") == "failed"
    user.write("once.service", ONCE.format(code=0))
    user.systemctl("start", "once")
    assert user.property("once", "ActiveState") == "inactive", "done"
    assert user.run("systemctl --user start nothing", check=False) == (1, "Unit nothing.service not found.")


def test_a_timer_starts_its_unit_again_and_again(user: User) -> None:
    user.write("once.service", ONCE.format(code=0))
    user.write("tick.timer", TICK)
    user.systemctl("start", "tick.timer")
    poll(lambda: user.log("once.service").count("ran") >= 3, "three runs")
    user.systemctl("stop", "tick.timer")
    poll(lambda: user.property("once", "ActiveState") == "inactive", "the last run to end")
    runs = user.log("once.service")
    user.systemctl("start", "once")
    assert user.log("once.service") == [*runs, "ran"], "the timer is quiet"


def test_a_crash_ends_services_and_a_boot_starts_the_enabled_ones(user: User) -> None:
    user.write("beat.service", BEAT)
    user.systemctl("enable", "--now", "beat")
    assert user.systemctl("is-enabled", "beat") == "enabled"
    user.lab.run("crash", HOST)
    user.lab.run("boot", HOST)
    poll(lambda: user.property("beat", "ActiveState") == "active", "the enabled service to run again")
    user.systemctl("disable", "--now", "beat")
    user.lab.run("crash", HOST)
    user.lab.run("boot", HOST)
    assert user.property("beat", "ActiveState") == "inactive"
    user.lab.run("wait", "--timeout", "120", timeout=150)


def test_routers_do_not_look_as_if_systemd_ran_them(backbone: Lab) -> None:
    for host in (HOST, "jkt-probe", "ctl"):
        assert backbone.exec(host, "test", "-e", "/run/systemd/system", check=False).returncode == 1


def test_whoever_is_logged_in_may_ping_without_being_root(backbone: Lab) -> None:
    for host in (HOST, "jkt-probe"):
        script = (
            "import os, socket; assert os.getuid() == 1000; "
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); "
            "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6); print('may')"
        )
        assert User(backbone, host).run(f'/usr/bin/python3 -c "{script}"') == (0, "may")


def test_the_controller_has_services_too(backbone: Lab) -> None:
    unit = "~/.config/systemd/user/once.service"
    text = ONCE.format(code=0)
    backbone.exec("ctl", "sh", "-c", f"mkdir -p $(dirname {unit}) && cat > {unit}", text=text)
    backbone.exec("ctl", "systemctl", "--user", "start", "once")
    assert "Result=success" in backbone.exec("ctl", "systemctl", "--user", "show", "once").stdout
    log = backbone.state.host("ctl") / "log" / "units" / "once.service.log"
    assert log.read_text(encoding="utf-8") == "ran\n"
