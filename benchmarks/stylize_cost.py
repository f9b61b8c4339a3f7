"""CPU cost of one picture: ours on Lite0 beside a plain VGG19 Gatys loop of 500 steps, one thread."""

import torch
from common import PAINTING, cpu_seconds, keep, painting, photograph, table

from mutoscope.models.backbones import load_backbone
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams

GATYS_STEPS = 500
TIMED_STEPS = 12
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")


def gatys_loop(content: torch.Tensor, style: torch.Tensor, steps: int) -> None:
    """Gatys et al. (2016), plain: VGG19, Gram matrices, Adam, one scale."""
    net = load_backbone("vgg19", random_seed=0)
    grams = {n: gram(f) for n, f in net.features(style, LAYERS).items()}
    wanted = net.features(content, ["relu4_2"])["relu4_2"]
    x = content.clone().requires_grad_(True)
    adam = torch.optim.Adam([x], lr=0.02)
    for _ in range(steps):
        features = net.features(x, LAYERS)
        style_loss = sum((gram(f) - grams[n]).square().mean() for n, f in features.items())
        loss = (features["relu4_2"] - wanted).square().mean() + 1e4 * style_loss
        adam.zero_grad()
        loss.backward()
        adam.step()


def gram(f: torch.Tensor) -> torch.Tensor:
    maps = f.flatten(2)
    return maps @ maps.mT / maps.shape[2] / maps.shape[1]


def main() -> None:
    torch.set_num_threads(1)
    params = OptimiseParams(style=str(PAINTING))
    painter = Painter(params)
    rows, numbers = [], {}
    for side in (256, 512):
        content = photograph(side, side)
        painter.targets((side, side))
        ours = cpu_seconds(lambda c=content: painter.paint(c, params, torch.Generator().manual_seed(0)))
        style = painting(side, side)
        short = cpu_seconds(lambda c=content, s=style: gatys_loop(c, s, 2))
        longer = cpu_seconds(lambda c=content, s=style: gatys_loop(c, s, 2 + TIMED_STEPS))
        reference = (longer - short) / TIMED_STEPS * GATYS_STEPS
        rows += [
            (f"{side}x{side}", "VGG19 Gatys, 500 steps", reference, 1.0),
            (f"{side}x{side}", f"ours, {painter.num_steps(side, side)} steps in all", ours, reference / ours),
        ]
        numbers[str(side)] = {"gatys_cpu_s": reference, "ours_cpu_s": ours, "times_less": reference / ours}
    table(
        f"One picture, CPU seconds (one thread; Gatys: {TIMED_STEPS} steps timed, times {GATYS_STEPS})",
        ("size", "what", "CPU s", "times less"),
        rows,
    )
    keep("stylize_cost", numbers)


if __name__ == "__main__":
    main()
