"""What a foreign runtime makes of the exported networks is what ours make."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from mutoscope.autoencode.card import Card, parse_card
from mutoscope.autoencode.files import FilmModel
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.onnx_graph import decoder_graph, export_onnx
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.errors import WeightsError
from mutoscope.core.random import generator

PROFILES = [
    Profile(name="narrow", width=40, height=24, base=4, latent=8, levels=3),
    Profile(name="seed", width=40, height=24, base=4, latent=8, levels=3, kernel=5, bottleneck=0),
]


def model(profile: Profile) -> FilmModel:
    encoder, decoder = new_networks(profile, generator(0, 0))
    for network in (encoder, decoder):
        for parameter in network.parameters():
            # Untrained networks hardly say anything: what is wrong in them would not show.
            nn.init.normal_(parameter, 0, 0.2, generator=generator(1, parameter.numel()))
    return FilmModel(Card(profile=profile), encoder.eval(), decoder.eval())


def play(path, name: str, value: torch.Tensor) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {name: value.numpy()})


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
@pytest.mark.parametrize("num", [1, 3])
def test_foreign_runtime_gives_what_ours_gives(tmp_path, profile, num):
    made = model(profile)
    encoder, decoder = export_onnx(made, tmp_path / "new" / "folder")
    frames = torch.rand(num, 3, profile.height, profile.width, generator=generator(2, num))
    latents = torch.randn(num, profile.latent, generator=generator(3, num))
    with torch.no_grad():
        mean, log_variance = made.encoder(frames)
        decoded = made.decoder(latents)

    theirs = play(encoder, "frames", frames)

    np.testing.assert_allclose(theirs[0], mean.numpy(), atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(theirs[1], log_variance.numpy(), atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(play(decoder, "latents", latents)[0], decoded.numpy(), atol=1e-4)
    assert decoded.std() > 0.02


def test_exported_files_carry_the_card(tmp_path):
    made = model(PROFILES[0])

    for path in export_onnx(made, tmp_path):
        texts = {text.key: text.value for text in onnx.load(path).metadata_props}
        assert parse_card(texts["card"], "here") == made.card


def test_layer_without_a_word_is_refused():
    made = model(PROFILES[0])
    made.decoder.last[1] = nn.Sequential(nn.PixelShuffle(2), nn.Hardswish())

    with pytest.raises(WeightsError, match="cannot be written as ONNX"):
        decoder_graph(made)
