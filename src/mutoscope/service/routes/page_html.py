"""The frame of the small pages: head, links, and text with `code` in it."""

import html
import re

__all__ = ["inline", "page"]

_CODE = re.compile(r"`([^`]+)`")

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/explorer/explorer.css">
</head>
<body class="page">
<header class="top"><a class="home" href="/">Mutoscope</a>
<nav aria-label="Pages"><a href="/explorer">Explorer</a> <a href="/guidelines">Guidelines</a>
<a href="/problems">Problems</a></nav></header>
<main class="text">
{body}
</main>
</body>
</html>
"""


def page(title: str, body: str) -> str:
    """Make a page.

    Args:
        title: plain text.
        body: HTML that is safe to show.

    """
    named = title if title == "Mutoscope" else f"{title} · Mutoscope"
    return _PAGE.format(title=html.escape(named), body=body)


def inline(text: str) -> str:
    """Turn plain text into HTML; what stands between `backticks` becomes code."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text))
