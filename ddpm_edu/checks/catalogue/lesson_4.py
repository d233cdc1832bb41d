"""Lesson 4, the network: time as a vector, attention, a residual block, and the whole U-Net."""

import torch

from ddpm_edu.checks.catalogue.inputs import (
    ACCELERATORS,
    as_float32,
    float32_devices,
    normal,
    read_texts,
    source,
)
from ddpm_edu.checks.catalogue.misconceptions import (
    attention,
    embedding,
    residual_block,
    unet,
)
from ddpm_edu.checks.catalogue.templates import same
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.unet import ResidualBlock, UNet, self_attention, timestep_embedding


def embedding_cases(seed):
    """Try even and odd numbers of columns, early and late times, and another period."""
    generator = source(seed)

    def case(name, times, device="cpu", **options):
        drawn = torch.randint(3, 1000, (2,), generator=generator)
        arguments = {"t": torch.cat([torch.tensor(times), drawn]), **options}
        angles = (0.0, 1e-3)  # 1000 steps in float32: an angle is known to a ten-thousandth
        return Case(name, arguments, float64_too=True, tolerance=angles, device=device)

    return [
        case("the first two times and the last", [1, 2, 1000], dim=8),
        case("as many rows as columns", [500, 1, 2, 1000], dim=6),
        case("an odd number of columns", [1, 1000, 10], dim=9),
        case("many columns", [1000, 100], dim=32),
        case("another period", [2, 1, 1000, 30], dim=10, max_period=100 + seed % 50),
        *(case(f"on {device}", [1, 2, 1000], device, dim=8) for device in ACCELERATORS),
    ]


def any_order(columns):
    """Return what is the same in any order of columns: each row sorted, and the products of rows.

    The products tell whether all rows had their columns in the same order. Sorting whole columns
    would put those that differ by rounding alone now in one order, now in another.
    """
    rows = columns.double().reshape(columns.shape[0] if columns.ndim else 1, -1)
    return torch.cat([rows.sort(dim=1).values, rows @ rows.T / max(1, rows.shape[1])], dim=1)


def block_cases(seed):
    """Try blocks that keep the number of channels and blocks that change it."""
    generator = source(seed)

    def case(name, shape, out_channels, embedding_dim=5, dtype="float64", device="cpu"):
        convert = as_float32 if dtype == "float32" else same
        options = {
            "in_channels": shape[1],
            "out_channels": out_channels,
            "embedding_dim": embedding_dim,
        }
        arguments = {
            "block": Probe("residual_block", {"seed": seed, **options, "dtype": dtype}),
            "x": convert(normal(generator, *shape)),
            "time_embedding": convert(normal(generator, shape[0], embedding_dim)),
        }
        return Case(name, arguments, same_gradients=True, device=device)

    return [
        # In float32 an embedding that was not cast stops nothing, so that other mistakes show.
        *(
            case(name, (2, 8, 3, 4), 16, dtype="float32", device=device)
            for name, device in float32_devices()
        ),
        case("as many channels out as in", (3, 8, 4, 3), 8),
        case("more channels out than in", (2, 8, 3, 4), 16),
        case("fewer channels out than in", (3, 16, 2, 4), 8, embedding_dim=7),
        case("as many images as rows, as many channels as columns", (4, 8, 4, 8), 8),
    ]


def attention_cases(seed):
    """Try numbers of images, heads, positions and columns that differ, and some that agree."""
    generator = source(seed)

    def case(name, shape, convert=same, device="cpu"):
        return Case(
            name, {part: convert(normal(generator, *shape)) for part in "qkv"}, device=device
        )

    return [
        case("more positions than columns", (2, 3, 7, 4)),
        case("more columns than positions", (3, 2, 4, 9)),
        case("as many positions as columns", (2, 3, 5, 5)),
        case("as many heads as positions, one image", (1, 4, 4, 6)),
        case("one head", (3, 1, 6, 2)),
        *(case(name, (2, 2, 6, 4), as_float32, device) for name, device in float32_devices()),
    ]


def network_cases(seed):
    """Try networks that fold and that do not, with widths at which wrong wiring fits or fails."""
    generator = source(seed)

    def case(name, times, image_shape, channels, fold, dtype="float64", device="cpu"):
        x_t = normal(generator, len(times), *image_shape)
        options = {"image_shape": image_shape, "channels": channels, "fold": fold, "dtype": dtype}
        arguments = {
            "unet": Probe("unet", {"seed": seed, **options}),
            "x_t": as_float32(x_t) if dtype == "float32" else x_t,
            "t": torch.tensor(times),
        }
        return Case(name, arguments, same_gradients=True, device=device)

    return [
        # In float32 an embedding that was not cast stops nothing, so that other mistakes show.
        *(
            case(name, [1, 2, 1000], (1, 8, 4), (8, 16), 2, "float32", device)
            for name, device in float32_devices()
        ),
        case("no folding", [1, 1000, 2], (1, 4, 6), (8, 16), 1),
        case("2x2 pixels folded", [2, 1, 1000], (1, 8, 4), (8, 8), 2),
        case("colours, as many images as columns", [500, 1, 1000, 2], (3, 8, 4), (16, 8), 2),
        case("one time for the whole batch", [300 + seed % 100] * 2, (2, 4, 4), (8, 16), 1),
    ]


texts = read_texts(4)

EXERCISES = (
    Exercise(
        **texts["timestep_embedding"],
        reference=timestep_embedding,
        cases=embedding_cases,
        misconceptions=embedding.EMBEDDING,
        template=embedding.embedding,
        also_right=(embedding.with_h_minus_1,),
        canonical=any_order,
        rows=("t",),
    ),
    Exercise(
        **texts["residual_block_forward"],
        reference=ResidualBlock.forward,
        cases=block_cases,
        misconceptions=residual_block.BLOCK,
        template=residual_block.block,
        rows=("x", "time_embedding"),
        gradients=("block", "x", "time_embedding"),
        trained_through=True,
    ),
    Exercise(
        **texts["self_attention"],
        reference=self_attention,
        cases=attention_cases,
        misconceptions=attention.ATTENTION,
        template=attention.attention,
        rows=("q", "k", "v"),
        gradients=("q", "k", "v"),
        trained_through=True,
    ),
    Exercise(
        **texts["unet_forward"],
        reference=UNet.forward,
        cases=network_cases,
        misconceptions=unet.NETWORK,
        # No template: to try pairs would take seconds, since every try builds a network.
        rows=("x_t", "t"),
        gradients=("unet", "x_t"),
        trained_through=True,
    ),
)
