#!/bin/sh
# Pin requirements*.txt from requirements*.in, for every Python and platform at once. uv is needed for this only, so
# it lives in an environment of its own and is not a requirement of anything else.
set -eu
cd "$(dirname "$0")/.."
[ -x .ansible/lock/bin/uv ] || {
    .venv/bin/python -m venv .ansible/lock
    .ansible/lock/bin/pip install --quiet --disable-pip-version-check uv
}
for name in requirements requirements-hook requirements-lab requirements-dev; do
    .ansible/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header \
        --no-annotate "$@" "$name.in" -o "$name.txt"
done
