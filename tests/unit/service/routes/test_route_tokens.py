"""Tokens by REST: the secret is shown once, limits hold, revoking counts at once, and only the owner may."""

import pytest

from mutoscope.service.guidelines import guidelines


def test_a_secret_is_shown_once_and_lets_in_until_it_is_revoked(api):
    made = api.post("/api/tokens", json={"name": "cutting room", "max_jobs": 3})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    secret, place = made.json()["secret"], made.headers["Location"]
    headers = {"Authorization": f"Bearer {secret}"}
    me = api.get("/api/me", headers=headers).json()
    assert (me["name"], me["is_admin"], me["jobs"]) == ("cutting room", False, {"used": 0, "limit": 3})
    assert secret not in api.get("/api/tokens").text + api.get(place).text
    assert api.delete(place).status_code == 204
    assert api.get("/api/me", headers=headers).status_code == 401
    assert api.get(place).json()["revoked_at"] is not None


def test_a_change_holds_at_once_and_leaves_the_rest(api):
    made = api.post("/api/tokens", json={"name": "a", "max_bytes": 10, "max_cost": 1.5}).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    assert api.get("/api/me", headers=headers).json()["bytes"]["limit"] == 10
    told = api.patch(f"/api/tokens/{made['id']}", json={"max_bytes": None}).json()
    assert (told["max_bytes"], told["max_cost"], told["name"]) == (None, 1.5, "a")
    assert api.get("/api/me", headers=headers).json()["bytes"]["limit"] == api.service.settings.max_bytes
    assert api.patch(f"/api/tokens/{made['id']}", json={"name": None}).status_code == 422


def test_tokens_of_one_owner_see_the_same_things(api):
    first = api.post("/api/tokens", json={"name": "first"}).json()
    second = api.post("/api/tokens", json={"name": "second", "owner": first["owner"]}).json()
    ours = [{"Authorization": f"Bearer {one['secret']}"} for one in (first, second)]
    made = api.post("/api/recipes", json={"recipe": {"step": [{"effect": "frame.identity"}]}}, headers=ours[0])
    assert api.get(made.headers["Location"], headers=ours[1]).status_code == 200
    assert api.post("/api/tokens", json={"name": "third", "owner": "t_nobody"}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/tokens"),
        ("POST", "/api/tokens"),
        ("PATCH", "/api/tokens/t_0123456789abcdefghijkl"),
        ("DELETE", "/api/tokens/t_0123456789abcdefghijkl"),
        ("POST", "/api/stores"),
        ("DELETE", "/api/stores/data"),
    ],
)
def test_only_the_owner_of_the_server_may(api, method, path):
    body = {"name": "x", "uri": "s3://a"} if method == "POST" and "stores" in path else {"name": "x"}
    answer = api.request(method, path, headers=api.stranger(), json=None if method in ("GET", "DELETE") else body)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "a", "max_jobs": -1},
        {"name": "a", "max_jobs": False},
        {"name": "a", "max_bytes": True},
        {"name": "a", "max_cost": False},
        {"name": "a", "x": 1},
    ],
)
def test_what_is_no_token_is_refused(api, body):
    assert api.post("/api/tokens", json=body).status_code == 422


def test_nobody_locks_themselves_out(api):
    own = api.get("/api/me").json()["token"]
    other = api.post("/api/tokens", json={"name": "other", "is_admin": True}).json()
    assert api.delete(f"/api/tokens/{own}").json()["type"] == "/problems/conflict"
    assert api.get("/api/me").status_code == 200
    assert api.delete(f"/api/tokens/{other['id']}").status_code == 204


def test_accepting_the_rules_is_recorded_for_this_token(api):
    stranger = api.stranger()
    told = api.get("/api/guidelines", headers=stranger).json()
    assert not api.get("/api/me", headers=stranger).json()["guidelines_accepted"]
    old = api.post("/api/guidelines/accept", json={"version": "2020-01-01-0"}, headers=stranger)
    assert old.status_code == 409
    assert told["version"] in old.json()["detail"]
    assert api.post("/api/guidelines/accept", json={"version": told["version"]}, headers=stranger).status_code == 200
    me = api.get("/api/me", headers=stranger).json()
    assert (me["guidelines"], me["guidelines_accepted"]) == (guidelines().version, True)
    assert not api.get("/api/me", headers=api.stranger()).json()["guidelines_accepted"]


def test_the_rules_are_told_whole_in_each_form(api):
    told = api.get("/api/guidelines").json()
    text = api.get("/api/guidelines", params={"format": "markdown"})
    assert text.headers["content-type"].startswith("text/markdown")
    assert text.text == told["markdown"]
    for section in told["sections"]:
        assert section["rules"]
        assert f"## {section['title']}" in text.text
    words = " ".join(text.text.split())
    assert all(rule in words for section in told["sections"] for rule in section["rules"])
    assert told["version"].startswith(told["valid_from"])
