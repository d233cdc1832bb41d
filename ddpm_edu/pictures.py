"""Image tensors to PNG files, without matplotlib."""

import pathlib

import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor

from ddpm_edu.files import whole_file


def to_uint8(images: Float[Tensor, "*b c h w"]) -> UInt8[Tensor, "*b c h w"]:
    """Turn [-1, 1] into 0..255, clamping first: 1.01 would wrap around to nearly black.

    >>> to_uint8(torch.tensor([-2.0, -1.0, 0.0, 1.0]).view(1, 1, 4)).flatten().tolist()
    [0, 0, 128, 255]
    """
    return images.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)


def sheet(
    images: Float[Tensor, "n c h w"], columns: int, tile: int = 84, gap: int = 4
) -> Image.Image:
    """Lay images out in rows, each pixel enlarged to a block so that tiles are about `tile` wide.

    >>> sheet(torch.zeros(6, 1, 28, 28), columns=3).size
    (268, 180)
    """
    scale = max(1, tile // images.shape[-1])
    tiles = to_uint8(images).repeat_interleave(scale, -1).repeat_interleave(scale, -2)
    rows = -(-len(tiles) // columns)  # rounded up
    height, width = tiles.shape[-2] + gap, tiles.shape[-1] + gap
    size = (tiles.shape[1], rows * height + gap, columns * width + gap)
    canvas = torch.full(size, 96, dtype=torch.uint8)  # grey between the images
    for index, picture in enumerate(tiles):
        top, left = index // columns * height + gap, index % columns * width + gap
        canvas[:, top : top + height - gap, left : left + width - gap] = picture
    return Image.fromarray(canvas.movedim(0, -1).squeeze(-1).numpy())


def filmstrip(
    states: list[Float[Tensor, "n c h w"]], rows: int = 4, columns: int = 10
) -> Image.Image:
    """Show how the first images came about: a row for each, its states from left to right."""
    picks = torch.linspace(0, len(states) - 1, min(columns, len(states))).round().long().tolist()
    frames = torch.stack([states[pick][:rows] for pick in picks], dim=1)  # (rows, columns, C, H, W)
    return sheet(frames.flatten(0, 1), columns=len(picks))


def save_png(picture: Image.Image, path: str | pathlib.Path) -> None:
    """Write a picture whole, or not at all."""
    with whole_file(path) as temporary:
        picture.save(temporary, "PNG")
