"""Which layers of each backbone say content and which say style. Torch-free."""

from dataclasses import dataclass

__all__ = ["LAYERS", "StyleLayers"]


@dataclass(frozen=True)
class StyleLayers:
    """Layer names of one backbone, as `models.backbones` names them."""

    content: tuple[str, ...]
    style: tuple[str, ...]


LAYERS = {
    # Block outputs carry colour and form, the depth-wise outputs inside blocks 1 and 3 carry fine strokes.
    # Content sits at stride 8: deeper, faces dissolve; shallower, the picture stays a photograph.
    "efficientnet_lite0": StyleLayers(
        content=("block4",),
        style=("stem", "block0", "block2", "block4", "block5", "block9", "block1.dw", "block3.dw"),
    ),
    # Every fire but the two deepest: with these, bits of the painting's objects come out, and noise between them.
    "squeezenet1_1": StyleLayers(
        content=("fire5",), style=("conv1", "fire2", "fire3", "fire4", "fire5", "fire6", "fire7")
    ),
    # Gatys et al. (2016), section 2.3.
    "vgg19": StyleLayers(content=("relu4_2",), style=("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")),
    # First layer and last block of each stage (Wang et al. 2021, "Rethinking style transfer on ResNets").
    "resnet18": StyleLayers(content=("layer2.1",), style=("stem", "layer1.1", "layer2.1", "layer3.1", "layer4.1")),
    "resnext50_32x4d": StyleLayers(
        content=("layer2.3",), style=("stem", "layer1.2", "layer2.3", "layer3.5", "layer4.2")
    ),
    "tiny": StyleLayers(content=("block1",), style=("block0", "block1", "block2")),
}
