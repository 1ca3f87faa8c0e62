"""`python -m lab.junos`: serve one or many emulated routers until interrupted; `package` writes software for them."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.junos.auth import Credentials, read_authorized_keys
from lab.junos.boot import Boot, BootError, serve
from lab.junos.faults import FaultError, parse
from lab.junos.software import tool


def address(text: str) -> tuple[str, int]:
    """Read ADDRESS:PORT ([ADDRESS]:PORT for IPv6)."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: expected ADDRESS:PORT, such as 127.0.0.1:8300")
    return host.strip("[]"), int(port)


def positive(text: str) -> float:
    """Read a number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of seconds above 0")
    return value


def delay(text: str) -> float:
    """Read a number that is zero or above."""
    return 0.0 if text.strip() in ("0", "0.0") else positive(text)


def count(text: str) -> int:
    """Read how many routers to serve."""
    if not text.isdigit() or not 1 <= int(text) <= 5000:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 1 to 5000")
    return int(text)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.junos",
        description="Emulated Junos routers over SSH.",
        epilog="`python -m lab.junos package --help`: software packages for them.",
    )
    add = parser.add_argument
    add("--listen", type=address, required=True, metavar="HOST:PORT", help="where the (first) router listens")
    add("--also-listen", type=address, action="append", default=[], metavar="HOST:PORT", help="more addresses")
    add("--count", type=count, default=1, metavar="N", help="serve N routers on ports from PORT upward")
    add("--hostname", default=None, metavar="H", help="host name; with --count a number is appended")
    add("--config", type=Path, metavar="FILE", help="the configuration to begin with (text, set, XML or JSON)")
    add("--user", metavar="U", help="a user who may log in, besides the configuration's")
    add("--password", metavar="P", help="the password of --user")
    add("--authorized-keys", type=Path, metavar="FILE", help="public keys of --user, or of every name without it")
    add("--commit-delay", type=delay, default=0.0, metavar="S", help="seconds that a commit takes longer")
    add("--minute", type=positive, default=60.0, metavar="S", help="seconds of a Junos minute (default 60)")
    add("--fault", action="append", default=[], metavar="SPEC", help="a fault to play; see docs/lab-junos.md")
    add("--backend", choices=("null", "frr"), default="null", help="what stands behind the configuration")
    add("--state-dir", type=Path, metavar="DIR", help="keep configurations, history and files here")
    add("--host-key", type=Path, metavar="FILE", help="the SSH host key (made when missing)")
    add("--print-host-key", type=Path, metavar="FILE", help="write the public host key to FILE")
    add("--control", type=Path, metavar="SOCKET", help="a unix socket for faults and status")
    add("--verbose", action="store_true", help="log sessions to standard error")
    return parser


def boot_from(options: argparse.Namespace) -> Boot:
    """Check the options against each other and read the small files; raises BootError."""
    if options.password is not None and options.user is None:
        raise BootError("--password needs --user")
    if options.count > 1 and (options.backend == "frr" or options.also_listen):
        raise BootError("--count cannot be combined with --backend frr or --also-listen")
    if options.listen[1] + options.count - 1 > 65535:
        raise BootError(f"--listen port {options.listen[1]} leaves no room for {options.count} routers")
    keys: list[str] = []
    if options.authorized_keys is not None:
        try:
            keys = read_authorized_keys(options.authorized_keys.read_text())
        except (OSError, ValueError) as error:
            raise BootError(f"--authorized-keys {options.authorized_keys}: {error}") from None
    try:
        faults = [parse(spec) for spec in options.fault]
    except FaultError as error:
        raise BootError(f"--fault: {error}") from None
    names = ("listen", "also_listen", "count", "hostname", "config", "commit_delay", "minute", "backend")
    paths = ("state_dir", "host_key", "print_host_key", "control")
    chosen = {name: getattr(options, name) for name in (*names, *paths)}
    return Boot(credentials=Credentials(options.user, options.password, keys), faults=faults, **chosen)


async def run(boot: Boot) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await serve(boot, stop)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; 0 after an interrupt, 2 with a message when it cannot begin."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:1] == ["package"]:
        return tool.main(given[1:])
    options = arguments().parse_args(given)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING, stream=sys.stderr)
    if not options.verbose:
        logging.getLogger("asyncssh").setLevel(logging.ERROR)
    try:
        asyncio.run(run(boot_from(options)))
    except BootError as error:
        print(f"lab.junos: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
