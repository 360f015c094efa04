"""Which addresses are public, held against the registries of special ones; any text as a URL."""

from __future__ import annotations

import ipaddress

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ai_coder.common.errors import InputError
from ai_coder.web.address import check_url, is_public, origin

tried = settings(max_examples=300, derandomize=True, deadline=None)

# The special-purpose registries of IANA, what they do not call globally reachable; and multicast.
SPECIAL_4 = tuple(
    map(
        ipaddress.IPv4Network,
        [
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ],
    )
)
SPECIAL_6 = tuple(
    map(
        ipaddress.IPv6Network,
        [
            *("::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23"),
            *("2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10"),
            "ff00::/8",
        ],
    )
)
# These have an IPv4 address in them, behind so many bits.
EMBEDDING = {
    ipaddress.IPv6Network("::ffff:0:0/96"): 0,
    ipaddress.IPv6Network("64:ff9b::/96"): 0,
    ipaddress.IPv6Network("2002::/16"): 80,
}


def inside(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> st.SearchStrategy[str]:
    first = int(network.network_address)
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    return st.integers(first, first + network.num_addresses - 1).map(
        lambda number: str(kind(number))
    )


@tried
@given(st.sampled_from(SPECIAL_4 + SPECIAL_6).flatmap(inside))
def test_no_special_address_is_public(address: str) -> None:
    assert not is_public(address)


@tried
@given(st.ip_addresses(v=4).map(str))
def test_all_other_addresses_are(address: str) -> None:
    special = any(ipaddress.IPv4Address(address) in network for network in SPECIAL_4)
    assert is_public(address) is not special


@tried
@given(inside(ipaddress.IPv6Network("2000::/3")))
def test_all_other_unicast_addresses_of_ipv6_are(address: str) -> None:
    ip = ipaddress.IPv6Address(address)
    assume(not any(ip in network for network in EMBEDDING))
    assert is_public(address) is not any(ip in network for network in SPECIAL_6)


@tried
@given(st.ip_addresses(v=6).map(str))
def test_what_was_never_given_out_is_not_public(address: str) -> None:
    ip = ipaddress.IPv6Address(address)
    assume(ip not in ipaddress.IPv6Network("2000::/3"))
    assume(not any(ip in network for network in EMBEDDING))
    assert not is_public(address)


@tried
@given(st.sampled_from(list(EMBEDDING)), st.ip_addresses(v=4))
def test_an_embedded_address_is_judged(
    network: ipaddress.IPv6Network, address: ipaddress.IPv4Address
) -> None:
    wrapped = int(network.network_address) | int(address) << EMBEDDING[network]
    assert is_public(str(ipaddress.IPv6Address(wrapped))) is is_public(str(address))


URLS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "http",
                    "https",
                    "://",
                    ":",
                    "//",
                    "/",
                    "[",
                    "]",
                    "::1",
                    "@",
                    "?",
                    "#",
                    "%",
                    "\\",
                ),
                *(
                    "127.0.0.1",
                    "80",
                    "99999",
                    "a",
                    ".",
                    "..",
                    "xn--",
                    "\t",
                    "\n",
                    "ß",
                    "。",
                    "user",
                ),
                *("file", "ftp", "data", "%00", "%5b", "℀", "\ud800", "9" * 5000, "fe80::1%25lo"),
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=8,
).map("".join)


@tried
@given(st.one_of(URLS, URLS.map("http://".__add__)))
@example("http://℀/")
@example("http://a:" + "9" * 5000)
@example("http://a:²/")
def test_any_text_is_a_url_or_not(text: str) -> None:
    try:
        checked = check_url(text)
    except InputError as error:
        assert str(error)
        return
    assert checked.lower().startswith(("http://", "https://"))
    scheme, host, port = origin(checked)
    assert scheme in ("http", "https")
    assert host
    assert 0 <= port <= 65535
