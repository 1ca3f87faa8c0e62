"""The difference between two FRR configurations, tried on a model of FRR."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lab.junos.backend.frr.lines import FrrConfig, Kind, Section, delta

Model = dict[str, set[str]]


class Frr:
    """Contexts and lines, as `vtysh -f` fills them; complains as FRR does about what is not there."""

    def __init__(self) -> None:
        self.contexts: Model = {}
        self.where: list[str] = []

    def run(self, commands: list[str]) -> None:
        for command in commands:
            self._one(command)
        assert not self.where, "every context that is entered is left"

    def _one(self, command: str) -> None:
        if command == "exit":
            self.where.pop()
        elif command.startswith(("router ", "interface ", "map ")):
            self.where.append(command)
            self.contexts.setdefault(command, set())
        elif command.startswith(("no router ", "no map ")):
            assert command[3:] in self.contexts, f"{command}: not there"
            del self.contexts[command[3:]]
        else:
            lines = self.contexts.setdefault("/".join(self.where), set())
            self._line(lines, command)

    def _line(self, lines: set[str], command: str) -> None:
        if command.startswith("no neighbor ") and len(command.split()) == 3:
            for line in [line for line in lines if line.startswith(command[3:])]:
                lines.discard(line)
        elif command.startswith("no "):
            word = " ".join(command[3:].split()[:-1])
            assert any(line.startswith(word) for line in lines), f"{command}: not there"
            lines.discard(command[3:])
        else:
            if command.startswith("cost "):
                lines -= {line for line in lines if line.startswith("cost ")}
            lines.add(command)


def build(spec: dict[str, dict[str, int]]) -> FrrConfig:
    """`router`: neighbours with an option each; `interface X`: cost and timer; `map`: atomic; `static`: late."""
    config = FrrConfig()
    for name, lines in spec.items():
        if name == "map":
            section = Section(("map",), ("map m",), ("exit",), "no map m", Kind.DEFINITION, atomic=True)
        elif name == "router":
            section = Section(
                ("router",), (f"router r{lines.get('as', 1)}",), ("exit",), f"no router r{lines.get('as', 1)}"
            )
        elif name == "static":
            section = Section(("static",), kind=Kind.LATE)
        else:
            section = Section((name,), (f"interface {name}",), ("exit",))
        for key, value in lines.items():
            if name == "router" and key != "as":
                section.add(f"neighbor {key} 1", key=f"neighbor {key}", undo=f"no neighbor {key}")
                section.add(f"neighbor {key} option {value}", key=f"option {key}", owner=f"neighbor {key}")
            elif key != "as":
                section.add(f"{key} {value}", key=key, replace=key == "cost")
        config.add(section)
    return config


VALUES = st.integers(1, 3)
LINES = st.dictionaries(st.sampled_from(["cost", "timer", "area"]), VALUES)
ROUTER = st.dictionaries(st.sampled_from(["as", "a", "b"]), VALUES)
SPECS = st.fixed_dictionaries(
    {}, optional={"map": LINES, "router": ROUTER, "if0": LINES, "if1": LINES, "static": LINES}
)


@given(SPECS, SPECS)
def test_the_delta_leads_from_any_configuration_to_any_other(
    one: dict[str, dict[str, int]], two: dict[str, dict[str, int]]
) -> None:
    changed, fresh = Frr(), Frr()
    changed.run(delta(FrrConfig(), build(one)))
    changed.run(delta(build(one), build(two)))
    fresh.run(delta(FrrConfig(), build(two)))

    def content(frr: Frr) -> Model:
        return {name: lines for name, lines in frr.contexts.items() if lines}

    assert content(changed) == content(fresh)


@given(SPECS)
def test_no_change_is_no_command(spec: dict[str, dict[str, int]]) -> None:
    assert delta(build(spec), build(spec)) == []


def test_a_changed_cost_is_one_line_in_its_interface() -> None:
    commands = delta(build({"if0": {"cost": 1, "timer": 1}}), build({"if0": {"cost": 2, "timer": 1}}))
    assert commands == ["interface if0", "cost 2", "exit"]
