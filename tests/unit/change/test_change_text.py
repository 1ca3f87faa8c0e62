"""Finding the line a router complains about, counting, and hiding secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fairway.backbone.plugins.module_utils.change import RouterError
from ansible_collections.fairway.backbone.plugins.module_utils.change_text import (
    count_lines,
    hide_secrets,
    locate,
    place,
)

CONFIG = """\
system {
    host-name r1;   # a comment with { braces
}
interfaces {
    ge-0/0/0 {
        description "to { sby }; r2";
        unit 0 {
            family inet {
                address 192.0.2.1/31;
            }
        }
    }
    ge-0/0/1 {
        mtu 9000;
    }
}
/* a note; { */
protocols {
    ospf {
        area 0.0.0.0 {
            interface ge-0/0/0.0 {
                metric 10;
            }
            interface ge-0/0/1.0 {
                metric 10;
                authentication { md5 1 key "s3cret"; }
            }
        }
        system1 on;
    }
    bgp {
        group carriers {
            inactive: neighbor 192.0.2.9 {
                import [ first second ];
            }
        }
    }
}
"""


@pytest.mark.parametrize(
    "path, element, lines",
    [
        (None, "system1", [29]),
        ("[edit protocols ospf]", "system1", [29]),
        ("[edit protocols ospf area 0.0.0.0 interface ge-0/0/1.0]", "metric 10", [25]),
        ("[edit protocols ospf area 0.0.0.0]", "metric", [22, 25]),
        ("[edit interfaces ge-0/0/1]", "mtu", [14]),
        ("[edit interfaces ge-0/0/0 unit 0 family inet]", "192.0.2.1/31", [9]),
        ("[edit protocols bgp group carriers neighbor 192.0.2.9 import]", "second", [34]),
        ("[edit protocols bgp group carriers]", "neighbor 192.0.2.9", [33]),
        ("[edit interfaces ge-0/0/0]", '"to { sby }; r2"', [6]),
        ("[edit protocols ospf area 0.0.0.0 interface ge-0/0/1.0]", "no-such-word", [24]),
        ("[edit protocols ospf area 0.0.0.0 interface ge-9/9/9.0]", None, [20]),
        ("[edit protocols isis]", "level", [18]),
        (None, "no-such-word", []),
        (None, None, []),
    ],
)
def test_the_line_of_a_complaint(path: str | None, element: str | None, lines: list[int]) -> None:
    assert locate(CONFIG, "text", path, element) == lines


def test_the_line_of_a_complaint_about_set_commands() -> None:
    commands = "set system host-name r1\nset interfaces ge-0/0/0 mtu 1\ndelete interfaces ge-0/0/1\n"
    assert locate(commands, "set", "[edit interfaces ge-0/0/0]", "mtu") == [2]
    assert locate(commands, "set", "[edit interfaces ge-0/0/1]", None) == [3]
    assert locate("{}", "json", "[edit]", "mtu") == []


def test_a_complaint_names_the_template_line() -> None:
    template_map = [(f"templates/junos/t{n}.j2", n * 10) for n in range(1, 40)]
    placed = place(RouterError("syntax error", bad_element="system1"), CONFIG, "text", template_map)
    assert str(placed) == "templates/junos/t29.j2:290, line 29: syntax error: 'system1'"


def test_an_ambiguous_complaint_lists_the_candidates() -> None:
    template_map = [("ospf.j2", n) for n in range(1, 40)]
    error = RouterError("invalid value", path="[edit protocols ospf area 0.0.0.0]", bad_element="metric")
    placed = place(error, CONFIG, "text", template_map)
    assert placed.config_line is None
    assert placed.message == "invalid value [one of: line 22 (ospf.j2:22), line 25 (ospf.j2:25)]"


def test_a_statement_without_its_semicolon_is_found() -> None:
    assert locate("system {\n    hst-name r1\n}\n", "text", None, "hst-name") == [2]


@given(st.text(alphabet='ab{};"\\/*#\n []', max_size=80), st.text(alphabet="ab {}", max_size=8))
def test_no_text_breaks_the_search(text: str, element: str) -> None:
    lines = locate(text, "text", "[edit a b]", element)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


def test_lines_are_counted_without_headers() -> None:
    assert count_lines("--- a\n+++ b\n[edit system]\n-  host-name a;\n+  host-name b;\n+  x;\n") == (2, 1)


SECRETS = [
    'encrypted-password "$6$salt$Xyz./abc"; ## SECRET-DATA',
    'authentication-key "$9$abcXYZ"; ## SECRET-DATA',
    'md5 1 key "letmein";',
    "message-digest-key 1 md5 letmein",
    "neighbor 192.0.2.1 password letmein",
    "secret letmein;",
    'pre-shared-key ascii-text "letmein";',
    "set system login user x authentication encrypted-password $6$salt$Xyz",
]


@pytest.mark.parametrize("line", SECRETS)
@pytest.mark.parametrize("sign", ["+   ", "-   ", ""])
def test_secrets_are_hidden(line: str, sign: str) -> None:
    hidden = hide_secrets(sign + line + "\n+  metric 10;")
    assert not {"letmein", "$6$", "$9$", "Xyz"} & {w for w in ("letmein", "$6$", "$9$", "Xyz") if w in hidden}
    assert hidden.startswith(sign + line.split()[0])
    assert hidden.endswith("\n+  metric 10;")


@pytest.mark.parametrize("text", [
    "set snmp community letmein authorization read-only",
    "snmp {\n    community letmein {\n        authorization read-only;\n    }\n    community letmein2;\n}\n",
    "[edit]\n+  snmp {\n+      community letmein {\n+          clients {\n+              192.0.2.1/32;\n",
    "[edit]\n+  snmp {\n+      inactive: community \"letmein \" {\n+          x;\n+      }\n+  }\n",
    "[edit snmp]\n-    community letmein {\n-        authorization read-only;\n-    }\n",
    "[edit snmp community letmein]\n-    authorization read-only;\n",
    "[edit snmp]\n     community letmein { ... }\n+    community other;\n[edit system]\n+  x;\n",
])  # fmt: skip
def test_an_snmp_community_is_a_secret(text: str) -> None:
    hidden = hide_secrets(text)
    assert "letmein" not in hidden
    assert "community <hidden>" in hidden
    assert hidden.count("\n") == text.count("\n")


def test_a_community_of_routes_is_none() -> None:
    text = (
        "snmp {\n    location jkt;\n}\npolicy-options {\n    from {\n        community carriers;\n    }\n"
        "    community carriers {\n        members 64496:1;\n    }\n}\n[edit policy-options]\n-   community own {\n"
    )
    assert hide_secrets(text) == text


def test_what_is_no_secret_stays() -> None:
    text = "+  policy-statement secret-service { then accept; }\n+  description password-reset;"
    assert hide_secrets(text) == text
