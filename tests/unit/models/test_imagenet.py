"""ImageNet's classes stand in the order of the scores."""

from mutoscope.models.imagenet import labels


def test_classes_have_their_numbers():
    names = labels()
    assert len(names) == 1000
    assert names[0].startswith("tench")
    assert names[281].startswith("tabby")
    assert names[388].startswith("giant panda")
    assert names[967] == "espresso"
    assert names[999].startswith("toilet tissue")
    assert all(name == name.strip() != "" for name in names)
