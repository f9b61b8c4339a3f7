"""Style pictures made by code: textures that no painter has to lend.

Each is 3,384,512, 0..1, always the same. They are drawn with strong, regular marks, because that is what a
small network can learn to draw.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["PATTERNS", "draw_pattern"]

HEIGHT, WIDTH = 384, 512
_Colour = tuple[float, float, float]


def draw_pattern(name: str) -> Tensor:
    """Draw a pattern: 1,3,384,512.

    Raises:
        KeyError: there is none of this name.

    """
    return PATTERNS[name]().clamp(0, 1)[None]


def _grid() -> tuple[Tensor, Tensor]:
    y, x = torch.meshgrid(torch.arange(HEIGHT).float(), torch.arange(WIDTH).float(), indexing="ij")
    return y, x


def _chance(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _clouds(seed: int, cells: int = 4, octaves: int = 4) -> Tensor:
    """Noise of falling size, H,W, about 0..1 and filling it."""
    total = torch.zeros(1, 1, HEIGHT, WIDTH)
    for octave in range(octaves):
        n = cells * 2**octave
        coarse = torch.rand(1, 1, n * 3 // 4 + 2, n + 2, generator=_chance(seed * 31 + octave))
        total += nnf.interpolate(coarse, (HEIGHT, WIDTH), mode="bicubic") / 2**octave
    return _filling(total[0, 0], 0.01)


def _filling(values_HW: Tensor, cut: float) -> Tensor:
    """Stretch values to 0..1; a share at both ends is cut off."""
    low, high = torch.quantile(values_HW.flatten()[::7], torch.tensor([cut, 1 - cut])).tolist()
    return torch.clamp((values_HW - low) / (high - low), 0, 1)


def _cells(seed: int, num: int) -> tuple[Tensor, Tensor]:
    """Voronoi cells: number of the nearest point, and how far the second nearest is behind it in px."""
    y, x = _grid()
    points = torch.rand(num, 2, generator=_chance(seed)) * torch.tensor([HEIGHT, WIDTH])
    flat = torch.stack([y.flatten(), x.flatten()], 1)
    distances, nearest = torch.cdist(flat, points).topk(2, largest=False)
    return nearest[:, 0].view(HEIGHT, WIDTH), (distances[:, 1] - distances[:, 0]).view(HEIGHT, WIDTH)


def _ramp(values_HW: Tensor, colours: list[_Colour]) -> Tensor:
    """Colour values 0..1 along a row of colours: 3,H,W."""
    stops = torch.tensor(colours)
    place = values_HW.clamp(0, 1) * (len(colours) - 1)
    low = place.floor().long().clamp(max=len(colours) - 2)
    return torch.lerp(stops[low], stops[low + 1], (place - low)[..., None]).permute(2, 0, 1)


def _pick(numbers_HW: Tensor, colours: list[_Colour], seed: int) -> Tensor:
    """Give each number one of the colours, by chance: 3,H,W."""
    choice = torch.randint(len(colours), (int(numbers_HW.max()) + 1,), generator=_chance(seed))
    return torch.tensor(colours)[choice[numbers_HW]].permute(2, 0, 1)


def _over(below: Tensor, colour: _Colour, mask_HW: Tensor) -> Tensor:
    return torch.lerp(below, torch.tensor(colour).view(3, 1, 1).expand_as(below), mask_HW.clamp(0, 1))


def _plain(colour: _Colour) -> Tensor:
    return torch.tensor(colour).view(3, 1, 1).expand(3, HEIGHT, WIDTH).clone()


def _line(distance_HW: Tensor, width: float) -> Tensor:
    """1 on a line, 0 beside it, a pixel of softness."""
    return (width - distance_HW.abs() + 0.5).clamp(0, 1)


def _screen(tone_HW: Tensor, pitch: float, degrees: float) -> Tensor:
    """Halftone dots of a tone: 1 where there is ink."""
    y, x = _grid()
    a = math.radians(degrees)
    u, v = (x * math.cos(a) + y * math.sin(a)) / pitch, (y * math.cos(a) - x * math.sin(a)) / pitch
    dots = (torch.cos(2 * math.pi * u) + torch.cos(2 * math.pi * v)) / 4 + 0.5
    return ((dots - (1 - tone_HW)) * pitch / 2 + 0.5).clamp(0, 1)


def _flow_lines(angle_HW: Tensor, seed: int, length: int = 24) -> Tensor:
    """Noise smeared along a field of directions (line integral convolution, Cabral & Leedom 1993): H,W, 0..1."""
    noise = torch.rand(1, 1, HEIGHT, WIDTH, generator=_chance(seed))
    noise = nnf.avg_pool2d(nnf.pad(noise, (1, 1, 1, 1), mode="replicate"), 3, 1)
    y, x = _grid()
    total = torch.zeros(1, 1, HEIGHT, WIDTH)
    for sign in (-1, 1):
        py, px = y.clone(), x.clone()
        for _ in range(length // 2):
            where = torch.stack([2 * px / (WIDTH - 1) - 1, 2 * py / (HEIGHT - 1) - 1], -1)[None]
            total += nnf.grid_sample(noise, where, align_corners=True, padding_mode="reflection")
            here = nnf.grid_sample(angle_HW[None, None], where, align_corners=True, padding_mode="border")[0, 0]
            py, px = py + sign * torch.sin(here), px + sign * torch.cos(here)
    return _filling(total[0, 0], 0.02)


def _woodcut() -> Tensor:
    lines = _flow_lines(_clouds(3, 2, 2) * 7, 4, 40)
    tone = _clouds(5, 3, 2)
    ink = ((lines - tone * 0.9 + 0.02) * 9).clamp(0, 1)
    return torch.lerp(_plain((0.09, 0.07, 0.07)), _plain((0.93, 0.88, 0.76)), 1 - ink)


def _halftone() -> Tensor:
    tones = [_clouds(seed, 3, 1) * 0.95 for seed in (11, 12, 13)]
    paper = _plain((0.98, 0.95, 0.86))
    for tone, colour, degrees in zip(
        tones, [(1.0, 0.85, 0.0), (0.9, 0.05, 0.35), (0.0, 0.55, 0.85)], (0, 75, 15), strict=True
    ):
        ink = _screen(tone, 9, degrees)
        paper = paper * torch.lerp(torch.ones(3, 1, 1), torch.tensor(colour).view(3, 1, 1), ink)
    edge, _ = _cells(14, 14)
    _, gap = _cells(14, 14)
    return _over(paper, (0.05, 0.04, 0.08), _line(gap, 5) * (edge >= 0))


def _hatching() -> Tensor:
    y, x = _grid()
    tone, wobble = _clouds(21, 3, 3), (_clouds(22, 8, 2) - 0.5) * 5
    paper = _plain((0.95, 0.93, 0.88))
    for level, degrees in ((0.25, 45), (0.5, -45), (0.72, 10), (0.88, 80)):
        a = math.radians(degrees)
        wave = torch.sin((x * math.cos(a) + y * math.sin(a) + wobble) * 2 * math.pi / 7)
        ink = ((wave - 0.35) * 3).clamp(0, 1) * ((tone - level) * 8).clamp(0, 1)
        paper = _over(paper, (0.12, 0.13, 0.2), ink * 0.9)
    return paper


def _mosaic() -> Tensor:
    number, gap = _cells(31, 1500)
    y, x = _grid()
    place = _clouds(32, 3, 2)
    shade = torch.rand(1500, generator=_chance(33))[number] * 0.25
    colours = [(0.08, 0.2, 0.45), (0.1, 0.5, 0.6), (0.85, 0.7, 0.3), (0.75, 0.3, 0.15), (0.93, 0.88, 0.75)]
    return _over(_ramp(place * 0.8 + shade, colours), (0.2, 0.17, 0.15), _line(gap, 2) * (x >= 0) * (y >= 0))


def _watercolour() -> Tensor:
    number, gap = _cells(41, 60)
    washes = [
        (0.35, 0.6, 0.8),
        (0.9, 0.55, 0.45),
        (0.95, 0.85, 0.5),
        (0.5, 0.72, 0.5),
        (0.7, 0.6, 0.8),
        (0.97, 0.95, 0.92),
    ]
    base = _pick(number, washes, 42)
    soft = nnf.avg_pool2d(nnf.pad(base[None], (9,) * 4, mode="replicate"), 19, 1)[0]
    edge = torch.exp(-((gap - 7) ** 2) / 14) * 0.25  # pigment dries darker at the rim of a wash
    grain = _clouds(43, 24, 3)
    return torch.lerp(soft, torch.ones_like(soft), 0.15 + 0.3 * _clouds(44, 4, 3)) - edge * (1 - soft) - 0.07 * grain


def _stained_glass() -> Tensor:
    number, gap = _cells(51, 170)
    glass = [
        (0.75, 0.06, 0.1),
        (0.05, 0.18, 0.7),
        (0.95, 0.7, 0.05),
        (0.03, 0.5, 0.25),
        (0.5, 0.1, 0.55),
        (0.2, 0.65, 0.85),
    ]
    light = 0.75 + 0.5 * _clouds(52, 5, 3)
    return _over(_pick(number, glass, 53) * light, (0.03, 0.03, 0.04), _line(gap, 4.5))


def _pointillism() -> Tensor:
    number, _ = _cells(61, 7000)
    points = torch.rand(7000, 2, generator=_chance(61)) * torch.tensor([HEIGHT, WIDTH])
    y, x = _grid()
    near = points[number]
    ink = (3.1 - (y - near[..., 0]).hypot(x - near[..., 1])).clamp(0, 1)
    place = _clouds(62, 3, 2)[near[..., 0].long().clamp(max=HEIGHT - 1), near[..., 1].long().clamp(max=WIDTH - 1)]
    stray = torch.rand(7000, generator=_chance(63))[number]
    colours = [(0.1, 0.15, 0.5), (0.2, 0.5, 0.75), (0.35, 0.65, 0.3), (0.95, 0.8, 0.25), (0.95, 0.5, 0.2)]
    dots = _ramp(place * 0.75 + stray * 0.3, colours)
    return torch.lerp(_plain((0.96, 0.93, 0.85)), dots, ink)


def _tracks(seed: int, pitch: int, keep: float) -> tuple[Tensor, Tensor]:
    """Tracks that follow a grid and turn at its crossings, and the holes where they end: H,W each."""
    chance = _chance(seed)
    tracks, holes = torch.zeros(HEIGHT, WIDTH), torch.zeros(HEIGHT, WIDTH)
    for top in range(0, HEIGHT, pitch):
        for left in range(0, WIDTH, pitch):
            across, down, hole = (torch.rand(3, generator=chance) < torch.tensor([keep, keep, 0.22])).tolist()
            if across:
                tracks[top : top + 3, left : left + pitch + 3] = 1
            if down:
                tracks[top : top + pitch + 3, left : left + 3] = 1
            if hole:
                holes[max(0, top - 3) : top + 6, max(0, left - 3) : left + 6] = 1
    return tracks, holes


def _circuit() -> Tensor:
    tracks, holes = _tracks(71, 16, 0.42)
    board = _ramp(_clouds(72, 4, 3), [(0.0, 0.16, 0.1), (0.02, 0.32, 0.18)])
    board = _over(board, (0.1, 0.62, 0.3), tracks)
    return _over(board, (0.9, 0.78, 0.35), holes)


def _blueprint() -> Tensor:
    y, x = _grid()
    sheet = _ramp(_clouds(81, 4, 4), [(0.03, 0.14, 0.42), (0.08, 0.25, 0.58)])
    grid = ((x % 24 < 1) | (y % 24 < 1)).float() * 0.35
    sheet = _over(sheet, (0.6, 0.75, 0.95), grid)
    for seed in range(9):
        cy, cx, r = (torch.rand(3, generator=_chance(82 + seed)) * torch.tensor([HEIGHT, WIDTH, 90])).tolist()
        sheet = _over(sheet, (0.9, 0.95, 1.0), _line((y - cy).hypot(x - cx) - r - 12, 1.1))
        sheet = _over(sheet, (0.9, 0.95, 1.0), _line(x - cx, 0.8) * ((y - cy).abs() < r + 30))
        sheet = _over(sheet, (0.9, 0.95, 1.0), _line(y - cy, 0.8) * ((x - cx).abs() < r + 30))
    _, gap = _cells(91, 26)
    return _over(sheet, (0.9, 0.95, 1.0), _line(gap, 1.6))


def _night_vision() -> Tensor:
    y, _ = _grid()
    glow = _clouds(101, 3, 5) ** 1.5
    noise = torch.rand(HEIGHT, WIDTH, generator=_chance(102))
    lines = 0.75 + 0.25 * torch.sin(y * 2 * math.pi / 4)
    return _ramp((glow * 0.9 + noise * 0.22 - 0.05) * lines, [(0.0, 0.04, 0.01), (0.05, 0.5, 0.12), (0.7, 1.0, 0.6)])


def _old_poster() -> Tensor:
    number, gap = _cells(111, 40)
    flat = _pick(
        number, [(0.78, 0.16, 0.1), (0.93, 0.85, 0.68), (0.12, 0.14, 0.2), (0.9, 0.62, 0.2), (0.93, 0.85, 0.68)], 112
    )
    flat = _over(flat, (0.12, 0.1, 0.12), _line(gap, 3))
    worn = (_clouds(113, 20, 4) * 1.4 - 0.9).clamp(0, 1)
    return _over(flat, (0.88, 0.8, 0.65), worn) * (0.9 + 0.12 * _clouds(114, 6, 3))


def _dystopian_dusk() -> Tensor:
    y, x = _grid()
    sky = (1 - y / HEIGHT) * 0.7 + 0.4 * (_clouds(121, 2, 5) - 0.5)
    base = _ramp(
        1 - sky, [(0.05, 0.05, 0.1), (0.25, 0.12, 0.2), (0.7, 0.25, 0.12), (0.95, 0.55, 0.2), (0.1, 0.06, 0.08)]
    )
    smear = _flow_lines(0.25 * torch.sin(x / 60) + 1.45, 122, 60)
    return base * (0.55 + 0.6 * smear) * (0.75 + 0.4 * _clouds(123, 30, 2))


def _seventies() -> Tensor:
    y, x = _grid()
    bent = (y - HEIGHT * 0.6).hypot(x - WIDTH * 0.35) + 60 * _clouds(131, 2, 1)
    bands = (bent / 26).floor().long()
    warm = [(0.36, 0.17, 0.08), (0.8, 0.34, 0.08), (0.93, 0.62, 0.16), (0.95, 0.86, 0.62), (0.45, 0.42, 0.14)]
    return torch.tensor(warm)[bands % 5].permute(2, 0, 1) * (0.92 + 0.08 * _clouds(132, 40, 2))


def _neon_eighties() -> Tensor:
    y, x = _grid()
    sky = _ramp(_clouds(141, 3, 2), [(0.03, 0.0, 0.12), (0.2, 0.02, 0.35), (0.55, 0.05, 0.5)])
    _, gap = _cells(142, 34)
    glow = torch.exp(-gap / 9)
    sky = sky + torch.tensor([1.0, 0.1, 0.7]).view(3, 1, 1) * glow * 0.7
    grid = _line((x % 32) - 16, 1) + _line((y % 32) - 16, 1)
    return _over(sky, (0.1, 0.95, 1.0), grid * 0.75 * (_clouds(143, 3, 1) > 0.45)) + glow.pow(4) * 0.5


def _silent_film() -> Tensor:
    y, x = _grid()
    base = _clouds(151, 3, 6) * 0.85 + 0.1 * torch.rand(HEIGHT, WIDTH, generator=_chance(152))
    columns = torch.rand(WIDTH, generator=_chance(153)) > 0.985
    base = base + columns.float() * 0.4 * _clouds(154, 2, 1)
    spots, gap = _cells(155, 900)
    bright = (torch.rand(900, generator=_chance(156)) > 0.9)[spots] * (gap > 9)
    return _ramp(base + 0.3 * bright * (x >= 0) * (y >= 0), [(0.06, 0.04, 0.03), (0.5, 0.38, 0.26), (0.95, 0.86, 0.7)])


def _pamphlets() -> Tensor:
    """Sheets that rain down: cream, red and black, with bars of print."""
    y, x = _grid()
    picture = _plain((0.16, 0.15, 0.17))
    for seed in range(150):
        cy, cx, a, kind, size = torch.rand(5, generator=_chance(1000 + seed)).tolist()
        dy, dx, a = y - cy * HEIGHT, x - cx * WIDTH, a * math.pi
        u, v = dx * math.cos(a) + dy * math.sin(a), dy * math.cos(a) - dx * math.sin(a)
        half = 14 + 16 * size
        sheet = (half - u.abs()).clamp(0, 1) * (half * 1.4 - v.abs()).clamp(0, 1)
        colour = (0.8, 0.1, 0.08) if kind < 0.3 else (0.92, 0.88, 0.78)
        bars = ((v % 7) < 2.6).float() * (u.abs() < half * 0.75) * (v.abs() < half * 1.1)
        picture = _over(picture, colour, sheet)
        picture = _over(picture, (0.1, 0.09, 0.1), sheet * bars)
    return picture


def _drained() -> Tensor:
    strokes = _flow_lines(_clouds(161, 3, 2) * 5, 162, 30)
    tone = _clouds(163, 3, 4)
    return _ramp(
        tone * 0.65 + strokes * 0.35, [(0.13, 0.15, 0.16), (0.42, 0.46, 0.45), (0.68, 0.67, 0.6), (0.9, 0.89, 0.85)]
    )


PATTERNS: dict[str, Callable[[], Tensor]] = {
    "blueprint": _blueprint,
    "circuit": _circuit,
    "drained": _drained,
    "dystopian-dusk": _dystopian_dusk,
    "halftone": _halftone,
    "hatching": _hatching,
    "mosaic": _mosaic,
    "neon-eighties": _neon_eighties,
    "night-vision": _night_vision,
    "old-poster": _old_poster,
    "pamphlets": _pamphlets,
    "pointillism": _pointillism,
    "seventies": _seventies,
    "silent-film": _silent_film,
    "stained-glass": _stained_glass,
    "watercolour": _watercolour,
    "woodcut": _woodcut,
}
