"""What a router prints about packages. Clients look for these words; `docs/lab-junos.md` says where each is from."""

from __future__ import annotations

import time
from collections.abc import Sequence

SIGNER = "PackageProductionECP256_2025 method ECDSA256+SHA256"
PENDING = """\
There is already an install pending.
    Use the 'request system reboot' command to complete the install,
    or the 'request system software rollback' command to back it out.
"""
BUSY = "ERROR: Another package operation is in progress"
BACKED_OUT = "NOTICE: The 'pending' set has been removed"
NO_ROLLBACK = "WARNING: Cannot rollback, /packages/junos is not valid"
INVALID_STATEMENT = "[edit system]\n  'syslog'\n    syntax error"
REBOOT_NEEDED = """\
WARNING: A reboot is required to load this software correctly
WARNING:     Use the 'request system reboot' command
WARNING:         when software installation is complete"""
HOST_REBOOT_NEEDED = """\
A REBOOT IS REQUIRED TO LOAD THIS SOFTWARE CORRECTLY.
Use the 'request vmhost reboot' command to reboot the system."""


def valid(name: str) -> str:
    """A validation that succeeded."""
    return "\n".join(
        [
            "Checking compatibility with configuration", "Initializing...", f"Verified {name} signed by {SIGNER}",
            "Hardware Database regeneration succeeded", "Validating against /config/juniper.conf.gz",
            "mgd: commit complete", "Validation succeeded",
        ]
    )  # fmt: skip


def invalid(name: str, complaint: str) -> str:
    """A validation that failed, with what the new release says about the configuration."""
    return "\n".join(
        [
            "Checking compatibility with configuration", "Initializing...", f"Verified {name} signed by {SIGNER}",
            "Validating against /config/juniper.conf.gz", complaint, "mgd: configuration check-out failed",
            "Validation failed", f"WARNING: Current configuration not compatible with {name}",
        ]
    )  # fmt: skip


def installed(name: str, version: str, kind: str) -> str:
    """An installation that succeeded."""
    if kind == "vmhost":
        lines = [
            f"Verified {name} signed by {SIGNER}", "Copied the config and other data to the aux disk.",
            "Starting upgrade ...", "Preparing for upgrade...", "Upgrading software on jrootp_P ...",
            "Done with Junos Upgrade", "Upgrade complete.", "... upgrade complete.", HOST_REBOOT_NEEDED,
        ]  # fmt: skip
        return "\n".join(lines)
    return "\n".join(
        [
            f"Verified {name} signed by {SIGNER}", f"Adding {name} ...",
            "NOTICE: 'pending' set will be activated at next reboot...",
            f"JUNOS {version} will become active at next reboot", REBOOT_NEEDED, "Saving state for rollback ...",
        ]
    )  # fmt: skip


def rolled_back(version: str, kind: str) -> str:
    """The previous software waits for the next reboot."""
    needed = HOST_REBOOT_NEEDED if kind == "vmhost" else REBOOT_NEEDED
    return f"Junos version '{version}' will become active at next reboot\n{needed}"


def missing(path: str) -> str:
    """There is no such file."""
    return f"ERROR: package: {path} is not found or empty"


def unreachable(url: str) -> str:
    """Routers fetch packages themselves; this one has no way out."""
    return f"ERROR: could not fetch {url}: No route to host"


def wrong_product(name: str, model: str, path: str) -> str:
    """The package of another product."""
    return f"ERROR: {name} is not supported on this platform ({model})\n{_refused(name, path)}"


def unsigned(name: str, path: str) -> str:
    """A package that nobody signed."""
    return f"ERROR: {name}: signature verification failed\n{_refused(name, path)}"


def wrong_command(name: str, kind: str, path: str) -> str:
    """A package of the host given to Junos, or the other way round."""
    words = "request vmhost software add" if kind == "vmhost" else "request system software add"
    return f"ERROR: {name}: use the '{words}' command to install this package\n{_refused(name, path)}"


def failed(name: str, path: str) -> str:
    """An installation that broke off."""
    return f"Verified {name} signed by {SIGNER}\nAdding {name} ...\npkg: Input/output error\n{_refused(name, path)}"


def no_room(name: str, size: int, free: int, path: str) -> str:
    """A disk that is too full."""
    return f"""\
WARNING: The /var filesystem is low on free disk space.
WARNING: This package requires {size // 1024}k free, but there
WARNING: is only {free // 1024}k available.

WARNING: This installation attempt will be aborted.
WARNING: If you wish to force the installation despite these warnings
WARNING: you may use the 'force' option on the command line.
{_refused(name, path)}
WARNING: Not enough space in /var/tmp to unpack {name}.tgz
WARNING: Use 'request system storage cleanup' and
WARNING: the 'unlink' option to improve the chances of success"""


def _refused(name: str, path: str) -> str:
    return f"ERROR: {name} fails requirements check\nInstallation failed for package '{path}'"


def log_line(now: float, text: str) -> str:
    """The beginning of an operation in /var/log/install."""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime(now))} mgd: {text}\n"


def log_outcome(printed: Sequence[str], result: int | None) -> str:
    """Its end there; that it has a result says that it is over."""
    body = "\n".join(text.strip("\n") for text in printed)
    return f"<output>\n{body}\n</output>\n<package-result>{1 if result is None else result}</package-result>\n"
