"""Recipes by REST: checked with line and field, kept with versions, compared."""

import tomllib

import pytest

RECIPE = {"step": [{"effect": "filter.play", "params": {"name": "great-wave", "strength": "0s:0, 2s:1"}}]}
TEXT = 'mutoscope = 1\n\n[[step]]\neffect = "filter.play"\n\n[step.params]\nname = "great-wave"\nstrength = 3\n'


def test_a_right_recipe_comes_back_plain_and_as_toml(api):
    told = api.post("/api/recipes/validate", json={"recipe": RECIPE}).json()
    assert told["valid"]
    assert told["order"] == ["filter.play"]
    assert told["recipe"] == {"mutoscope": 1, **RECIPE}
    assert tomllib.loads(told["toml"]) == told["recipe"]


def test_a_wrong_text_is_told_with_its_line_and_field(api):
    told = api.post("/api/recipes/validate", json={"recipe": TEXT}).json()
    assert not told["valid"]
    assert (told["line"], told["pointer"]) == (8, "/step/0/params/strength")
    assert told["detail"].startswith("line 8, step 1 (filter.play), params.strength: strength=3 is not allowed")


@pytest.mark.parametrize(
    "step",
    [
        {"effect": "stylize.optimise", "params": {"style": "/etc/passwd"}},
        {"effect": "stylize.optimise", "params": {"style": "0s: a.jpg, 3s: b.jpg"}},
        {"effect": "filter.play", "params": {"file": "../x.safetensors"}},
        {"effect": "filter.play", "params": {"name": "dusk"}, "mask": "s3://bucket/mask.png"},
        {"effect": "filter.play", "params": {"name": "dusk"}, "inputs": {"guide": "C:\\depth.png"}},
        {"effect": "stylize.optimise", "params": {"style": "media:m_0123456789abcdefghijkl/../../x"}},
    ],
)
def test_a_path_is_no_media(api, step):
    told = api.post("/api/recipes/validate", json={"recipe": {"step": [step]}}).json()
    assert not told["valid"]
    assert "is no media; upload the file" in told["detail"]
    assert told["pointer"].startswith("/step/0/")


def test_media_of_nobody_are_refused(api):
    step = {"effect": "stylize.optimise", "params": {"style": "media:m_0123456789abcdefghijkl:0.5 + media:m_x"}}
    told = api.post("/api/recipes/validate", json={"recipe": {"step": [step]}}).json()
    assert "'media:m_x' is no media" in told["detail"]
    step["params"]["style"] = "media:m_0123456789abcdefghijkl"
    told = api.post("/api/recipes/validate", json={"recipe": {"step": [step]}}).json()
    assert told["detail"].startswith("there is no media m_0123456789abcdefghijkl")


def test_a_kept_recipe_is_changed_only_by_who_has_seen_it(api):
    made = api.post("/api/recipes", json={"recipe": RECIPE, "name": "Dusk"})
    place, etag = made.headers["Location"], made.headers["ETag"]
    assert made.status_code == 201
    assert etag == '"1"'
    other = {"recipe": {"step": [{"effect": "frame.identity"}]}}
    assert api.put(place, json=other).status_code == 428
    assert api.put(place, json=other, headers={"If-Match": '"7"'}).status_code == 412
    changed = api.put(place, json=other, headers={"If-Match": etag})
    assert changed.headers["ETag"] == '"2"'
    assert changed.json()["effects"] == ["frame.identity"]
    assert changed.json()["name"] == "Dusk"
    assert api.get(place).headers["ETag"] == '"2"'
    assert tomllib.loads(api.get(f"{place}/toml").text)["step"][0]["effect"] == "frame.identity"
    assert api.delete(place, headers={"If-Match": etag}).status_code == 412
    assert api.delete(place).status_code == 204
    assert api.get(place).status_code == 404


def test_a_recipe_of_somebody_else_is_not_there(api):
    place = api.post("/api/recipes", json={"recipe": RECIPE}).headers["Location"]
    stranger = api.stranger()
    for method, path in (("GET", place), ("GET", f"{place}/toml"), ("DELETE", place)):
        assert api.request(method, path, headers=stranger).status_code == 404
    change = api.put(place, json={"recipe": RECIPE}, headers={**stranger, "If-Match": "*"})
    assert change.status_code == 404
    assert api.get("/api/recipes", headers=stranger).json() == {"items": [], "next": None}


def test_pages_hold_each_recipe_once(api):
    stranger = api.stranger()
    made = [api.post("/api/recipes", json={"recipe": RECIPE}, headers=stranger).json()["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        told = api.get(
            "/api/recipes", params={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}, headers=stranger
        )
        seen += [one["id"] for one in told.json()["items"]]
        cursor = told.json()["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_a_wrong_recipe_is_not_kept(api):
    answer = api.post("/api/recipes", json={"recipe": TEXT})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/recipe/step/0/params/strength"


def test_what_differs_is_told_in_lines(api):
    b = {"step": [{"effect": "filter.play", "params": {"name": "great-wave", "strength": 0.5}}]}
    told = api.post("/api/recipes/diff", json={"a": RECIPE, "b": b}).json()
    assert told == {"same": False, "lines": ["step 1 (filter.play) params.strength: 0s:0, 2s:1 -> 0.5"]}
    kept = api.post("/api/recipes", json={"recipe": RECIPE}).json()["id"]
    assert api.post("/api/recipes/diff", json={"a": kept, "b": RECIPE}).json() == {"same": True, "lines": []}


def test_an_estimate_wants_one_recipe_and_ones_own_media(api):
    source = "m_0123456789abcdefghijkl"
    assert api.post("/api/recipes/estimate", json={"source": source}).json()["errors"][0]["pointer"] == "/recipe"
    answer = api.post("/api/cost/estimate", json={"source": source, "recipe": RECIPE})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/inputs/source"
