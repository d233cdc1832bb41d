"""Misconceptions about the wiring of the U-Net: time and label, the way down, skips, the way up."""

import torch
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from ddpm_edu.checks.catalogue.templates import one_time_earlier, same, variations
from ddpm_edu.unet import timestep_embedding


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
    """Build unet_forward from the embedding, the way down, what is kept, the way up, and the end.

    `skips` chooses what up_1 and up_2 get; `elsewhere` is what all blocks but the first get of the
    embedding.
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
    ("skips_do_not_fit",
     "A skip is missing, or the two are swapped: the last one made is the first one used, "
     "so up_2 takes skip 2 and up_1 takes skip 1.",
     {"skips": lambda stem, skip_1, skip_2, looked: (skip_2, skip_1)}),
    ("joined_with_itself",
     "You joined x with itself; up_2 and up_1 want the skips from the way down beside it.",
     {"joined": lambda x, skip: beside(x, x)}),
    ("skip_in_front", "You put the skip before x; the channels of x come first.",
     {"joined": lambda x, skip: beside(skip, x)}),
    ("skip_1_from_stem", "You kept the result of stem as skip 1; it is that of down_1.",
     {"skips": lambda stem, skip_1, skip_2, looked: (stem, skip_2)}),
    ("skip_2_after_attention", "You kept skip 2 after the attention; it is the result of down_2.",
     {"skips": lambda stem, skip_1, skip_2, looked: (skip_1, looked)}),
    ("no_attention", "You left out the attention.", {"look": lambda unet, x: x}),
    ("no_middle", "You left out the block `middle`.", {"middle": lambda unet, x, e: x}),
    ("attention_after_middle",
     "You called `middle` before the attention; the attention comes first.",
     {"look": lambda unet, x: x, "middle": lambda unet, x, e: unet.attention(unet.middle(x, e))}),
    ("scaled_time",
     "You divided t by 1000 before embedding it; "
     "the embedding wants steps, else all times look alike.",
     {"time": lambda t: t / 1000}),
    ("shifted_time", "You embedded t - 1; expected t as it is.", {"time": one_time_earlier}),
    ("first_row_decides", "You embedded t[0] for the whole batch; each row has its own t.",
     {"time": lambda t: t[:1].expand(len(t))}),
    ("time_ignored",
     "Your prediction does not depend on t: add the embedding of t to that of the labels.",
     {"embed": lambda unet, t, x: 0}),
    ("no_time_mlp", "You left out time_mlp: the sines and cosines go through it first.",
     {"embed": lambda unet, t, x: timestep_embedding(t, unet.time_dim).to(x.dtype)}),
    ("single_precision", "You left the embedding of t in float32; give it the dtype of x_t.",
     {"embed": lambda unet, t, x: unet.time_mlp(timestep_embedding(t, unet.time_dim))}),
    ("double_precision",
     "You made the embedding of t float64 whatever x_t is; give it the dtype of x_t.",
     {"embed": lambda unet, t, x: unet.time_mlp(timestep_embedding(t, unet.time_dim).double())}),
    ("no_label", "You left out embed_labels(t, None), the embedding of \"any class\".",
     {"label": lambda unet, t: 0}),
    ("label_multiplied", "You multiplied the embeddings of time and label; they are added.",
     {"embed": lambda unet, t, x: with_time(unet, t, x) * any_class(unet, t),
      "label": lambda unet, t: 0}),
    ("class_0",
     "You passed the label 0 for every image; "
     "without labels it is embed_labels(t, None), any class.",
     {"label": lambda unet, t: unet.embed_labels(t, torch.zeros_like(t))}),
    ("time_in_one_block",
     "Only the first block gets the embedding; every block with time wants it.",
     {"elsewhere": torch.zeros_like}),
    ("not_folded", "You did not fold the pixels: stem takes F.pixel_unshuffle(x_t, unet.fold).",
     {"fold": lambda x, factor: x}),
    ("not_unfolded", "You did not unfold the pixels: F.pixel_shuffle(x, unet.fold) comes last.",
     {"unfold": lambda x, factor, x_t: x}),
    ("reshaped",
     "You reshaped the result; that mixes up the pixels, which F.pixel_shuffle puts back in place.",
     {"unfold": lambda x, factor, x_t: x.reshape(x_t.shape)}),
    ("no_head", "You left out the head.", {"head": lambda unet, x: x}),
    ("squashed",
     "You squashed the result by tanh; noise leaves [-1, 1], so nothing comes after the head.",
     {"after": lambda eps, x_t: eps.tanh()}),
    ("denoised", "You subtracted the prediction from x_t; expected the prediction itself.",
     {"after": lambda eps, x_t: x_t - eps}),
    ("no_gradients",
     "Your result was cut off from the weights (detach, no_grad), which then cannot learn.",
     {"after": lambda eps, x_t: eps.detach()}),
)  # fmt: skip
