"""The explorer in a real browser: it draws every operation of the description, offline."""

import html
import re
import shutil
import subprocess

import pytest

from service_client import running_service

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)


def drawn(profile, url):
    """Give the document as it is once its scripts have run."""
    done = subprocess.run(
        [
            *(BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *(f"--user-data-dir={profile}", "--virtual-time-budget=8000", "--dump-dom", url),
        ],
        capture_output=True,
        timeout=90,
        check=True,
    )
    return done.stdout.decode()


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_every_operation_is_listed_and_one_is_drawn_with_form_and_code(tmp_path):
    """It starts a server and a browser."""
    with running_service(tmp_path) as service:
        paths = service.ask("GET", "/openapi.json").json()["paths"]
        page = drawn(tmp_path / "profile", f"{service.url}/explorer#validate_recipe")
    listed = re.findall(r'<a href="#(\w+)"', page)
    assert sorted(listed) == sorted(one["operationId"] for methods in paths.values() for one in methods.values())
    assert "<h1>Check a recipe</h1>" in page
    assert "aria-current" in page
    code = html.unescape(re.search(r"<pre[^>]*>(curl .*?)</pre>", page, re.DOTALL)[1])
    assert f"curl -i -X POST '{service.url}/api/recipes/validate'" in code
    assert '"effect": "filter.play"' in code
