"""Build the collection and compare the tarball, file by file, with galaxy.yml's allow-list.

Also the builder behind `make build`: the tarball is left in build/.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tools.artifact import allowed_files, galaxy
from tools.stage import ROOT, environment, project_files, stage

# Made by ansible-galaxy itself.
GENERATED = {"MANIFEST.json", "FILES.json"}
# A file of these directories that does not ship is a mistake in the allow-list, not a decision.
SHIPPED_WHOLE = ("plugins", "playbooks", "roles", "templates", "schemas", "meta")


def build() -> Path:
    """Run ansible-galaxy on a staged copy of the *whole* checkout; return the tarball's path in build/."""
    output = ROOT / "build"
    with tempfile.TemporaryDirectory(prefix="fairway-build-") as directory:
        target = stage(Path(directory), project_files())
        command = ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(output)]
        subprocess.run(command, cwd=target, env=environment(), check=True)
    metadata = galaxy()
    return output / f"{metadata['namespace']}-{metadata['name']}-{metadata['version']}.tar.gz"


def complaints(tarball: Path) -> list[str]:
    """What is wrong with the tarball; empty when it is what the allow-list says."""
    with tarfile.open(tarball) as archive:
        members = archive.getmembers()
    shipped = {member.name for member in members if not member.isdir()} - GENERATED
    allowed = set(allowed_files()) - {"galaxy.yml"}
    forgotten = {name for name in project_files() if name.split("/")[0] in SHIPPED_WHOLE} - allowed
    return [
        *(f"ships, but galaxy.yml does not allow it: {name}" for name in sorted(shipped - allowed)),
        *(f"allowed by galaxy.yml, but does not ship: {name}" for name in sorted(allowed - shipped)),
        *(f"lies in a directory that ships, but no directive names it: {name}" for name in sorted(forgotten)),
        *(f"not a plain file: {member.name}" for member in members if not (member.isfile() or member.isdir())),
    ]


def main() -> int:
    """Build, compare, say what is wrong."""
    tarball = build()
    found = complaints(tarball)
    print("\n".join(found) or f"{tarball.relative_to(ROOT)}: as galaxy.yml allows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
