"""Speed and size of the networks that learn a film, beside plain ones of 2016; one thread, CPU time.

The peer has the layers of the network that saw "Blade Runner": convolutions of 5x5, all channels into the latents.
Its bases are those of the research's first trainings, whose speed and quality the profiles are to beat.
"""

import time
from collections.abc import Callable

import torch
from common import keep, table

from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.objective import film_losses
from mutoscope.autoencode.profiles import PROFILES, Profile
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.core.random import generator
from mutoscope.models.fabric import make_fabric

BATCH = 12
SECONDS = 2.0
PLAYED = (1, 8, 64)
PEERS = {"tiny": 24, "small": 16}


def peer_of(profile: Profile) -> Profile:
    base = PEERS[profile.name]
    changes = {"name": f"5x5, base {base}", "kernel": 5, "bottleneck": 0, "base": base, "levels": 4}
    return profile.model_copy(update=changes)


def per_second(work: Callable[[], object], num_frames: int) -> float:
    """Frames in a second of CPU time."""
    work()
    start, rounds = time.process_time(), 0
    while (spent := time.process_time() - start) < SECONDS:
        work()
        rounds += 1
    return rounds * num_frames / spent


def measure(profile: Profile) -> dict[str, float]:
    fabric = make_fabric("cpu")
    encoder, decoder = (n.to(memory_format=torch.channels_last) for n in new_networks(profile, generator(0, 0)))
    parameters = [*encoder.parameters(), *decoder.parameters()]
    params = TrainAutoencoderParams(batch=BATCH)
    adam = torch.optim.Adam(parameters, lr=1e-3, fused=True)

    def frames(num: int) -> torch.Tensor:
        shape = (num, 3, profile.height, profile.width)
        return torch.rand(shape, generator=generator(0, num)).contiguous(memory_format=torch.channels_last)

    def learn(x_N3HW: torch.Tensor) -> None:
        with fabric.autocast():
            mean_NL, log_variance_NL = encoder(x_N3HW)
            y_N3HW = decoder(mean_NL + (0.5 * log_variance_NL).exp())
        film_losses(x_N3HW, y_N3HW, mean_NL, log_variance_NL, BATCH // 4, params).total.backward()
        adam.step()
        adam.zero_grad()

    numbers = sum(p.numel() for p in parameters)
    result = {"parameters": float(numbers), "megabytes": 4 * numbers / 1e6}
    x_N3HW = frames(BATCH)
    result["trained"] = per_second(lambda: learn(x_N3HW), BATCH)
    with torch.inference_mode():
        for num in PLAYED:
            x_N3HW = frames(num)
            result[f"played_{num}"] = per_second(lambda x=x_N3HW: decoder(encoder(x)[0]), num)
    return result


def main() -> None:
    torch.set_num_threads(1)
    rows, numbers = [], {}
    for name in PEERS:
        for profile in (PROFILES[name], peer_of(PROFILES[name])):
            numbers[f"{name}: {profile.name}"] = result = measure(profile)
            size = f"{profile.width}x{profile.height}"
            rows.append((profile.name, size, int(result["parameters"]), *list(result.values())[1:]))
    played = (f"played, batch {num}" for num in PLAYED)
    table(
        f"Encoder and decoder, frames/s/core (trained at batch {BATCH} as `train` does, played in float32)",
        ("profile", "size", "parameters", "MB", "trained", *played),
        rows,
    )
    keep("autoencode_network", numbers)


if __name__ == "__main__":
    main()
