"""PyEZ's tools against the emulator: StartShell, SCP, FS, facts, op tables, cli, and refused logins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jnpr.junos.exception import ConnectAuthError, RpcError
from jnpr.junos.op.arp import ArpTable
from jnpr.junos.op.bgp import bgpTable
from jnpr.junos.op.ospf import OspfInterfaceTable, OspfNeighborTable
from jnpr.junos.op.phyport import PhyPortTable
from jnpr.junos.op.routes import RouteTable
from jnpr.junos.utils.fs import FS
from jnpr.junos.utils.scp import SCP
from jnpr.junos.utils.start_shell import StartShell

from tests.lab.junos_emulator import BASE_CONFIG, PASSWORD, Emulator

BGP = """
system {
    domain-name example.net;
}
routing-options {
    autonomous-system 64496;
}
protocols {
    bgp {
        group north {
            type external;
            peer-as 64497;
            neighbor 192.0.2.0;
        }
    }
}
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    path = tmp_path_factory.mktemp("junos") / "r1.conf"
    path.write_text(BASE_CONFIG + BGP)
    with Emulator("--config", str(path)) as running:
        yield running


@pytest.fixture
def device(emulator: Emulator) -> Iterator[Any]:
    with emulator.device() as opened:
        yield opened


def test_start_shell_and_scp(emulator: Emulator, device: Any, tmp_path: Path) -> None:
    source, back = tmp_path / "package.tgz", tmp_path / "back.tgz"
    source.write_bytes(b"\x00abc")
    with SCP(device) as scp:
        scp.put(str(source), "/var/tmp/binary")
        source.write_bytes(b"\x00\xff" * 50_000)
        scp.put(str(source), "/var/tmp/package.tgz")
        scp.get("/var/tmp/package.tgz", str(back))
    assert back.read_bytes() == source.read_bytes()
    with StartShell(device) as shell:
        ok, output = shell.run("ls /var/tmp")
        assert ok
        assert "package.tgz" in output
        assert shell.run("ls /var/tmp/none")[0] is False
        ok, output = shell.run('cli -c "show configuration system host-name"')
        assert ok
        assert "host-name r1" in output
    got = device.rpc.get_sha256_checksum_information(path="/var/tmp/package.tgz")
    assert got.findtext(".//checksum") == hashlib.sha256(source.read_bytes()).hexdigest()
    assert got.findtext(".//input-file") == "/var/tmp/package.tgz"
    assert device.rpc.file_show(filename="/var/tmp/binary").text.strip() == "?abc"
    files = FS(device)
    assert files.ls("/var/tmp")["files"]["package.tgz"]["size"] == 100_000
    assert files.stat("/var/tmp/package.tgz")["type"] == "file"
    assert files.stat("/var/tmp/none") is None
    assert files.rm("/var/tmp/package.tgz")
    with pytest.raises(RpcError, match="No such file"):
        device.rpc.get_checksum_information(path="/var/tmp/package.tgz")


def test_files_cannot_leave_the_router(emulator: Emulator, device: Any) -> None:
    with StartShell(device) as shell:
        ok, output = shell.run("cat ../../../../../../etc/passwd")
    assert not ok
    assert "root:" not in output
    with pytest.raises(RpcError):
        device.rpc.file_show(filename="/../../../../etc/passwd")


def test_facts(device: Any) -> None:
    device.facts_refresh(exception_on_failure=False, warnings_on_failure=False)
    facts = device.facts
    assert (facts["hostname"], facts["version"]) == ("r1", "24.4R1.9")
    assert facts["model"]
    assert facts["serialnumber"]
    assert facts["RE0"]["mastership_state"] == "master"
    assert facts["re_master"]["default"] == "0"
    assert (facts["domain"], facts["fqdn"]) == ("example.net", "r1.example.net")
    dict(facts)


def test_op_tables(device: Any) -> None:

    ports = PhyPortTable(device).get()
    assert [(port.name, port.oper, port.description) for port in ports] == [("ge-0/0/0", "up", "north")]
    routes = RouteTable(device).get(protocol="direct")
    assert "192.0.2.0/31" in routes
    assert OspfNeighborTable(device).get().keys() == []
    assert "ge-0/0/0.0" in [row.interface_name for row in OspfInterfaceTable(device).get()]
    peers = bgpTable(device).get()
    assert [(peer.peer_id, peer.peer_as, peer.local_as) for peer in peers] == [("0.0.0.0", "64497", "64496")]
    assert ArpTable(device).get().keys() == []


def test_cli_over_netconf(device: Any) -> None:
    assert "host-name r1;" in device.cli("show configuration system", warning=False)
    assert "set system host-name r1" in device.cli("show configuration | display set", warning=False)
    assert device.cli("show configuration | display set | match host-name | count", warning=False).strip() == (
        "Count: 1 lines"
    )
    assert device.rpc.cli("show system commit", format="xml").tag == "commit-information"
    assert device.display_xml_rpc("show interfaces ge-0/0/0 terse").findtext("interface-name") == "ge-0/0/0"


def test_a_wrong_password_is_refused(emulator: Emulator) -> None:
    for login in ({"passwd": "wrong"}, {"user": "nobody", "passwd": PASSWORD}, {"user": "root", "passwd": "*"}):
        with pytest.raises(ConnectAuthError):
            emulator.device(**login).open()
