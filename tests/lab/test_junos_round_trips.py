"""Groups, macros, inactive statements and annotations come through NETCONF in every format, and go back the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

import pytest
from jnpr.junos.utils.config import Config
from ncclient import manager

from tests.lab.junos_emulator import BASE_CONFIG, PASSWORD, USER, Emulator
from tests.lab.junos_wire import Wire

JUNOS = "http://xml.juniper.net/junos/24.4R1/junos"
CITIES = "Zürich → 東京 \U0001f6e4 ü"
RICH = """
groups {
    core {
        interfaces {
            <ge-*> {
                mtu 9000;
            }
        }
        protocols {
            ospf {
                reference-bandwidth 100g;
            }
        }
    }
}
apply-groups core;
system {
    /* the name: "as painted"
    on the box */
    host-name r1;
    inactive: domain-name example.net;
    root-authentication {
        encrypted-password "*"; ## SECRET-DATA
    }
    services {
        ssh;
        netconf {
            ssh;
        }
    }
    apply-macro site {
        rack "7 b";
        inactive: spare "";
        bare;
    }
}
interfaces {
    inactive: ge-0/0/0 {
        apply-groups-except core;
        description "CITIES";
        unit 0 {
            family inet {
                /* two ends */
                address 192.0.2.1/31;
            }
        }
    }
    protect: lo0 {
        unit 0 {
            inactive: family inet {
                address 198.51.100.1/32;
            }
        }
    }
}
""".replace("CITIES", CITIES)
FORMATS = {
    "text": ("configuration-text", "override"),
    "set": ("configuration-set", "set"),
    "xml": ("configuration", "override"),
    "json": ("configuration-json", "override"),
}
CLEAR = (
    "<load-configuration format='text' action='override'><configuration-text>{}</configuration-text>"
    "</load-configuration>"
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator("--hostname", "r1") as running:
        yield running


def content(reply: str) -> str:
    """What is inside `rpc-reply`, and inside the element that holds text."""
    inner = reply.partition(">")[2].rpartition("</rpc-reply>")[0].strip()
    found = re.fullmatch(r"<configuration-(?:text|set)[^>]*>(.*)</configuration-(?:text|set)>", inner, re.DOTALL)
    return found[1] if found else inner


@pytest.mark.parametrize("fmt", FORMATS)
def test_marks_survive_the_way_out_and_back(emulator: Emulator, fmt: str) -> None:
    tag, action = FORMATS[fmt]
    wire = Wire(emulator)
    as_text = "<get-configuration format='text'><configuration/></get-configuration>"
    assert "<ok/>" in wire.text(CLEAR.format(escape(RICH)))
    before = wire.text(as_text)
    assert before.count("inactive: ") == 4
    kept = ("/* two ends */", "protect: lo0", "&lt;ge-*&gt;", "apply-groups-except core")
    assert all(word in before for word in kept)
    taken = content(wire.text(f"<get-configuration format='{fmt}'/>"))
    assert "<ok/>" in wire.text(CLEAR.format(escape("" if fmt == "set" else BASE_CONFIG)))
    body = taken if fmt == "xml" else f"<{tag}>{taken}</{tag}>"
    body = body.replace("<configuration ", f"<configuration xmlns:junos='{JUNOS}' ")
    given = f"format='{fmt.replace('set', 'text')}' action='{action}'"
    reply = wire.text(f"<load-configuration {given}>{body}</load-configuration>")
    assert "<load-configuration-results><ok/>" in reply
    assert wire.text(as_text) == before
    wire.text("<discard-changes/>")
    wire.ssh.close()


@pytest.mark.parametrize("fmt", ["text", "set", "json", "xml"])
def test_characters_of_several_bytes_reach_clients_that_decode_piece_by_piece(emulator: Emulator, fmt: str) -> None:
    lines = "\n".join(f'set interfaces ge-0/0/{n} description "{n} {CITIES * 8}"' for n in range(120))
    with emulator.device() as device:
        config = Config(device)
        config.load(lines, format="set")
        got = device.rpc.get_config(options={"format": fmt})
        text = str(got) if fmt == "json" else "".join(got.itertext())
        assert text.count(CITIES * 8) == 120
        assert config.diff().count(CITIES * 8) == 120
        config.rollback(0)


def test_ncclient_without_juniper_helpers_reads_them_too(emulator: Emulator) -> None:
    edit = f"<interfaces><interface><name>ge-0/0/0</name><description>{CITIES}</description></interface></interfaces>"
    with manager.connect(
        host="127.0.0.1", port=emulator.port, username=USER, password=PASSWORD, hostkey_verify=False,
        look_for_keys=False, allow_agent=False, device_params={"name": "default"}, timeout=15,
    ) as session:  # fmt: skip
        session.edit_config(target="candidate", config=f"<config><configuration>{edit}</configuration></config>")
        assert CITIES in session.get_config("candidate").data_xml
        session.discard_changes()
