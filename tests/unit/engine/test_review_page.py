"""The page for people: stills, film, how it was made; nothing that a name could break."""

import html.parser

import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.engine.review_page import PAGE, write_review
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.recipe import Recipe
from mutoscope.testing.media import make_clip

NAME = 'a <b> "film" & {film} #1.mp4'


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href")]


@pytest.fixture
def result(tmp_path):
    film = make_clip(tmp_path / "clip.mp4", width=64, height=48, num_frames=20)
    recipe = Recipe.from_plain({"mutoscope": 1, "step": [{"effect": "frame.identity"}]}, tmp_path, name="")
    return run_recipe(recipe, film, tmp_path / NAME, work=tmp_path / "work").path


def test_a_page_shows_the_film_six_stills_and_how_it_was_made(result, tmp_path):
    from urllib.parse import unquote

    written = write_review(result, tmp_path / "page")

    assert written[-1] == tmp_path / "page" / PAGE
    assert len([path for path in written if path.name.endswith("-before.jpg")]) == 6
    links = Links()
    text = (tmp_path / "page" / PAGE).read_text(encoding="utf-8")
    links.feed(text)
    assert {unquote(link) for link in links.found} <= {path.name for path in written}
    assert "script" not in links.tags
    assert "frame.identity" in text
    assert str(tmp_path) not in text
    assert "{film}" in text  # of the name, not filled in
    assert "{title}" not in text


def test_a_result_without_a_manifest_or_a_source_is_told(result, tmp_path):
    with pytest.raises(ParameterError, match="sequence"):
        write_review(tmp_path / "%05d.png", tmp_path / "page")
    with pytest.raises(InputError, match="does not exist"):
        write_review(tmp_path / "none.mp4", tmp_path / "page")

    (tmp_path / "clip.mp4").unlink()
    written = write_review(result, tmp_path / "page")

    assert not [path for path in written if path.suffix == ".jpg"]
