"""The one table of strangers' words that leaves for a program for sheets."""

import csv

import pytest

from routing.labelled import write_judged

HARMLESS = ["Goods held since 3 November.", "貨物被扣", "", "5 = 5", "'quoted"]


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","y")', "＝1+1", "+852 1234 5678", "＋1", "-1", "－1", "@SUM(1)", "＠SUM(1)",
        "\t=1", "\r=1", "\n=1", "\0=1", "  =1",
    ],
)  # fmt: skip
def test_t18_bad_input_18_19_what_a_program_for_sheets_would_run_is_exported_as_words(tmp_path, text):
    path = tmp_path / "judged.csv"
    write_judged(str(path), [(text, text, "CUS-1", 0.5)])
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["text"], row["label"]) == (f"'{text}", f"'{text}")


def test_t18_other_words_are_exported_as_they_are(tmp_path):
    path = tmp_path / "judged.csv"
    write_judged(str(path), [(text, "CUS-1", "CUS-2", 0.25) for text in HARMLESS])
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == HARMLESS
