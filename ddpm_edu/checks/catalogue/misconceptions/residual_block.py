"""Misconceptions about the wiring of a residual block: where time enters, and the short cut."""

import torch
from torch.nn.functional import gelu, leaky_relu, relu, silu

from ddpm_edu.checks.catalogue.templates import same, variations
from ddpm_edu.checks.exercise import Misconception


def block(
    embedding=same,
    enter=lambda b, x: b.conv_1(silu(b.norm_1(x))),
    time=lambda b, e: b.scale_shift(silu(e)),
    halves=lambda values: values[:, :, None, None].chunk(2, dim=1),
    modulate=lambda b, h, scale, shift: b.norm_2(h) * (1 + scale) + shift,
    leave=lambda b, h, scale, shift: b.conv_2(silu(h)),
    join=lambda b, x, h: b.skip(x) + h,
    after=same,
):
    """Build residual_block_forward from the long road, where time enters it, and the short cut."""

    def function(block, x, time_embedding):
        scale, shift = halves(time(block, embedding(time_embedding)))
        h = modulate(block, enter(block, x), scale, shift)
        return after(join(block, x, leave(block, h, scale, shift)))

    return function


def skip_before_conv_2(block, x, time_embedding):
    scale, shift = block.scale_shift(silu(time_embedding))[:, :, None, None].chunk(2, dim=1)
    h = block.norm_2(block.conv_1(silu(block.norm_1(x)))) * (1 + scale) + shift
    return block.conv_2(silu(block.skip(x) + h))


def activated_by(function):
    """Return parts with another function in the place of silu."""
    return {
        "enter": lambda b, x: b.conv_1(function(b.norm_1(x))),
        "time": lambda b, e: b.scale_shift(function(e)),
        "leave": lambda b, h, scale, shift: b.conv_2(function(h)),
    }


BEFORE_CONV_2 = (
    "You added the short cut before conv_2; "
    "skip(x) is added last and goes through no other convolution."
)
VARIATIONS = variations(
    block,
    ("time_ignored", "Your result does not depend on the time: scale and shift are never used.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h)}),
    ("shift_ignored", "You left out the shift.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h) * (1 + scale)}),
    ("scale_ignored", "You left out the scale.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h) + shift}),
    ("scale_without_1",
     "You multiplied by the scale; it is 1 + scale, which changes nothing where the scale is 0.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h) * scale + shift}),
    ("scale_and_shift_swapped",
     "You swapped scale and shift: the scale is the first half of the channels.",
     {"halves": lambda values: values[:, :, None, None].chunk(2, dim=1)[::-1]}),
    ("every_other_channel",
     "You took every other channel as the scale; it is the first half of them.",
     {"halves": lambda values: (values[:, ::2, None, None], values[:, 1::2, None, None])}),
    ("halves_of_the_batch",
     "You split along the batch (dim=0); scale and shift are halves of the channels (dim=1).",
     {"halves": lambda values: values[:, :, None, None].chunk(2, dim=0)}),
    ("not_reshaped",
     "Scale and shift are (B, C_out) and meet the last two axes, rows and columns; "
     "give them the shape (B, C_out, 1, 1).",
     {"halves": lambda values: values.chunk(2, dim=1)}),
    ("first_row_decides",
     "You used the embedding of the first row for the whole batch; each row has its own.",
     {"embedding": lambda e: e[:1].expand(e.shape)}),
    ("no_silu_before_linear",
     "You left out the silu before scale_shift; two linear layers in a row make only one.",
     {"time": lambda b, e: b.scale_shift(e)}),
    ("silu_after_linear", "You put the silu after scale_shift; it stands before, on the embedding.",
     {"time": lambda b, e: silu(b.scale_shift(e))}),
    ("in_place",
     "You changed time_embedding in place (inplace=True); the next block still needs it.",
     # Embedding is named lest a pair hands over a copy of it, whose change nobody sees.
     {"embedding": same, "time": lambda b, e: b.scale_shift(silu(e, inplace=True))}),
    ("time_before_norm",
     "You scaled and shifted before norm_2, which undoes it; time enters after norm_2.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h * (1 + scale) + shift)}),
    ("time_at_the_end", "You scaled and shifted after conv_2; time enters between norm_2 and silu.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h),
      "leave": lambda b, h, scale, shift: b.conv_2(silu(h)) * (1 + scale) + shift}),
    ("no_norm_1", "You left out norm_1.", {"enter": lambda b, x: b.conv_1(silu(x))}),
    ("no_norm_2", "You left out norm_2.",
     {"modulate": lambda b, h, scale, shift: h * (1 + scale) + shift}),
    ("silu_before_norm_1", "You took silu before norm_1; the order is norm, silu, convolution.",
     {"enter": lambda b, x: b.conv_1(b.norm_1(silu(x)))}),
    ("no_first_silu", "You left out the silu before conv_1.",
     {"enter": lambda b, x: b.conv_1(b.norm_1(x))}),
    ("no_last_silu", "You left out the silu before conv_2.",
     {"leave": lambda b, h, scale, shift: b.conv_2(h)}),
    ("no_silu", "You left out silu in all three places; without it all layers are linear.",
     activated_by(same)),
    ("relu", "You took another function, such as relu, in the place of silu.",
     *map(activated_by, (relu, gelu, torch.tanh, torch.sigmoid, leaky_relu))),
    ("no_short_cut", "You left out the short cut: skip(x) is added at the end.",
     {"join": lambda b, x, h: h}),
    ("x_without_skip",
     "You added x itself; skip(x) gives it the number of channels that is expected.",
     {"join": lambda b, x, h: x + h}),
    ("skip_after_norm", "Your short cut begins after norm_1 and silu; it begins at x.",
     {"join": lambda b, x, h: b.skip(silu(b.norm_1(x))) + h}),
    ("skip_twice", "You added skip(x) twice; once is enough.",
     {"join": lambda b, x, h: b.skip(x) + b.skip(x) + h}),
    ("silu_at_the_end", "You took silu of the sum; the sum is returned as it is.", {"after": silu}),
    ("no_gradients",
     "Your result was cut off from the weights (detach, no_grad), which then cannot learn.",
     {"after": torch.detach}),
)  # fmt: skip
BLOCK = (Misconception("skip_before_conv_2", BEFORE_CONV_2, skip_before_conv_2), *VARIATIONS)
