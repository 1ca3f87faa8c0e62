"""One side of the render benchmark, in a process of its own: `python -m bench.render_side ours|plain --routers N`.

Prints one JSON object: seconds, peak_mb, and a digest of all texts, which both sides must agree on. Inputs are made
before the clock starts. For `ours` they are the routers' intents, as Ansible hands them over; for `plain`, the data
that the templates want, ready to be used: the loop validates nothing, computes nothing and keeps no map of lines.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import resource
import time
from collections.abc import Mapping
from typing import Any

import jinja2

from ansible_collections.fairway.backbone.plugins.plugin_utils.render import COLLECTION, FEATURES, FILTERS
from ansible_collections.fairway.backbone.plugins.plugin_utils.render_fleet import (
    render_fleet,
    router_view,
    validate_fleet,
)
from bench.fleet import fleet

PLATFORM = {0: "junos", 1: "frr"}


def intents(count: int) -> dict[str, dict[str, Any]]:
    """Half Junos, half FRR; nothing is shared between routers, as in variables that Ansible has templated."""
    made = copy.deepcopy(list(fleet(count, "mixed").items()))
    return {
        name: {"ansible_network_os": PLATFORM[index % 2], **copy.deepcopy(intent)}
        for index, (name, intent) in enumerate(made)
    }


def ours(data: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """Validate and render the fleet."""
    result = render_fleet(data)
    if not result.ok:
        raise SystemExit(result.report())
    return {name: config.text for name, config in result.configs.items()}


def environment(platform: str) -> jinja2.Environment:
    """What the templates need to be rendered, and nothing else."""
    made = jinja2.Environment(  # noqa: S701 - configuration text, not HTML
        loader=jinja2.FileSystemLoader(COLLECTION / "templates" / platform),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.filters.update(FILTERS)
    return made


def plain(data: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """The loop that everybody writes first: for each router, render each template."""
    environments = {platform: environment(platform) for platform in FEATURES}
    templates = {
        platform: [environments[platform].get_template(f"{feature}.j2") for feature in features]
        for platform, features in FEATURES.items()
    }
    return {
        name: "".join(template.render(view) for template in templates[platform])
        for name, (platform, view) in data.items()
    }


def views(data: Mapping[str, dict[str, Any]]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Platform and template data of every router."""
    model, errors = validate_fleet(data)
    if errors:
        raise SystemExit("\n".join(map(str, errors)))
    return {name: (router.platform, router_view(router)) for name, router in model.routers.items()}


def digest(texts: Mapping[str, str]) -> str:
    """A hash of all texts, in order of names."""
    whole = hashlib.sha256()
    for name in sorted(texts):
        whole.update(f"{name}\n{texts[name]}".encode())
    return whole.hexdigest()


def main() -> None:
    """Make the input, start the clock, render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=("ours", "plain"))
    parser.add_argument("--routers", type=int, default=1000)
    options = parser.parse_args()
    data = intents(options.routers)
    texts: dict[str, str]
    if options.side == "plain":
        ready = views(data)
        started = time.perf_counter()
        texts = plain(ready)
    else:
        started = time.perf_counter()
        texts = ours(data)
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "digest": digest(texts), "routers": len(texts)}))


if __name__ == "__main__":
    main()
