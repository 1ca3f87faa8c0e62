# Copyright: Fairway contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-playbook that has done its imports and waits for the word to go; `knock_runner` keeps one at hand.

Importing Ansible and PyEZ takes most of a second, which is most of what a small run takes. A program of its own (run by
its path, with `python -P`): Ansible wants to be the first to import a collection, so this file imports none.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence

ALWAYS = ("ansible.cli.playbook", "ansible.executor.playbook_executor", "ansible.plugins.strategy.linear")
PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: Sequence[str]) -> int:
    """`MODULE,MODULE,... ARGUMENTS OF ANSIBLE-PLAYBOOK`: import, wait for a byte on standard input, run.

    End of file instead of a byte means that nothing is to be done.
    """
    # A run without its runner would have no time limit, and a second one beside it soon.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    preload([*ALWAYS, *filter(None, arguments[0].split(","))])
    if not os.read(0, 1):
        return 0
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    from ansible.cli.playbook import main as ansible_playbook

    ansible_playbook(["ansible-playbook", *arguments[1:]])
    return 0


def preload(modules: Sequence[str]) -> None:
    """Import what a run will need. What cannot be imported is left to the run, which says it better."""
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"knock_standby: not preloaded: {name}: {error}", file=sys.stderr, flush=True)
    gc.collect()
    gc.freeze()  # workers are forks of this process: what is never collected is never copied


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
