"""Gates that need a staged collection: `python -m tools.gate_ansible lint|sanity|docs`.

`lint` looks at the whole checkout, `docs` and `sanity` at what ships: rules about an Ansible artifact say nothing
about the lab or the tests. Stages live in the system's temporary directory, because Git-ignored places such as
build/ are invisible to tools that ask Git what to look at.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tools.artifact import allowed_files
from tools.stage import ROOT, environment, project_files, stage

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# ansible-test bootstraps its environments with a get-pip.py from a server of its project. Python's own ensurepip
# does the same with what is on this machine.
GET_PIP = "import ensurepip\nensurepip.bootstrap(default_pip=True)\n"


@contextmanager
def staged(names: list[str]) -> Iterator[Path]:
    """A collection tree that holds `names`; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fairway-stage-") as directory:
        yield stage(Path(directory), names)


def run(command: list[str], target: Path) -> int:
    """Run `command` in the staged collection, which is the only collection it sees."""
    env = {**environment(), "ANSIBLE_COLLECTIONS_PATH": str(target.parents[2])}
    env.pop("ANSIBLE_CONFIG", None)  # the checkout's, when called by make
    return subprocess.run(command, cwd=target, env=env, check=False).returncode


def lint() -> int:
    """ansible-lint over playbooks, roles, inventories and metadata."""
    with staged(project_files()) as target:
        return run(["ansible-lint", "--nocolor", "--config-file", ".ansible-lint"], target)


def docs() -> int:
    """antsibull-docs over the documentation in plugins and roles."""
    with staged(allowed_files()) as target:
        return run(["antsibull-docs", "lint-collection-docs", "--plugin-docs", "."], target)


def sanity() -> int:
    """ansible-test sanity with this Python: the controller's, the only one the plugins run on.

    Its import test runs where nothing is installed but ansible-core, which is right for code that is sent to managed
    hosts. Ours stays on the controller, where requirements.txt holds; so that test looks at the modules and the pure
    core only, and tests/unit/house imports every plugin with its requirements.
    """
    provide_get_pip()
    settings = [name for name in project_files() if name == "tests/config.yml"]
    common = ["ansible-test", "sanity", "--color", "no", "--python", PYTHON]
    pure = [part for part in ("plugins/module_utils/", "plugins/modules/") if (ROOT / part).is_dir()]
    with staged([*allowed_files(), *settings]) as target:
        write_ignores(target)
        return run([*common, "--skip-test", "import"], target) | run([*common, "--test", "import", *pure], target)


def write_ignores(target: Path) -> None:
    """Name the exceptions as ansible-test wants them: a file per ansible-core version; ours are the same for all."""
    source = ROOT / "tests" / "sanity" / "ignore.txt"
    major_minor = ".".join(version("ansible-core").split(".")[:2])
    ignores = target / "tests" / "sanity" / f"ignore-{major_minor}.txt"
    ignores.parent.mkdir(parents=True, exist_ok=True)
    lines = [line for line in source.read_text().splitlines() if line and not line.startswith("#")]
    ignores.write_text("".join(f"{line}\n" for line in lines))


def provide_get_pip() -> None:
    """Put the stand-in where ansible-test looks for its download, for the pip version it wants."""
    spec = find_spec("ansible_test")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("ansible-test is not installed; run `make setup`")
    source = Path(spec.submodule_search_locations[0]) / "_internal" / "python_requirements.py"
    cache = Path("~/.ansible/test/cache").expanduser()
    for wanted in re.findall(r"\bpip='([0-9.]+)'", source.read_text()):
        stand_in = cache / f"get_pip_{wanted.replace('.', '_')}.py"
        if not stand_in.exists():
            cache.mkdir(parents=True, exist_ok=True)
            stand_in.write_text(GET_PIP)


if __name__ == "__main__":
    COMMANDS: dict[str, Callable[[], int]] = {"lint": lint, "sanity": sanity, "docs": docs}
    sys.exit(COMMANDS[sys.argv[1]]())
