"""Every test imports the collection through Ansible's own finder, as playbooks do.

Whoever imports Ansible's plugin loader installs that finder, and from then on it must have seen the collection from the
beginning: without this, whether a test can import a plugin would depend on the tests collected before it.
"""

from __future__ import annotations

from pathlib import Path

from ansible.plugins.loader import init_plugin_loader
from hypothesis import HealthCheck, settings

init_plugin_loader([str(Path(__file__).resolve().parent.parent / ".ansible" / "collections")])

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("fairway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fairway")
