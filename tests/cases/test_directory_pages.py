"""The directory in the administration: a file is shown, confirmed and logged; nothing there is deleted."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError
from django.urls import reverse

from routing.models import Authority, AuthorityContact, DirectoryFile
from tests.cast import file_case, sent_referral

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reread_reference")]

IMPORT = "/admin/routing/authority/import/"


def send(client, content, name="entries.csv"):
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def test_a_file_is_shown_then_applied_once_and_logged(cast, client):
    client.force_login(cast.ada)
    text = "code,email,valid_until\nTAX-440300,new@example.invalid,\nTAX-441900,,2026-12-31\nNOWHERE-1,,\n"
    shown = client.get(send(client, text.encode()).url)
    page = shown.content.decode()
    assert "new@example.invalid" in page
    assert "Lines left out: 1" in page
    assert "Ended: 1" in page
    left_out = client.get(shown.request["PATH_INFO"] + "?part=refused").content.decode()
    assert "A new entry needs this." in left_out
    confirm = {"shown": shown.context["found"].fingerprint}
    address = shown.request["PATH_INFO"]
    assert client.post(address, confirm).status_code == 302
    assert Authority.objects.get(pk="TAX-440300").email == "new@example.invalid"
    assert set(LogEntry.objects.values_list("object_id", flat=True)) == {"TAX-440300", "TAX-441900"}
    again = client.post(address, confirm, follow=True)
    assert "This file was applied already." in again.content.decode()
    assert LogEntry.objects.count() == 2
    file = DirectoryFile.objects.get()
    assert (file.sent_by, file.applied_by) == ("ada", "ada")


def test_what_changed_meanwhile_is_shown_again_before_anything_is_written(cast, client):
    client.force_login(cast.ada)
    address = send(client, b"code,email\nTAX-440300,new@example.invalid\n").url
    shown = client.get(address).context["found"].fingerprint
    Authority.objects.filter(pk="TAX-440300").update(email="meanwhile@example.invalid")
    page = client.post(address, {"shown": shown}, follow=True).content.decode()
    assert "The directory changed after this preview was made" in page
    assert "meanwhile@example.invalid → new@example.invalid" in page
    assert Authority.objects.get(pk="TAX-440300").email == "meanwhile@example.invalid"


def test_a_file_that_cannot_be_used_is_refused_at_its_field_and_not_kept(cast, client):
    client.force_login(cast.ada)
    page = send(client, "code,name_zh_hant\nTAX-440300,稅務局\n".encode("gb18030"))
    assert "not in UTF-8" in page.context["form"].errors["file"][0]
    assert not DirectoryFile.objects.exists()


def test_cells_are_text_and_never_more(cast, client):
    client.force_login(cast.ada)
    text = "code,contact_name\nTAX-440300,<script>alert(1)</script>\nTAX-441900,=1+1\n"
    page = client.get(send(client, text.encode(), name="<b>.csv").url).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<b>.csv" not in page


def test_nobody_but_an_administrator_sends_a_file(cast, client):
    for person in (cast.hana, cast.wing, cast.amina):
        client.force_login(person)
        assert send(client, b"code\nTAX-440300\n").status_code in (302, 403)
    assert not DirectoryFile.objects.exists()


def test_an_earlier_contact_is_kept_when_it_is_changed_by_hand(cast, client):
    client.force_login(cast.ada)
    Authority.objects.filter(pk="TAX-440300").update(contact_name="Mr Chu", email="chu@example.invalid")
    address = reverse("admin:routing_authority_change", args=["TAX-440300"])
    form = client.get(address).context["adminform"].form
    data = {name: "" if value is None else value for name, value in form.initial.items()}
    inline = {f"earlier_contacts-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    assert client.post(address, data | inline | {"contact_name": "Ms Au"}).status_code == 302
    kept = AuthorityContact.objects.get()
    assert (kept.contact_name, kept.email, kept.by) == ("Mr Chu", "chu@example.invalid", "ada")
    assert "Mr Chu" in client.get(address).content.decode()


@pytest.mark.both
def test_an_authority_that_a_case_refers_to_cannot_be_deleted(cast, client):
    case = file_case()
    from tests.cast import move, triage_inputs

    move(case, "triage", cast.staff("amina"), **triage_inputs(case))
    referral = sent_referral(case, cast)
    with pytest.raises(ProtectedError):
        Authority.objects.get(pk=referral.authority_id).delete()
    client.force_login(cast.ada)
    delete = reverse("admin:routing_authority_delete", args=[referral.authority_id])
    assert client.post(delete, {"post": "yes"}).status_code == 403
