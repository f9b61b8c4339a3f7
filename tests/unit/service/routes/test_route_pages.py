"""Pages for people: the cookie, the explorer, problems in words. Nothing inline, nothing from elsewhere."""

import posixpath
import re

import pytest

from mutoscope.service.problems import CATALOGUE
from mutoscope.service.routes.web import VIEWS
from mutoscope.service.security.asking import COOKIE
from service_client import TOKEN

NOBODY = {"Authorization": ""}
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


@pytest.mark.parametrize("path", ["/", "/explorer", "/guidelines", "/watch/j_0", "/problems", "/problems/quota"])
def test_pages_hold_to_their_policy(api, path):
    answer = api.get(path, headers={"Authorization": "", "Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text)
    links = re.findall(r"(?:src|href)=[\"']([^\"']+)", answer.text)
    assert links
    assert all(link.startswith(("/", "#", "data:,")) for link in links)
    assert '<html lang="en"' in answer.text
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


def test_every_part_of_the_page_is_there_and_names_only_what_is_there(api):
    found, waiting = set(), ["/studio", *(f"/web/views/{name}.js" for name in VIEWS)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        answer = api.get(path, headers=NOBODY)
        assert answer.status_code == 200, path
        kind = answer.headers["content-type"]
        if "html" in kind:
            waiting += re.findall(r"(?:src|href)=\"(/web/[^\"]+)", answer.text)
        if "javascript" in kind and "/vendor/" not in path:
            waiting += [
                posixpath.join(posixpath.dirname(path), one)
                for one in re.findall(r"(?:from|import)[ (]*\"(\.[^\"]+)\"", answer.text)
            ]
            waiting += re.findall(r"\"(/web/[^\"$]+\.\w+)\"", answer.text)
            assert not re.search(r"innerHTML|\beval\(|new Function", answer.text), path
            assert not re.search(
                r"https?://(?!www\.w3\.org|127\.0\.0\.1)", re.sub(r"/\*.*?\*/", "", answer.text, flags=re.DOTALL)
            ), path
        waiting = [posixpath.normpath(one) for one in waiting]
    assert {"/web/app.js", "/web/api.js", "/web/css/tokens.css"} <= found
    assert len(found) > 100


def test_views_of_the_page_are_those_of_its_script(api):
    script = api.get("/web/app.js", headers=NOBODY).text
    assert re.findall(r"\"(\w+)\"", re.search(r"const VIEWS = \[(.*?)\]", script, re.DOTALL).group(1)) == list(VIEWS)
    assert {api.get(f"/{name}/x_1", headers=NOBODY).status_code for name in VIEWS} == {200}


def test_a_browser_that_has_a_file_is_not_sent_it_again(api):
    first = api.get("/web/app.js", headers=NOBODY)
    again = api.get("/web/app.js", headers={**NOBODY, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert api.get("/web/app.js", headers={**NOBODY, "If-None-Match": '"other"'}).status_code == 200
    assert first.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "css", "", "css/", "none.js", "/etc/passwd"]
)
def test_no_name_of_a_file_leads_out_of_the_page(api, name):
    answer = api.get(f"/web/{name}", headers=NOBODY)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_that_is_nowhere_is_told_to_people_as_a_page_and_to_programs_as_a_problem(api):
    people = api.get("/nowhere", headers={**NOBODY, "Accept": "text/html,*/*"})
    assert (people.status_code, people.headers["content-type"]) == (404, "text/html; charset=utf-8")
    for path in ("/nowhere", "/api/nowhere"):
        program = api.get(path, headers={"Accept": "text/html" if "api" in path else "*/*"})
        assert (program.status_code, program.headers["content-type"]) == (404, "application/problem+json")
