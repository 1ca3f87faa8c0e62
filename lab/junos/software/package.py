"""The lab's software packages: a small tgz whose manifest says what a real one's thousand files would say.

`manifest.json` holds product, version, kind, the space that an installation needs, and what is wrong with the package.
The same arguments make the same bytes, so that a checksum can be written down.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path

FORMAT = "lab.junos package 1"
MANIFEST = "manifest.json"
KINDS = ("junos", "vmhost")
PRODUCTS = {"junos": "junos-install-mx-x86-64", "vmhost": "junos-vmhost-install-mx-x86-64"}
OTHER_PRODUCT = "junos-install-ex-x86-32"
PLATFORM = "-mx-"
"""What the product of a package for these routers has in its name."""
FLAWS = ("product", "signature", "validation", "install", "boot")
BAD = ("garbage", "truncated", *FLAWS)
"""What `write` can make wrong: no package at all, half of one, or a package that fails at some step."""
DEFAULT_SIZE = 64 << 20
VERSION = re.compile(r"\d+\.\d+[A-Z]\d+(?:-[SD]\d+)?(?:\.\d+)?(?:-EVO)?\Z")
_MANIFEST_LIMIT = 1 << 16


class PackageError(Exception):
    """A file that is no package of this lab; the text is what a router would print."""


@dataclass(frozen=True)
class Package:
    """A package: `size` is the room that installing it takes, in octets; `flaw` is the step at which it fails."""

    product: str
    version: str
    kind: str = "junos"
    size: int = DEFAULT_SIZE
    flaw: str | None = None

    @property
    def name(self) -> str:
        """Product and version, as a router prints them."""
        return f"{self.product}-{self.version}"


def file_name(version: str, kind: str = "junos") -> str:
    """How such a package's file is usually called."""
    return f"{PRODUCTS[kind]}-{version}.tgz"


def build(
    version: str, *, kind: str = "junos", size: int = DEFAULT_SIZE, fill: int = 0, bad: str | None = None
) -> bytes:
    """The octets of a package; `fill` adds so many that do not compress. Raises ValueError for what cannot be."""
    if not VERSION.fullmatch(version):
        raise ValueError(f"version {version!r}: expected one like 24.4R2.7 or 23.4R2-S3.8")
    if kind not in KINDS or (bad is not None and bad not in BAD):
        raise ValueError(f"kind {kind!r}, bad {bad!r}: kinds are {', '.join(KINDS)}; bad is one of {', '.join(BAD)}")
    if bad == "garbage":
        return f"<html><title>404 Not Found</title>{version}</html>\n".encode()
    product = OTHER_PRODUCT if bad == "product" else PRODUCTS[kind]
    package = Package(product, version, kind, size, bad if bad in FLAWS and bad != "product" else None)
    whole = _pack({MANIFEST: json.dumps({"format": FORMAT, **asdict(package)}).encode(), "contents": _noise(fill)})
    return whole[: len(whole) // 2] if bad == "truncated" else whole


def write(path: Path, version: str, *, kind: str = "junos", size: int = DEFAULT_SIZE, fill: int = 0,
          bad: str | None = None) -> None:  # fmt: skip
    """Write a package (see `build`)."""
    path.write_bytes(build(version, kind=kind, size=size, fill=fill, bad=bad))


def _noise(octets: int) -> bytes:
    """Octets that look random and are the same every time (a linear congruential generator)."""
    made, state = bytearray(), 12345
    while len(made) < octets:
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        made += state.to_bytes(8, "big")
    return bytes(made[:octets])


def _pack(members: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(archive.getvalue(), compresslevel=6, mtime=0)


def read(path: Path) -> Package:
    """The package in a file; raises PackageError for anything else (a missing file is the caller's to notice)."""
    try:
        whole = io.BytesIO(gzip.decompress(path.read_bytes()))
        with tarfile.open(fileobj=whole) as tar:
            first = tar.next()
            member = tar.extractfile(first) if first is not None and first.name == MANIFEST else None
            data = member.read(_MANIFEST_LIMIT) if member is not None else b""
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, OSError, ValueError) as error:
        raise PackageError(_unreadable(error)) from None
    try:
        found = json.loads(data)
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
            raise PackageError("ERROR: the package has no manifest")
        package = Package(**found)
    except (ValueError, TypeError):
        raise PackageError("ERROR: the package has no manifest") from None
    if package.kind not in KINDS or not isinstance(package.size, int):
        raise PackageError("ERROR: the package has no manifest")
    return package


def _unreadable(error: Exception) -> str:
    if isinstance(error, EOFError) or "end of" in str(error) or "unexpected" in str(error).lower():
        return "tar: Unexpected end of file: truncated gzip input"
    return "tar: Error opening archive: Unrecognized archive format"
