"""`python -m lab.junos package`: write a package of the lab to a file."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.junos.faults import UNITS
from lab.junos.software.package import BAD, DEFAULT_SIZE, KINDS, file_name, write


def octets(text: str) -> int:
    """Read a number of octets: 5000, 300K, 64M, 2G."""
    digits = text.rstrip("KMG")
    unit = text[len(digits) :]
    if not digits.isdigit() or unit not in UNITS:
        raise argparse.ArgumentTypeError(f"{text!r}: expected octets, such as 5000, 300K, 64M or 2G")
    return int(digits) * UNITS[unit]


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.junos package", description="Write a software package that emulated routers install."
    )
    add = parser.add_argument
    add("--version", required=True, metavar="V", help="such as 24.4R2.7")
    add("--kind", choices=KINDS, default="junos", help="for `request system` or `request vmhost software add`")
    add("--size", type=octets, default=DEFAULT_SIZE, metavar="N", help="room that installing takes (default 64M)")
    add("--fill", type=octets, default=0, metavar="N", help="make the file so much longer (default 0)")
    add("--bad", choices=BAD, help="what is wrong with it")
    add("file", type=Path, metavar="FILE", help="the file, or a directory for the usual name")
    return parser


def main(argv: Sequence[str]) -> int:
    """Write the package, and print its SHA-256 and name as sha256sum does; 2 with a message when that cannot be."""
    options = arguments().parse_args(argv)
    path: Path = options.file / file_name(options.version, options.kind) if options.file.is_dir() else options.file
    try:
        write(path, options.version, kind=options.kind, size=options.size, fill=options.fill, bad=options.bad)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        print(f"lab.junos package: {error}", file=sys.stderr)
        return 2
    print(f"{digest}  {path}")
    return 0
