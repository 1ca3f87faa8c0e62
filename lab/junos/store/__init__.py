"""The datastore of one emulated router: candidate, running, lock, commits with timers, rollbacks, rescue."""

from lab.junos.store.archive import MAX_ROLLBACKS, HistoryEntry
from lab.junos.store.datastore import Datastore
from lab.junos.store.model import CommitResult, Pending, SessionHandle, StoreError

__all__ = ["MAX_ROLLBACKS", "CommitResult", "Datastore", "HistoryEntry", "Pending", "SessionHandle", "StoreError"]
