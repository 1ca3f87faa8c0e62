"""What a data plane can say about itself, as plain data: the answers of every `Backend` query.

Interfaces carry Junos names (`ge-0/0/0.0`), addresses are text, times are seconds, counters are totals.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Counters:
    """Packets and octets since the interface came to be."""

    input_bytes: int = 0
    input_packets: int = 0
    input_errors: int = 0
    input_drops: int = 0
    output_bytes: int = 0
    output_packets: int = 0
    output_errors: int = 0
    output_drops: int = 0
    carrier_transitions: int = 0

    def __add__(self, other: Counters) -> Counters:
        names = self.__dataclass_fields__
        return Counters(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class Rates:
    """Bits and packets per second over the last seconds."""

    input_bps: int = 0
    input_pps: int = 0
    output_bps: int = 0
    output_pps: int = 0

    def __add__(self, other: Rates) -> Rates:
        names = self.__dataclass_fields__
        return Rates(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class InterfaceAddress:
    """An address of a logical interface: family `inet` or `inet6`, local `192.0.2.64/31`."""

    family: str
    local: str


@dataclass(frozen=True)
class LogicalInterface:
    """A unit. `mtu` is the protocol MTU in octets; `vlan` is None without tagging."""

    name: str
    index: int
    admin_up: bool
    oper_up: bool
    mtu: int
    families: tuple[str, ...] = ()
    addresses: tuple[InterfaceAddress, ...] = ()
    description: str | None = None
    vlan: int | None = None
    counters: Counters = field(default_factory=Counters)
    rates: Rates = field(default_factory=Rates)


@dataclass(frozen=True)
class PhysicalInterface:
    """A port. `mtu` is the media MTU (None: unlimited), `last_flapped` seconds ago (None: never)."""

    name: str
    index: int
    admin_up: bool
    oper_up: bool
    mtu: int | None
    mac: str | None = None
    speed: str | None = None
    description: str | None = None
    last_flapped: float | None = None
    counters: Counters = field(default_factory=Counters)
    units: tuple[LogicalInterface, ...] = ()
    rates: Rates = field(default_factory=Rates)


@dataclass(frozen=True)
class OspfNeighbor:
    """A neighbour of OSPF (version 2) or OSPF3 (version 3); `state` in Junos words (`Full`, `2Way`, ...)."""

    interface: str
    neighbor_id: str
    address: str
    state: str
    area: str
    priority: int
    dead_seconds: int
    up_seconds: int
    dr: str = "0.0.0.0"
    bdr: str = "0.0.0.0"


@dataclass(frozen=True)
class OspfInterface:
    """An interface that runs OSPF; `state` in Junos words (`PtToPt`, `DR`, `DRother`, `Down`, ...)."""

    interface: str
    area: str
    state: str
    cost: int
    neighbors: int
    dr_id: str = "0.0.0.0"
    bdr_id: str = "0.0.0.0"
    kind: str = "LAN"
    hello: int = 10
    dead: int = 40
    priority: int = 128
    passive: bool = False
    address: str | None = None
    mtu: int | None = None
    authentication: str = "None"


@dataclass(frozen=True)
class OspfDatabase:
    """How many LSAs of each type (Junos names: `Router`, `Network`, ...) an area holds; area None: externals."""

    area: str | None
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class OspfOverview:
    """The OSPF process: its router id, and per area the neighbours that are up."""

    router_id: str
    areas: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class BgpRib:
    """Prefix counts of one family of a peer; table is `inet.0` or `inet6.0`."""

    table: str
    received: int = 0
    accepted: int = 0
    active: int = 0
    suppressed: int = 0
    advertised: int = 0


@dataclass(frozen=True)
class BgpPeer:
    """A configured BGP neighbour; `state` in Junos words, `elapsed` seconds in that state."""

    address: str
    asn: int
    local_asn: int
    group: str
    internal: bool
    state: str
    elapsed: int = 0
    flaps: int = 0
    local_address: str | None = None
    description: str | None = None
    peer_id: str | None = None
    local_id: str | None = None
    hold_time: int = 90
    keepalive: int = 30
    input_messages: int = 0
    output_messages: int = 0
    input_updates: int = 0
    output_updates: int = 0
    last_error: str = "None"
    bfd_up: bool | None = None
    imports: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    ribs: tuple[BgpRib, ...] = ()

    @property
    def established(self) -> bool:
        return self.state == "Established"


@dataclass(frozen=True)
class NextHop:
    """A way out: an address, an interface, both; or `kind` `Local`, `Discard`, `Reject`."""

    to: str | None = None
    via: str | None = None
    kind: str = "Router"
    selected: bool = True


@dataclass(frozen=True)
class Route:
    """One path to a destination; `protocol` in Junos words (`Direct`, `Local`, `Static`, `OSPF`, `BGP`).

    `as_path` ends with the origin, `64500 64502 I`.
    """

    table: str
    prefix: str
    protocol: str
    preference: int
    active: bool
    age: int
    next_hops: tuple[NextHop, ...] = ()
    metric: int | None = None
    local_preference: int | None = None
    as_path: str | None = None
    learned_from: str | None = None
    tag: int | None = None
    communities: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSummary:
    """Counts of a routing table; `protocols` holds (name, routes, active routes)."""

    table: str
    destinations: int
    total: int
    active: int
    protocols: tuple[tuple[str, int, int], ...]
    hidden: int = 0


@dataclass(frozen=True)
class Neighbor:
    """An entry of the ARP table (family `inet`) or of neighbour discovery (`inet6`)."""

    family: str
    address: str
    mac: str
    interface: str
    state: str = "reachable"
    router: bool = False
    age: int = 0


@dataclass(frozen=True)
class BfdSession:
    """A BFD session; times in seconds."""

    address: str
    state: str
    interface: str | None
    detection_time: float
    transmit_interval: float
    multiplier: int
    clients: tuple[str, ...] = ()
    local_diagnostic: str = "None"


@dataclass(frozen=True)
class PingRequest:
    """What to ping: `count` probes of `size` octets, `interval` seconds apart, from `source`."""

    host: str
    count: int = 5
    size: int = 56
    interval: float = 1.0
    wait: float = 2.0
    source: str | None = None
    interface: str | None = None
    inet6: bool = False
    dont_fragment: bool = False
    ttl: int | None = None


@dataclass(frozen=True)
class Probe:
    """A reply to a ping: round-trip time in microseconds."""

    sequence: int
    ttl: int
    rtt: int
    size: int


@dataclass(frozen=True)
class PingResult:
    """The result of a ping; `error` says why no probe could leave."""

    target: str
    sent: int
    probes: tuple[Probe, ...] = ()
    error: str | None = None
