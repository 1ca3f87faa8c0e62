"""Commit checks: what a router refuses although every statement is right by itself."""

from lab.junos.config.checks.run import check

__all__ = ["check"]
