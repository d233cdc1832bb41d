"""Lesson 4, continued: the residual block and the whole network."""

from spellings import own_macros


own_macros.add(
    silu=("F.silu({0})", "torch.nn.SiLU()({0})", "({0}) * torch.sigmoid({0})"),
    silu_in_place=("F.silu({0}, inplace=True)", "torch.nn.SiLU(inplace=True)({0})",
                   "({0}).mul_({0}.sigmoid())"),
    relu=("F.relu({0})", "({0}).clamp(min=0)", "torch.nn.ReLU()({0})"),
    halves=("({0})[:, :, None, None].chunk(2, dim={1})",
            "torch.chunk(({0}).unsqueeze(2).unsqueeze(3), 2, {1})",
            "torch.tensor_split(({0}).reshape(*({0}).shape, 1, 1), 2, {1})"),
    flat_halves=("({0}).chunk(2, dim=1)", "torch.split({0}, ({0}).shape[1] // 2, 1)",
                 "({0}[:, :{0}.shape[1] // 2], {0}[:, {0}.shape[1] // 2:])"),
    alternating=("({0}[:, ::2, None, None], {0}[:, 1::2, None, None])",
                 "({0}).reshape(len({0}), -1, 2, 1, 1).unbind(2)",
                 "({0}).unflatten(1, (-1, 2))[..., None, None].unbind(dim=2)"),
    all_first=("({0})[0].repeat(len({0}), 1)", "({0})[:1].expand_as({0})",
               "torch.stack([{0}[0]] * len({0}))"),
    embedded=("ddpm_edu.timestep_embedding({0}, unet.time_dim).to(x_t.dtype)",
              "ddpm_edu.timestep_embedding({0}, dim=unet.time_dim).to(x_t)",
              "ddpm_edu.timestep_embedding({0}, unet.time_dim).type_as(x_t)"),
    doubled=("({0}).double()", "({0}).to(torch.float64)", "({0}).type(torch.DoubleTensor)"),
    folded=("F.pixel_unshuffle({0}, unet.fold)", "torch.nn.PixelUnshuffle(unet.fold)({0})",
            "F.pixel_unshuffle(input={0}, downscale_factor=unet.fold)"),
    unfolded=("F.pixel_shuffle({0}, unet.fold)", "torch.nn.PixelShuffle(unet.fold)({0})",
              "F.pixel_shuffle({0}, upscale_factor=unet.fold)"),
    in_shape=("({0}).reshape(x_t.shape)", "({0}).view(*x_t.shape)", "({0}).view_as(x_t)"),
    zeros=("torch.zeros_like({0})", "torch.zeros(len({0}), dtype=torch.long)", "{0} * 0"),
    tanh=("torch.tanh({0})", "({0}).tanh()", "torch.nn.Tanh()({0})"),
    cut=("({0}).detach()", "({0}).data", "torch.no_grad()(lambda: {0})()"),
)  # fmt: skip
BLOCK = """
values = {time}
s, b = {halves}
h = block.conv_1({first})
h = {modulated}
{out}"""
BLOCK_PARTS = {
    "time": "block.scale_shift(silu(time_embedding))", "halves": "halves(values, 1)",
    "first": "silu(block.norm_1(x))", "modulated": "block.norm_2(h) * (1 + s) + b",
    "out": "block.skip(x) + block.conv_2(silu(h))",
}  # fmt: skip


def block(**parts):
    return BLOCK.format(**{**BLOCK_PARTS, **parts})


UNET = """
e = {time}{label}
x = unet.stem({folded})
{stem}
{down}
{middle}
{up_2}
{up_1}
{out}"""
UNET_PARTS = {
    "time": "unet.time_mlp(embedded(t))", "label": " + unet.embed_labels(t, None)",
    "folded": "folded(x_t)",
    "stem": "x = unet.down_1(x, e)\nskips = [x]",
    "down": "x = unet.down_2(unet.downsample(x), e)\nskips.append(x)",
    "middle": "x = unet.attention(x)\nx = unet.middle(x, e)",
    "up_2": "x = unet.up_2(cat(x, skips.pop(), 1), e)",
    "up_1": "x = unet.upsample(x)\nx = unet.up_1(cat(x, skips.pop(), 1), e)",
    "out": "unfolded(unet.head(x))",
}  # fmt: skip


def net(**parts):
    return UNET.format(**{**UNET_PARTS, **parts})


MISTAKES = {
    "residual_block_forward": {
        "skip_before_conv_2": block(out="block.conv_2(silu(block.skip(x) + h))"),
        "time_ignored": "h = block.conv_1(silu(block.norm_1(x)))\nh = silu(block.norm_2(h))\n"
        "block.skip(x) + block.conv_2(h)",
        "shift_ignored": block(modulated="block.norm_2(h) * (1 + s)"),
        "scale_ignored": block(modulated="block.norm_2(h) + b"),
        "scale_without_1": block(modulated="block.norm_2(h) * s + b"),
        "scale_and_shift_swapped": block(modulated="block.norm_2(h) * (1 + b) + s"),
        "every_other_channel": block(halves="alternating(values)"),
        "halves_of_the_batch": block(halves="halves(values, 0)"),
        "not_reshaped": block(halves="flat_halves(values)"),
        "first_row_decides": "time_embedding = all_first(time_embedding)" + block(),
        "no_silu_before_linear": block(time="block.scale_shift(time_embedding)"),
        "silu_after_linear": block(time="silu(block.scale_shift(time_embedding))"),
        "in_place": block(time="block.scale_shift(silu_in_place(time_embedding))"),
        "time_before_norm": block(modulated="block.norm_2((1 + s) * h + b)"),
        "time_at_the_end": block(
            modulated="block.conv_2(silu(block.norm_2(h)))", out="block.skip(x) + h * (1 + s) + b"
        ),
        "no_norm_1": block(first="silu(x)"),
        "no_norm_2": block(modulated="h * (1 + s) + b"),
        "silu_before_norm_1": block(first="block.norm_1(silu(x))"),
        "no_first_silu": block(first="block.norm_1(x)"),
        "no_last_silu": block(out="block.conv_2(h) + block.skip(x)"),
        "relu": block(
            time="block.scale_shift(relu(time_embedding))",
            first="relu(block.norm_1(x))",
            out="block.skip(x) + block.conv_2(relu(h))",
        ),
        "no_silu": block(
            time="block.scale_shift(time_embedding)",
            first="block.norm_1(x)",
            out="block.skip(x) + block.conv_2(h)",
        ),
        "no_short_cut": block(out="block.conv_2(silu(h))"),
        "x_without_skip": block(out="x + block.conv_2(silu(h))"),
        "skip_after_norm": "x = silu(block.norm_1(x))" + block(first="x"),
        "skip_twice": block(out="h = block.skip(x) + block.conv_2(silu(h))\nblock.skip(x) + h"),
        "silu_at_the_end": block(out="h = block.skip(x) + block.conv_2(silu(h))\nsilu(h)"),
        "no_gradients": block(out="cut(block.skip(x) + block.conv_2(silu(h)))"),
    },
    "unet_forward": {
        "skips_do_not_fit": net(
            up_2="x = unet.up_2(cat(x, skips[0], 1), e)",
            up_1="x = unet.up_1(cat(unet.upsample(x), skips[1], 1), e)",
        ),
        "joined_with_itself": net(
            up_2="x = unet.up_2(cat(x, x, 1), e)",
            up_1="x = unet.upsample(x)\nx = unet.up_1(cat(x, x, 1), e)",
        ),
        "skip_in_front": net(
            up_2="x = unet.up_2(cat(skips.pop(), x, 1), e)",
            up_1="x = unet.up_1(cat(skips.pop(), unet.upsample(x), 1), e)",
        ),
        "skip_1_from_stem": net(stem="skips = [x]\nx = unet.down_1(x, e)"),
        "skip_2_after_attention": net(
            down="x = unet.attention(unet.down_2(unet.downsample(x), e))\nskips.append(x)",
            middle="x = unet.middle(x, e)",
        ),
        "no_attention": net(middle="x = unet.middle(x, e)"),
        "no_middle": net(middle="x = unet.attention(x)"),
        "attention_after_middle": net(middle="x = unet.middle(x, e)\nx = unet.attention(x)"),
        "scaled_time": net(time="unet.time_mlp(embedded(t / 1000))"),
        "shifted_time": net(time="unet.time_mlp(embedded(t - 1))"),
        "first_row_decides": "times = all_first(t[:, None])[:, 0]"
        + net(time="unet.time_mlp(embedded(times))"),
        "time_ignored": net(time="unet.embed_labels(t, None)", label=""),
        "no_time_mlp": net(time="embedded(t)"),
        "single_precision": net(
            time="unet.time_mlp(ddpm_edu.timestep_embedding(t, unet.time_dim))"
        ),
        "double_precision": "times = ddpm_edu.timestep_embedding(t, unet.time_dim)"
        + net(time="unet.time_mlp(doubled(times))"),
        "no_label": net(label=""),
        "label_multiplied": net(label=" * unet.embed_labels(t, None)"),
        "class_0": net(label=" + unet.embed_labels(t, zeros(t))"),
        "time_in_one_block": net(
            down="e = e * 0\nx = unet.down_2(unet.downsample(x), e)\nskips.append(x)"
        ),
        "not_folded": net(folded="x_t"),
        "not_unfolded": net(out="unet.head(x)"),
        "reshaped": net(out="in_shape(unet.head(x))"),
        "no_head": net(out="unfolded(x)"),
        "squashed": net(out="tanh(unfolded(unet.head(x)))"),
        "denoised": net(out="eps = unfolded(unet.head(x))\nx_t - eps"),
        "no_gradients": net(out="cut(unfolded(unet.head(x)))"),
    },
}
