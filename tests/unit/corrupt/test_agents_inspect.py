"""What a report is drawn from."""

import itertools

from films_with_maps import agents, film, layer, look_at

from mutoscope.corrupt.inspect import inspect_layers
from mutoscope.effects.protocol import Context


def test_each_layer_is_shown_with_its_rewards_its_table_and_paths_on_the_grid():
    source = film(3)
    params = agents([layer(agents=50), layer(size=[7, 5], manipulations="desaturate, jpeg", lifespan=6)])

    views = inspect_layers(params, source[1:2], Context(side=look_at(source, params)), num_paths=5)

    assert [view.manipulations for view in views] == [("pixelate",), ("desaturate", "jpeg")]
    for view in views:
        grid = view.grid
        assert view.look.index == 1
        assert view.rewards_Amn.shape == (4 * len(view.manipulations), grid.rows, grid.cols)
        assert view.table.policy_mn.shape == (grid.rows, grid.cols)
        assert len(view.table.returns) > 0
        assert len(view.paths) == 5
        for path in view.paths:
            assert all(0 <= m < grid.used_rows and 0 <= n < grid.used_cols for m, n in path)
            assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in itertools.pairwise(path))
    assert max(len(path) for path in views[1].paths) <= 6
