"""Differences between two manifests, in lines that a person reads."""

import hashlib
from pathlib import Path

import pytest

from mutoscope.recipes.diff import diff
from mutoscope.recipes.manifest import Manifest, Run


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def used(path, role="source", text="x"):
    return {"path": path, "sha256": sha(text), "bytes": 1, "role": role}


def recipe(*steps, **film):
    return {"mutoscope": 1, "step": list(steps), **({"film": film} if film else {})}


def step(effect="frame.identity", **fields):
    return {"effect": effect, **fields}


def shots(*texts, key="k", start=0, shot=None):
    return [
        {
            "shot": i if shot is None else shot,
            "first_pts": start + 100 * i,
            "end_pts": start + 100 * (i + 1),
            "frames": 25,
            "key": key,
            "sha256": sha(t),
        }
        for i, t in enumerate(texts)
    ]


def film(**fields):
    return Manifest(**{"kind": "film", "time_base": "1/50", **fields})


def test_a_manifest_does_not_differ_from_itself_whatever_the_run_was():
    fields = {
        "inputs": [used("/a/clip.mp4")],
        "recipe": recipe(step(), size=46),
        "weights": [{"name": "vgg19", "sha256": sha("w"), "licence": "BSD", "source": "x"}],
        "shots": shots("a", "b"),
        "result": {"path": "/a/out.mp4", "sha256": sha("r"), "bytes": 1, "frames": 50},
    }

    assert diff(film(**fields, run=Run(seconds=1)), film(**fields, run=Run(seconds=2, engine="2 workers"))) == []


def test_where_files_lie_does_not_count():
    def at(folder, style):
        return film(
            inputs=[used(f"{folder}/clip.mp4"), used(f"{folder}/{style}", "step 1 style", "s")],
            recipe=recipe(step("stylize.optimise", params={"style": f"{folder}/{style}"})),
            result={"path": f"{folder}/out.mp4", "sha256": sha("r"), "bytes": 1, "frames": 50},
        )

    assert diff(at("/a", "wave.jpg"), at("/b", "other.jpg")) == []


def test_inputs_are_told_by_what_they_were():
    a = film(inputs=[used("/a/clip.mp4"), used("/a/m.png", "step 1 mask"), used("/a/g.mp4", "step 1 guide")])
    b = film(inputs=[used("/a/clip2.mp4", text="y"), used("/a/m.png", "step 1 mask"), used("/a/s.jpg", "step 1 style")])

    assert diff(a, b) == [
        f"input source differs: clip.mp4 (sha256 {sha('x')[:8]}…) -> clip2.mp4 (sha256 {sha('y')[:8]}…)",
        f"input step 1 guide is gone: g.mp4 (sha256 {sha('x')[:8]}…)",
        f"input step 1 style is new: s.jpg (sha256 {sha('x')[:8]}…)",
    ]


def test_two_inputs_of_one_role_are_told_apart():
    a = film(inputs=[used("/a/1.mp4"), used("/a/2.mp4", text="2")])
    b = film(inputs=[used("/a/1.mp4"), used("/a/2.mp4", text="3")])

    assert [line.split(":")[0] for line in diff(a, b)] == ["input source #2 differs"]


@pytest.mark.parametrize(
    ("a", "b", "lines"),
    [
        (
            recipe(step(), step("stylize.optimise", params={"strength": 0.8})),
            recipe(step(), step("stylize.optimise", params={"strength": 1.0})),
            ["step 2 (stylize.optimise) params.strength: 0.8 -> 1.0"],
        ),
        (recipe(step(seed=1)), recipe(step()), ["step 1 (frame.identity) seed: 1 -> not given"]),
        (recipe(step()), recipe(step(end="4s")), ["step 1 (frame.identity) end: not given -> 4s"]),
        (recipe(step(seed=1)), recipe(step(seed=1.0)), []),
        (recipe(step(seed=1)), recipe(step(seed=True)), ["step 1 (frame.identity) seed: 1 -> true"]),
        (recipe(step(), size=46), recipe(step(), size=46, crf=20), ["film.crf: not given -> 20"]),
        (recipe(step()), {**recipe(step()), "name": "new"}, ["recipe name: not given -> new"]),
        (
            recipe(step(), step()),
            recipe(step(), step("stylize.optimise"), step()),
            ["step 2 (stylize.optimise) is new"],
        ),
        (recipe(step(), step(name="b")), recipe(step(name="b")), ["step 1 (frame.identity) is gone"]),
        (
            recipe(step(name="a"), step(name="b")),
            recipe(step(name="b"), step(name="a")),
            ["steps stand in another order: a, b -> b, a"],
        ),
        (None, recipe(step()), ["the recipe is new"]),
        (recipe(step()), None, ["the recipe is gone"]),
        (None, None, []),
    ],
)  # fmt: skip
def test_recipes_are_told_by_step_and_field(a, b, lines):
    assert diff(film(recipe=a), film(recipe=b)) == lines


def test_weights_versions_and_result():
    def made(text, **versions):
        weights = [{"name": "vgg19", "sha256": sha(text), "licence": "", "source": ""}]
        result = {"path": "/o.mp4", "sha256": sha(text), "bytes": 1, "frames": 5}
        return film(weights=weights, versions=versions, result=result)

    assert diff(made("a", torch="2.8"), made("b", torch="2.9", av="16")) == [
        f"weights vgg19: {sha('a')[:8]}… -> {sha('b')[:8]}…",
        "version of torch: 2.8 -> 2.9",
        "version of av: not given -> 16",
        f"result sha256: {sha('a')[:8]}… -> {sha('b')[:8]}…",
    ]


def test_neighbouring_shots_are_joined():
    a = film(shots=shots("0", "1", "2", "3", "4", "5"))
    b = film(shots=shots("0", "x", "y", "3", "4", "z"))

    assert diff(a, b) == ["0:02.0 to 0:06.0 (2 shots) differ", "0:10.0 to 0:12.0 (1 shot) differs"]


def test_pieces_of_one_shot_count_once():
    assert diff(film(shots=shots("0", "1", shot=7)), film(shots=shots("x", "y", shot=7))) == [
        "0:00.0 to 0:04.0 (1 shot) differs"
    ]


def test_shots_of_another_key_and_the_same_bytes_are_told_apart():
    assert diff(film(shots=shots("0", "1")), film(shots=shots("0", "1", key="other"))) == [
        "0:00.0 to 0:04.0 (2 shots) were computed otherwise, to the same bytes"
    ]


def test_shots_that_are_missing_and_set_aside():
    aside = [{"first_pts": 100, "end_pts": 200, "reason": "killed three workers"}]
    whole, broken = film(shots=shots("0", "1")), film(shots=shots("0"), set_aside=aside)

    assert diff(whole, broken) == [
        "0:02.0 to 0:04.0 (1 shot) is gone",
        "0:02.0 to 0:04.0 is set aside: killed three workers",
    ]
    assert diff(broken, whole) == ["0:02.0 to 0:04.0 (1 shot) differs", "0:02.0 to 0:04.0 is no longer set aside"]


def test_times_count_in_seconds_and_show_hours():
    late = 3_725 * 50
    a = film(shots=shots("0", start=late))
    b = Manifest(
        kind="film", time_base="1/100", shots=[{**shots("1")[0], "first_pts": 2 * late, "end_pts": 2 * late + 200}]
    )

    assert diff(a, b) == ["time base: 1/50 -> 1/100", "1:02:05.0 to 1:02:07.0 (1 shot) differs"]


def test_pictures_of_frames():
    def frames(*pictures, **fields):
        rows = [{"file": Path(name), "pts": pts, "sha256": sha(text)} for name, pts, text in pictures]
        return Manifest(kind="frames", pictures=rows, **fields)

    a = frames(("/a/1.png", 0, "1"), ("/a/2.png", 1, "2"), ("/a/3.png", 2, "3"), film={"width": 46, "path": "a"})
    b = frames(("/b/1.png", 0, "x"), ("/b/2.png", 5, "2"), ("/b/4.png", 2, "4"), film={"width": 17, "path": "b"})

    assert diff(a, b) == [
        "source's width: 46 -> 17",
        "pictures show something else: 1.png",
        "pictures have other times: 2.png",
        "pictures are gone: 3.png",
        "pictures are new: 4.png",
    ]


def test_many_pictures_are_counted():
    def frames(text):
        rows = [{"file": f"{i}.png", "pts": i, "sha256": sha(text)} for i in range(5)]
        return Manifest(kind="frames", pictures=rows)

    assert diff(frames("a"), frames("b")) == ["pictures show something else: 0.png, 1.png, 2.png and 2 more"]


def test_a_film_and_frames_have_nothing_in_common():
    assert diff(film(), Manifest(kind="frames")) == ["one is a manifest of a film, the other of frames"]
