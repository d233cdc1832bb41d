"""Mistakes in the wiring of a network: a residual block, and the whole U-Net."""

import torch
from torch.nn.functional import pixel_shuffle, pixel_unshuffle, relu, silu

from ddpm_edu.checks.catalogue.templates import one_time_earlier, same
from ddpm_edu.checks.exercise import Misconception, variations
from ddpm_edu.unet import timestep_embedding


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


BEFORE_CONV_2 = "You added the short cut before conv_2; skip(x) is added last and goes through no other convolution."
BLOCK = (Misconception("skip_before_conv_2", BEFORE_CONV_2, skip_before_conv_2), *variations(
    block,
    ("time_ignored", "Your result does not depend on the time: scale and shift are never used.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h)}),
    ("shift_ignored", "You left out the shift.", {"modulate": lambda b, h, scale, shift: b.norm_2(h) * (1 + scale)}),
    ("scale_ignored", "You left out the scale.", {"modulate": lambda b, h, scale, shift: b.norm_2(h) + shift}),
    ("scale_without_1", "You multiplied by the scale; it is 1 + scale, which changes nothing where the scale is 0.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h) * scale + shift}),
    ("scale_and_shift_swapped", "You swapped scale and shift: the scale is the first half of the channels.",
     {"halves": lambda values: values[:, :, None, None].chunk(2, dim=1)[::-1]}),
    ("every_other_channel", "You took every other channel as the scale; it is the first half of them.",
     {"halves": lambda values: (values[:, ::2, None, None], values[:, 1::2, None, None])}),
    ("halves_of_the_batch", "You split along the batch (dim=0); scale and shift are halves of the channels (dim=1).",
     {"halves": lambda values: values[:, :, None, None].chunk(2, dim=0)}),
    ("not_reshaped", "Scale and shift are (B, C_out) and meet the last two axes, rows and columns; give them the shape "
     "(B, C_out, 1, 1).", {"halves": lambda values: values.chunk(2, dim=1)}),
    ("first_row_decides", "You used the embedding of the first row for the whole batch; each row has its own.",
     {"embedding": lambda e: e[:1].expand(e.shape)}),
    ("no_silu_before_linear", "You left out the silu before scale_shift; two linear layers in a row make only one.",
     {"time": lambda b, e: b.scale_shift(e)}),
    ("silu_after_linear", "You put the silu after scale_shift; it stands before, on the embedding.",
     {"time": lambda b, e: silu(b.scale_shift(e))}),
    ("in_place", "You changed time_embedding in place (inplace=True); the next block still needs it.",
     {"embedding": lambda e: e, "time": lambda b, e: b.scale_shift(silu(e, inplace=True))}),
    ("time_before_norm", "You scaled and shifted before norm_2, which undoes it; time enters after norm_2.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h * (1 + scale) + shift)}),
    ("time_at_the_end", "You scaled and shifted after conv_2; time enters between norm_2 and silu.",
     {"modulate": lambda b, h, scale, shift: b.norm_2(h),
      "leave": lambda b, h, scale, shift: b.conv_2(silu(h)) * (1 + scale) + shift}),
    ("no_norm_1", "You left out norm_1.", {"enter": lambda b, x: b.conv_1(silu(x))}),
    ("no_norm_2", "You left out norm_2.", {"modulate": lambda b, h, scale, shift: h * (1 + scale) + shift}),
    ("silu_before_norm_1", "You took silu before norm_1; the order is norm, silu, convolution.",
     {"enter": lambda b, x: b.conv_1(b.norm_1(silu(x)))}),
    ("no_first_silu", "You left out the silu before conv_1.", {"enter": lambda b, x: b.conv_1(b.norm_1(x))}),
    ("no_last_silu", "You left out the silu before conv_2.", {"leave": lambda b, h, scale, shift: b.conv_2(h)}),
    ("relu", "You took relu in the place of silu.",
     {"enter": lambda b, x: b.conv_1(relu(b.norm_1(x))), "time": lambda b, e: b.scale_shift(relu(e)),
      "leave": lambda b, h, scale, shift: b.conv_2(relu(h))}),
    ("no_short_cut", "You left out the short cut: skip(x) is added at the end.", {"join": lambda b, x, h: h}),
    ("x_without_skip", "You added x itself; skip(x) gives it the number of channels that is wanted.",
     {"join": lambda b, x, h: x + h}),
    ("skip_after_norm", "Your short cut begins after norm_1 and silu; it begins at x.",
     {"join": lambda b, x, h: b.skip(silu(b.norm_1(x))) + h}),
    ("skip_twice", "You added skip(x) twice; once is enough.", {"join": lambda b, x, h: b.skip(x) + b.skip(x) + h}),
    ("silu_at_the_end", "You took silu of the sum; the sum is returned as it is.", {"after": silu}),
    ("no_gradients", "Your result was cut off from the weights (detach, no_grad), which then cannot learn.",
     {"after": torch.detach}),
))  # fmt: skip


def with_time(unet, t, x):
    """Embed the times as the network wants it."""
    return unet.time_mlp(timestep_embedding(t, unet.time_dim).to(x.dtype))


def any_class(unet, t):
    return unet.embed_labels(t, None)


def beside(x, skip):
    return torch.cat([x, skip], dim=1)


def network(
    time=same,
    embed=with_time,
    label=any_class,
    fold=pixel_unshuffle,
    skips=lambda stem, skip_1, skip_2, looked: (skip_1, skip_2),
    look=lambda unet, x: unet.attention(x),
    middle=lambda unet, x, e: unet.middle(x, e),
    elsewhere=same,
    joined=beside,
    head=lambda unet, x: unet.head(x),
    unfold=lambda x, factor, x_t: pixel_shuffle(x, factor),
    after=lambda eps, x_t: eps,
):
    """Build unet_forward from the embedding, the way down, what is kept of it, the way up, and the end.

    `skips` chooses what up_1 and up_2 get; `elsewhere` is what all blocks but the first get of the embedding.
    """

    def function(unet, x_t, t):
        e = embed(unet, time(t), x_t) + label(unet, t)
        stem = unet.stem(fold(x_t, unet.fold))
        skip_1 = unet.down_1(stem, e)
        e = elsewhere(e)
        skip_2 = unet.down_2(unet.downsample(skip_1), e)
        looked = look(unet, skip_2)
        x = middle(unet, looked, e)
        skip_1, skip_2 = skips(stem, skip_1, skip_2, looked)
        x = unet.up_2(joined(x, skip_2), e)
        x = unet.up_1(joined(unet.upsample(x), skip_1), e)
        return after(unfold(head(unet, x), unet.fold, x_t), x_t)

    return function


NETWORK = variations(
    network,
    ("skips_do_not_fit", "A skip is missing, or the two are swapped: the last one made is the first one used, so up_2 "
     "takes skip 2 and up_1 takes skip 1.", {"skips": lambda stem, skip_1, skip_2, looked: (skip_2, skip_1)}),
    ("joined_with_itself", "You joined x with itself; up_2 and up_1 want the skips from the way down beside it.",
     {"joined": lambda x, skip: beside(x, x)}),
    ("skip_in_front", "You put the skip before x; the channels of x come first.",
     {"joined": lambda x, skip: beside(skip, x)}),
    ("skip_1_from_stem", "You kept the result of stem as skip 1; it is that of down_1.",
     {"skips": lambda stem, skip_1, skip_2, looked: (stem, skip_2)}),
    ("skip_2_after_attention", "You kept skip 2 after the attention; it is the result of down_2.",
     {"skips": lambda stem, skip_1, skip_2, looked: (skip_1, looked)}),
    ("no_attention", "You left out the attention.", {"look": lambda unet, x: x}),
    ("no_middle", "You left out the block `middle`.", {"middle": lambda unet, x, e: x}),
    ("attention_after_middle", "You called `middle` before the attention; the attention comes first.",
     {"look": lambda unet, x: x, "middle": lambda unet, x, e: unet.attention(unet.middle(x, e))}),
    ("scaled_time", "You divided t by 1000 before embedding it; the embedding wants steps, else all times look alike.",
     {"time": lambda t: t / 1000}),
    ("shifted_time", "You embedded t - 1; wanted is t as it is.", {"time": one_time_earlier}),
    ("first_row_decides", "You embedded t[0] for the whole batch; each row has its own t.",
     {"time": lambda t: t[:1].expand(len(t))}),
    ("time_ignored", "Your prediction does not depend on t: add the embedding of t to that of the labels.",
     {"embed": lambda unet, t, x: 0}),
    ("no_time_mlp", "You left out time_mlp: the sines and cosines go through it first.",
     {"embed": lambda unet, t, x: timestep_embedding(t, unet.time_dim).to(x.dtype)}),
    ("single_precision", "You left the embedding of t in float32; give it the dtype of x_t.",
     {"embed": lambda unet, t, x: unet.time_mlp(timestep_embedding(t, unet.time_dim))}),
    ("double_precision", "You made the embedding of t float64 whatever x_t is; give it the dtype of x_t.",
     {"embed": lambda unet, t, x: unet.time_mlp(timestep_embedding(t, unet.time_dim).double())}),
    ("no_label", "You left out embed_labels(t, None), the embedding of \"any class\".",
     {"label": lambda unet, t: 0}),
    ("class_0", "You gave every image the label 0; without labels it is embed_labels(t, None), any class.",
     {"label": lambda unet, t: unet.embed_labels(t, torch.zeros_like(t))}),
    ("time_in_one_block", "Only the first block gets the embedding; every block with time wants it.",
     {"elsewhere": torch.zeros_like}),
    ("not_folded", "You did not fold the pixels: stem takes F.pixel_unshuffle(x_t, unet.fold).",
     {"fold": lambda x, factor: x}),
    ("not_unfolded", "You did not unfold the pixels: F.pixel_shuffle(x, unet.fold) comes last.",
     {"unfold": lambda x, factor, x_t: x}),
    ("reshaped", "You reshaped the result; that mixes up the pixels, which F.pixel_shuffle puts back in place.",
     {"unfold": lambda x, factor, x_t: x.reshape(x_t.shape)}),
    ("no_head", "You left out the head.", {"head": lambda unet, x: x}),
    ("squashed", "You squashed the result by tanh; noise leaves [-1, 1], so nothing comes after the head.",
     {"after": lambda eps, x_t: eps.tanh()}),
    ("denoised", "You subtracted the prediction from x_t; wanted is the prediction itself.",
     {"after": lambda eps, x_t: x_t - eps}),
    ("no_gradients", "Your result was cut off from the weights (detach, no_grad), which then cannot learn.",
     {"after": lambda eps, x_t: eps.detach()}),
)  # fmt: skip
