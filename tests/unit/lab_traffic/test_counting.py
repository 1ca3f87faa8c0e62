"""What counts as lost: whatever order packets arrive in, and however often."""

from __future__ import annotations

from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from lab.traffic.endpoint import HEADER, End
from lab.traffic.result import Direction, Measurement, clock

TOKEN = b"0123456789abcdef"


def heard(numbers: list[int], token: bytes = TOKEN) -> End:
    """An end on loopback to which these packets were sent, in this order."""
    made, sender = End("127.0.0.1"), End("127.0.0.1")
    made.token = TOKEN
    with closing(sender.socket):
        for number in numbers:
            sender.socket.sendto(HEADER.pack(token, number) + b"padding", ("127.0.0.1", made.port))
            made.receive()
    return made


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=60), st.integers(0, 45))
def test_lost_is_exactly_what_never_arrived(arrived: list[int], sent: int) -> None:
    end = heard([number for number in arrived if number < sent])
    with closing(end.socket):
        kept = {number for number in arrived if number < sent}
        assert end.missing(sent) == [number for number in range(sent) if number not in kept]
        assert end.arrived == len(kept)
        assert end.arrived + end.duplicates == len([number for number in arrived if number < sent])


def test_reordered_and_doubled_packets_are_counted_as_that() -> None:
    end = heard([0, 2, 1, 3, 3, 5])
    with closing(end.socket):
        assert (end.missing(6), end.reordered, end.duplicates) == ([4], 1, 1)


def test_strangers_packets_do_not_count() -> None:
    end = heard([0, 1], token=b"somebody else's.")
    with closing(end.socket):
        assert end.missing(2) == [0, 1]


def test_losses_are_told_as_outages() -> None:
    one = Direction("a", "b", 4, sent=100, lost=5, losses=(100.0, 100.5, 101.25, 110.0, 110.004))
    assert list(one.outages()) == [(100.0, 101.25, 3), (110.0, 110.004, 2)]
    assert str(one) == (
        "a -> b IPv4: 100 sent, 5 lost\n"
        "  00:01:40.00 to 00:01:41.25, 1.25 s: 3 lost\n"
        "  00:01:50.00 to 00:01:50.00, 0.00 s: 2 lost"
    )
    both = Measurement(90.0, 120.0, (one, Direction("b", "a", 4, sent=99, lost=0)))
    assert (both.sent, both.lost, both.to_json()["seconds"]) == (199, 5, 30.0)
    assert both.to_json()["directions"][0]["outages"][1] == {"from": 110.0, "to": 110.004, "lost": 2}


def test_a_moment_that_rounds_up_to_the_next_second() -> None:
    assert clock(59.999) == "00:01:00.00"
