"""nginx with the files of deploy/ and nobody behind it: what it refuses, says and logs by itself."""

import http.client
import socket

import pytest

from jobs.refusals import nobody_answers, too_large
from tests.drills.stack import Stack


@pytest.fixture(scope="module")
def front(tmp_path_factory, program):
    program("nginx")
    stack = Stack(tmp_path_factory.mktemp("front"), web=1, sockets=1, workers=0)
    stack.env["PATH"] = f"{stack.env['PATH']}:/usr/sbin"
    try:
        stack.start("nginx")
        yield stack
    finally:
        stack.stop()


def ask(front, method, path, host="127.0.0.1", body=None, **headers):
    line = http.client.HTTPConnection("127.0.0.1", front.port("http"), timeout=10)
    try:
        line.request(
            method, path, body, {"Host": host, **{k.replace("_", "-"): v for k, v in headers.items()}}
        )
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        line.close()


def test_t44_a_body_that_is_too_large_is_refused_by_its_announcement(front):
    status, _, told = ask(front, "POST", "/api/v1/concerns/", Content_Length=str(13 * 1024**2))
    assert status == 413
    assert told == too_large(b"application/json")[1]


def test_t44_a_person_is_told_in_three_languages(front):
    status, headers, told = ask(front, "POST", "/en/concerns/new/evidence/", Content_Length=str(13 * 1024**2))
    assert status == 413
    assert headers["Content-Type"].startswith("text/html")
    # The heads name the style sheets of two builds.
    assert told.partition(b"<body")[2] == too_large(b"text/html")[1].partition(b"<body")[2]
    assert told.count(b"<section lang=") == 3


def test_t44_a_body_in_chunks_is_refused_when_it_grows_too_large(front):
    chunks = (b"x" * 65536 for _ in range(250))
    line = http.client.HTTPConnection("127.0.0.1", front.port("http"), timeout=10)
    line.request("POST", "/api/v1/concerns/", chunks, {"Host": "127.0.0.1"}, encode_chunked=True)
    assert line.getresponse().status == 413
    line.close()
    kept = sum(p.stat().st_size for p in front.place.glob("deploy/temporary-client_body/**/*") if p.is_file())
    assert kept == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_when_nobody_answers_a_person_is_told_what_to_do(front, method):
    status, headers, told = ask(front, method, "/en/concerns/new/check/")
    assert status == 503
    assert headers["Retry-After"] == "5"
    assert headers["Cache-Control"] == "no-store"
    assert told.count(b"<section lang=") == 2
    assert told.startswith(nobody_answers(b"text/html")[1][:60])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_when_nobody_answers_a_program_is_told_in_json(front, method):
    status, headers, told = ask(front, method, "/api/v1/concerns/")
    assert (status, headers["Retry-After"]) == (503, "5")
    assert told == nobody_answers(b"application/json")[1]


def test_t42_a_strange_host_gets_nothing_at_all(front):
    with pytest.raises(ConnectionError):
        ask(front, "GET", "/en/", host="evil.example")


def test_files_with_a_fingerprint_are_kept_for_a_year_and_others_are_not(front):
    from django.conf import settings

    style, *_older = settings.STATIC_ROOT.glob("app.????????????.css")
    for name, kept in ((style.name, "immutable"), ("app.css", "max-age=3600")):
        status, headers, _ = ask(front, "GET", f"/static/{name}", Accept_Encoding="gzip")
        assert status == 200
        assert kept in ", ".join(headers.get_all("Cache-Control"))
        assert headers["Content-Encoding"] == "gzip"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_nginx_says_by_itself_has_no_address(front):
    assert ask(front, "GET", "/errors/503.html")[0] == 404


def test_t03_nothing_that_opens_anything_is_logged(front):
    secrets = {
        "/en/referrals/sEcReT1/?a=sEcReT2": ("sEcReT1", "sEcReT2"),
        "/en/track/HKC-7Q2M-X4KD/?code=sEcReT3": ("7Q2M", "sEcReT3"),
        "/api/v1/cases/hkc7q2mx4kd/": ("hkc7q2m",),
        "/api/v1/concerns/%48KC-7Q2M-X4KD/": ("7Q2M",),
        "/accounts/password/MQ/sEcReT4/": ("sEcReT4",),
        "/ws/track/HKC-7Q2M-X4KD/": ("7Q2M",),
    }
    for path in secrets:
        ask(front, "GET", path, Referer="http://127.0.0.1/sEcReT5", User_Agent="sEcReT6")
    logs = "".join(path.read_text() for path in (front.place / "logs").iterdir())
    assert '"path":"/en/referrals/***/"' in logs
    assert '"path":"/en/track/***/"' in logs
    for word in (*(word for words in secrets.values() for word in words), "sEcReT5", "sEcReT6"):
        assert word not in logs


def test_t44_who_trickles_headers_is_cut_off(front):
    with socket.create_connection(("127.0.0.1", front.port("http")), timeout=20) as line:
        line.sendall(b"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        with pytest.raises(ConnectionResetError):
            line.recv(4096)
