"""Somebody else at work on a Junos router, with a plain PyEZ session: `other_person.py ADDRESS DEED`.

Prints `ready` when the deed is done; undoes it when its standard input ends.
"""

from __future__ import annotations

import sys

from jnpr.junos import Device
from jnpr.junos.utils.config import Config

LINE = "set routing-options static route 198.51.100.240/28 discard"


def main() -> int:
    address, deed = sys.argv[1:]
    with Device(host=address, port=830, gather_facts=False) as device:
        config = Config(device)
        if deed == "lock":
            config.lock()
        else:
            config.load(LINE, format="set")
        if deed == "commit-confirmed":
            config.commit(confirm=600)
        print("ready", flush=True)
        sys.stdin.read()
        if deed == "lock":
            config.unlock()
        elif deed == "edit":
            assert "198.51.100.240/28" in (config.diff() or ""), "somebody took this person's work away"
            config.rollback(0)
        else:
            config.rollback(1)
            config.commit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
