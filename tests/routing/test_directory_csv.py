"""Directory entries from a file: what is shown before, what is written after, and what never happens."""

import csv
import io
import threading
from datetime import date

import pytest
from django.db import connection, transaction

from jobs.clock import this_moment
from routing import directory_csv
from routing.directory_csv import ChangedMeanwhile, Unreadable, apply, decode, preview
from routing.models import Authority, AuthorityContact, DirectoryFile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reread_reference")]

NEW = "CODE,type,level,division,name_en,name_zh_hant,name_zh_hans,conduit\r\n"
ADDED = "TAX-NEW,TAX,municipal,440300,Tax Bureau of New Zone,新區稅務局,新区税务局,via_hkmao\r\n"


def a_file(text):
    return DirectoryFile.objects.create(name="d.csv", text=text, sent_at=this_moment(), sent_by="ada")


def applied(text):
    return apply(a_file(text).pk, shown=preview(text).fingerprint, by="ada")


def test_a_preview_says_what_would_be_added_changed_and_ended_and_writes_nothing():
    Authority.objects.filter(pk="TAX-440300").update(email="old@example.invalid")
    before = list(Authority.objects.order_by("pk").values())
    text = (
        "code,type,level,division,name_en,name_zh_hant,name_zh_hans,email,valid_until\n"
        "TAX-NEW,TAX,municipal,440300,New,新,新,,\n"
        "TAX-440300,TAX,municipal,440300,Shenzhen Tax,深圳稅務局,深圳税务局,new@example.invalid,\n"
        "\n"
        'TAX-441900,TAX,municipal,441900,"{en}",{hant},{hans},,2026-12-31\n'
    )
    old = Authority.objects.get(pk="TAX-441900")
    text = text.format(en=old.name_en, hant=old.name_zh_hant, hans=old.name_zh_hans)
    found = preview(text)
    assert [row.code for row in found.added] == ["TAX-NEW"]
    (changed,) = found.changed
    assert ("email", "old@example.invalid", "new@example.invalid") in changed.fields
    (ended,) = found.ended
    assert (ended.line, ended.code, ended.fields) == (5, "TAX-441900", (("valid_until", "", "2026-12-31"),))
    assert found.refused == []
    assert list(Authority.objects.order_by("pk").values()) == before


def test_what_was_shown_is_written_and_the_contact_before_is_kept():
    Authority.objects.filter(pk="TAX-440300").update(email="old@example.invalid", source="by hand")
    count = Authority.objects.count()
    applied("code,email,valid_until\nTAX-440300,new@example.invalid,2026-12-31\n")
    applied(NEW + ADDED)
    row = Authority.objects.get(pk="TAX-440300")
    assert (row.email, row.valid_until, row.source) == ("new@example.invalid", date(2026, 12, 31), "by hand")
    kept = AuthorityContact.objects.get()
    assert (kept.authority_id, kept.email, kept.by) == ("TAX-440300", "old@example.invalid", "ada")
    assert Authority.objects.count() == count + 1
    assert Authority.objects.get(pk="TAX-NEW").conduit == "via_hkmao"
    found = preview(NEW + ADDED)
    assert (found.unchanged, found.added, found.changed) == (1, [], [])


def test_bad_input_128_an_entry_can_be_sent_as_it_stands_without_any_change():
    columns = directory_csv.COLUMNS
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(columns)
    for row in Authority.objects.all()[:300]:
        lines.writerow([getattr(row, column) for column in columns.values()])
    found = preview(text.getvalue())
    assert found.unchanged == 300
    assert found.refused == []


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("TAX-N,TAXI,municipal,440300,a,b,c,direct", "type"),
        ("TAX-N,TAX,village,440300,a,b,c,direct", "level"),
        ("TAX-N,TAX,municipal,999999,a,b,c,direct", "division"),
        ("TAX-N,TAX,municipal,,a,b,c,direct", "division"),
        ("TAX-N,TAX,national,440300,a,b,c,direct", "division"),
        ("TAX-N,TAX,municipal,440300,a,,c,direct", "name_zh_hant"),
        ("TAX-N,TAX,municipal,440300,a,b,c,by pigeon", "conduit"),
        ("tax new,TAX,municipal,440300,a,b,c,direct", "code"),
        (",TAX,municipal,440300,a,b,c,direct", "code"),
        (f"TAX-N,TAX,municipal,440300,{'a' * 201},b,c,direct", "name_en"),
        ("TAX-N,TAX,municipal,440300,a,b,c", ""),
        ("TAX-N,TAX,municipal,440300,a,b,c,direct,more", ""),
        ("TAX-440300,TAX,municipal,440300,,b,c,direct", ""),
    ],
)
def test_a_line_that_is_wrong_is_left_out_with_the_column_and_the_reason(line, column):
    if line.startswith("TAX-440300"):
        # An entry that is there must keep its names; only the English one may be missing.
        assert preview(NEW + line.replace(",b,", ",,")).refused[0].reasons[0][0] == "name_zh_hant"
        return
    found = preview(NEW + line + "\n" + ADDED)
    assert [row.code for row in found.added] == ["TAX-NEW"]
    (refused,) = found.refused
    assert refused.line == 2
    assert column in [name for name, _words in refused.reasons]
    assert all(words for _name, words in refused.reasons)


def test_bad_input_124_dates_and_addresses_of_mail_are_checked_and_a_code_counts_once():
    found = preview(
        "code,email,valid_from,valid_until\n"
        "TAX-440300,not an address,,\n"
        "TAX-441900,,31/12/2026,\n"
        "TAX-440100,,2026-12-31,2026-01-01\n"
        "TAX-440100,,,2026-01-01\n"
    )
    assert [(row.line, row.reasons[0][0]) for row in found.refused] == [
        (2, "email"),
        (3, "valid_from"),
        (4, "valid_until"),
        (5, "code"),
    ]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bad_input_121_utf_8_is_read_with_and_without_its_mark(mark):
    assert preview(decode(mark + (NEW + ADDED).encode())).added[0].code == "TAX-NEW"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ((NEW + ADDED).encode("gb18030"), "not in UTF-8"),
        ("code,name_zh_hant\nTAX-440300,稅務局\n".encode("big5"), "not in UTF-8"),
        ((NEW + ADDED).encode("utf-16"), "not in UTF-8"),
        (b"code\x00,", "not a text file"),
        (b"x" * (directory_csv.MOST_BYTES + 1), "larger than 2 MB"),
        (b"", "code"),
        (b"code\n\n", "no line below"),
        (b"name_en\nx\n", "code"),
        (b"code;name_en\nx;y\n", "code"),
        (b"code,colour\nx,y\n", "Unknown columns: colour"),
        (b"code,email,email\nx,y,z\n", "twice"),
        (b'code,name_en\nx,"y\n', "quotation mark"),
        (b"code\n" + b"x\n" * (directory_csv.MOST_LINES + 1), "20,000 lines"),
    ],
)
def test_bad_input_121_122_a_file_that_cannot_be_used_is_refused_with_a_sentence(content, says):
    with pytest.raises(Unreadable, match=says):
        preview(decode(content))


@pytest.mark.both
def test_nothing_is_written_if_the_directory_changed_after_the_preview():
    text = "code,email\nTAX-440300,new@example.invalid\nTAX-441900,new@example.invalid\n"
    shown = preview(text).fingerprint
    Authority.objects.filter(pk="TAX-441900").update(email="meanwhile@example.invalid")
    file = a_file(text)
    with pytest.raises(ChangedMeanwhile):
        apply(file.pk, shown=shown, by="ada")
    assert not Authority.objects.filter(email="new@example.invalid").exists()
    apply(file.pk, shown=preview(text).fingerprint, by="ada")
    with pytest.raises(ChangedMeanwhile):
        apply(file.pk, shown=preview(text).fingerprint, by="ada")


def test_a_change_in_another_column_is_kept_and_the_language_of_the_page_does_not_count():
    from django.utils.translation import override

    text = "code,email\nTAX-440300,new@example.invalid\n"
    with override("zh-hans"):
        shown = preview(text).fingerprint
    Authority.objects.filter(pk="TAX-440300").update(address="1 New Street")
    apply(a_file(text).pk, shown=shown, by="ada")
    assert Authority.objects.get(pk="TAX-440300").address == "1 New Street"


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_at_once_one_is_told_that_it_is_done():
    text = "code,contact_name\nTAX-440300,Ms Au\n"
    Authority.objects.filter(pk="TAX-440300").update(contact_name="Mr Chu")
    file, shown = a_file(text), preview(text).fingerprint
    start, ends = threading.Barrier(2), []

    def confirm():
        try:
            start.wait(10)
            apply(file.pk, shown=shown, by="ada")
            ends.append("applied")
        except ChangedMeanwhile:
            ends.append("refused")
        finally:
            connection.close()

    both = [threading.Thread(target=confirm) for _ in range(2)]
    try:
        for one in both:
            one.start()
        for one in both:
            one.join(30)
        assert sorted(ends) == ["applied", "refused"]
        assert AuthorityContact.objects.count() == 1
    finally:
        # These tables are spared when others are emptied.
        with transaction.atomic():
            AuthorityContact.objects.all().delete()
            DirectoryFile.objects.all().delete()
            Authority.objects.filter(pk="TAX-440300").update(contact_name="")


def test_what_nobody_can_see_in_a_code_makes_no_other_entry_of_it():
    found = preview("code,email\nTAX-440\u200b300,new@example.invalid\n")
    assert [row.code for row in found.changed] == ["TAX-440300"]
    twice = preview(NEW + ADDED + ADDED.replace("TAX-NEW", "TAX-\u200bNEW"))
    assert ([row.code for row in twice.added], len(twice.refused)) == (["TAX-NEW"], 1)
    applied(NEW + ADDED.replace("TAX-NEW", "TAX-\u200bNEW"))
    assert Authority.objects.filter(pk="TAX-NEW").exists()


def test_a_new_entry_that_somebody_else_adds_at_the_same_moment_is_a_change_of_the_directory(monkeypatch):
    usual = directory_csv.preview
    file, shown = a_file(NEW + ADDED), usual(NEW + ADDED).fingerprint

    def and_then_it_is_there(text):
        found = usual(text)
        Authority.objects.create(pk="TAX-NEW", type_id="TAX", level="municipal", division_id="440300")
        return found

    monkeypatch.setattr(directory_csv, "preview", and_then_it_is_there)
    with pytest.raises(ChangedMeanwhile):
        apply(file.pk, shown=shown, by="ada")
    file.refresh_from_db()
    assert file.applied_at is None
