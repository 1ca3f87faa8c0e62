"""Junos replies, in the shapes that devices send, brought into the normal form."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_state import collect
from ansible_collections.fairway.backbone.plugins.plugin_utils.platform import RouterFault

REPLIES = {
    "get-bgp-summary-information": """<bgp-information><group-count>1</group-count>
      <bgp-peer><peer-address>192.0.2.2</peer-address><peer-as>64496</peer-as>
        <elapsed-time seconds="90">1:30</elapsed-time>
        <peer-state format="Establ">Established</peer-state></bgp-peer>
      <bgp-peer><peer-address>2001:db8::9</peer-address><peer-as>64500</peer-as>
        <elapsed-time seconds="5">5</elapsed-time>
        <peer-state>Active</peer-state></bgp-peer></bgp-information>""",
    "get-bgp-neighbor-information": """<bgp-information>
      <bgp-peer><peer-address>192.0.2.2+179</peer-address><peer-state>Established</peer-state>
        <bgp-rib><name>inet.0</name><received-prefix-count>9</received-prefix-count>
          <accepted-prefix-count>7</accepted-prefix-count><advertised-prefix-count>3</advertised-prefix-count></bgp-rib>
        <bgp-rib><name>inet6.0</name><received-prefix-count>2</received-prefix-count>
          <accepted-prefix-count>1</accepted-prefix-count></bgp-rib></bgp-peer></bgp-information>""",
    "get-ospf-interface-information": """<ospf-interface-information>
      <ospf-interface><interface-name>ge-0/0/0.0</interface-name></ospf-interface>
      <ospf-interface><interface-name>ge-0/0/1.0</interface-name></ospf-interface></ospf-interface-information>""",
    "get-ospf-neighbor-information": """<ospf-neighbor-information><ospf-neighbor>
      <neighbor-address>192.0.2.65</neighbor-address><interface-name>ge-0/0/0.0</interface-name>
      <ospf-neighbor-state>Full</ospf-neighbor-state><neighbor-id>192.0.2.3</neighbor-id></ospf-neighbor>
      </ospf-neighbor-information>""",
    "get-ospf3-interface-information": "<output>OSPF3 instance is not running</output>",
    "get-interface-information": """<interface-information><physical-interface><name>\nge-0/0/0\n</name>
      <admin-status>\nup\n</admin-status><oper-status>up</oper-status><mtu>9014</mtu>
      <logical-interface><name>ge-0/0/0.0</name><admin-status>up</admin-status><oper-status>down</oper-status>
        <address-family><address-family-name>inet</address-family-name><mtu>9000</mtu></address-family>
      </logical-interface></physical-interface></interface-information>""",
    "get-route-summary-information": """<route-summary-information>
      <route-table><table-name>inet.0</table-name><total-route-count>12</total-route-count>
        <protocols><protocol-name>Direct</protocol-name><protocol-route-count>2</protocol-route-count></protocols>
        <protocols><protocol-name>BGP</protocol-name><protocol-route-count>10</protocol-route-count></protocols>
      </route-table><route-table><table-name>mgmt_junos.inet.0</table-name></route-table></route-summary-information>""",
    "get-alarm-information": """<alarm-information><alarm-summary><active-alarm-count>1</active-alarm-count>
      </alarm-summary>
      <alarm-detail><alarm-class>Major</alarm-class>
        <alarm-description>PEM 0 Not Powered</alarm-description></alarm-detail>
      </alarm-information>""",
    "get-system-alarm-information": """<alarm-information><alarm-summary><no-active-alarms/></alarm-summary>
      </alarm-information>""",
    "get-system-core-dumps": """<multi-routing-engine-results><multi-routing-engine-item><re-name>re0</re-name>
      <directory-list><output>/var/crash/*core*: No such file or directory</output>
      <directory><file-information><file-name>/var/crash/rpd.core.0</file-name></file-information></directory>
      </directory-list></multi-routing-engine-item></multi-routing-engine-results>""",
    "get-software-information": """<software-information><host-name>jkt-r1</host-name>
      <junos-version>24.4R1.9</junos-version></software-information>""",
    "get-system-uptime-information": """<system-uptime-information><uptime-information>
      <up-time seconds="86400">1 day</up-time></uptime-information></system-uptime-information>""",
}


class Recorded:
    """Answers RPCs from recordings; what has none is refused, as by a router that does not know the RPC."""

    def __init__(self, **changed: str | None) -> None:
        self.replies = {**REPLIES, **{name.replace("_", "-"): text for name, text in changed.items()}}
        self.asked: list[str] = []

    def get(self, request: Any) -> Any:
        self.asked.append(request.tag)
        text = self.replies.get(request.tag)
        if text is None:
            raise RouterFault("rejected", f"r1: <{request.tag}>: syntax error")
        return etree.fromstring(f"<rpc-reply>{text}</rpc-reply>")


def test_everything_in_the_normal_form() -> None:
    state = collect(Recorded())
    up, down = state["bgp"]["neighbors"]["192.0.2.2"], state["bgp"]["neighbors"]["2001:db8::9"]
    assert (up["state"], up["asn"], up["uptime_s"]) == ("Established", 64496, 90.0)
    assert (up["received"], up["accepted"], up["advertised"]) == (11, 8, 3)
    assert up["families"]["inet"] == {"received": 9, "accepted": 7, "advertised": 3}
    assert (down["state"], down["uptime_s"], down["accepted"]) == ("Active", None, 0)
    assert state["ospf"] == {"v2": {"ge-0/0/0.0": {"192.0.2.3": "Full"}, "ge-0/0/1.0": {}}, "v3": {}}
    ports = {name: (told["oper"], told["mtu"]) for name, told in state["interfaces"].items()}
    assert ports == {"ge-0/0/0": ("up", 9014), "ge-0/0/0.0": ("down", 9000)}
    assert state["routes"] == {"inet": {"direct": 2, "bgp": 10, "total": 12}, "inet6": {"total": 0}}
    assert state["alarms"] == ["major: PEM 0 Not Powered"]
    assert state["cores"] == ["/var/crash/rpd.core.0"]
    assert state["system"] == {"hostname": "jkt-r1", "version": "24.4R1.9", "uptime_s": 86400}


def test_only_what_is_wanted_is_asked() -> None:
    session = Recorded()
    assert set(collect(session, ["system"])) == {"system"}
    assert session.asked == ["get-software-information", "get-system-uptime-information"]


def test_a_protocol_that_the_router_does_not_run_is_empty() -> None:
    session = Recorded(
        get_bgp_summary_information="<output>BGP is not running</output>", get_bgp_neighbor_information=None
    )
    assert collect(session, ["bgp"]) == {"bgp": {"neighbors": {}}}


def test_what_every_router_can_tell_must_be_told() -> None:
    with pytest.raises(RouterFault, match="get-interface-information"):
        collect(Recorded(get_interface_information=None), ["interfaces"])
