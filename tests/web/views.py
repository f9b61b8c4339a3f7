"""Every view of the page, each with something in it."""

from typing import Any

NAMES = (
    "studio", "make", "kinds", "stylize", "filter", "corrupt", "datamosh", "autoencode", "sorting", "recipe", "watch",
    "working", "compare", "sort", "agents", "shelf", "card", "train", "learn", "results", "media", "jobs", "guidelines",
)  # fmt: skip
_KINDS = ("stylize", "filter", "corrupt", "datamosh", "autoencode", "recipe")


def addresses(
    clip: dict[str, Any], painted: dict[str, Any], corrupted: dict[str, Any], sorted_job: dict[str, Any]
) -> dict[str, str]:
    """Say where the views are."""
    make = f"/make?media={clip['id']}"
    return {
        "studio": "/studio?all",
        "make": "/make",
        "kinds": make,
        **{
            kind: f"{make}&kind={kind}" for kind in ("stylize", "filter", "corrupt", "datamosh", "autoencode", "recipe")
        },
        "sorting": f"{make}&kind=sort",
        "watch": f"/watch/{painted['id']}",
        "working": "/watch",
        "compare": f"/compare/{painted['id']}",
        "sort": f"/sort/{sorted_job['id']}",
        "agents": f"/corrupt/{corrupted['id']}",
        "shelf": "/shelf",
        "card": "/shelf?filter=great-wave",
        "train": "/train",
        "learn": f"/train?film={clip['id']}",
        "results": "/library",
        "media": "/library?show=media",
        "jobs": "/library?show=jobs",
        "guidelines": "/guidelines",
    }
