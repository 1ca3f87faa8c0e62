"""RPCs on packages: validate, add, roll back, and whether an installation waits for a reboot.

A router's answer is `output` once per step and `package-result`; the latter is missing when there is no such file.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.junos.rpc.registry import Call, handles
from lab.junos.rpc.reply import Part, element, failure, syntax_error
from lab.junos.software import AddOptions, Outcome

COMMON = ("package-name", "no-copy", "no-validate", "force", "unlink", "reboot", "re0", "best-effort-load")
"""Arguments of both forms of add. There is one routing engine, re0; copies of packages are never kept anyway."""
KINDS = {"request-package-add": "junos", "request-vmhost-package-add": "vmhost"}
ROLLBACKS = {"request-package-rollback": "junos", "request-vmhost-package-rollback": "vmhost"}
FALSE = ("false", "no", "0")


def arguments(call: Call, known: Iterable[str]) -> None:
    """Refuse an argument that is not modelled."""
    for child in call.rpc:
        if str(child.tag) not in (*known, "normalize"):
            raise syntax_error(str(child.tag))


def flag(call: Call, name: str) -> bool:
    """Whether a flag is given, and not as `false`."""
    text = call.text(name)
    return text is not None and text.lower() not in FALSE


def package_name(call: Call) -> str:
    """The package that the request names; raises RpcFailure when there is none, or several."""
    names = [(child.text or "").strip() for child in call.rpc if child.tag == "package-name"]
    if len(names) != 1 or not names[0]:
        raise failure("missing mandatory argument", bad_element="package-name")
    return names[0]


def parts(outcome: Outcome) -> list[Part]:
    """An outcome as the children of a reply."""
    made: list[Part] = [element("output", text=f"\n{text}\n" if text else "\n") for text in outcome.outputs]
    if outcome.result is not None:
        made.append(element("package-result", text=str(outcome.result)))
    return made


@handles("request-package-checks-pending-install")
async def pending_install(call: Call) -> list[Part]:
    """1 and a text when an installation waits, else 0 and an empty one."""
    arguments(call, ())
    return parts(call.router.installer.pending_install())


@handles("request-package-validate")
async def validate(call: Call) -> list[Part]:
    """Try the running configuration with a package."""
    arguments(call, ("package-name", "re0"))
    return parts(await call.router.installer.validate(package_name(call), call.session.user))


@handles(*KINDS)
async def add(call: Call) -> list[Part]:
    """Install a package; with `reboot` the router reboots when that went well."""
    kind = KINDS[str(call.rpc.tag)]
    arguments(call, (*COMMON, "force-host"))
    options = AddOptions(
        package_name(call), kind, validate=not flag(call, "no-validate"), force=flag(call, "force"),
        unlink=flag(call, "unlink"),
    )  # fmt: skip
    outcome = await call.router.installer.add(options, call.session.user)
    return _then_reboot(call, kind, outcome)


@handles(*ROLLBACKS)
async def rollback(call: Call) -> list[Part]:
    """Take back what is pending, or make the previous software pending."""
    arguments(call, ("reboot", "force", "re0"))
    return _then_reboot(call, ROLLBACKS[str(call.rpc.tag)], await call.router.installer.rollback())


def _then_reboot(call: Call, kind: str, outcome: Outcome) -> list[Part]:
    answer = parts(outcome)
    if flag(call, "reboot") and outcome.result == 0:
        call.router.power.schedule(kind, call.session.user)
        answer.insert(0, element("output", text="\nRebooting ...\n"))
    return answer
