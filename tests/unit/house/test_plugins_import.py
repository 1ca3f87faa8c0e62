"""Every plugin can be imported with the requirements that requirements.txt names."""

from __future__ import annotations

import importlib

import pytest

from tools.stage import project_files

PLUGINS = [
    "ansible_collections.fairway.backbone." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for name in project_files()
    if name.startswith("plugins/") and name.endswith(".py")
]


@pytest.mark.parametrize("name", PLUGINS)
def test_plugin_imports(name: str) -> None:
    importlib.import_module(name)
