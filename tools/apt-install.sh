#!/bin/sh
# Install Debian packages as root without leaving their services running: apt-install.sh PACKAGE...
#
# The lab starts its own FRR and sshd inside its namespaces. A laptop that had neither must not find itself running
# a router and an open port 22 because somebody tried a demo:
#  - policy-rc.d is Debian's interface for "start nothing now"; it is there for the length of the install, unless
#    the machine already has one of its own;
#  - systemd units that came with this install are then disabled, so that the next boot starts nothing either.
#    Units of packages that were there before are not touched: those are the owner's.
set -eu
[ $# -gt 0 ] || exit 0
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
# Lists that are fresh enough need no update; a machine without any, or with stale ones, does.
apt-get install --yes --quiet --no-install-recommends "$@" </dev/null || {
    apt-get update --quiet </dev/null
    apt-get install --yes --quiet --no-install-recommends "$@" </dev/null
}
if command -v systemctl >/dev/null; then
    for package in "$@"; do
        case $package in
            frr) units=frr.service ;;
            openssh-server) units="ssh.service ssh.socket" ;;
            nftables | prometheus | prometheus-alertmanager | prometheus-smokeping-prober) units=$package.service ;;
            *) continue ;;
        esac
        for unit in $units; do
            systemctl disable --quiet "$unit" 2>/dev/null || true
        done
    done
fi
