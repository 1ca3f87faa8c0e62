"""Runs all commit checks."""

from __future__ import annotations

from lab.junos.config.checks.context import Context, has
from lab.junos.config.checks.interfaces import check_interfaces
from lab.junos.config.checks.protocols import ROOT, check_bgp, check_mandatory, check_ospf, check_routing
from lab.junos.config.checks.references import check_filters, check_groups, check_login, check_policies
from lab.junos.config.checks.services import check_services
from lab.junos.config.errors import CHECK_OUT_FAILED, ConfigError
from lab.junos.config.groups import expand
from lab.junos.config.tree import Tree


def check(tree: Tree, running: Tree | None = None) -> list[ConfigError]:
    """Return what a commit check finds; no entry of severity error: the configuration may be committed.

    `running` is what the router runs so far. A router that was set up without a root password (an emulator for tests,
    never a real one) does not ask for one; who has one cannot drop it. Without `running` it is asked for.

    Inactive statements are not looked at, inherited ones are. When there are errors the last one is
    "configuration check-out failed".
    """
    context = Context(expand(tree))
    bare = running is not None and not has(Context(expand(running)).at("system"), ROOT)
    check_groups(context, tree)
    check_mandatory(context, needs_root=not bare)
    check_login(context)
    check_interfaces(context)
    check_policies(context)
    check_filters(context)
    check_routing(context)
    check_bgp(context)
    check_ospf(context)
    check_services(context)
    if any(error.severity == "error" for error in context.errors):
        context.errors.append(ConfigError("error", CHECK_OUT_FAILED))
    return context.errors
