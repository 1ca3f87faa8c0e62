"""The Junos configuration engine: a schema-driven tree, every format in and out, groups, compare and commit checks."""

from lab.junos.config.checks import check
from lab.junos.config.compare import compare
from lab.junos.config.data import active_data
from lab.junos.config.errors import ConfigError, LoadReport, StatementError, edit_path
from lab.junos.config.filter import filter_tree, filter_xml
from lab.junos.config.groups import expand
from lab.junos.config.load import ACTIONS, FORMATS, load
from lab.junos.config.read_set import SetReader
from lab.junos.config.render import to_json, to_set, to_text, to_xml
from lab.junos.config.schema import Schema, root_schema
from lab.junos.config.secret import decode_secret, encode_secret
from lab.junos.config.tree import Node, Tree

__all__ = [
    "ACTIONS",
    "FORMATS",
    "ConfigError",
    "LoadReport",
    "Node",
    "Schema",
    "SetReader",
    "StatementError",
    "Tree",
    "active_data",
    "check",
    "compare",
    "decode_secret",
    "edit_path",
    "encode_secret",
    "expand",
    "filter_tree",
    "filter_xml",
    "load",
    "root_schema",
    "to_json",
    "to_set",
    "to_text",
    "to_xml",
]
