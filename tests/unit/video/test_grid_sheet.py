"""Pictures in labelled rows and columns."""

import pytest
import torch

from mutoscope.core.errors import OutputError
from mutoscope.video.grid_sheet import Block, Heading, Label, draw_grid
from mutoscope.video.read import read_picture

COLOURS = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]])
HEADINGS = [Heading(Label("all"), (Label("a"), Label("b"))), Heading(Label("half"), (Label("c"),))]


def flat(number: int, height: int = 17, width: int = 23) -> torch.Tensor:
    return COLOURS[number].view(3, 1, 1).expand(3, height, width)


def block(height: int = 17, width: int = 23) -> Block:
    rows = [(Label(f"row {y}", y == 1), [flat(3 * y + x, height, width) for x in range(3)]) for y in range(2)]
    return Block(flat(0, height, width), "00:01.00", rows)


def test_each_picture_is_where_its_box_says(tmp_path):
    out = tmp_path / "sheet.png"

    boxes = draw_grid("title", ["note"], HEADINGS, [block(), block()], out)

    drawn = read_picture(out).pixels_TCHW[0]
    assert len(boxes) == 12
    for number, (left, top, width, height) in enumerate(boxes):
        inside = drawn[:, top : top + height, left : left + width]
        torch.testing.assert_close(inside.mean((1, 2)), COLOURS[number % 6], atol=0.01, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(17, 230), (230, 17), (201, 203)])
def test_pictures_of_any_shape_fit_the_page_and_do_not_touch(height, width, tmp_path):
    out = tmp_path / "sheet.png"

    boxes = draw_grid("title", [], HEADINGS, [block(height, width)], out)

    page_height, page_width = read_picture(out).size
    for left, top, w, h in boxes:
        assert w / h == pytest.approx(width / height, rel=0.1)
        assert left + w <= page_width
        assert top + h <= page_height
    assert len({box[0] for box in boxes}) == 3
    assert boxes[3][1] >= boxes[0][1] + boxes[0][3]


def test_a_long_title_is_broken_into_lines_and_not_cut(tmp_path):
    short = draw_grid("title", [], HEADINGS, [block()], tmp_path / "short.png")
    long = draw_grid("mutoscope stylize " * 20, [], HEADINGS, [block()], tmp_path / "long.png")

    assert long[0][1] > short[0][1]
    assert read_picture(tmp_path / "long.png").size[1] == read_picture(tmp_path / "short.png").size[1]


def test_bright_words_stand_out(tmp_path):
    out = tmp_path / "sheet.png"

    boxes = draw_grid("", [], HEADINGS, [block(60, 80)], out)

    drawn = read_picture(out).pixels_TCHW[0]
    foot = [drawn[:, top + h - 30 : top + h, 8:100].amax((1, 2)) for _, top, _, h in (boxes[0], boxes[3])]
    assert foot[1].max() > foot[0].max() + 0.2


def test_a_sheet_that_is_no_picture_is_refused_in_one_line(tmp_path):
    with pytest.raises(OutputError, match=r"'sheet\.mp4'"):
        draw_grid("title", [], HEADINGS, [block()], tmp_path / "sheet.mp4")

    assert list(tmp_path.iterdir()) == []
