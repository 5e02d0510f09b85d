"""The command lines of the web servers are ones that the installed servers accept."""

import pytest
from daphne.cli import CommandLineInterface

from annotate.servers import Address, BadAddress, UnknownServer, web_command

HERE = Address("127.0.0.1", 5000)


@pytest.mark.parametrize(
    "text", ["5000", ":5000", "localhost", "localhost:", "localhost:http", "h:0", "h:65536", ""]
)
def test_s9_it_refuses_an_address_it_cannot_read_and_names_the_variable(text: str) -> None:
    with pytest.raises(BadAddress, match="HITL_BIND"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:5000", "http://127.0.0.1:5000/"),
        ("0.0.0.0:80", "http://127.0.0.1:80/"),
        ("[::1]:5000", "http://[::1]:5000/"),
        ("[::]:5000", "http://[::1]:5000/"),
    ],
)
def test_it_tells_where_to_browse(text: str, url: str) -> None:
    assert Address.parse(text).url == url


def test_w19_daphne_accepts_the_flags_and_limits_messages() -> None:
    options = CommandLineInterface().parser.parse_args(web_command("daphne", HERE, behind_proxy=False)[3:])
    assert options.websocket_max_message_size == options.websocket_max_frame_size == 1_048_576
    assert (options.ping_interval, options.ping_timeout) == (8, 8)
    assert (options.socket_strings, options.proxy_headers) == (
        ["tcp:port=5000:interface=127.0.0.1:backlog=2048"],
        False,
    )
    assert r"interface=\:\:1:" in web_command("daphne", Address("::1", 5000), behind_proxy=False)[4]


def test_w19_uvicorn_accepts_the_flags_and_limits_messages() -> None:
    uvicorn = pytest.importorskip("uvicorn.main")
    command = web_command("uvicorn", HERE, behind_proxy=False)[3:]
    context = uvicorn.main.make_context("uvicorn", command)
    assert context.params["ws_max_size"] == 65_536
    assert context.params["ws"] == "websockets-sansio"
    assert context.params["proxy_headers"] is False


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_forwarded_addresses_are_believed_only_behind_a_proxy(server: str) -> None:
    assert "--proxy-headers" in web_command(server, HERE, behind_proxy=True)
    assert "--proxy-headers" not in web_command(server, HERE, behind_proxy=False)


def test_s9_it_refuses_a_server_it_does_not_know() -> None:
    with pytest.raises(UnknownServer, match="HITL_SERVER='gunicorn': use daphne or uvicorn"):
        web_command("gunicorn", HERE, behind_proxy=False)
