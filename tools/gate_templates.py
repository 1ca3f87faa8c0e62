"""j2lint over the templates, with the rules that fit templates whose output is a router's configuration."""

from __future__ import annotations

import subprocess
import sys

from tools.stage import project_files

IGNORED = {
    # Wants statements indented inside the delimiters (`{%     if x %}`). Ours stand where the text they make stands
    # (lstrip_blocks removes the indentation), so that a template reads like the configuration it writes.
    "jinja-statements-indentation": "S3",
    # Wants every statement on a line of its own. `{{ a }}{% if b %} {{ b }}{% endif %};` is one line of
    # configuration, and splitting it would need whitespace control, which reads worse and which S6 forbids.
    "single-statement-per-line": "S7",
}


def main() -> int:
    """Lint all tracked templates; a checkout without templates is a mistake."""
    templates = [name for name in project_files() if name.endswith(".j2")]
    if not templates:
        print("no templates found")
        return 1
    return subprocess.run(["j2lint", "--ignore", *IGNORED, "--", *templates], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
