import io
import time

import pytest
from rest_framework.exceptions import ParseError

from text.json import StrictJSONParser, TooLarge


def read(body):
    return StrictJSONParser().parse(io.BytesIO(body))


def refused(body):
    with pytest.raises(ParseError) as error:
        read(body)
    assert error.value.status_code == 400
    assert error.value.get_codes() == "parse_error"
    return str(error.value.detail)


def test_an_object_is_read():
    assert read('{"text": "東莞", "n": [1, 2.5, null, true]}'.encode()) == {
        "text": "東莞",
        "n": [1, 2.5, None, True],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a":1,}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":"\xff"}',
        b"[]",
        b'"x"',
    ],
)
def test_bad_input_59_what_is_not_one_plain_object_is_refused(body):
    refused(body)


def test_bad_input_60_deep_nesting_is_refused_without_recursion():
    refused(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)
    began = time.monotonic()
    refused(b"[" * 1_000_000)
    refused(b'{"' + b'\\"' * 500_000)
    assert time.monotonic() - began < 5


def test_brackets_inside_a_text_are_not_nesting():
    assert read(b'{"a":"' + b"[" * 100 + b'\\"{"}')["a"].startswith("[[")


def test_bad_input_61_a_key_given_twice_is_refused():
    assert "twice" in refused(b'{"stage":"a","stage":"b"}')
    refused(b'{"a":{"b":1,"b":1}}')


@pytest.mark.parametrize("text", [b"\\u0000", b"\\ud800", b"a\\udfffb"])
def test_bad_input_62_nul_and_half_characters_are_refused(text):
    refused(b'{"note":"' + text + b'"}')
    refused(b'{"' + text + b'":1}')
    refused(b'{"a":[{"b":"' + text + b'"}]}')


@pytest.mark.parametrize(
    "number",
    [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"1" + b"0" * 1001, b"9" * 5000, b"9223372036854775808"],
)
def test_bad_input_63_numbers_that_cannot_be_stored_are_refused(number):
    refused(b'{"n":' + number + b"}")


def test_the_largest_integer_is_read():
    assert read(b'{"n":-9223372036854775808}') == {"n": -(2**63)}


def test_a_body_beyond_the_limit_is_refused(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    with pytest.raises(TooLarge) as error:
        read(b'{"a":"' + b"x" * 200 + b'"}')
    assert (error.value.status_code, error.value.get_codes()) == (413, "too_large")
