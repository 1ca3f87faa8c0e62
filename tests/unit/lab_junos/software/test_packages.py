"""Packages of the lab: what is written is read, the same every time, and nothing less than a whole one is a package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.junos.software.package import KINDS, PRODUCTS, Package, PackageError, build, read

ROOT = Path(__file__).resolve().parents[4]
versions = st.from_regex(r"[12][0-9]\.[1-4]R[1-9](-S[1-9])?\.[1-9]", fullmatch=True)
GARBAGE = "tar: Error opening archive: Unrecognized archive format"
SHORT = "tar: Unexpected end of file: truncated gzip input"


@settings(max_examples=40, deadline=None)
@given(version=versions, kind=st.sampled_from(KINDS), size=st.integers(0, 1 << 33), fill=st.integers(0, 3000))
def test_a_package_says_what_it_was_made_of(
    tmp_path_factory: pytest.TempPathFactory, version: str, kind: str, size: int, fill: int
) -> None:
    data = build(version, kind=kind, size=size, fill=fill)
    assert data == build(version, kind=kind, size=size, fill=fill)
    path = tmp_path_factory.mktemp("package") / "p.tgz"
    path.write_bytes(data)
    assert read(path) == Package(PRODUCTS[kind], version, kind, size)
    assert len(data) > fill


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 0.999))
def test_a_part_of_a_package_is_none(tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    whole = build("24.4R2.7", fill=2000)
    path = tmp_path_factory.mktemp("package") / "p.tgz"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(PackageError):
        read(path)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300))
def test_other_files_are_none(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("package") / "p.tgz"
    path.write_bytes(data)
    with pytest.raises(PackageError):
        read(path)


@pytest.mark.parametrize("bad, said", [("garbage", GARBAGE), ("truncated", SHORT)])
def test_what_is_no_package_is_told_in_the_routers_words(tmp_path: Path, bad: str, said: str) -> None:
    path = tmp_path / "p.tgz"
    path.write_bytes(build("24.4R2.7", bad=bad))
    with pytest.raises(PackageError, match=f"^{said}$"):
        read(path)


def test_the_package_of_another_product_is_one(tmp_path: Path) -> None:
    path = tmp_path / "p.tgz"
    path.write_bytes(build("24.4R2.7", bad="product"))
    assert read(path).name == "junos-install-ex-x86-32-24.4R2.7"
    path.write_bytes(build("24.4R2.7", bad="boot"))
    assert read(path).flaw == "boot"


def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lab.junos", "package", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_the_tool_names_the_file_as_routers_want_it_and_prints_its_checksum(tmp_path: Path) -> None:
    done = tool("--version", "24.4R2.7", "--kind", "vmhost", "--size", "2G", str(tmp_path))
    path = tmp_path / "junos-vmhost-install-mx-x86-64-24.4R2.7.tgz"
    assert read(path) == Package("junos-vmhost-install-mx-x86-64", "24.4R2.7", "vmhost", 2 << 30)
    checked = subprocess.run(["sha256sum", "--check"], input=done.stdout, capture_output=True, text=True, check=False)
    assert checked.stdout == f"{path}: OK\n"


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("--version", "new", "x.tgz"), "version 'new': expected one like 24.4R2.7 or 23.4R2-S3.8"),
        (("--version", "24.4R2.7", "no/such/x.tgz"), "No such file or directory: 'no/such/x.tgz'"),
        (("--version", "24.4R2.7", "--size", "big", "x.tgz"), "'big': expected octets, such as 5000, 300K, 64M or 2G"),
    ],
)
def test_the_tool_says_what_it_cannot_do(arguments: tuple[str, ...], said: str) -> None:
    done = tool(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
