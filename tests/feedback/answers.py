"""Walking through the form as a browser would, from question to question."""

import re
from typing import Any

ANSWERS: dict[str, Any] = {
    "for-whom": {"for_whom": "own"},
    "where": {"province": "440000", "city": "441900"},
    "category": [{"main": "CUS"}, {"main": "CUS", "category": "CUS-1"}],
    "what-happened": {"text": "Goods held since 3 November."},
    "when": {"started_month": "10", "started_year": "2026"},
    "authority": {"authority": "Huangpu Customs"},
    "proceedings": {"proceedings": "none"},
    "wanted": {"wanted": "Release of the goods."},
    "evidence": {},
    "sharing": {"sharing": "office_only"},
    "about-you": {
        "kind": "enterprise",
        "name": "Ho Siu-ming",
        "company": "Harbour Lantern Trading Ltd (demo)",
    },
    "contact": {"email": "ho@example.invalid", "language": "en", "notify": "on"},
}


def address(step, language="en"):
    return f"/{language}/concerns/new/{step}/"


def hidden(page):
    """The form's hidden fields, as a browser sends them back."""
    html = page.content.decode()
    form = html[html.find("<main") :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        if 'type="hidden"' in tag:
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and name[1] != "csrfmiddlewaretoken":
                found[name[1]] = value[1] if value else ""
    return found


def post(client, step, data, language="en", query=""):
    page = client.get(address(step, language) + query)
    return client.post(address(step, language) + query, {**hidden(page), **data})


def answer(client, upto=None, language="en", **changes):
    """Answer every question before ``upto`` (all if None); returns the last answer of the server."""
    response = None
    for step, data in ANSWERS.items():
        if step == upto:
            break
        data = changes.get(step.replace("-", "_"), data)
        for part in data if isinstance(data, list) else [data]:
            response = post(client, step, part, language)
            assert response.status_code == 303, (
                step,
                response.status_code,
                response.content.decode()[-3000:],
            )
    return response


def send(client, language="en"):
    page = client.get(address("check", language))
    assert page.status_code == 200, page.headers.get("Location")
    return client.post(address("check", language), hidden(page))
