"""Pictures: png, jpg, webp, tiff, read upright with alpha and written with their EXIF. Pillow lives here."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.ops.resize import resize
from mutoscope.video.info import VideoInfo
from mutoscope.video.safety import check_file

__all__ = ["load_picture", "load_small", "probe_picture", "save_picture", "scale_picture"]

_MAX_PIXELS = 89_478_485
"""Largest picture that is decoded, as Pillow warns of larger ones: 1 GB as float32."""

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
_SAVE: dict[str, tuple[str, dict[str, object]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95, "method": 4, "exact": True}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".bmp": ("BMP", {}),
}
_OPAQUE = ("JPEG", "BMP")
_SIDEWAYS = (5, 6, 7, 8)
_KEPT_EXIF = (0x010E, 0x010F, 0x0110, 0x0132, 0x013B, 0x8298, ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
"""Description, maker, model, date, artist, copyright, and the camera's and the place's own tables."""

_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open a picture; what goes wrong inside the block is a damaged picture.

    Raises:
        InputError: it is missing, too large, damaged, or no picture of an allowed kind.

    """
    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path, formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"{path} has more than {_MAX_PIXELS // 10**6} megapixels; scale it down first.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise InputError(f"{path} is not a picture that can be opened; expected png, jpg, webp or tiff.") from None
    with image:
        try:
            yield image
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError):
            raise InputError(f"{path} is damaged and cannot be decoded; export it again.") from None


def probe_picture(path: Path) -> VideoInfo:
    """Read a picture's header.

    Raises:
        InputError: it is missing, no picture, or too large.

    """
    with _opened(path) as image:
        exif = image.getexif()
        sideways = exif.get(ExifTags.Base.Orientation, 1) in _SIDEWAYS
        return VideoInfo(
            path=path,
            kind="picture",
            container=str(image.format).lower(),
            codec=str(image.format).lower(),
            width=image.height if sideways else image.width,
            height=image.width if sideways else image.height,
            num_frames=1,
            num_frames_from="count",
            pixel_format=image.mode,
            bit_depth=16 if image.mode in _DEEP_MODES else 8,
            color_primaries="bt709",
            color_transfer="iec61966-2-1",
            color_range="full",
            has_alpha=image.has_transparency_data,
            tags=_tags(exif),
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
    with _opened(path) as image:
        pixels, alpha = _to_tensors(_to_srgb(ImageOps.exif_transpose(image)))
    clip = Clip(pixels, (pts,), 1 / (rate or Fraction(1)), alpha)
    return clip if size is None else scale_picture(clip, size)


def load_small(path: Path, long_side: int) -> Clip:
    """Decode all of a picture and give it small, for looking at: a quarter of the time and memory of `load_picture`.

    Args:
        path: the file.
        long_side: px; a smaller picture is not scaled up.

    Raises:
        InputError: it is damaged.

    """
    with _opened(path) as image:
        image.load()
        if image.mode not in _DEEP_MODES:
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")  # noqa: PLW2901 # a smaller one
            image.thumbnail((long_side, long_side), Image.Resampling.BOX)
        pixels, alpha = _to_tensors(_to_srgb(ImageOps.exif_transpose(image)))
    height, width = pixels.shape[-2:]
    scale = min(1.0, long_side / max(height, width))
    return scale_picture(
        Clip(pixels, (0,), Fraction(1), alpha), (max(1, round(width * scale)), max(1, round(height * scale)))
    )


def scale_picture(clip: Clip, size: tuple[int, int]) -> Clip:
    """Scale a clip to a width and height."""
    width, height = size
    if clip.size == (height, width):
        return clip
    x_T3HW, alpha_T1HW = clip.pixels_TCHW, clip.alpha_T1HW
    if alpha_T1HW is None:
        return replace(clip, pixels_TCHW=resize(x_T3HW, height, width))
    # Premultiplied while scaling: the colour of what is invisible must not bleed into the edge.
    alpha = resize(alpha_T1HW, height, width)
    solid = resize(x_T3HW * alpha_T1HW, height, width) / alpha.clamp_min(1 / 1024)
    scaled = torch.where(alpha > 0, solid.clamp(0, 1), resize(x_T3HW, height, width))
    return replace(clip, pixels_TCHW=scaled, alpha_T1HW=alpha)


def save_picture(clip: Clip, path: Path, like: Path | None = None) -> list[str]:
    """Write the one frame of a clip.

    Args:
        clip: one frame.
        path: its suffix says the format; written in place: wrap it in `atomic_path`.
        like: picture whose EXIF is carried over.

    Returns:
        notices.

    Raises:
        OutputError: the format is not known or cannot hold the size.

    """
    notices = []
    if path.suffix.lower() not in _SAVE:
        raise OutputError(f"{path.suffix} is no picture format here; write png, jpg, webp or tiff.")
    form, options = _SAVE[path.suffix.lower()]
    x_CHW = clip.pixels_TCHW[0]
    if clip.alpha_T1HW is not None and form in _OPAQUE:
        notices.append(f"{form} holds no transparency; the picture was laid on white.")
        x_CHW = torch.lerp(torch.ones_like(x_CHW), x_CHW, clip.alpha_T1HW[0])
    elif clip.alpha_T1HW is not None:
        x_CHW = torch.cat([x_CHW, clip.alpha_T1HW[0]])
    exif = None if like is None or form == "BMP" else _exif_of(like, clip.size)
    extra = {} if exif is None else {"exif": exif}
    try:
        Image.fromarray(_to_bytes(x_CHW)).save(path, form, **options, **extra)
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the picture; `atomic_path` knows what to say
        height, width = clip.size
        raise OutputError(f"{form} cannot hold a picture of {width}x{height}: {error}; write png or tiff.") from None
    return notices


def _exif_of(path: Path, size: tuple[int, int]) -> Image.Exif | None:
    try:
        with _opened(path) as image:
            old = image.getexif()
            exif = Image.Exif()
            # The orientation is left out: the pixels stand upright now. So is what tells of TIFF's own layout.
            for tag in _KEPT_EXIF:
                table = tag in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
                value = dict(old.get_ifd(tag)) if table else old.get(tag)
                if value:
                    exif[tag] = value
    except InputError:
        return None  # the source is a film: it has tags, not EXIF
    camera = exif.get(ExifTags.IFD.Exif)
    if isinstance(camera, dict):
        for tag, length in ((0xA002, size[1]), (0xA003, size[0])):
            if tag in camera:
                camera[tag] = length
        camera.pop(0x927C, None)  # the maker's note holds offsets that are wrong in another file
    return exif if len(exif) else None


def _tags(exif: Image.Exif) -> dict[str, str]:
    named = {"date": 0x0132, "make": 0x010F, "model": 0x0110, "artist": 0x013B, "copyright": 0x8298}
    found = {name: str(exif[tag]).strip("\0 ") for name, tag in named.items() if tag in exif}
    if ExifTags.IFD.GPSInfo in exif:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        place = [gps.get(tag) for tag in (1, 2, 3, 4)]
        if all(place):
            found["location"] = " ".join(str(part) for part in place)
    return found


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
    if image.mode in _DEEP_MODES:  # grey of 16 bits, or of floats that are taken as 0..1
        most = 1 if image.mode == "F" else 65535
        grey_HW = torch.from_numpy(np.asarray(image).astype(np.float32) / most).nan_to_num(0).clamp(0, 1)
        return grey_HW.expand(1, 3, *grey_HW.shape).contiguous(), None
    mode = "RGBA" if image.has_transparency_data else "RGB"
    bytes_HWC = torch.from_numpy(np.array(image.convert(mode)))
    x_1CHW = torch.empty(1, bytes_HWC.shape[2], *bytes_HWC.shape[:2])
    x_1CHW.copy_(bytes_HWC.permute(2, 0, 1)).div_(255)
    if mode == "RGB":
        return x_1CHW, None
    return x_1CHW[:, :3].contiguous(), x_1CHW[:, 3:].contiguous()


def _to_bytes(x_CHW: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    bytes_CHW = (x_CHW * 255).add_(0.5).clamp_(0, 255).to(torch.uint8)
    return np.ascontiguousarray(bytes_CHW.permute(1, 2, 0).numpy())
