"""Everything that comes in is read here once. Nothing that is not of docs/protocol.md gets past."""

import json
from typing import Any
from uuid import UUID

import pytest

from annotate.sync import protocol
from annotate.sync.apply import change_for
from annotate.sync.operations import (
    Accepted,
    Code,
    Command,
    FrameFacts,
    Refused,
    Skipped,
)
from annotate.sync.protocol import (
    Ephemeral,
    Get,
    Hello,
    Malformed,
    Op,
    Seen,
    answers_of,
    command_from,
    decode,
    ephemeral_value,
    plain,
)

BOX = "01900000-0000-7000-8000-000000000001"
EDGES = '"x1":1,"y1":2,"x2":30,"y2":40'


def op(command: str) -> str:
    return f'{{"t":"op","ops":[{command}]}}'


def setting(fields: str) -> str:
    return op(f'{{"c":1,"k":"set","box":"{BOX}","set":{{{fields}}}}}')


def commands_in(text: str) -> list[Command]:
    message = decode(text)
    assert isinstance(message, Op)
    return [command_from(one) for one in message.ops]


def fields_in(fields: str) -> dict[str, Any]:
    return commands_in(setting(fields))[0].fields


class TestRoundTrip:
    """What a client builds is what the server understands."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (f'{{"t":"hello","v":1,"client":"{BOX}"}}', Hello(1, UUID(BOX))),
            (
                f'{{"t":"hello","v":1,"client":"{BOX}","epoch":"{BOX}","have":41}}',
                Hello(1, UUID(BOX), UUID(BOX), 41),
            ),
            ('{"t":"seen","r":57}', Seen(57)),
            ('{"t":"get","have":57}', Get(57)),
        ],
    )
    def test_simple_messages(self, text: str, message: object) -> None:
        assert decode(text) == message

    @pytest.mark.parametrize(
        ("wire", "command"),
        [
            (
                f'{{"c":7,"k":"create","box":"{BOX}","set":{{{EDGES},"label":3}},"g":"g.1"}}',
                Command(
                    7,
                    "create",
                    UUID(BOX),
                    {"x1": 1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0, "label": 3},
                    gesture="g.1",
                ),
            ),
            (
                f'{{"c":8,"k":"set","box":"{BOX}","set":{{"status":"accepted","z":-2,"attributes":{{"a":null,"b":true,'
                '"c":1.5,"d":"x"}},"base":{"status":4,"z":1,"deleted":9},"off":true}',
                Command(
                    8,
                    "set",
                    UUID(BOX),
                    {
                        "attributes": {"a": None, "b": True, "c": 1.5, "d": "x"},
                        "z": -2.0,
                        "status": "accepted",
                    },
                    base={"status": 4, "z": 1, "deleted": 9},
                    offline=True,
                ),
            ),
            (f'{{"c":1,"k":"delete","box":"{BOX}"}}', Command(1, "delete", UUID(BOX))),
            (f'{{"c":1,"k":"restore","box":"{BOX}"}}', Command(1, "restore", UUID(BOX))),
            ('{"c":1,"k":"undo","of":"g:1","g":"u"}', Command(1, "undo", target="g:1", gesture="u")),
            ('{"c":1,"k":"redo"}', Command(1, "redo")),
            ('{"c":1,"k":"rewind","to":12,"g":"r"}', Command(1, "rewind", to=12, gesture="r")),
        ],
    )
    def test_every_command(self, wire: str, command: Command) -> None:
        assert commands_in(op(wire)) == [command]

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("cursor", {"x": 310.5, "y": 88.0}),
            ("cursor", None),
            ("selection", {"boxes": [BOX]}),
            ("selection", {"boxes": []}),
            ("selection", None),
            ("drag", {"boxes": [{"id": BOX, "x1": 1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0, "label": 3}]}),
            ("drag", None),
        ],
    )
    def test_ephemera(self, kind: str, value: Any) -> None:
        message = decode(json.dumps({"t": "eph", "kind": kind, "g": "g1", "val": value}))
        assert isinstance(message, Ephemeral) and message.g == "g1"
        assert plain(ephemeral_value(message)) == value

    def test_answers(self) -> None:
        skipped = (Skipped(UUID(BOX), ("x1", "y1")),)
        texts = answers_of(
            [
                Accepted(1, 5, 6),
                Refused(2, Code.STALE, "why", {"x1": 12.0}, {"x1": 55}),
                Accepted(3, None, None, skipped),
                Refused(4, Code.RATE, after_ms=250),
            ]
        )
        assert [json.loads(text) for text in texts] == [
            {
                "t": "ack",
                "acks": [
                    {"c": 1, "from": 5, "to": 6},
                    {"c": 3, "from": None, "to": None, "skipped": [{"box": BOX, "fields": ["x1", "y1"]}]},
                ],
            },
            {
                "t": "nack",
                "c": 2,
                "code": "stale",
                "detail": "why",
                "cur": {"x1": 12.0},
                "versions": {"x1": 55},
            },
            {"t": "nack", "c": 4, "code": "rate", "after": 250},
        ]

    def test_no_answer_is_no_message(self) -> None:
        assert answers_of([]) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "}{",
        "hello",
        "null",
        "5",
        '"hello"',
        "[]",
        "{}",
        '{"t":null}',
        '{"t":5}',
        '{"t":"hello"}',
        '{"t":"hello","v":"1","client":"x"}',
        f'{{"t":"hello","v":1,"client":"{BOX}","have":-1}}',
        f'{{"t":"hello","v":1,"client":"{BOX}","have":1.5}}',
        '{"t":"op"}',
        '{"t":"op","ops":[]}',
        '{"t":"op","ops":{}}',
        op("{}"),
        op('{"c":0,"k":"undo"}'),
        op('{"c":-1,"k":"undo"}'),
        op('{"c":true,"k":"undo"}'),
        op('{"c":"1","k":"undo"}'),
        op('{"c":9007199254740992,"k":"undo"}'),
        op('{"c":1,"k":"drop"}'),
        op('{"c":1,"k":"undo","g":""}'),
        op('{"c":1,"k":"undo","g":"a b"}'),
        op('{"c":1,"k":"undo","g":"é"}'),
        op('{"c":1,"k":"undo","g":"a\\nb"}'),
        op(f'{{"c":1,"k":"undo","g":"{"a" * 65}"}}'),
        op('{"c":1,"k":"delete","box":"1"}'),
        op(f'{{"c":1,"k":"set","box":"{BOX}","base":{{"author":1}}}}'),
        op(f'{{"c":1,"k":"set","box":"{BOX}","base":{{"x1":-1}}}}'),
        setting('"x1":"1"'),
        setting('"x1":true'),
        setting('"x1":null'),
        setting('"x1":[1]'),
        setting('"x1":1e8'),
        setting('"label":0'),
        setting('"label":1.5'),
        setting('"status":"done"'),
        setting('"attributes":{"a":[1]}'),
        setting('"attributes":{"a":{"b":1}}'),
        setting('"attributes":{"":1}'),
        setting('"attributes":[]'),
        '{"t":"eph","kind":"thought","val":null}',
        '{"t":"eph","kind":"cursor"}',
        '{"t":"seen"}',
        '{"t":"seen","r":-1}',
        '{"t":"get","have":null}',
    ],
)
def test_w7_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        decode(text)


def test_w7_at_most_64_commands_travel_together() -> None:
    commands = [f'{{"c":{counter},"k":"undo"}}' for counter in range(1, 66)]
    assert len(commands_in(op(",".join(commands[:64])))) == 64
    with pytest.raises(Malformed):
        decode(op(",".join(commands)))


NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "nan",
    "0x10",
    "01",
    "1.",
    ".5",
    "+1",
    "9" * 400,
]
NUMBER_NAMES = [number[:20] for number in NUMBERS]


class TestNumbers:
    @pytest.mark.parametrize("field", ['"x1":%s', '"y2":%s', '"z":%s', '"label":%s', '"attributes":{"a":%s}'])
    @pytest.mark.parametrize("number", NUMBERS, ids=NUMBER_NAMES)
    def test_w8_in_a_command(self, field: str, number: str) -> None:
        with pytest.raises(Malformed):
            decode(setting(field % number))

    @pytest.mark.parametrize("number", NUMBERS, ids=NUMBER_NAMES)
    def test_w8_in_ephemera(self, number: str) -> None:
        texts = {
            "cursor": f'{{"x":{number},"y":1}}',
            "drag": f'{{"boxes":[{{"id":"{BOX}","x1":{number},"y1":1,"x2":2,"y2":2}}]}}',
        }
        for kind, value in texts.items():
            with pytest.raises(Malformed):
                message = decode(f'{{"t":"eph","kind":"{kind}","val":{value}}}')
                assert isinstance(message, Ephemeral)
                ephemeral_value(message)

    @pytest.mark.parametrize("number", ["-0", "-0.0", "-0e5", "-1e-400"])
    def test_w8_minus_zero_is_stored_as_zero(self, number: str) -> None:
        facts = FrameFacts(640, 480, frozenset({1}))
        edges = f'"x1":{number},"y1":{number},"x2":30,"y2":40,"label":1,"z":{number}'
        create = op(f'{{"c":1,"k":"create","box":"{BOX}","set":{{{edges},"attributes":{{"a":{number}}}}}}}')
        change = change_for(commands_in(create)[0], None, facts)
        assert change is not None
        assert "-0" not in json.dumps(change.fields)

    def test_w8_nothing_that_is_no_number_goes_out(self) -> None:
        """What json.dumps would write as NaN; a browser could not read the message."""
        for value in (float("nan"), float("inf")):
            json.loads(protocol.text_of({"value": value}), parse_constant=pytest.fail)

    @pytest.mark.parametrize(
        "text",
        [
            op('{"c":%s,"k":"undo"}' % ("9" * 5000)),
            setting('"x1":%s' % ("9" * 5000)),
            setting('"attributes":{"a":%s}' % ("9" * 5000)),
            '{"t":"seen","r":%s}' % ("9" * 5000),
            '{"t":"seen","r":1,"more":%s}' % ("[" * 5000),
        ],
        ids=["counter", "edge", "attribute", "seen", "unknown field"],
    )
    def test_w9_numbers_of_5000_digits(self, text: str) -> None:
        with pytest.raises(Malformed):
            decode(text)

    def test_edges_are_numbers_of_any_form(self) -> None:
        assert fields_in('"x1":1,"y1":1.5e1,"x2":3.25,"y2":0') == {
            "x1": 1.0,
            "y1": 15.0,
            "x2": 3.25,
            "y2": 0.0,
        }


class TestBombs:
    @pytest.mark.parametrize(
        "text",
        [
            "[" * 100_000,
            '{"a":' * 100_000,
            '{"t":"op","ops":' + "[" * 100_000 + "]" * 100_000 + "}",
            '{"t":"seen","r":1,"unknown":' + "[" * 100_000 + "]" * 100_000 + "}",
            '{"t":"eph","kind":"cursor","val":' + "[" * 100_000 + "]" * 100_000 + "}",
            setting('"attributes":{"a":' + '{"a":' * 30_000 + "1" + "}" * 30_000 + "}"),
        ],
        ids=["arrays", "objects", "ops", "unknown field", "ephemera", "attributes"],
    )
    def test_w9_nesting(self, text: str) -> None:
        with pytest.raises(Malformed):
            decode(text)


class TestTexts:
    @pytest.mark.parametrize("text", ["\\ud800", "\\udfff", "\\ud83d", "a\\ud800b", "\\udc00\\ud800"])
    def test_w10_lone_surrogates(self, text: str) -> None:
        with pytest.raises(Malformed):
            decode(setting(f'"attributes":{{"a":"{text}"}}'))

    def test_w10_a_lone_surrogate_that_is_not_escaped(self) -> None:
        with pytest.raises(Malformed):
            decode('{"t":"hello","v":1,"client":"\ud800"}')

    def test_w10_nul_reaches_the_check_with_a_field(self) -> None:
        """JSON may carry it; that the database may not is the domain's business (test_apply)."""
        assert fields_in('"attributes":{"a":"\\u0000"}') == {"attributes": {"a": "\0"}}

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            (f'"attributes":{{"a":"{"x" * 2001}"}}', "attributes"),
            (f'"attributes":{{"{"x" * 65}":1}}', "attributes"),
            (f'"label":"{"x" * 1_000_000}"', "label"),
        ],
        ids=["value", "name", "label of a megabyte"],
    )
    def test_w10_too_long_texts_are_refused_with_their_field(self, fields: str, where: str) -> None:
        with pytest.raises(Malformed, match=f"ops.0..set.{where}") as refusal:
            decode(setting(fields))
        assert len(str(refusal.value)) <= 200

    def test_w10_the_refusal_is_short_whatever_was_sent(self) -> None:
        with pytest.raises(Malformed) as refusal:
            decode(f'{{"t":"{"x" * 60_000}"}}')
        assert len(str(refusal.value)) <= 200

    def test_w10_odd_but_legal_text_comes_through(self) -> None:
        zalgo = "Z̸̡a͌l̷g̈o 👩‍👩‍👧 \u202e rtl <b>&amp;"
        assert fields_in(f'"attributes":{{"a":{json.dumps(zalgo)}}}') == {"attributes": {"a": zalgo}}


class TestNames:
    def test_w11_of_duplicate_keys_the_last_counts(self) -> None:
        """As in a browser, so that nobody sees another value than the server."""
        assert fields_in('"x1":1,"x1":2') == {"x1": 2.0}
        assert json.loads('{"x1":1,"x1":2}') == {"x1": 2}

    def test_w11_a_duplicate_type_is_refused(self) -> None:
        with pytest.raises(Malformed):
            decode(f'{{"t":"seen","r":1,"t":"hello","v":1,"client":"{BOX}"}}')

    @pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype", "toString"])
    def test_w11_they_are_ignored_as_fields(self, name: str) -> None:
        assert fields_in(f'"{name}":{{"x1":5}},"x1":2') == {"x1": 2.0}

    @pytest.mark.parametrize("value", ["null", "1", '"x"', "true"])
    def test_w11_no_attribute_replaces_a_prototype(self, value: str) -> None:
        with pytest.raises(Malformed, match="attributes"):
            decode(setting(f'"attributes":{{"a":1,"__proto__":{value}}}'))

    def test_attributes_may_be_named_as_people_like(self) -> None:
        for name in ("constructor", "a b", "größe", "__proto", "a__proto__", "__proto__b", "1", "."):
            assert fields_in(f'"attributes":{{"{name}":1}}') == {"attributes": {name: 1.0}}

    @pytest.mark.parametrize(
        "name",
        [
            "author",
            "created_at",
            "created_by",
            "created_by_id",
            "project",
            "frame",
            "frame_id",
            "source",
            "confidence",
            "verified",
            "seq",
            "id",
            "pk",
            "revision",
            "deleted_revision",
            "versions",
            "authored",
            "deleted",
            "by",
        ],
    )
    def test_w16_what_is_not_the_clients_to_say_is_ignored(self, name: str) -> None:
        assert fields_in(f'"{name}":1,"x1":2') == {"x1": 2.0}
        wire = f'{{"c":1,"k":"delete","box":"{BOX}","{name}":1,"user":9,"origin":"admin","reverts":"x"}}'
        assert commands_in(op(wire)) == [Command(1, "delete", UUID(BOX))]

    @pytest.mark.parametrize(
        "kind",
        [
            *(
                "welcome",
                "snapshot",
                "ev",
                "ack",
                "nack",
                "pres",
                "where",
                "hb",
                "frame",
                "role",
                "bye",
                "error",
            ),
            *("frame.update", "websocket.send", "websocket.close", "websocket.accept", "http.request"),
            *("project", "ops", "poke", "claim", "people", "disconnect", "Hello", "HELLO", "__init__", ""),
        ],
    )
    def test_w17_no_client_speaks_for_the_server(self, kind: str) -> None:
        with pytest.raises(Malformed):
            decode(json.dumps({"t": kind, "from": 1, "to": 1, "ops": [], "code": 4401, "frame": 1}))
        with pytest.raises(Malformed):
            decode(json.dumps({"type": kind, "text": "{}"}))
