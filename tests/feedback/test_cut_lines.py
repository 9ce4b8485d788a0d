"""F03: the line breaks in the middle of an upload to the real server; nothing half is kept, and it can be sent again."""

import hashlib
import http.client
import json
import sqlite3
import time
from pathlib import Path

import pytest

from tests.cutting import CutLine
from tests.feedback.answers import ANSWERS, address
from tests.feedback.test_kills import Browser
from tests.jobs.test_serve import ROOT, Served, data  # noqa: F401  # a migrated database

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
#: More than is kept in memory while it arrives, so that the server has begun to write it somewhere.
DOCUMENT = b"The goods were held at the port.\n" * 100_000
BOUNDARY = "cutcutcut"


@pytest.fixture(scope="module")
def served(data, tmp_path_factory):  # noqa: F811
    served = Served(data, "config.settings")
    served.temporary = tmp_path_factory.mktemp("temporary")
    served.env["TMPDIR"] = str(served.temporary)
    served.start()
    yield served
    served.stop()


class Uploader(Browser):
    """A browser that has answered every question before the documents."""

    def __init__(self, served):
        super().__init__(served)
        self.upto("evidence")
        self.page = self.ask("GET", address("evidence"))

    def upto(self, last):
        for step, parts in ANSWERS.items():
            if step == last:
                break
            for part in parts if isinstance(parts, list) else [parts]:
                page = self.ask("GET", address(step))
                assert self.ask("POST", address(step), {**self.hidden(page), **part}).status_code == 303

    def upload(self, port, **more):
        """Send the document over the line behind that port; (status, body), or None if no answer came."""
        fields = {**self.hidden(self.page), "_add": "1", **more}
        text = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="notice.txt"\r\n'
        body = (text + head + "Content-Type: text/plain\r\n\r\n").encode() + DOCUMENT
        body += f"\r\n--{BOUNDARY}--\r\n".encode()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {
            "Host": f"127.0.0.1:{self.served.port}",
            "Origin": self.served.env["SITE_ORIGIN"],
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Accept": "application/json",
        }
        try:
            line.request("POST", address("evidence"), body=body, headers=headers)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        except (http.client.HTTPException, OSError):
            return None
        finally:
            line.close()


def kept(served):
    """What the database and the disk hold: (rows, digests of files, files begun and not ended)."""
    home = Path(served.env["CAUSEWAY_DATA"])
    base = sqlite3.connect(home / "causeway.sqlite3", timeout=20)
    try:
        (rows,) = base.execute("SELECT count(*) FROM cases_attachment").fetchone()
    finally:
        base.close()
    files = [path for path in (home / "files").rglob("*") if path.is_file()]
    begun = [path for path in served.temporary.rglob("*") if path.is_file()]
    return rows, sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files), begun


def settled(served, expected, patience=20.0):
    """Wait until the server has noticed and cleared up; what it then holds."""
    end = time.monotonic() + patience
    while (now := kept(served)) != expected and time.monotonic() < end:
        time.sleep(0.1)
    return now


def one_more(served, rows, files):
    """One row and one whole file more, and nothing begun."""
    whole = sorted([*files, hashlib.sha256(DOCUMENT).hexdigest()])
    assert settled(served, (rows + 1, whole, [])) == (rows + 1, whole, [])


def the_draft_is_whole(browser):
    for step, said in (("what-happened", "text"), ("wanted", "wanted")):
        page = browser.ask("GET", address(step))
        assert page.status_code == 200 and ANSWERS[step][said] in page.content.decode()


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
@pytest.mark.parametrize("after", [300, 1024, len(DOCUMENT) // 2, len(DOCUMENT)])
def test_f03_a_line_cut_during_an_upload_leaves_nothing_and_it_is_sent_again(served, after, reset):
    browser = Uploader(served)
    rows, files, _begun = before = settled(served, (*kept(served)[:2], []))
    assert not before[2]
    with CutLine(served.port, after, reset=reset) as line:
        assert browser.upload(line.port) is None
    assert line.passed == after
    assert settled(served, before) == before
    the_draft_is_whole(browser)
    assert browser.upload(served.port, _again="1") == (200, {"refused": []})
    one_more(served, rows, files)


def test_f03_bad_input_119_an_answer_lost_on_the_line_leaves_one_file_when_it_is_sent_again(served):
    browser = Uploader(served)
    rows, files, _begun = kept(served)
    with CutLine(served.port, answer=True) as line:
        assert browser.upload(line.port) is None
    assert line.passed > len(DOCUMENT)
    the_draft_is_whole(browser)
    assert browser.upload(served.port, _again="1") == (200, {"refused": []})
    one_more(served, rows, files)
