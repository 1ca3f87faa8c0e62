"""[edit services rpm]: what may be configured, how it is written, and what the commit check says."""

from __future__ import annotations

import pytest

from lab.junos.config import Tree, check, load, to_set

SOUND = """
system { root-authentication { encrypted-password "*"; } }
services {
    rpm {
        probe jkt-sby {
            test north@sby-r1 {
                probe-type icmp-ping;
                target address 192.0.2.65;
                probe-count 15;
                probe-interval 1;
                test-interval 1;
                source-address 192.0.2.64;
            }
            test six {
                probe-type icmp6-ping;
                target inet6-address 2001:db8::1;
                inet6-options source-address 2001:db8::;
            }
        }
        probe-limit 500;
    }
}
"""
TEST = "services rpm probe jkt-sby test"
AT = "[edit services rpm probe jkt-sby test north@sby-r1]"


def tree_of(*commands: str) -> Tree:
    tree = Tree.empty()
    assert load(tree, SOUND).errors == []
    assert load(tree, "\n".join(commands), "set", "set").errors == []
    return tree


def test_names_with_a_path_and_a_peer_need_no_quotes() -> None:
    assert f"set {TEST} north@sby-r1 target address 192.0.2.65" in to_set(tree_of()).splitlines()
    assert check(tree_of()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "probe-count 0", "probe-count 16", "probe-interval 0", "probe-interval 256", "test-interval 86401",
        "history-size 513", "moving-average-size 1025", "data-size 65401", "ttl 255", "source-address 2001:db8::1",
        "target address 2001:db8::1",
    ],
)  # fmt: skip
def test_values_outside_the_routers_ranges_are_refused(statement: str) -> None:
    assert load(tree_of(), f"set {TEST} north@sby-r1 {statement}", "set", "set").errors


@pytest.mark.parametrize(
    "command, path, bad_element, message",
    [
        (f"set {TEST} {'n' * 33} probe-type icmp-ping target address 192.0.2.1",
         "[edit services rpm probe jkt-sby]", f"test {'n' * 33}", "name must be at most 32 characters long"),
        (f"set services rpm probe {'o' * 33} test t probe-type icmp-ping target address 192.0.2.1",
         "[edit services rpm]", f"probe {'o' * 33}", "name must be at most 32 characters long"),
        (f"delete {TEST} north@sby-r1 target", "[edit services rpm probe jkt-sby]", "test north@sby-r1",
         "Missing mandatory statement: 'target'"),
        (f"set {TEST} north@sby-r1 probe-type icmp6-ping", AT, "target",
         "target inet6-address must be configured for probe-type icmp6-ping"),
        (f"set {TEST} six probe-type icmp-ping", "[edit services rpm probe jkt-sby test six]", "target",
         "probe-type icmp6-ping must be configured for an inet6 target"),
        (f"set {TEST} north@sby-r1 probe-type http-get", AT, "target",
         "target url must be configured for probe-type http-get"),
        (f"set {TEST} north@sby-r1 probe-type udp-ping", AT, "destination-port",
         "destination-port must be configured for probe-type udp-ping"),
        (f"set {TEST} north@sby-r1 dscp-code-points af44", AT, "dscp-code-points", "Invalid code point: af44"),
        (f"set {TEST} north@sby-r1 data-fill xyz", AT, "data-fill", "Invalid hexadecimal value: xyz"),
    ],
)  # fmt: skip
def test_a_commit_check_names_the_test(command: str, path: str, bad_element: str, message: str) -> None:
    tree = tree_of()
    for line in command.replace(" target address", f"\n{command.partition(' probe-type')[0]} target address").split(
        "\n"
    ):
        assert load(tree, line, "set", "set").errors == []
    errors = check(tree)
    assert (errors[0].path, errors[0].bad_element, errors[0].message) == (path, bad_element, message)
    assert len(errors) == 2, "one fault, one error"
