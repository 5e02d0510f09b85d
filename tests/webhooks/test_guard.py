"""R6: which addresses may be reached. No network: names mean what each test says."""

import ast
import inspect
import re
from ipaddress import ip_network

import pytest

from annotate.webhooks import delivering, guard, sending
from annotate.webhooks.guard import NotAllowed, addresses_of, check, target_of
from annotate.webhooks.words import TEXTS

INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104  (an address to be refused)
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:7f00:1::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "nonsense",
]
OUTSIDE = [
    "93.184.215.14",
    "8.8.8.8",
    "172.32.0.1",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "64:ff9b::808:808",
]
BAD_URLS = [
    "",
    "example.org",
    "//example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "http://",
    "http:///path",
    "http://user@example.org/",
    "http://user:word@example.org/",
    "http://example.org:99999/",
    "http://example.org:0/",
    "http://example.org:port/",
    "http://example.org/#part",
    "http://exa mple.org/",
    "http://example.org/\r\nHost: evil",
    "http://example.org/\x00",
    "http://[::1",
    "http://exämple.org/",
    "http://example.org/" + "x" * 500,
]


@pytest.mark.parametrize("address", INSIDE)
def test_r6_what_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(NotAllowed):
        check(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_r6_what_is_public_is_allowed(address: str) -> None:
    check(address)


@pytest.mark.parametrize("url", BAD_URLS)
def test_r6_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed):
        target_of(url)


def test_a_good_address_is_taken_apart() -> None:
    target = target_of("https://Example.org:8443/hook/1?key=a%20b")
    assert (target.scheme, target.host, target.port, target.path) == (
        "https",
        "example.org",
        8443,
        "/hook/1?key=a%20b",
    )
    assert target.host_header == "example.org:8443"
    assert target_of("http://[2606:2800::1]").host_header == "[2606:2800::1]"
    assert target_of("http://example.org").path == "/"


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["127.0.0.1", "93.184.215.14"], ["::1"]]
)
def test_r6_a_name_with_one_inner_address_is_refused(found: list[str]) -> None:
    with pytest.raises(NotAllowed):
        addresses_of(target_of("http://example.org/"), look_up=lambda host, port: found)


def test_r6_a_number_that_means_this_machine_is_refused() -> None:
    """The system itself reads these as 127.0.0.1."""
    for host in ("2130706433", "0x7f.1", "127.1", "017700000001", "localhost"):
        with pytest.raises((NotAllowed, OSError)):
            addresses_of(target_of(f"http://{host}/"))


def test_own_networks_are_allowed_by_name_and_nothing_beside_them() -> None:
    allow = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    check("10.1.2.3", allow)
    check("fd12::1", allow)
    check("::ffff:10.1.2.3", [*allow, ip_network("::ffff:10.1.0.0/112")])
    for address in ("10.2.0.1", "127.0.0.1", "fe80::1"):
        with pytest.raises(NotAllowed):
            check(address, allow)


def test_a_name_without_an_address_is_not_allowed_either() -> None:
    with pytest.raises(OSError, match="no address"):
        addresses_of(target_of("http://example.org/"), look_up=lambda host, port: [])


def test_every_reason_can_be_translated() -> None:
    """They stand in modules that know no Django, and once more where translators find them."""
    said = set()
    for module in (guard, sending, delivering):
        strings = {
            node.value
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        said |= {text for text in strings if re.fullmatch(r"[A-Z][^\n]+ [^\n]+\.", text)}
    assert said - documented_strings() == TEXTS


def documented_strings() -> set[str]:
    """Docstrings of one line, which are for readers of the code."""
    found = set()
    for module in (guard, sending, delivering):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
                found.add(ast.get_docstring(node, clean=False) or "")
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    return found
