"""Every test imports the collection through Ansible's own finder, as playbooks do.

Whoever imports Ansible's plugin loader installs that finder, and from then on it must have seen the collection from the
beginning: without this, whether a test can import a plugin would depend on the tests collected before it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader
from hypothesis import HealthCheck, settings

init_plugin_loader([str(Path(__file__).resolve().parent.parent / ".ansible" / "collections")])

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("fairway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fairway")

# The files that take longest, longest first: begun last, one of them would keep a core busy when the others are idle.
LONG = (
    "test_loop", "test_upgrade_junos", "test_upgrade_frr", "test_drain", "test_killed", "test_faults", "test_batch",
    "test_reroute_faults", "test_reroute", "test_drain_routers", "test_hook_life", "test_steering_lab",
    "test_observe_probes", "test_router_metrics", "test_software_frr", "test_checks",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, then everything else that needs a lab."""

    def place(item: pytest.Item) -> int:
        name = item.path.stem
        slow = item.path.parent.name in ("lab", "hostile")
        return LONG.index(name) if name in LONG else len(LONG) + (0 if slow else 1)

    items.sort(key=place)
