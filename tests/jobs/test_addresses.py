"""Who is believed about where a request comes from (T43)."""

import pytest

from jobs.addresses import client_address, is_trusted

PROXY = ["unix", "10.0.0.0/8", "2001:db8:ffff::/48"]


def test_t43_a_stranger_is_not_believed():
    assert client_address("198.51.100.7", ["203.0.113.1"], PROXY) == "198.51.100.7"
    assert client_address("198.51.100.7", ["203.0.113.1"], []) == "198.51.100.7"


def test_t43_nobody_is_believed_by_default_not_even_this_machine():
    assert client_address("127.0.0.1", ["203.0.113.1"], []) == "127.0.0.1"
    assert client_address(None, ["203.0.113.1"], []) == ""


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (None, ["203.0.113.1"], "203.0.113.1"),
        ("", ["203.0.113.1"], "203.0.113.1"),
        ("10.1.2.3", ["203.0.113.1"], "203.0.113.1"),
        ("10.1.2.3", ["1.1.1.1, 203.0.113.1"], "203.0.113.1"),
        ("10.1.2.3", ["1.1.1.1", "203.0.113.1, 10.9.9.9"], "203.0.113.1"),
        ("10.1.2.3", ["203.0.113.1:4711"], "203.0.113.1"),
        ("10.1.2.3", ["[2001:db8::5]:4711"], "2001:db8::5"),
        ("10.1.2.3", ["::ffff:203.0.113.1"], "203.0.113.1"),
        ("::ffff:10.1.2.3", ["203.0.113.1"], "203.0.113.1"),
        ("2001:db8:ffff::1", ["2001:DB8:0::5"], "2001:db8::5"),
    ],
)
def test_t43_a_proxy_is_believed_about_the_right_most_stranger(peer, forwarded, client):
    assert client_address(peer, forwarded, PROXY) == client


@pytest.mark.parametrize(
    "nonsense", ["", "unknown", "203.0.113.1, evil", "203.0.113.1,", "'; DROP TABLE", "_hidden"]
)
def test_t43_what_stands_left_of_nonsense_is_not_read(nonsense):
    assert client_address("10.1.2.3", [nonsense], PROXY) == "10.1.2.3"


def test_t43_when_everybody_is_trusted_the_first_of_them_asked():
    assert client_address("10.1.2.3", ["10.4.4.4, 10.5.5.5"], PROXY) == "10.4.4.4"


def test_an_entry_that_is_no_network_is_refused():
    with pytest.raises(ValueError, match="nginx"):
        is_trusted("10.1.2.3", ["nginx"])
