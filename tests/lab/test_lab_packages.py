"""Packages of FRR routers: an upgrade really restarts the daemons, fails as it is told to, and says the truth after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from .conftest import plain_lab
from .lab_harness import Lab, poll
from .test_lab_traffic import direction, ended, traffic

pytestmark = pytest.mark.lab

HOST, PARTNER = "sby-r2", "jkt-r2"
NEW, NEWER = "9.1.3-0~deb12u1", "10.2.1-0~deb12u1"
DAEMONS = {"zebra", "staticd", "ospfd", "ospf6d", "bgpd", "bfdd"}
AGAIN = """\
dpkg --configure -a
apt-get install -qq -y --allow-downgrades frr={0} frr-pythontools={0} &&
    [ "$(pgrep -cx 'zebra|staticd|ospfd|ospf6d|bgpd|bfdd')" = 6 ] || systemctl restart frr
"""
"""Puts a router back to a version, whatever state it is in."""


class Said(NamedTuple):
    """A command's exit status and its output."""

    status: int
    text: str


class Truth(NamedTuple):
    """What is so on a router: dpkg's version and state, the version FRR tells, the process ids of its daemons."""

    package: str
    running: str
    daemons: dict[str, str]


class Router:
    """An FRR router of the lab."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab, self.name = lab, name

    def do(self, *commands: str, user: bool = False) -> list[Said]:
        """Shell commands one after the other, as root, or as the login user in an SSH session."""
        script = "".join(f'{{ {command}\n}} 2>&1\necho "<<$?>>"\n' for command in commands)
        argv = ("ctl", "ssh", "-o", "BatchMode=yes", self.name, "sh") if user else (self.name, "sh")
        said = self.lab.exec(*argv, text=script, check=False).stdout
        parts = re.split(r"<<(\d+)>>\n", said)
        assert len(parts) == 2 * len(commands) + 1, said
        return [Said(int(status), text.strip()) for text, status in zip(parts[::2], parts[1::2], strict=False)]

    def install(self, version: str, options: str = "", before: str = "") -> tuple[Said, Truth]:
        """Install a version and look."""
        said, *rest = self.do(f"{before} apt-get install -y {options} {both(version)}", *LOOK)
        return said, seen(rest)

    def truth(self) -> Truth:
        """What is so now."""
        return seen(self.do(*LOOK))

    def fault(self, *specs: str) -> None:
        """Set faults; installs take no longer than they must."""
        quick = () if any(spec.startswith("package-seconds") for spec in specs) else ("package-seconds:0",)
        self.lab.run("fault", self.name, *specs, *quick)


LOOK = (
    "dpkg-query -W -f='${Version} ${db:Status-Status}' frr",
    "vtysh -c 'show version'",
    "ps -e -o comm=,pid=",
)


def seen(said: list[Said]) -> Truth:
    package, version, processes = (one.text for one in said)
    daemons = dict(line.split() for line in processes.splitlines())
    running = version.split()[1] if version.startswith("FRRouting") else ""
    return Truth(package, running, {name: pid for name, pid in daemons.items() if name in DAEMONS})


def both(version: str) -> str:
    return f"frr={version} frr-pythontools={version}"


@pytest.fixture(scope="module")
def network(machine_runs_labs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of its own. A power cut within a minute of a restart, when neighbours still hold what ospf6d flushed, can
    leave some of them without routes to the router (FRRouting/frr issue 14666): other tests need not live with that."""
    yield from plain_lab(tmp_path_factory.mktemp("lab"), "packages")


@pytest.fixture(scope="module")
def machines(network: Lab) -> str:
    """The version that routers boot with."""
    return Router(network, HOST).truth().package.split()[0]


@pytest.fixture
def router(network: Lab, machines: str) -> Router:
    """A router with the version it booted with and no faults, on which installs take no longer than they must."""
    made = Router(network, HOST)
    made.fault()
    made.do(AGAIN.format(machines))
    found = made.truth()
    assert found.package == f"{machines} installed"
    assert set(found.daemons) == DAEMONS
    return made


def test_an_upgrade_restarts_the_daemons_and_only_this_routers_version_changes(router: Router, machines: str) -> None:
    before = router.truth()
    router.fault("package-seconds:2")
    with traffic(router.lab, HOST, PARTNER, "-4") as process:
        (said,) = router.do(f"sudo -n apt-get install -y {both(NEW)}", user=True)
        assert said.status == 0, said.text
        lost = direction(ended(process), PARTNER)
    assert lost["lost"] > 0, "the router forwarded and answered while its daemons were stopped"
    assert f"Unpacking frr ({NEW}) over ({machines})" in said.text
    after = router.truth()
    assert (after.package, after.running) == (f"{NEW} installed", "9.1.3")
    assert set(after.daemons) == DAEMONS
    assert not set(after.daemons.items()) & set(before.daemons.items()), "every daemon was restarted"
    config, log = router.do("/usr/bin/vtysh -c 'show running-config'", "cat /var/log/dpkg.log")
    assert "frr version 9.1.3" in config.text
    assert re.findall(r" upgrade frr:\w+ (\S+) (\S+)$", log.text, re.MULTILINE)[-1] == (machines, NEW)
    partner = Router(router.lab, PARTNER).truth()
    assert partner.package == f"{machines} installed"
    assert machines.startswith(partner.running)
    again, still = router.install(NEW)
    assert (again.status, "0 upgraded" in again.text) == (0, True), again
    assert still == after, "nothing to do, nothing restarted"


REFUSED = [
    (f"apt-get install -y {both(NEW)}", 100, "are you root?"),
    ("dpkg --configure -a", 2, "requires superuser privilege"),
    ("systemctl restart frr", 1, "authentication required"),
    ("sudo -n apt-get install -y frr=7.0-1", 100, "E: Version '7.0-1' for 'frr' was not found"),
    ("sudo -n apt-get install -y tcpdump", 100, "E: Unable to locate package tcpdump"),
    (f"sudo -n apt-get install -y frr={NEW}", 100, "frr-pythontools : Depends: frr"),
    (f"sudo -n apt-get install {both(NEW)} </dev/null", 1, "Abort."),
    ("sudo -n apt-get upgrade -y", 100, "does not model upgrade; docs/lab.md"),
    ("sudo -n dpkg -i frr.deb", 100, "does not model -i frr.deb; docs/lab.md"),
    (f"apt-get install -s {both(NEW)}", 0, f"({NEW} deb.example.net"),
    (f"sudo -n apt-get install -y -d {both(NEW)}", 0, "download only mode"),
]


def test_what_is_refused_or_only_tried_changes_nothing(router: Router) -> None:
    before = router.truth()
    said = router.do(*(command for command, _status, _message in REFUSED), user=True)
    for (command, status, message), answer in zip(REFUSED, said, strict=True):
        assert (answer.status, message in answer.text) == (status, True), (command, answer)
    assert router.truth() == before


def test_a_downgrade_must_be_allowed(router: Router) -> None:
    assert router.install(NEWER)[1].running == "10.2.1"
    said, found = router.install(NEW)
    assert (said.status, "without --allow-downgrades" in said.text) == (100, True), said
    assert found.running == "10.2.1"
    assert router.install(NEW, "--allow-downgrades")[1].running == "9.1.3"


EARLY = {
    "download-error": "E: Failed to fetch http://deb.example.net/",
    "hash-mismatch": "Hash Sum mismatch",
    "disk-full": "E: You don't have enough free space in /var/cache/apt/archives/.",
    "unpack-error": "No space left on device",
}


def test_what_fails_early_leaves_the_old_version_running(router: Router) -> None:
    before = router.truth()
    for fault, message in EARLY.items():
        router.fault(fault)
        said, found = router.install(NEW)
        assert (said.status, message in said.text) == (100, True), said
        assert found == before
    assert router.install(NEW)[1].running == "9.1.3", "a fault plays once"


def test_an_interrupted_dpkg_is_mended_by_hand(router: Router, machines: str) -> None:
    before = router.truth()
    router.fault("interrupt")
    said, found = router.install(NEW)
    assert said.status == 100
    assert found == before._replace(package=f"{NEW} unpacked"), "the daemons run on"
    refused, audit, configured, quiet, *rest = router.do(
        f"apt-get install -y {both(NEW)}", "dpkg --audit", "dpkg --configure -a", "dpkg --audit", *LOOK
    )
    assert (refused.status, "dpkg --configure -a" in refused.text) == (100, True), refused
    assert (audit.status, configured.status, quiet) == (1, 0, Said(0, ""))
    assert seen(rest)[:2] == (f"{NEW} installed", "9.1.3")


def test_daemons_that_do_not_come_up_fail_the_install(router: Router) -> None:
    router.fault("configure-error")
    said, found = router.install(NEW)
    assert (said.status, "post-installation script" in said.text) == (100, True), said
    assert found == Truth(f"{NEW} half-configured", "", {})
    active, mended, *rest = router.do("systemctl is-active frr", "dpkg --configure -a", *LOOK)
    assert (active, mended.status) == (Said(3, "inactive"), 0)
    assert set(seen(rest).daemons) == DAEMONS


def test_daemons_may_come_back_with_the_old_version_or_not_all(router: Router, machines: str) -> None:
    router.fault("old-version", "daemon-lost:bgpd:2")
    said, found = router.install(NEW)
    assert (said.status, found.package) == (0, f"{NEW} installed")
    assert machines.startswith(found.running)
    restarted, *rest = router.do("systemctl restart frr", *LOOK)
    assert (restarted, seen(rest).running) == (Said(0, ""), "9.1.3")
    said, found = router.install(NEWER)
    assert (said.status, found.running, set(found.daemons)) == (0, "10.2.1", DAEMONS - {"bgpd"})


def test_a_lost_connection_does_not_end_an_install(router: Router) -> None:
    router.fault("lose-connection", "package-seconds:2")
    install = f"sudo -n apt-get install -y {both(NEW)}"
    done = router.lab.exec("ctl", "ssh", "-o", "BatchMode=yes", HOST, install, check=False)
    assert done.returncode == 255, "ssh says that it was cut off"
    found = poll(lambda: (it := router.truth()).package == f"{NEW} installed" and it, "the install to end", 60)
    assert isinstance(found, Truth)
    assert found.running == "9.1.3"


def test_one_install_at_a_time(router: Router) -> None:
    router.fault("locked:3600")
    said, _found = router.install(NEW)
    assert (said.status, "E: Could not get lock /var/lib/dpkg/lock-frontend" in said.text) == (100, True), said
    router.fault("locked:2")
    said, found = router.install(NEW, "-o DPkg::Lock::Timeout=60")
    assert (said.status, found.running) == (0, "9.1.3"), "it waits for its turn"


def test_a_power_cut_in_the_middle_of_an_install_is_no_mystery(router: Router) -> None:
    router.fault("interrupt")
    router.install(NEW)
    router.lab.run("crash", HOST)
    router.lab.run("boot", HOST)
    said, found = router.install(NEW)
    assert "dpkg was interrupted" in said.text
    assert found[:2] == (f"{NEW} unpacked", "9.1.3")


def test_the_repository_offers_what_it_is_told_to(router: Router, machines: str) -> None:
    router.fault("offer:11.0-1", f"withdraw:{NEW}")
    policy, madison, shown, install = router.do(
        "apt-cache policy frr", "apt-cache madison frr", "apt-cache show frr=11.0-1", f"apt-get install -y {both(NEW)}"
    )
    assert re.findall(r"(?:Installed|Candidate): (\S+)", policy.text) == [machines, "11.0-1"]
    assert [line.split("|")[1].strip() for line in madison.text.splitlines()] == ["11.0-1", NEWER, machines]
    assert re.search(r"^SHA256: [0-9a-f]{64}$", shown.text, re.MULTILINE), shown
    assert install.text.endswith(f"E: Version '{NEW}' for 'frr' was not found")


def test_other_packages_are_the_machines(router: Router, machines: str) -> None:
    told, unknown = router.do("dpkg-query -W frr bash frr-pythontools", "dpkg-query -W no-such-package")
    assert {f"frr\t{machines}", f"frr-pythontools\t{machines}"} < set(told.text.splitlines())
    assert "\nbash\t" in f"\n{told.text}"
    assert unknown.status == 1


def test_sudo_is_root_of_the_host_with_the_callers_streams_and_status(router: Router) -> None:
    commands = {
        "id -u; sudo -n id -u; echo in | sudo -n cat; sudo -n sh -c 'echo err >&2; exit 7'": Said(
            7, "1000\n0\nin\nerr"
        ),
        "cd /etc/frr && sudo -n A=b sh -c 'echo $PWD $A $USER $SUDO_USER'": Said(0, "/etc/frr b root fairway"),
        "sudo -n sh -c 'kill -TERM $$'": Said(143, ""),
        "sudo -n -u frr id": Said(1, "sudo: user frr: only root is somebody else in the lab"),
        "sudo -n no-such-program": Said(1, "sudo: no-such-program: No such file or directory"),
        # Whoever signals sudo means its command: this would end after 1000 seconds otherwise.
        "timeout 1 sudo -n sleep 1000; echo $?; pgrep -x sleep": Said(1, "124"),
    }
    assert dict(zip(commands, router.do(*commands, user=True), strict=True)) == commands


def test_become_works(router: Router) -> None:
    done = router.lab.exec(
        "ctl", "ansible", "-i", "inventory/lab", HOST, "-o", "-b", "-m", "ansible.builtin.command", "-a", "id -u"
    )
    assert done.stdout.endswith("(stdout) 0\n"), done.stdout
