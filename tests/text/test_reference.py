import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.reference import ALPHABET, new_reference, new_tracking_code, parse_reference, parse_tracking_code


def test_a_reference_reads_back():
    for _ in range(200):
        reference = new_reference()
        assert re.fullmatch(r"HKC-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", reference)
        assert parse_reference(reference) == reference


@given(st.integers(4, 12), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(place, wrong):
    reference = new_reference()
    if place == 8 or reference[place] == wrong:
        return
    assert parse_reference(reference[:place] + wrong + reference[place + 1 :]) is None


def test_bad_input_94_a_reference_is_read_forgivingly():
    reference = next(r for r in iter(new_reference, None) if "0" in r and "1" in r)
    bare = reference.replace("-", "")
    full_width = "".join(chr(ord(char) + 0xFEE0) for char in reference)
    for typed in (
        reference.lower(),
        bare,
        f"  {bare[:5]} {bare[5:]} ",
        reference.replace("0", "O").replace("1", "l"),
        reference.replace("1", "I"),
        full_width,
        reference.replace("-", "–"),
        bare[3:],
    ):
        assert parse_reference(typed) == reference


@pytest.mark.parametrize("typed", ["", "HKC", "HKC-UUUU-UUUU", "x" * 5000, "HKC-0000-000", "１"])
def test_what_is_no_reference_is_none(typed):
    assert parse_reference(typed) is None


def test_a_tracking_code_is_read_forgivingly():
    code = new_tracking_code()
    assert re.fullmatch(r"\d{16}", code)
    assert parse_tracking_code(" ".join((code[:4], code[4:8], code[8:12], code[12:]))) == code
    assert parse_tracking_code(code.replace("0", "O")) == code
    assert parse_tracking_code(code[:-1]) is None
