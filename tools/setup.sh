#!/bin/sh
# Prepare this checkout: Debian packages, a virtual environment, the collection's link. Idempotent, and quick when
# there is nothing to do. Called by `make setup`; needs nothing but a POSIX shell.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

missing_packages() {
    sed 's/[[:space:]]*#.*//; /^$/d' tools/debian-packages.txt | while read -r package; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || printf '%s ' "$package"
    done
}

install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is not Debian or Ubuntu: make sure that what tools/debian-packages.txt lists is installed"
        return
    fi
    wanted=$(missing_packages)
    [ -n "$wanted" ] || return 0
    as_root="sh tools/apt-install.sh $wanted"
    say "installing Debian packages: $wanted"
    if [ "$(id -u)" -eq 0 ]; then
        $as_root
    elif command -v sudo >/dev/null; then
        sudo $as_root || die "could not become root; as root, run: $as_root"
    else
        die "missing Debian packages and no sudo; as root, run: $as_root"
    fi
}

usable() { "$1" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# PYTHON3 decides. Without it an environment that works keeps its Python: what was chosen once, stays.
find_python() {
    if [ -n "${PYTHON3:-}" ]; then
        usable "$PYTHON3" || die "PYTHON3=$PYTHON3 is no Python 3.11 or newer with venv"
        command -v "$PYTHON3"
        return
    fi
    for python in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do
        if usable "$python"; then
            command -v "$python"
            return
        fi
    done
    die "Python 3.11 or newer with venv is needed (PYTHON3=/path/to/python3 names one); found $(python3 --version 2>&1)"
}

# The stamp's name is what the environment is made from: other requirements, another Python or another place make it
# anew (programs in .venv/bin name their interpreter by its whole path).
make_venv() {
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    hash=$({ pwd && cat requirements-dev.txt; } | sha256sum | cut -c 1-16)
    stamp=".venv/.made-$version-$hash"
    [ ! -e "$stamp" ] || return 0
    if ! .venv/bin/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null ||
        ! grep -qF "$(pwd)/.venv/bin/python" .venv/bin/pip; then
        "$python" -m venv --clear .venv || die "'$python -m venv' failed; is python3-venv installed for it?"
    fi
    say "installing $(grep -c == requirements-dev.txt) Python packages into .venv (once)"
    # Packages that come as source are built as newer pips build them; an older one warns of its old way in red letters.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --use-pep517 -r requirements-dev.txt
    rm -f .venv/.made-*
    touch "$stamp"
}

link_collection() {
    link=.ansible/collections/ansible_collections/fairway/backbone
    mkdir -p "$(dirname "$link")"
    [ -L "$link" ] || ln -s ../../../.. "$link"
}

install_packages
mkdir -p .ansible build
# Two `make`s in one checkout must not build one environment twice.
exec 9>.ansible/setup.lock
if command -v flock >/dev/null; then flock 9; fi
make_venv
link_collection
