import pytest

from text.emails import UnusableAddress, probably_meant, read_address
from text.phones import Phone, UnreadableNumber, read_phone


@pytest.mark.parametrize(
    ("typed", "chosen", "e164", "sure"),
    [
        ("９１２３ ４５６７", "HK", "+85291234567", True),
        ("(852) 2345-6789", "HK", "+85223456789", True),
        ("００８５２ ９１２３ ４５６７", "CN", "+85291234567", True),
        ("0086 138 0013 8000", "HK", "+8613800138000", True),
        ("86 138 0013 8000", "HK", "+8613800138000", False),
        ("9123 4567", "CN", "+85291234567", False),
        ("6612 3456", "MO", "+85366123456", True),
        ("（020）8123 4567", "CN", "+862081234567", True),
        ("400-820-1234", "CN", "+864008201234", True),
        ("+1 212 555 0100", "HK", "+12125550100", True),
        ("9123 4567", "", "+85291234567", False),
    ],
)
def test_bad_input_47_48_a_number_is_read_however_it_is_written(typed, chosen, e164, sure):
    phone = read_phone(typed, chosen)
    assert (phone.e164, phone.sure) == (e164, sure)


@pytest.mark.parametrize("typed", ["转12", "轉 12", "分机：12", "內線12", "ext.12", "#12", "x12", "-12"])
def test_bad_input_49_an_extension_is_read_in_every_language(typed):
    assert read_phone(f"0755-8123 4567 {typed}".replace(" -", "-"), "CN") == Phone(
        "+8675581234567", "+86 755 8123 4567 ext. 12", True
    )


@pytest.mark.parametrize(
    "typed", ["", "+", "123", "999", "+852 9123 456", "9" * 100, "+999 1234567", "abc", "12"]
)
def test_bad_input_50_51_what_is_no_number_is_refused(typed):
    with pytest.raises(UnreadableNumber):
        read_phone(typed, "HK")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tm@qq.con", "tm@qq.com"),
        ("tm@163.co", "tm@163.com"),
        ("tm@gmial.com", "tm@gmail.com"),
        ("tm@hotmai.com", "tm@hotmail.com"),
        ("tm@yahoo.com.h", "tm@yahoo.com.hk"),
        ("tm@outlook.cmo", "tm@outlook.com"),
        ("tm@harbour-lantern.con", "tm@harbour-lantern.com"),
        ("tm@qq.com", ""),
        ("tm@vip.163.com", ""),
        ("tm@162.com", ""),
        ("tm@aq.com", ""),
        ("tm@mail.com", ""),
        ("tm@live.cn", ""),
        ("tm@harbour-lantern.hk", ""),
    ],
)
def test_bad_input_45_a_slip_is_seen_and_what_is_real_is_left(typed, meant):
    assert probably_meant(typed) == meant


def test_bad_input_42_full_width_letters_are_plain_ones_and_chinese_ones_are_told_apart():
    assert read_address("ｈｏ＠ｅｘａｍｐｌｅ．ｉｎｖａｌｉｄ") == "ho@example.invalid"
    for typed, code in (("陳@例子.香港", "script"), ("陳", "format"), ("ho@", "format"), ("@x.hk", "format")):
        with pytest.raises(UnusableAddress) as unusable:
            read_address(typed)
        assert unusable.value.code == code
