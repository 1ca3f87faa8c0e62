"""What a ping's output says about users."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.watch import first_hop_change, healthy_since, loss_between, packets

START = 1_790_000_000.0


def ping_text(received: list[bool], interval: float = 0.1, rtt_ms: float = 2.0) -> str:
    lines = ["PING 192.0.2.12 (192.0.2.12) from 192.0.2.11 : 56(84) bytes of data."]
    for seq, came in enumerate(received, 1):
        if came:
            when = START + (seq - 1) * interval + rtt_ms / 1000
            lines.append(f"[{when:.6f}] 64 bytes from 192.0.2.12: icmp_seq={seq} ttl=62 time={rtt_ms} ms")
    return "\n".join(lines) + "\n"


def test_a_lost_packet_has_its_place_in_time() -> None:
    seen = packets(ping_text([True, True, False, True]), 0.1)
    assert [packet.lost for packet in seen] == [False, False, True, False]
    assert [round(packet.sent - START, 3) for packet in seen] == [0.0, 0.1, 0.2, 0.3]


def test_users_are_healthy_from_the_first_packet_after_the_last_loss() -> None:
    seen = packets(ping_text([True] * 5 + [False, True, False] + [True] * 20), 0.1)
    since = healthy_since(seen, calm_s=1.5)
    assert since is not None
    assert round(since - START, 3) == 0.8
    assert healthy_since(seen, calm_s=5.0) is None, "too early to say"


def test_a_line_that_is_being_written_is_no_reply() -> None:
    text = ping_text([True, True]) + "[1790000000.2] 64 bytes from 192.0.2.12: icmp_s"
    assert len(packets(text, 0.1)) == 2
    assert packets("", 0.1) == []
    assert healthy_since([], 1.0) is None


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_the_share_of_lost_packets_is_what_was_lost(received: list[bool]) -> None:
    known = [True, *received, True]
    seen = packets(ping_text(known), 0.1)
    assert [not packet.lost for packet in seen] == known
    assert loss_between(seen, START - 1, START + 100) == known.count(False) / len(known)


def test_the_moment_a_next_hop_changes() -> None:
    text = "100.0 192.0.2.72\n101.0 192.0.2.72\n102.5 192.0.2.74\n103.0 192.0.2.74\n104.0 "
    assert first_hop_change(text, "192.0.2.72", 100.5) == 102.5
    assert first_hop_change(text, "192.0.2.72", 102.9) == 103.0
    assert first_hop_change(text.replace(".74", ".72"), "192.0.2.72", 0) is None
