"""`show bgp summary`, `show bgp neighbor` and their RPCs."""

from __future__ import annotations

from lab.junos.backend.model import BgpPeer, BgpRib
from lab.junos.oper.context import OperContext
from lab.junos.oper.registry import Args, Command, register
from lab.junos.oper.xml import Element, el, info, opt, short_length

NOT_RUNNING = "BGP is not running"
_NLRI = {"inet.0": "inet-unicast", "inet6.0": "inet6-unicast"}


def summary(ctx: OperContext, args: Args) -> Element:
    """<bgp-information junos:style="brief">: totals per table, then every peer with its counts."""
    peers = ctx.backend.bgp_peers(ctx.data())
    if not peers:
        return info("bgp-information", "routing", [el("output", NOT_RUNNING)])
    groups = len({peer.group for peer in peers})
    head = [
        el("bgp-thread-mode", "BGP I/O"),
        el("group-count", groups),
        el("peer-count", len(peers)),
        el("down-peer-count", sum(not peer.established for peer in peers)),
    ]
    tables = [_table(table, peers) for table in _NLRI if any(r.table == table for p in peers for r in p.ribs)]
    blocks = [*head, *tables, *(_summary_peer(peer) for peer in peers)]
    return info("bgp-information", "routing", blocks, style="brief")


def _table(table: str, peers: list[BgpPeer]) -> Element:
    ribs = [rib for peer in peers for rib in peer.ribs if rib.table == table]
    received, accepted, active = (
        sum(getattr(rib, name) for rib in ribs) for name in ("received", "accepted", "active")
    )
    return el(
        "bgp-rib",
        el("name", table),
        el("total-prefix-count", received),
        el("received-prefix-count", received),
        el("accepted-prefix-count", accepted),
        el("active-prefix-count", active),
        el("suppressed-prefix-count", 0),
        el("history-prefix-count", 0),
        el("damped-prefix-count", 0),
        el(
            "total-external-prefix-count",
            sum(r.received for p in peers for r in p.ribs if r.table == table and not p.internal),
        ),
        el(
            "total-internal-prefix-count",
            sum(r.received for p in peers for r in p.ribs if r.table == table and p.internal),
        ),
        el("pending-prefix-count", 0),
        el("bgp-rib-state", "BGP restart is complete"),
        style="brief",
    )


def _summary_peer(peer: BgpPeer) -> Element:
    ribs = [
        el(
            "bgp-rib",
            el("name", rib.table),
            el("active-prefix-count", rib.active),
            el("received-prefix-count", rib.received),
            el("accepted-prefix-count", rib.accepted),
            el("suppressed-prefix-count", rib.suppressed),
            style="display-only",
        )
        for rib in (peer.ribs if peer.established else ())
    ]
    return el(
        "bgp-peer",
        el("peer-address", peer.address),
        el("peer-as", peer.asn),
        el("input-messages", peer.input_messages),
        el("output-messages", peer.output_messages),
        el("route-queue-count", 0),
        el("flap-count", peer.flaps),
        el("elapsed-time", short_length(peer.elapsed), seconds=peer.elapsed),
        opt("description", peer.description),
        el("peer-state", peer.state, format="Establ" if peer.established else None),
        *ribs,
        style="terse",
        heading=_HEADING,
    )


_HEADING = (
    "Peer                     AS      InPkt     OutPkt    OutQ   Flaps Last Up/Dwn "
    "State|#Active/Received/Accepted/Damped..."
)


def neighbor(ctx: OperContext, args: Args) -> Element:
    """<bgp-information> with one <bgp-peer> per neighbour, or the one that was asked for."""
    wanted = args.get("neighbor-address")
    peers = [peer for peer in ctx.backend.bgp_peers(ctx.data()) if wanted in (None, "", peer.address)]
    if not peers and wanted is None:
        return info("bgp-information", "routing", [el("output", NOT_RUNNING)])
    return info("bgp-information", "routing", [_neighbor(peer) for peer in peers])


def _neighbor(peer: BgpPeer) -> Element:
    up = peer.established
    local = peer.local_address or "unspecified"
    made = el(
        "bgp-peer",
        el("peer-address", f"{peer.address}+179" if up else peer.address),
        el("peer-as", peer.asn),
        el("local-address", f"{local}+50000" if up and peer.local_address else local),
        el("local-as", peer.local_asn),
        opt("description", peer.description),
        el("peer-group", peer.group),
        el("peer-cfg-rti", "master"),
        el("peer-fwd-rti", "master"),
        el("peer-type", "Internal" if peer.internal else "External"),
        el("peer-state", peer.state),
        el("peer-flags", "Sync" if up else ""),
        el("last-state", "OpenConfirm" if up else "Idle" if peer.state == "Active" else "Active"),
        el("last-event", "RecvKeepAlive" if up else "ConnectRetry"),
        el("last-error", peer.last_error),
        _options(peer),
        el("flap-count", peer.flaps),
        el("last-flap-event", "TransportError") if peer.flaps else None,
        el("peer-id", peer.peer_id or "0.0.0.0"),
        el("local-id", peer.local_id or "0.0.0.0"),
        el("active-holdtime", peer.hold_time) if up else None,
        el("keepalive-interval", peer.keepalive) if up else None,
        el("group-index", 0),
        el("peer-index", 0),
        _bfd(peer),
        el("nlri-type-peer", " ".join(_NLRI[rib.table] for rib in peer.ribs)) if up else None,
        el("nlri-type-session", " ".join(_NLRI[rib.table] for rib in peer.ribs)) if up else None,
        el("elapsed-time", short_length(peer.elapsed), seconds=peer.elapsed) if up else None,
        style="detail",
    )
    if up:
        made.extend(_rib(rib) for rib in peer.ribs)
        made.extend(_traffic(peer))
    return made


def _options(peer: BgpPeer) -> Element:
    names = ["LocalAddress" if peer.local_address else None, "HoldTime" if peer.hold_time != 90 else None]
    text = " ".join([name for name in names if name] + ["AddressFamily", "PeerAS", "Refresh"])
    return el(
        "bgp-option-information",
        *(el("export-policy", name) for name in [" ".join(peer.exports)] if name),
        *(el("import-policy", name) for name in [" ".join(peer.imports)] if name),
        el("bgp-options", text),
        el("bgp-options2", ""),
        el("bgp-options-extended", ""),
        el("address-families", " ".join(_NLRI[rib.table] for rib in peer.ribs)),
        el("local-address", peer.local_address) if peer.local_address else None,
        el("holdtime", peer.hold_time),
        el("preference", 170),
    )


def _bfd(peer: BgpPeer) -> Element:
    return el(
        "bgp-bfd",
        el("bfd-configuration-state", "disabled" if peer.bfd_up is None else "enabled"),
        el("bfd-operational-state", "up" if peer.bfd_up else "down"),
    )


def _rib(rib: BgpRib) -> Element:
    return el(
        "bgp-rib",
        el("name", rib.table),
        el("rib-bit", 20000 if rib.table == "inet.0" else 30000),
        el("bgp-rib-state", "BGP restart is complete"),
        el("send-state", "in sync"),
        el("active-prefix-count", rib.active),
        el("received-prefix-count", rib.received),
        el("accepted-prefix-count", rib.accepted),
        el("suppressed-prefix-count", rib.suppressed),
        el("advertised-prefix-count", rib.advertised),
        style="detail",
    )


def _traffic(peer: BgpPeer) -> list[Element]:
    return [
        el("input-messages", peer.input_messages),
        el("input-updates", peer.input_updates),
        el("input-refreshes", 0),
        el("output-messages", peer.output_messages),
        el("output-updates", peer.output_updates),
        el("output-refreshes", 0),
    ]


def render_summary(reply: Element, args: Args) -> str:
    """The two tables of `show bgp summary`."""
    if reply.find("output") is not None:
        return f"{reply.findtext('output')}\n"
    lines = [
        f"Threading mode: {reply.findtext('bgp-thread-mode')}",
        "Groups: {} Peers: {} Down peers: {}".format(
            *(reply.findtext(f"{name}-count") for name in ("group", "peer", "down-peer"))
        ),
        "Table          Tot Paths  Act Paths Suppressed    History Damp State    Pending",
    ]
    for rib in reply.iterfind("bgp-rib"):
        counts = [rib.findtext(f"{name}-prefix-count") or "0" for name in ("total", "active", "suppressed", "history")]
        lines.append(rib.findtext("name") or "")
        lines.append(f"{'':<15}{counts[0]:>9}" + "".join(f"{c:>11}" for c in (*counts[1:], "0", "0")))
    lines.append(_HEADING)
    for peer in reply.iterfind("bgp-peer"):
        lines += _summary_row(peer)
    return "\n".join(lines) + "\n"


def _summary_row(peer: Element) -> list[str]:
    state = peer.findtext("peer-state") or ""
    row = f"{peer.findtext('peer-address'):<21}{peer.findtext('peer-as'):>6}"
    for tag, width in (("input-messages", 11), ("output-messages", 11), ("route-queue-count", 8), ("flap-count", 8)):
        row += f"{peer.findtext(tag):>{width}}"
    row += f"{peer.findtext('elapsed-time'):>12} "
    if state != "Established":
        return [row + state]
    lines = [row + "Establ"]
    for rib in peer.iterfind("bgp-rib"):
        counts = "/".join(rib.findtext(f"{name}-prefix-count") or "0" for name in ("active", "received", "accepted"))
        lines.append(f"  {rib.findtext('name')}: {counts}/0")
    return lines


def render_neighbor(reply: Element, args: Args) -> str:
    """The blocks of `show bgp neighbor`."""
    if reply.find("output") is not None:
        return f"{reply.findtext('output')}\n"
    return "\n".join(_neighbor_text(peer) for peer in reply.iterfind("bgp-peer"))


def _neighbor_text(peer: Element) -> str:
    def get(tag: str) -> str:
        return peer.findtext(tag) or ""

    lines = [
        f"Peer: {get('peer-address')} AS {get('peer-as')} Local: {get('local-address')} AS {get('local-as')}",
        *([f"  Description: {get('description')}"] if get("description") else []),
        f"  Group: {get('peer-group')}              Routing-Instance: master",
        "  Forwarding routing-instance: master",
        f"  Type: {get('peer-type')}    State: {get('peer-state')}    Flags: <{get('peer-flags')}>",
        f"  Last State: {get('last-state')}   Last Event: {get('last-event')}",
        f"  Last Error: {get('last-error')}",
    ]
    for way in ("export", "import"):
        if get(f"bgp-option-information/{way}-policy"):
            lines.append(f"  {way.capitalize()}: [ {get(f'bgp-option-information/{way}-policy')} ]")
    lines.append(f"  Options: <{get('bgp-option-information/bgp-options')}>")
    lines.append(f"  Holdtime: {get('bgp-option-information/holdtime')} Preference: 170")
    lines.append(f"  Number of flaps: {get('flap-count')}")
    if get("peer-state") == "Established":
        lines.append(
            f"  Peer ID: {get('peer-id')}  Local ID: {get('local-id')}  Active Holdtime: {get('active-holdtime')}"
        )
        lines.append(f"  NLRI for this session: {get('nlri-type-session')}")
    for rib in peer.iterfind("bgp-rib"):
        lines += _rib_text(rib)
    return "\n".join(lines) + "\n"


def _rib_text(rib: Element) -> list[str]:
    rows = (
        ("Active", "active"),
        ("Received", "received"),
        ("Accepted", "accepted"),
        ("Suppressed due to damping", "suppressed"),
    )
    lines = [f"  Table {rib.findtext('name')} Bit: {rib.findtext('rib-bit')}", "    Send state: in sync"]
    for label, name in (*rows, ("Advertised", "advertised")):
        lines.append(f"    {label + ' prefixes:':<30}{rib.findtext(f'{name}-prefix-count')}")
    return lines


register(
    Command("get-bgp-summary-information", summary, render_summary, "show bgp summary", named=("instance",)),
)
register(
    Command(
        "get-bgp-neighbor-information",
        neighbor,
        render_neighbor,
        "show bgp neighbor",
        named=("instance",),
        positional=("neighbor-address",),
    ),
)
