"""What stands behind an emulated router: nothing (`NullBackend`) or real routing daemons (`frr.FrrBackend`)."""

from lab.junos.backend.base import Backend, BackendError, Data, Refusal
from lab.junos.backend.null import NullBackend

__all__ = ["Backend", "BackendError", "Data", "NullBackend", "Refusal"]
