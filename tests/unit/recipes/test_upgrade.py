"""Upgrades run one version after the other, on a copy."""

from mutoscope.recipes.upgrade import upgrade

TABLE = {
    1: lambda plain: {**plain, "seen": [*plain["seen"], 1]},
    2: lambda plain: {**plain, "seen": [*plain["seen"], 2], "new": True},
}


def test_versions_follow_each_other():
    assert upgrade({"seen": []}, 1, 3, TABLE) == {"seen": [1, 2], "new": True}
    assert upgrade({"seen": []}, 2, 3, TABLE) == {"seen": [2], "new": True}
    assert upgrade({"seen": []}, 3, 3, TABLE) == {"seen": []}


def test_the_values_that_were_read_stay_as_they_are():
    def spoil(plain):
        plain["list"].append(1)
        return plain

    plain = {"list": []}

    assert upgrade(plain, 1, 2, {1: spoil}) == {"list": [1]}
    assert plain == {"list": []}
