"""What a translation collects on its way: sections of FRR configuration, and refusals."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.junos.backend.base import Refusal
from lab.junos.backend.frr.lines import FrrConfig, Kind, Section
from lab.junos.backend.reading import Node

TAGS = {"static": 4001, "direct": 4002, "ospf": 4003, "ospf3": 4004, "internal": 4010, "external": 4011}
"""How a route in FRR's BGP table says where it came from: the tag that its import or redistribution set."""


def secret(t: Translation, path: str, plain: str, longest: int = 80) -> str:
    """A key as FRR takes it; refused when it is too long or holds what vtysh cannot pass on. It is never quoted."""
    if len(plain) > longest or any(char in "|? \t" or not "!" <= char <= "~" for char in plain):
        t.refuse(path, f"a key of at most {longest} characters without space, | and ? is needed by this data plane")
        return "refused"
    return plain


@dataclass
class Translation:
    """One translation of one configuration."""

    data: Node
    config: FrrConfig = field(default_factory=FrrConfig)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, path: str, message: str, bad_element: str | None = None) -> None:
        """Note a statement that FRR cannot carry."""
        refusal = Refusal(f"[edit {path}]", message, bad_element)
        if refusal not in self.refusals:
            self.refusals.append(refusal)

    def refuse_present(self, path: str, where: Node, names: tuple[str, ...]) -> None:
        """Refuse those of `names` that are configured."""
        for name in names:
            if name in where:
                self.refuse(path, f"{name} is not supported by this data plane", name)

    def definition(self, *key: str) -> Section:
        """A section of global lines that others refer to."""
        return self.config.add(Section(key, kind=Kind.DEFINITION))

    def lines(self, key: tuple[str, ...], texts: list[str]) -> None:
        """Define a list (prefix-list, community-list, ...) by its lines, once."""
        section = self.definition(*key)
        for text in texts:
            section.add(text)
