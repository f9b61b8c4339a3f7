"""Pages for people: the cookie, the explorer, problems in words. Nothing inline, nothing from elsewhere."""

import re

import pytest

from mutoscope.service.problems import CATALOGUE
from mutoscope.service.security.asking import COOKIE
from service_client import TOKEN

SAME_SITE = {"Authorization": "", "Sec-Fetch-Site": "same-origin"}


def test_a_token_in_the_address_becomes_a_strict_cookie(api):
    answer = api.get("/", params={"token": TOKEN}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["cache-control"] == "no-store"
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
    known = api.get("/api/me", headers={**SAME_SITE, "Cookie": f"{COOKIE}={TOKEN}"})
    assert known.status_code == 200
    api.client.cookies.clear()


def test_a_wrong_token_sets_no_cookie(api):
    answer = api.get("/", params={"token": "<b>wrong"}, follow_redirects=False)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "<b>wrong" not in answer.text


@pytest.mark.parametrize("path", ["/", "/explorer", "/guidelines", "/problems", "/problems/quota"])
def test_pages_hold_to_their_policy(api, path):
    answer = api.get(path, headers={"Authorization": "", "Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text)
    links = re.findall(r"(?:src|href)=[\"']([^\"']+)", answer.text)
    assert links
    assert all(link.startswith(("/", "#", "data:,")) for link in links)
    assert '<html lang="en">' in answer.text
    assert "<title>" in answer.text


def test_everything_that_the_explorer_loads_is_there(api):
    found, waiting = set(), re.findall(r"(?:src|href)=\"(/explorer/[^\"]+)", api.get("/explorer").text)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        answer = api.get(path)
        assert answer.status_code == 200, path
        kind = "css" if path.endswith(".css") else "javascript"
        assert kind in answer.headers["content-type"]
        assert not re.search(r"https?://|innerHTML|eval\(", answer.text.replace("http://www.w3.org", ""))
        waiting += re.findall(r"from \"(/explorer/[^\"]+)", answer.text)
    assert {"/explorer/explorer.js", "/explorer/operation.js", "/explorer/explorer.css"} <= found
    for name in ("../index.html", "..%2f..%2fprices.toml", "index.html", "x.js"):
        assert api.get(f"/explorer/{name}").status_code == 404


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_problem_is_explained_to_people_and_programs(api, name):
    page = api.get(f"/problems/{name}", headers={"Accept": "text/html,*/*"})
    told = api.get(f"/problems/{name}", headers={"Accept": "application/json"}).json()
    assert told["type"] == f"/problems/{name}"
    assert told["status"] == CATALOGUE[name].status
    assert len(told["meaning"]) > 40
    assert len(told["remedy"]) > 10
    assert "What to do" in page.text
    assert f"/problems/{name}" in api.get("/problems", headers={"Accept": "text/html"}).text


def test_an_unknown_problem_is_not_found(api):
    assert api.get("/problems/nonsense").status_code == 404
