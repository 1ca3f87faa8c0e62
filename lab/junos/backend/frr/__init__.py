"""The data plane of the lab: FRR and the Linux kernel in the router's own namespaces."""

from lab.junos.backend.frr.backend import FrrBackend
from lab.junos.backend.frr.translate import NOT_CARRIED, translate

__all__ = ["NOT_CARRIED", "FrrBackend", "translate"]
