"""The one error the lab's commands show to a user."""

from __future__ import annotations


class LabError(Exception):
    """Something a user can act on: the text names the host or link, what is wrong and what to do.

    ``python -m lab`` prints it on standard error and exits 1; no traceback.
    """
