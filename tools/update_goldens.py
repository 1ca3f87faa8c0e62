"""Write tests/golden anew: rendered configurations, expectations, and the reports of mistakes. Read the diff before you
commit it: `python -m tools.update_goldens`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.golden.error_cases import CASES, spoiled
from tests.golden.inventories import NAMES, render, rendered
from tests.unit.steering_patch.drained import drained_changes

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


def texts() -> dict[Path, str]:
    """Every golden file and what should be in it."""
    found: dict[Path, str] = {}
    for name in NAMES:
        for host, config in rendered(name).configs.items():
            found[GOLDEN / name / f"{host}.conf"] = config.text
            found[GOLDEN / name / f"{host}.expect.json"] = json.dumps(config.expect, indent=1, sort_keys=True) + "\n"
    for (host, what), text in drained_changes().items():
        found[GOLDEN / "drained" / f"{host}.{what}"] = text
    for case in CASES:
        found[GOLDEN / "errors" / f"{case}.txt"] = render(*spoiled(case)).report() + "\n"
    return found


def main() -> None:
    """Write what differs and remove what nothing makes any more."""
    argparse.ArgumentParser(prog="python -m tools.update_goldens", description=__doc__).parse_args()
    wanted = texts()
    for folder in {path.parent for path in wanted}:
        folder.mkdir(parents=True, exist_ok=True)
        for path in set(folder.iterdir()) - set(wanted):
            path.unlink()
            print(f"removed {path.relative_to(GOLDEN)}")
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(GOLDEN)}")


if __name__ == "__main__":
    main()
