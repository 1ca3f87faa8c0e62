"""The CLI over SSH, with the `ssh` and `scp` programs and with a terminal."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from lxml import etree

from tests.lab.junos_emulator import PASSWORD, USER, Emulator

HASH = "$6$fairwaylab$De4tMnF/.IRRFda/i7kmoKHAAmsfBbpEl3WlaNoLn5vHUydFs4gWdKupdoOkxx/e9q2ATU/qQtQzzavbWc5pJ/"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def emulator(key: Path) -> Iterator[Emulator]:
    public = Path(f"{key}.pub").read_text().strip()
    config = key.parent / "r1.set"
    config.write_text(
        "set system host-name r1\nset system services ssh sftp-server\n"
        'set system root-authentication encrypted-password "*"\n'
        f'set system login user netops class super-user authentication ssh-ed25519 "{public}"\n'
        f'set system login user oper class read-only authentication encrypted-password "{HASH}"\n'
    )
    arguments = ("--host-key", str(key.parent / "host"), "--print-host-key", str(key.parent / "host.pub"))
    with Emulator("--config", str(config), *arguments) as running:
        known = f"[127.0.0.1]:{running.port} " + (key.parent / "host.pub").read_text()
        (key.parent / "known_hosts").write_text(known)
        yield running


def program(
    name: str, key: Path, port: int, *rest: str, user: str = "netops", text: str | None = None
) -> tuple[int, str]:
    """Run ssh or scp with strict host key checking; its exit status and what it printed."""
    options = [
        "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={key.parent / 'known_hosts'}", "-o", "IdentitiesOnly=yes",
        "-o", "StrictHostKeyChecking=yes", "-i", str(key), "-o", "LogLevel=ERROR", "-F", "none",
    ]  # fmt: skip
    port_option = ["-P", str(port)] if name == "scp" else ["-p", str(port)]
    host = [] if name == "scp" else [f"{user}@127.0.0.1"]
    done = subprocess.run(
        [name, *options, *port_option, *host, *rest], check=False, capture_output=True, text=True, timeout=30,
        input=text or "", env={**os.environ, "SSH_AUTH_SOCK": ""},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_login_user_of_the_configuration_runs_a_command(emulator: Emulator, key: Path) -> None:
    status, output = program("ssh", key, emulator.port, "show version")
    assert status == 0
    assert "Hostname: r1" in output
    assert "Junos: 24.4R1" in output


def test_others_are_refused(emulator: Emulator, key: Path) -> None:
    for user in ("nobody", "root", "oper"):
        status, output = program("ssh", key, emulator.port, "show version", user=user)
        assert status == 255
        assert "Permission denied" in output


def test_an_encrypted_password_opens_the_door(emulator: Emulator) -> None:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507

    def connect(password: str) -> None:
        client.connect("127.0.0.1", emulator.port, "oper", password, look_for_keys=False, allow_agent=False)

    with pytest.raises(paramiko.AuthenticationException):
        connect("wrong")
    connect("oper-password")
    client.close()


def test_the_host_key_is_kept_and_private(emulator: Emulator, key: Path) -> None:
    path = key.parent / "host"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Emulator("--host-key", str(path)) as second:
        known = (key.parent / "known_hosts").read_text()
        (key.parent / "known_hosts").write_text(known + known.replace(f":{emulator.port} ", f":{second.port} "))
        with paramiko.Transport(("127.0.0.1", second.port)) as transport:
            transport.start_client(timeout=10)
            served = transport.get_remote_server_key().get_base64()
    assert served in known


def test_commands_and_pipes(emulator: Emulator, key: Path) -> None:
    def run(command: str) -> tuple[int, str]:
        return program("ssh", key, emulator.port, command)

    assert run("show configuration system host-name") == (0, "host-name r1;\n")
    assert run("show configuration system | display set | match host") == (0, "set system host-name r1\n")
    assert run("show configuration | display set | count") == (0, "Count: 7 lines\n")
    assert run("show configuration | display set | except set | no-more") == (0, "")
    shown = etree.fromstring(run("show configuration system | display xml")[1])
    assert shown.findtext("configuration/system/host-name") == "r1", "XML has a reply around it, as on a router"
    assert shown[0].get("{http://xml.juniper.net/junos/24.4R1/junos}commit-user") == "root"
    assert shown.find("cli/banner") is not None
    assert run("show configuration | display xml | match host-")[1].strip() == "<host-name>r1</host-name>"
    assert run("show configuration")[1].startswith("## Last commit: ")
    assert run("show configuration system | find nonsense") == (0, "Pattern not found\n")
    assert '"host-name"' in run("show configuration | display json")[1]
    assert run("explode now") == (1, "error: unknown command: explode\n")
    assert run("show nonsense") == (1, "error: syntax error, expecting <command>: nonsense\n")
    shown = etree.fromstring(run("show system uptime | display xml")[1])
    assert shown[0].tag == "{http://xml.juniper.net/junos/24.4R1/junos}system-uptime-information"
    assert None in shown[0].nsmap, "its namespace is the default one, as over NETCONF, and not a prefix"
    assert run("show configuration | explode")[0] == 1


@pytest.mark.parametrize("how", [["-s", "netconf"], ["netconf"], ["xml-mode", "netconf", "need-trailer"]])
def test_netconf_through_the_ordinary_ssh_client(emulator: Emulator, key: Path, how: list[str]) -> None:
    request = '<rpc message-id="%d"><%s/></rpc>]]>]]>\n'
    sent = request % (101, "get-system-uptime-information") + request % (102, "close-session")
    status, output = program("ssh", key, emulator.port, *how, text=sent)
    assert 'message-id="101"' in output
    assert output.rstrip().endswith("<!-- session end at r1, user netops -->")
    assert status == 0


def test_a_change_in_one_exec_request(emulator: Emulator, key: Path) -> None:
    command = 'configure; set system domain-name cli.example.net; show | compare; commit comment "by hand" and-quit'
    status, output = program("ssh", key, emulator.port, command)
    assert status == 0
    assert "[edit system]\n+  domain-name cli.example.net;" in output
    assert "commit complete" in output
    assert "set system domain-name cli.example.net" in emulator.running()
    newest = emulator.status()["history"][0]
    assert (newest["user"], newest["client"], newest["log"]) == ("netops", "cli", "by hand")
    assert re.search(r"^0 +\S+ \S+ UTC by netops via cli\n    by hand$", program(
        "ssh", key, emulator.port, "show system commit")[1], re.MULTILINE)  # fmt: skip


def test_scp_in_both_protocols(emulator: Emulator, key: Path, tmp_path: Path) -> None:
    source = tmp_path / "image"
    source.write_bytes(os.urandom(300_000))
    for number, protocol in enumerate(("-O", "-s")):
        remote = f"netops@127.0.0.1:/var/tmp/image{number}"
        back = tmp_path / f"back{number}"
        assert program("scp", key, emulator.port, protocol, str(source), remote) == (0, "")
        assert program("scp", key, emulator.port, protocol, remote, str(back)) == (0, "")
        assert back.read_bytes() == source.read_bytes()
    status, output = program("scp", key, emulator.port, "-O", "netops@127.0.0.1:/etc/passwd", str(tmp_path / "p"))
    assert status == 1
    assert "No such file" in output


class Terminal:
    """An interactive session, driven by what appears on the screen."""

    def __init__(self, emulator: Emulator) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect("127.0.0.1", emulator.port, USER, PASSWORD, look_for_keys=False, allow_agent=False)
        self.channel = self.client.invoke_shell()
        self.channel.settimeout(30)
        self.until("> ")

    def until(self, prompt: str) -> str:
        screen = ""
        while not screen.endswith(prompt):
            data = self.channel.recv(4096)
            assert data, f"the session ended; the screen was {screen!r}"
            screen += data.decode()
        return screen

    def type(self, line: str, prompt: str = "# ") -> str:
        self.channel.sendall(line.encode() + b"\r")
        return self.until(prompt)


@pytest.fixture
def terminal(emulator: Emulator) -> Iterator[Terminal]:
    opened = Terminal(emulator)
    yield opened
    opened.client.close()


def test_configuration_mode_on_a_terminal(emulator: Emulator, terminal: Terminal) -> None:
    screen = terminal.type("configure exclusive")
    assert "Entering configuration mode" in screen
    assert screen.endswith(f"[edit]\r\n{USER}@r1# ")
    assert emulator.status()["lock"]["user"] == USER
    assert terminal.type("edit system").endswith(f"[edit system]\r\n{USER}@r1# ")
    terminal.type("set ntp server 192.0.2.129")
    assert "server 192.0.2.129;" in terminal.type("show ntp")
    assert "+  ntp {" in terminal.type("top show | compare")
    assert "syntax error" in terminal.type("set nonsense 1")
    assert "configuration check succeeds" in terminal.type("commit check")
    assert "rolled back in 7 minutes" in terminal.type("commit confirmed 7")
    assert emulator.status()["pending"] is not None
    assert "commit complete" in terminal.type("commit")
    assert emulator.status()["pending"] is None
    assert "-  ntp {" in terminal.type("rollback 2") + terminal.type("top show | compare")
    terminal.type("rollback 0")
    terminal.type("top")
    assert "Exiting configuration mode" in terminal.type("exit", "> ")
    assert emulator.status()["lock"] is None


def test_what_clients_of_the_terminal_set_and_wait_for(terminal: Terminal) -> None:
    for line, said in (
        ("set cli screen-width 511", "Screen width set to 511"),
        ("set cli complete-on-space off", "Disabling complete-on-space"),
        ("set cli screen-length 0", "Screen length set to 0"),
        ("set cli timestamp disable", "CLI timestamp disabled"),
        ("set cli idle-timeout 0", "Idle timeout disabled"),
        ("set cli timestamp", "syntax error"),
    ):
        assert said in terminal.type(line, "> "), line


def test_leaving_with_uncommitted_changes_is_asked_about(emulator: Emulator, terminal: Terminal) -> None:
    terminal.type("configure")
    assert "## Last changed: " in terminal.type("show")
    terminal.type("set system domain-name asked.example.net")
    assert "Exit with uncommitted changes? [yes,no] (yes) " in terminal.type("exit configuration-mode", "(yes) ")
    assert terminal.type("no").endswith("[edit]\r\nlab@r1# "), "whoever says no stays"
    terminal.type("exit", "(yes) ")
    assert "Exiting configuration mode" in terminal.type("", "> ")
    assert emulator.status()["dirty"], "the shared candidate keeps its changes"
    terminal.type("configure")
    terminal.type("rollback 0")
    assert "uncommitted" not in terminal.type("exit", "> ")


def test_a_lock_refuses_the_second_terminal(emulator: Emulator, terminal: Terminal) -> None:
    terminal.type("configure exclusive")
    second = Terminal(emulator)
    assert "configuration database locked by:" in second.type("configure exclusive", "> ")
    second.client.close()
    terminal.type("exit", "> ")


def test_editing_keys(terminal: Terminal) -> None:
    assert "host-name r1;" in terminal.type("show configuration systemm\x7f host-name", "> ")
    terminal.channel.sendall(b"show nonsense\x15")
    assert terminal.until("> ").endswith(f"\r{USER}@r1> ")
    assert "host-name r1;" in terminal.type("show configuration system host-name", "> ")
    assert "unknown" not in terminal.type("explode\x03", "> ")


def test_a_resized_window_disturbs_nothing(terminal: Terminal) -> None:
    terminal.channel.resize_pty(132, 50)
    assert "host-name r1;" in terminal.type("show configuration system host-name", "> ")


def test_the_unix_shell(terminal: Terminal) -> None:
    terminal.type("start shell", "% ")
    assert "\r\nhello\r\n" in terminal.type("echo hello", "% ")
    assert "\r\n1\r\n" in terminal.type("ls /none; echo $?", "% ")
    assert "Command not found" in terminal.type("perl -e 1", "% ")
    assert "\r\nyes\r\n" in terminal.type("false || echo yes", "% ")
    terminal.type("exit", "> ")


def test_load_from_the_terminal(emulator: Emulator, terminal: Terminal) -> None:
    terminal.type("configure private")
    terminal.channel.sendall(b"load merge terminal\rsystem {\r    domain-name typed.example.net;\r}\r\x04")
    assert "load complete\r\n" in terminal.until("# ")
    assert "+  domain-name typed.example.net;" in terminal.type("show | compare").replace(
        "-  domain-name cli.example.net;\r\n", "")  # fmt: skip
    assert "Auto rollback on exiting 'configure private'" in terminal.type("exit", "[yes,no] (yes) ")
    terminal.type("yes", "> ")
    assert "typed.example.net" not in emulator.running()
