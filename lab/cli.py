"""``python -m lab``: the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lab import control
from lab.errors import LabError
from lab.net.enter import clean_environment, enter, with_interpreters_programs
from lab.state import CHECKOUT, LabState, open_state
from lab.topology import Topology

DESCRIPTION = """\
A router backbone on this machine: one network namespace per host, real FRR as every data plane, sshd or the Junos
emulator as the way in. Runs as root, or as an ordinary user in a user namespace.
"""
EPILOG = """\
  python -m lab up                                   boot inventory/lab
  python -m lab exec ctl -- ansible-playbook ...     work inside, from the controller host
  python -m lab impair north --loss 30%              make a path sick
  python -m lab ping jkt-probe sby-probe             loss and round-trip time between two hosts
  python -m lab traffic jkt-probe sby-probe          every lost packet, until Ctrl-C
  python -m lab heal                                 make everything healthy
  python -m lab down                                 leave nothing behind

LINK is HOST:INTERFACE (jkt-r1:ge-0/0/0.0), HOST--HOST (jkt-r1--sby-r1) or the beginning of a description (north),
as long as it means one link. The lab's name is --name, else FAIRWAY_LAB, else "lab"; its files are in .lab/NAME of the
checkout, or in FAIRWAY_LAB_DIR/NAME. Exit status: 0 done, 1 an error was printed, 2 wrong usage; `exec` returns the
program's own.
"""


def parser() -> argparse.ArgumentParser:
    """Build the parser; every command has its own --help."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--name", default=argparse.SUPPRESS, help="which lab (default: $FAIRWAY_LAB, else 'lab')")
    top = argparse.ArgumentParser(
        prog="python -m lab",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--name", default=None, help=argparse.SUPPRESS)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(
        name: str, run: Callable[[LabState, argparse.Namespace], int], text: str, more: str = ""
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}. {more}", parents=[common]
        )
        made.set_defaults(run=run)
        return made

    _lifecycle_commands(add)
    _wire_commands(add)
    _host_commands(add)
    return top


Adder = Callable[..., argparse.ArgumentParser]


def _lifecycle_commands(add: Adder) -> None:
    made = add("up", _up, "boot a lab", "Prints how long it took; when a host does not boot, nothing is left running.")
    made.add_argument(
        "-i", "--inventory", type=Path, default=CHECKOUT / "inventory" / "lab", help="an Ansible inventory"
    )
    made.add_argument("--minute", type=float, default=60.0, metavar="S", help="seconds in a Junos minute (default 60)")
    made.add_argument("--commit-delay", type=float, default=0.0, metavar="S", help="seconds a Junos commit takes")
    made.add_argument(
        "--fault", action="append", default=[], metavar="HOST=SPEC", help="a fault of a router (see `fault`)"
    )
    made.add_argument(
        "--until-pid", type=int, metavar="PID", help="end the lab, as `down` does, when this process ends"
    )
    made.add_argument("--backend", choices=("frr", "null"), default="frr", help=argparse.SUPPRESS)
    add("down", _down, "end a lab and remove its files", "Cleans up after a killed lab too; twice is no error.")
    made = add(
        "status", _status, "show hosts, sessions, links and impairments", "Columns ospf, ospf3, bgp: up/configured."
    )
    made.add_argument("--json", action="store_true", help="machine-readable")
    made.add_argument("--quick", action="store_true", help="do not ask the routing daemons")
    made = add(
        "wait",
        _wait,
        "wait until every configured OSPF and BGP session is up and its routes are in the kernel",
        "OSPF's routes to loopbacks are insisted on; BGP is given a few quiet seconds for what policies may hold back.",
    )
    made.add_argument("hosts", nargs="*", metavar="HOST", help="only these hosts' sessions (default: all)")
    made.add_argument("--timeout", type=float, default=60.0, metavar="S", help="give up after (default 60)")
    made = add("export", _export, "write the topology for another lab", "See `export containerlab --help`.")
    _export_formats(made)


def _export_formats(made: argparse.ArgumentParser) -> None:
    formats = made.add_subparsers(dest="format", metavar="FORMAT", required=True)
    clab = formats.add_parser(
        "containerlab",
        help="a containerlab topology",
        description="Write the same topology for containerlab. Junos hosts become nodes of --junos-kind with an image "
        "you built with vrnetlab from Juniper's own; FRR hosts, carriers and "
        "probes become linux nodes with --frr-image. With --output, the carriers' and probes' FRR configuration is "
        "written beside the file and mounted into them; then: containerlab deploy -t FILE.",
    )
    clab.add_argument(
        "-i", "--inventory", type=Path, default=CHECKOUT / "inventory" / "lab", help="an Ansible inventory"
    )
    clab.add_argument("--junos-image", default="vrnetlab/juniper_vjunos-router:24.4R1", help="default: %(default)s")
    clab.add_argument("--junos-kind", default="juniper_vjunosrouter", help="containerlab kind (default: %(default)s)")
    clab.add_argument("--frr-image", default="frrouting/frr:v8.4.1", help="default: %(default)s")
    clab.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")


def _wire_commands(add: Adder) -> None:
    made = add(
        "impair", _impair, "make a link lose or delay packets, or cut it",
        "Loss and delay are per direction: with --loss 30% about half of all pings fail. "
        "What is given replaces what was.",
    )  # fmt: skip
    made.add_argument("link", metavar="LINK", help="HOST:INTERFACE, HOST--HOST or the beginning of a description")
    made.add_argument("--loss", default="0", metavar="P", help="share of packets lost: 30%% or 0.3, in steps of 0.01%%")
    made.add_argument("--delay", default="0", metavar="T", help="time added: 20ms, 0.1s")
    made.add_argument("--from", dest="sender", metavar="HOST", help="only packets this end sends (default: both ends')")
    made.add_argument("--down", action="store_true", help="cut the link: both ends lose their carrier")
    made = add("heal", _heal, "remove impairments")
    made.add_argument("links", nargs="*", metavar="LINK", help="these links (default: all)")
    made = add(
        "ping",
        _ping,
        "measure loss and round-trip time between two hosts",
        "From loopback to loopback; to an address, from the way out.",
    )
    made.add_argument("source", help="a host")
    made.add_argument("target", help="a host or an address")
    made.add_argument("-c", "--count", type=int, default=10, help="packets (default 10)")
    made.add_argument("--interval", type=float, default=0.1, metavar="S", help="seconds between packets (default 0.1)")
    made.add_argument("-6", dest="version", action="store_const", const=6, default=4, help="over IPv6")
    made.add_argument("--json", action="store_true", help="machine-readable")
    _traffic_command(add)


def _traffic_command(add: Adder) -> None:
    made = add(
        "traffic",
        _traffic,
        "send numbered packets both ways between hosts, and tell exactly which never arrived",
        "Between the addresses that `ping` uses. Says on standard error when every end sends; ends after --seconds "
        "or with SIGINT or SIGTERM, and then reports.",
    )
    made.add_argument("hosts", nargs="+", metavar="HOST", help="pairs: FROM TO [FROM TO ...]")
    made.add_argument("--rate", type=float, default=50.0, metavar="PPS", help="per direction and family (default 50)")
    made.add_argument("--seconds", type=float, metavar="S", help="how long (default: until a signal)")
    made.add_argument("--size", type=int, default=100, metavar="B", help="bytes of UDP payload (default 100)")
    flows = "port pairs that share the rate: equal paths are chosen by flow (default 4)"
    made.add_argument("--flows", type=int, default=4, metavar="N", help=flows)
    made.add_argument("-4", dest="families", action="store_const", const=(4,), default=(4, 6), help="only IPv4")
    made.add_argument("-6", dest="families", action="store_const", const=(6,), help="only IPv6")
    made.add_argument("--json", action="store_true", help="machine-readable")


def _host_commands(add: Adder) -> None:
    made = add(
        "exec", _exec, "run a program inside a host",
        "Standard streams, terminal, current directory and environment are the caller's; HOME is the host's own, and "
        "programs of the virtual environment that runs this are found first. "
        "The exit status is the program's.",
    )  # fmt: skip
    made.add_argument("host")
    made.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="default: a shell")
    made = add("crash", _crash, "cut a host's power: all its processes die at once, its links lose their carrier")
    made.add_argument("host")
    made = add("boot", _boot, "boot a crashed host again, from what its disk holds")
    made.add_argument("host")
    made = add(
        "fault", _fault, "set the faults of a running router",
        "Specifications: docs/lab-junos.md for Junos routers, docs/lab.md (packages) for FRR routers.",
    )  # fmt: skip
    made.add_argument("host")
    made.add_argument("spec", nargs="+", metavar="SPEC", help="fault specifications, or `none`")


def _up(state: LabState, arguments: argparse.Namespace) -> int:
    from lab import lifecycle
    from lab.hosts.options import Options

    faults: dict[str, tuple[str, ...]] = {}
    for text in arguments.fault:
        host, equals, spec = text.partition("=")
        if not equals:
            raise LabError(f"--fault {text!r}: expected HOST=SPEC")
        faults[host] = (*faults.get(host, ()), spec)
    if arguments.minute <= 0 or arguments.commit_delay < 0:
        raise LabError("--minute must be more than 0 seconds, --commit-delay at least 0")
    options = Options(arguments.minute, arguments.commit_delay, arguments.backend, faults)
    seconds = lifecycle.up(state, arguments.inventory, options, until_pid=arguments.until_pid)
    topology = state.topology()
    print(f"lab {state.name} is up: {len(topology.hosts)} hosts, {len(topology.links)} links, {seconds:.1f} s")
    return 0


def _down(state: LabState, _: argparse.Namespace) -> int:
    from lab import lifecycle

    print(f"lab {state.name} is {'down' if lifecycle.down(state) else 'not up: nothing to do'}")
    return 0


def _status(state: LabState, arguments: argparse.Namespace) -> int:
    from lab import report

    data = report.status(state, sessions=not arguments.quick)
    print(json.dumps(data, indent=1) if arguments.json else report.format_status(data))
    return 0


def _wait(state: LabState, arguments: argparse.Namespace) -> int:
    from lab import sessions

    topology = state.topology()
    hosts = [topology.host(name) for name in arguments.hosts] or list(topology.hosts)
    print(f"converged after {sessions.wait(state, topology, hosts, arguments.timeout):.1f} s")
    return 0


def _export(_: LabState, arguments: argparse.Namespace) -> int:
    from lab import export, lifecycle

    topology = lifecycle.load_topology(arguments.inventory)
    images = export.Images(arguments.junos_image, arguments.junos_kind, arguments.frr_image)
    if arguments.output is None:
        sys.stdout.write(export.containerlab(topology, images, None))
        return 0
    export.write_containerlab(topology, images, arguments.output)
    print(f"written: {arguments.output}", file=sys.stderr)
    return 0


def _impair(state: LabState, arguments: argparse.Namespace) -> int:
    from lab.net.impairments import Impairment, parse_delay, parse_loss

    link = state.topology().find_link(arguments.link)
    senders = (link.end(arguments.sender),) if arguments.sender else ("a", "b")
    impairment = Impairment(parse_loss(arguments.loss), parse_delay(arguments.delay), senders, arguments.down)
    words = impairment.describe(link)
    if not (impairment.loss or impairment.delay or impairment.down):
        raise LabError("nothing to do: give --loss, --delay or --down (`heal` removes impairments)")
    control.call(state, "impair", link=link.number, impairment=impairment.to_json())
    print(f"{link}: {words}")
    return 0


def _heal(state: LabState, arguments: argparse.Namespace) -> int:
    topology: Topology = state.topology()
    links = [topology.find_link(text) for text in arguments.links] or list(topology.links)
    healed = control.call(state, "heal", links=[link.number for link in links]).data["healed"]
    print("\n".join(f"{link}: healed" for link in links if link.number in healed) or "nothing was impaired")
    return 0


def _ping(state: LabState, arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from lab import report

    result = report.ping(
        state, arguments.source, arguments.target,
        count=arguments.count, interval=arguments.interval, version=arguments.version,
    )  # fmt: skip
    print(json.dumps(asdict(result)) if arguments.json else result)
    return 0 if result.received else 1


def _traffic(state: LabState, arguments: argparse.Namespace) -> int:
    from lab.traffic import run

    names: list[str] = arguments.hosts
    if len(names) % 2:
        raise LabError(f"traffic is between pairs of hosts; {names[-1]} has no other end")
    wanted = run.Wanted(
        tuple(zip(names[::2], names[1::2], strict=True)), arguments.families,
        rate=arguments.rate, seconds=arguments.seconds, size=arguments.size, flows=arguments.flows,
    )  # fmt: skip
    found = run.measure(state, wanted, lambda text: print(text, file=sys.stderr, flush=True))
    print(json.dumps(found.to_json()) if arguments.json else found)
    return 0


def _exec(state: LabState, arguments: argparse.Namespace) -> int:
    from lab.hosts.files import exported_environment

    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    host = state.topology().host(arguments.host)
    caller = with_interpreters_programs(os.environ)
    environment = clean_environment(exported_environment(state, host, caller))
    return enter(control.namespaces(state, host.name), argv or ["/bin/bash"], environment)


def _crash(state: LabState, arguments: argparse.Namespace) -> int:
    control.call(state, "crash", host=arguments.host)
    print(f"{arguments.host} is off")
    return 0


def _boot(state: LabState, arguments: argparse.Namespace) -> int:
    from lab import lifecycle

    print(f"{arguments.host} is ready after {lifecycle.boot(state, arguments.host):.1f} s")
    return 0


def _fault(state: LabState, arguments: argparse.Namespace) -> int:
    from lab import junos_control
    from lab.packages import faults, store

    packages = store.Store(state.host(state.topology().host(arguments.host).name) / "packages")
    if packages.exists():
        wanted = faults.parse_all(arguments.spec)
        packages.set_faults(wanted)
        print(json.dumps({"faults": [fault.spec for fault in wanted]}))
        return 0
    print(json.dumps(junos_control.set_faults(state, arguments.host, arguments.spec)))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status. Errors a user can act on are one line on standard error."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(open_state(getattr(arguments, "name", None)), arguments))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
