"""Namespaces, wires and impairments."""
