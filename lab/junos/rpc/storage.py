"""`request system storage cleanup`, and the log of package operations."""

from __future__ import annotations

import time
from pathlib import Path

from lxml import etree

from lab.junos.router import Router
from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import JUNOS_NS, Part, element, failure
from lab.junos.rpc.software import arguments, flag

OLD_LOGS = ("messages", "interactive-commands", "daemon")


@handles("request-system-storage-cleanup")
async def storage_cleanup(call: Call) -> list[Part]:
    """Delete rotated logs, core dumps and the packages in /var/tmp; `dry-run` lists them only."""
    arguments(call, ("dry-run", "no-confirm"))
    router = call.router
    victims = [*_junk(router), *_cores(router), *_packages(router)]
    listed = element("file-list", *(_file(*victim) for victim in victims))
    listed.set(f"{{{JUNOS_NS}}}style", "normal")
    if not flag(call, "dry-run"):
        _clean(router)
    return [element("system-storage-cleanup-information", listed)]


def _clean(router: Router) -> None:
    router.conditions.clean()
    router.context.chassis.cores[:] = [core for core in router.context.chassis.cores if core.lasting]
    for path in _package_files(router):
        router.files.delete(path)


def _junk(router: Router) -> list[tuple[str, int, float]]:
    each, now = router.conditions.junk // len(OLD_LOGS), router.context.now()
    return [(f"/var/log/{name}.0.gz", each, now) for name in OLD_LOGS] if each else []


def _cores(router: Router) -> list[tuple[str, int, float]]:
    return [(core.path, core.size, core.written) for core in router.context.chassis.cores if not core.lasting]


def _package_files(router: Router) -> list[Path]:
    return sorted((router.files.root / "var/tmp").glob("*.tgz"))


def _packages(router: Router) -> list[tuple[str, int, float]]:
    found = [(path, path.stat()) for path in _package_files(router)]
    return [(f"/{path.relative_to(router.files.root)}", state.st_size, state.st_mtime) for path, state in found]


def _file(name: str, size: int, written: float) -> etree._Element:
    octets = element("size", text=str(size))
    octets.set(f"{{{JUNOS_NS}}}format", f"{size}B")
    date = time.strftime("%b %e %H:%M", time.gmtime(written))
    return element("file", element("file-name", text=name), octets, element("date", text=date))


@handles("get-log")
async def get_log(call: Call) -> list[Part]:
    """`show log FILE`."""
    arguments(call, ("filename",))
    name = call.text("filename") or "messages"
    path = call.router.files.real(f"/var/log/{name}", call.session.user)
    if "/" in name or not path.is_file():
        raise failure(f"could not resolve file: {name}", bad_element=name)
    return [element("file-content", text="\n" + path.read_text("utf-8", "replace"), filename=name)]
