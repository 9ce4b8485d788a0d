"""The files of deploy/ as they come out filled in, read by the programs that will read them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.render import DEFAULTS, render

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
OPERATING = (ROOT / "docs/operating.md").read_text()
KINDS = ("web", "sockets", "worker")


@pytest.fixture
def filled(tmp_path):
    render(tmp_path, {"HOST": "causeway.example", "WEB": "3"})
    return tmp_path


def test_every_name_is_filled_in(filled):
    texts = [path.read_text() for path in filled.glob("*/*")]
    assert len(texts) >= 10
    assert not [text for text in texts if re.search(r"@[A-Z][A-Z_]+@", text)]


def test_every_name_that_can_be_given_is_used():
    files = "".join(path.read_text() for path in [*DEPLOY.glob("nginx/*"), *DEPLOY.glob("systemd/*")])
    indirect = {"WEB": "@WEB_SERVERS@", "SOCKETS": "@SOCKETS_SERVERS@"}
    unused = [name for name in DEFAULTS if indirect.get(name, f"@{name}@") not in files and name != "ETC"]
    assert not unused


@pytest.mark.parametrize("given", [{}, {"HOST": "a.example", "WEBS": "2"}])
def test_a_missing_host_and_a_misspelt_name_are_refused(tmp_path, given):
    with pytest.raises(ValueError, match=r"HOST|WEBS"):
        render(tmp_path, given)


def test_nginx_asks_as_many_processes_as_there_are(filled):
    upstreams = (filled / "nginx/http.conf").read_text()
    assert re.findall(r"unix:(\S+) ", upstreams) == [
        "/run/causeway/web-1.sock", "/run/causeway/web-2.sock", "/run/causeway/web-3.sock",
        "/run/causeway-sockets-1/daphne.sock", "/run/causeway-sockets-2/daphne.sock",
    ]  # fmt: skip


def test_nginx_accepts_its_files(tmp_path, program):
    nginx = program("nginx")
    names = {
        "HOST": "causeway.example", "HTTP_LISTEN": "127.0.0.1:18080", "HTTPS_LISTEN": "127.0.0.1:18443",
        "ETC_NGINX": str(tmp_path), "LOGS": str(tmp_path), "TLS_CERTIFICATE": str(tmp_path / "c.pem"),
        "TLS_KEY": str(tmp_path / "k.pem"),
    }  # fmt: skip
    render(tmp_path, names)
    (tmp_path / "nginx").rename(tmp_path / "causeway")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=causeway.example",
         "-keyout", tmp_path / "k.pem", "-out", tmp_path / "c.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ {temporary} include {tmp_path}/causeway/site.conf; }}"
    )
    said = subprocess.run(
        [nginx, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "[warn]" not in said.stderr


def test_systemd_accepts_the_units(filled, program):
    analyze = program("systemd-analyze")
    units = filled / "systemd"
    names = ["causeway.target", "causeway-backup.service", "causeway-backup.timer"]
    for kind in KINDS:
        shutil.copy(units / f"causeway-{kind}@.service", units / f"causeway-{kind}@1.service")
        names.append(f"causeway-{kind}@1.service")
    shutil.copy(units / "causeway-web@.socket", units / "causeway-web@1.socket")
    said = subprocess.run(
        [analyze, "verify", *(str(units / name) for name in names)], capture_output=True, text=True
    )
    about_ours = [
        line for line in said.stderr.splitlines() if "causeway" in line and "not executable" not in line
    ]
    assert not about_ours


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_may_do_nothing_but_its_work(filled, kind):
    unit = (filled / f"systemd/causeway-{kind}@.service").read_text().splitlines()
    for line in ("User=causeway", "NoNewPrivileges=yes", "ProtectSystem=strict", "ReadWritePaths=/var/lib/causeway",
                 "PrivateTmp=yes", "CapabilityBoundingSet=", "UMask=0077", "Restart=always"):  # fmt: skip
        assert line in unit


def test_t43_nginx_overwrites_every_header_that_speaks_for_a_client():
    locations = (DEPLOY / "nginx/locations.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in locations
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in locations
    for name in ("X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP", "Forwarded", "Daphne-Root-Path"):
        assert f'proxy_set_header {name} "";' in locations
    # A header set inside a location would replace all of these there.
    assert not re.search(r"location[^}]*proxy_set_header", locations)


def test_t44_nginx_refuses_what_the_service_would_refuse(settings):
    locations = (DEPLOY / "nginx/locations.conf").read_text()
    megabytes = settings.MAX_BODY_BYTES // 1024**2
    assert f"client_max_body_size {megabytes}m;" in locations


def test_t03_the_access_log_has_no_query_referer_or_agent():
    upstreams = (DEPLOY / "nginx/http.conf").read_text()
    log_format = upstreams[upstreams.index("log_format") : upstreams.index("map $http_upgrade")]
    for variable in ("$request ", "$request_uri", "$args", "$http_referer", "$http_user_agent", '"$uri"'):
        assert variable not in log_format


def test_t03_every_page_that_opens_with_its_address_is_masked_in_the_log():
    """nginx itself is asked in the drill; here its patterns meet the addresses of the site."""
    upstreams = (DEPLOY / "nginx/http.conf").read_text()
    patterns = re.findall(r'"~(\*?\^\S+)"', upstreams)
    for path, secret in [
        ("/en/referrals/abcDEF123/", "abcDEF123"),
        ("/zh-hant/referrals/abcDEF123/files/", "abcDEF123"),
        ("/en/track/HKC-7Q2M-X4KD/", "HKC-7Q2M-X4KD"),
        ("/ws/track/HKC-7Q2M-X4KD/", "HKC-7Q2M-X4KD"),
        ("/ws/cases/hkc7q2mx4kd/", "hkc7q2mx4kd"),
        ("/en/cases/HKC-7Q2M-X4KD/moves/take/", "HKC-7Q2M-X4KD"),
        ("/en/track/mistyped/", "mistyped"),
        ("/accounts/password/MQ/abc-def/", "abc-def"),
        ("/api/v1/concerns/HKC-7Q2M-X4KD/events/", "HKC-7Q2M-X4KD"),
    ]:
        found = next(
            match
            for pattern in patterns
            if (match := re.match(pattern.lstrip("*").replace("(?<", "(?P<"), path, re.IGNORECASE))
            is not None
        )
        assert secret not in found["before"] + found["after"]


# --- settings -----------------------------------------------------------------------------------
def settings_read():
    """Every name of the environment that the code asks for."""
    sources = [*ROOT.glob("config/*.py"), *ROOT.glob("jobs/*.py"), ROOT / "deploy/gunicorn.conf.py"]
    text = "".join(path.read_text() for path in sources)
    return set(re.findall(r"(?:env(?:\.\w+)?|environ\.get)\(\s*\"([A-Z_]+)\"", text))


def test_every_setting_that_is_read_is_explained():
    assert len(settings_read()) > 20
    missing = [name for name in sorted(settings_read()) if f"`{name}`" not in OPERATING]
    assert not missing


def test_every_setting_of_the_example_is_read():
    example = (DEPLOY / "causeway.env.example").read_text()
    names = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert names <= settings_read()


def test_every_setting_that_is_explained_is_read():
    table = OPERATING[OPERATING.index("\n## Settings") : OPERATING.index("\n## Watching")]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    explained = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert explained <= settings_read() | {"CAUSEWAY_EMBEDDED"}


def test_every_file_the_document_names_is_there():
    for name in set(re.findall(r"deploy/([a-z_.]+[a-z])", OPERATING)):
        assert (DEPLOY / name).exists(), name
