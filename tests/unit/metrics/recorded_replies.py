"""Replies that the lab's routers gave, as the exporter's hands hand them to the parsers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jxmlease

from ansible_collections.fairway.backbone.plugins.plugin_utils.junos_reply import parse_reply
from ansible_collections.fairway.backbone.plugins.plugin_utils.metrics_hands import split_parts

RECORDED = Path(__file__).parent / "recorded"


def junos(name: str) -> Any:
    """A NETCONF reply as nested mappings."""
    text = (RECORDED / f"junos-{name}.xml").read_text(encoding="utf-8")
    return jxmlease.parse_etree(parse_reply(text).root)["rpc-reply"]


def frr(collector: str) -> dict[str, str]:
    """The parts of what a router printed for a collector's script."""
    return split_parts((RECORDED / f"frr-{collector}.txt").read_text(encoding="utf-8"))
