"""A film joined from pieces that were coded apart has the frames, times and sound of one that was coded at once."""

import itertools
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe
from mutoscope.video.piece_packets import DecodingClock
from mutoscope.video.piece_sink import create_piece
from mutoscope.video.pieces import Piece, PieceFile, Record, Summary, read_records, read_summary, reorder_depth
from mutoscope.video.read import open_video, read_picture
from mutoscope.video.sequence import name_of
from mutoscope.video.write import create_video

CUTS = (0, 1, 2, 9, 10, 17, 24)


def source_clip(folder, **options):
    return make_clip(
        folder / "in.mp4", width=64, height=48, num_frames=24, sounds=[Sound(seconds=Fraction(24, 25))], **options
    )


def whole(path) -> Clip:
    with open_video(path) as film:
        return Clip.join(list(film))


def code(source, result, folder, cuts=CUTS, like=None, **options):
    info = like or probe(source)
    clip = whole(source)
    pieces = []
    for i, (a, b) in enumerate(itertools.pairwise(cuts)):
        path = folder / f"{i}.piece"
        span = (clip.pts_T[a], clip.pts_T[b] if b < len(clip) else None)
        with create_piece(path, like=info, span=span, result=result, source=source, **options) as piece:
            piece.write(clip[a:b])
        pieces.append(Piece(path))
    return pieces


def join(source, result, pieces, like=None, **options):
    with create_video(result, like=like or probe(source), source=source, **options) as film:
        return sum(film.add_pieces(pieces))


def packets(path, kind):
    with av.open(str(path)) as container:
        return [(p.pts, p.dts, p.duration, bytes(p)) for p in container.demux(**{kind: 0}) if p.size]


FORMS = [
    ("a.mp4", {}),
    ("a.mkv", {}),
    ("a.mov", {"codec": "prores"}),
    ("a.mp4", {"codec": "av1"}),
    ("a.webm", {}),
    ("a.mp4", {"bit_depth": 10}),
    ("a.gif", {}),
]


@pytest.mark.parametrize(("name", "options"), FORMS, ids=str)
def test_joined_pieces_have_the_frames_and_times_of_the_film(name, options, tmp_path):
    source, result = source_clip(tmp_path), tmp_path / name

    num = join(source, result, code(source, result, tmp_path, **options), **options)

    truth, done = whole(source), whole(result)
    assert num == len(done) == 24
    assert [done.seconds(i) for i in range(24)] == pytest.approx([truth.seconds(i) for i in range(24)], abs=6e-3)
    assert (done.pixels_TCHW - truth.pixels_TCHW).abs().mean() < (0.06 if name.endswith("gif") else 0.02)
    assert probe(result).duration == pytest.approx(probe(source).duration, abs=6e-3)


def test_decoding_times_rise_and_never_come_after_showing(tmp_path):
    source, result = source_clip(tmp_path), tmp_path / "a.mp4"
    join(source, result, code(source, result, tmp_path))

    times = [(pts, dts) for pts, dts, *_ in packets(result, "video")]

    assert all(dts <= pts for pts, dts in times)
    assert all(a[1] < b[1] for a, b in itertools.pairwise(times))
    assert min(pts for pts, _ in times) == 0


def test_sound_is_carried_as_it_is(tmp_path):
    source, result = source_clip(tmp_path), tmp_path / "a.mp4"
    join(source, result, code(source, result, tmp_path))

    assert packets(result, "audio") == packets(source, "audio")


def test_pieces_cut_at_the_same_places_join_to_the_same_bytes(tmp_path):
    source = source_clip(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        folder = tmp_path / name[0]
        folder.mkdir()
        join(source, tmp_path / name, code(source, tmp_path / name, folder))

    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_variable_times_and_a_late_start_are_kept(tmp_path):
    pts = [50, 51, 53, 60, 61, 62, 64, 70, 90, 91, 92, 93, 94, 99, 100, 101, 102, 103, 104, 105, 106, 110, 111, 112]
    source = make_clip(tmp_path / "in.mp4", width=64, height=48, pts=pts)
    result = tmp_path / "a.mp4"
    join(source, result, code(source, result, tmp_path))

    truth, done = whole(source), whole(result)
    base = truth.time_base
    assert [p * done.time_base for p in done.pts_T] == [p * base for p in truth.pts_T]


def test_a_piece_left_out_leaves_a_gap_and_everything_else_in_its_place(tmp_path):
    source, result = source_clip(tmp_path), tmp_path / "a.mp4"
    pieces = code(source, result, tmp_path)
    join(source, result, [*pieces[:2], *pieces[3:]])

    truth, done = whole(source), whole(result)
    assert [p * done.time_base for p in done.pts_T] == [
        p * truth.time_base for i, p in enumerate(truth.pts_T) if not 2 <= i < 9
    ]
    assert packets(result, "audio") == packets(source, "audio")


def test_shifted_pieces_close_gaps(tmp_path):
    source, result = source_clip(tmp_path), tmp_path / "a.mp4"
    pieces = code(source, result, tmp_path)
    step = whole(source).pts_T[1]
    shifted = [*pieces[:2], *(Piece(p.path, shift=-7 * step) for p in pieces[3:])]
    with create_video(result, like=probe(source)) as film:
        list(film.add_pieces(shifted))

    done = whole(result)
    assert [p * done.time_base for p in done.pts_T] == [i * Fraction(1, 25) for i in range(17)]


def test_alpha_of_vp9_comes_through(tmp_path):
    source = make_clip(
        tmp_path / "in.webm", width=64, height=48, num_frames=24, codec="libvpx-vp9", pix_fmt="yuva420p", alpha=100
    )
    result = tmp_path / "a.webm"
    join(source, result, code(source, result, tmp_path))

    assert (whole(result).alpha_T1HW - whole(source).alpha_T1HW).abs().mean() < 0.02


def test_pictures_come_through_bit_by_bit(tmp_path):
    source, result = source_clip(tmp_path), tmp_path / "out" / "f%04d.png"
    result.parent.mkdir()
    num = join(source, result, code(source, result, tmp_path))

    truth = whole(source)
    assert num == 24
    for i in (0, 9, 23):
        gap = read_picture(name_of(result, i)).pixels_TCHW[0] - truth.pixels_TCHW[i]
        assert gap.abs().max() <= 0.5 / 255 + 1e-6


def test_pieces_of_other_settings_are_refused(tmp_path):
    source, result = source_clip(tmp_path), tmp_path / "a.mp4"
    like = probe(source)
    pieces = code(source, result, tmp_path, bit_depth=10)

    with pytest.raises(OutputError, match="other settings"), create_video(result, like=like) as film:
        list(film.add_pieces(pieces))
    assert not result.exists()


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_broken_piece_is_refused(cut, tmp_path):
    path = tmp_path / "a.piece"
    piece = PieceFile(path)
    piece.append(Record(0, 0, 1, is_key=True, data=b"x" * 300))
    piece.finish(Summary("1/25"))
    path.write_bytes(path.read_bytes()[:-cut])

    with pytest.raises(InputError, match="no whole piece"):
        read_summary(path)


@given(
    st.lists(st.tuples(st.integers(-(2**40), 2**40), st.binary(max_size=40), st.booleans(), st.booleans()), max_size=6)
)
def test_records_round_trip(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("pieces") / "a.piece"
    records = [
        Record(pts, pts - 2, 1, is_key=key, data=data, side=(("matroska_block_additional", data),) if side else ())
        for pts, data, key, side in rows
    ]
    piece = PieceFile(path)
    for record in records:
        piece.append(record)
    piece.finish(Summary("1/25", facts={"a": 1}, notices=("n",)))

    assert list(read_records(path)) == records
    assert read_summary(path).frames == len(records)
    assert read_summary(path).facts == {"a": 1}


@given(st.lists(st.permutations(range(5)), min_size=1, max_size=4))
def test_the_decoding_clock_rises_and_is_never_late(orders):
    pieces = [[10 * (5 * k + i) for i in order] for k, order in enumerate(orders)]
    depth = max(reorder_depth(piece) for piece in pieces)
    clock, given_times = DecodingClock(depth, 10), []
    for piece in pieces:
        clock.coming(piece)
        for pts in piece:
            given_times.append(clock.next())
            assert given_times[-1] <= pts

    assert all(a < b for a, b in itertools.pairwise(given_times))


def test_an_empty_piece_joins_to_nothing(tmp_path):
    source, result = source_clip(tmp_path), tmp_path / "a.mp4"
    pieces = code(source, result, tmp_path)
    empty = tmp_path / "empty.piece"
    with create_piece(empty, like=probe(source), span=(0, 1), result=result):
        pass
    num = join(source, result, [*pieces, Piece(empty)])

    assert num == 24
