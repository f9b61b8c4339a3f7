"""Pictures: png, jpg, webp, tiff, read upright with alpha and written with their EXIF. Pillow lives here."""

import io
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.ops.resize import resize
from mutoscope.video.info import VideoInfo
from mutoscope.video.safety import check_file

__all__ = ["MAX_PICTURE_PIXELS", "load_picture", "probe_picture", "save_picture"]

MAX_PICTURE_PIXELS = 120_000_000
"""Largest picture that is decoded: 1.4 GB as float32."""

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
_SAVE = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95, "method": 4}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".bmp": ("BMP", {}),
}
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)


def _open(path: Path) -> Image.Image:
    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path, formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        image = _open_large(path)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise InputError(f"{path} is not a picture that can be opened; expected png, jpg, webp or tiff.") from None
    if image.width * image.height > MAX_PICTURE_PIXELS:
        size = f"{image.width}x{image.height}"
        image.close()
        raise InputError(
            f"{path} is {size} px; at most {MAX_PICTURE_PIXELS // 10**6} megapixels are opened here: scale it down first."
        )
    return image


def _open_large(path: Path) -> Image.Image:
    """Open what Pillow warns of, but only its header, to judge it by our own limit."""
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(stream.read()), formats=_FORMATS)
        except Image.DecompressionBombError as error:
            most = MAX_PICTURE_PIXELS // 10**6
            raise InputError(f"{path} is too large a picture ({error}); at most {most} megapixels.") from None
    return image


def probe_picture(path: Path) -> VideoInfo:
    """Read a picture's header.

    Raises:
        InputError: it is missing, no picture, or too large.
    """
    with _open(path) as image:
        sideways = image.getexif().get(_ORIENTATION, 1) in _SIDEWAYS
        exif = image.getexif()
        return VideoInfo(
            path=path,
            kind="picture",
            container=str(image.format).lower(),
            codec=str(image.format).lower(),
            width=image.height if sideways else image.width,
            height=image.width if sideways else image.height,
            num_frames=1,
            pixel_format=image.mode,
            bit_depth=16 if image.mode.startswith("I") else 8,
            color_primaries="bt709",
            color_transfer="iec61966-2-1",
            color_range="full",
            has_alpha=_has_alpha(image),
            tags={"date": str(exif[0x0132])} if 0x0132 in exif else {},
        )


def load_picture(path: Path, size: tuple[int, int] | None = None, pts: int = 0, rate: Fraction | None = None) -> Clip:
    """Read a picture as a clip of one frame, sRGB, upright.

    Args:
        path: the file.
        size: width and height to scale to.
        pts: time stamp of the frame.
        rate: frames per second where it is one of a sequence; 1 otherwise.

    Raises:
        InputError: it is damaged.
    """
    with _open(path) as image:
        try:
            upright = ImageOps.exif_transpose(image)
            pixels, alpha = _to_tensors(_to_srgb(upright))
        except (OSError, ValueError, SyntaxError, ImageCms.PyCMSError):
            raise InputError(f"{path} is damaged and cannot be decoded; export it again.") from None
    if size is not None:
        pixels = resize(pixels, size[1], size[0])
        alpha = None if alpha is None else resize(alpha, size[1], size[0])
    return Clip(pixels, (pts,), 1 / (rate or Fraction(1)), alpha)


def save_picture(clip: Clip, path: Path, like: Path | None = None) -> list[str]:
    """Write the one frame of a clip.

    Args:
        clip: one frame.
        path: its suffix says the format; written in place: wrap it in `atomic_path`.
        like: picture whose EXIF is carried over.

    Returns:
        notices.

    Raises:
        OutputError: the format is not known.
    """
    notices = []
    if path.suffix.lower() not in _SAVE:
        raise OutputError(f"{path.suffix} is no picture format here; write png, jpg, webp or tiff.")
    form, options = _SAVE[path.suffix.lower()]
    rgb_HWC = _to_bytes(clip.pixels_TCHW[0])
    if clip.alpha_T1HW is not None and form in ("JPEG", "BMP"):
        notices.append(f"{form} holds no transparency; the picture was laid on white.")
        rgb_HWC = _to_bytes(torch.lerp(torch.ones_like(clip.pixels_TCHW), clip.pixels_TCHW, clip.alpha_T1HW)[0])
    elif clip.alpha_T1HW is not None:
        rgb_HWC = np.concatenate([rgb_HWC, _to_bytes(clip.alpha_T1HW[0])], axis=2)
    exif = _exif_of(like)
    extra = {"exif": exif} if exif and form != "BMP" else {}
    Image.fromarray(np.ascontiguousarray(rgb_HWC)).save(path, form, **options, **extra)
    return notices


def _exif_of(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        with _open(path) as image:
            exif = image.getexif()
    except InputError:
        return None  # the source is a film: it has tags, not EXIF
    # The pixels stand upright now.
    exif.pop(_ORIENTATION, None)
    return exif.tobytes() if len(exif) else None


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert by the embedded profile where there is one (phones: Display P3; printers: CMYK)."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        opaque = image.convert("RGB") if alpha is not None else image
        done = ImageCms.profileToProfile(opaque, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken or unfitting profile: the numbers are taken as sRGB, as viewers do
    if done is None:
        return image
    if alpha is not None:
        done.putalpha(alpha)
    return done


def _to_tensors(image: Image.Image) -> tuple[Tensor, Tensor | None]:
    if image.mode.startswith("I"):  # 16-bit grey
        grey = torch.from_numpy(np.array(image).astype(np.float32) / 65535).clamp(0, 1)
        return grey.expand(1, 3, *grey.shape).contiguous(), None
    mode = "RGBA" if _has_alpha(image) else "RGB"
    array_HWC = np.array(image.convert(mode))
    x_1CHW = torch.from_numpy(array_HWC).permute(2, 0, 1)[None].float() / 255
    if mode == "RGB":
        return x_1CHW.contiguous(), None
    return x_1CHW[:, :3].contiguous(), x_1CHW[:, 3:].contiguous()


def _to_bytes(x_CHW: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return (x_CHW * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
