# %% [markdown]
# # 4. The network
#
# **Question.** Who predicts the noise?
#
# *About 70 minutes. What it needs of the lessons before is said where it is used.*

# %%
import math
import time
from unittest import mock

import sympy
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import ddpm_edu
from ddpm_edu import figures, load_images, load_pretrained, sample_q, self_attention, timestep_embedding, widgets
from ddpm_edu.figures.network import unet_diagram, watch
from ddpm_edu.proofs import prove

model = load_pretrained("mnist5k").requires_grad_(False)  # trained already: nothing here changes it
schedule = model.schedule

# %% [markdown]
# ## The picture first
#
# A network has been trained to see the noise in an image of a digit. We send one image through it and note what goes
# into every part and what comes out.

# %%
got, gave = watch(model, torch.zeros(1, 1, 28, 28), torch.tensor([500]))
boxes = {name: gave[name] for name, _ in model.named_children() if gave[name].ndim == 4}  # images, not vectors
boxes = {"x_t": got[""], "folded": got["stem"], **boxes, "prediction": gave[""]}  # "" is the whole network
shapes = {name: tuple(images.shape[1:]) for name, images in boxes.items()}

# %%
unet_diagram(
    shapes,
    skips=[("down_1", "up_1"), ("down_2", "up_2")],
    alt=figures.described("4.1"),
)

# %% [markdown]
# Each box is as high as the image it gives and wider for more channels; below it stands channels × height × width. Down
# on the left, up on the right, with short cuts between: drawn like this it is a letter U, hence its name, U-Net. On the
# way through this lesson we ask of each part what it is for, and take some of them out to see.
#
# ## What it has to do
#
# From the lessons before: an image $x_0$ is noised to time $t$ in one jump,
#
# $$x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon, \qquad \epsilon \sim \mathcal N(0, I),$$
#
# where $\bar\alpha_t$ falls from nearly 1 at $t = 1$ to nearly 0 at $t = T = 1000$. The network,
# $\epsilon_\theta(x_t, t)$ with weights $\theta$, sees $x_t$ and $t$ and names the $\epsilon$. So it must give one
# number for every pixel: the same shape out as in. And it needs $t$. To see why, take data whose best answer has a
# formula: single numbers $x_0 \sim \mathcal N(m, s^2)$. Their best guess of the noise is (3.12) of lesson 3,
#
# $$\mathbb E[\epsilon \mid x_t] = \sqrt{1-\bar\alpha_t}\;
# \frac{x_t - \sqrt{\bar\alpha_t}\,m}{\bar\alpha_t s^2 + 1 - \bar\alpha_t}$$
#
# in code [`GaussianOracle`](../ddpm_edu/oracle.py). Here with $m = 0.5$ and $s = 0.3$:

# %%
exact = schedule.to(dtype=torch.float64)
oracle = ddpm_edu.GaussianOracle(0.5, 0.3, exact)
every_t = torch.arange(1, 1001)
figures.curves(
    every_t,
    {f"$x_t$ = {x}": oracle(torch.full((1000,), x, dtype=torch.float64), every_t) for x in (1.0, 0.5, -0.5)},
    "t",
    r"best guess of $\epsilon$",
    alt=figures.described("4.2"),
)

# %% [markdown]
# The same $x_t$ asks for another answer at another time. At $t = 1$ the noise added is far smaller than the data's own
# variation and cannot be told from it: the best guess is near 0. At $t = 1000$ all of $x_t$ is noise. In between,
# -0.5 lies far from the data, which are around 0.5, and only strong noise explains it.
#
# One could train a thousand networks, one for each $t$. But the tasks of neighbouring times are nearly the same, and
# what is learned about strokes at one serves all. So there is one network, and it is told $t$.
#
# ## Time as a vector
#
# How does one tell a number to a network? A clock tells the time with hands that turn at different speeds: the second
# hand tells close moments apart, the hour hand distant ones. Here are $h$ hands, the $k$-th at $\omega_k$ radians per
# step, with speeds that fall geometrically from 1 towards $1/10000$:
#
# $$\omega_k = 10000^{-k/h}, \qquad
# e(t) = \big(\cos\omega_0 t, \dots, \cos\omega_{h-1} t,\ \sin\omega_0 t, \dots, \sin\omega_{h-1} t\big)$$
#
# A cosine and a sine are where a hand points. The idea is from Vaswani et al. (2017), who told a network the places
# of words with it; in code [`timestep_embedding`](../ddpm_edu/unet.py), where 10000 is called `max_period`. (An odd
# number of columns gets a last one of zeros. Others divide by $h - 1$ or order the columns differently: a trained
# network needs what it was trained with, a new one does not care.)

# %%
all_times = torch.arange(1001)
embedding = timestep_embedding(all_times, 32)  # (1001, 32), as our network has it
figures.heat(
    embedding.T,
    "t",
    "column",
    diverging=True,
    alt=figures.described("4.3"),
)

# %% [markdown]
# A vertical cut through the picture is what the network is given at that $t$. How alike are the cuts at $t$ and $t'$?
# Measure it by the inner product. Each hand adds $\cos\omega t\cos\omega t' + \sin\omega t\sin\omega t'$,
# which is the cosine of a difference:
#
# $$e(t) \cdot e(t') = \sum_{k=0}^{h-1} \cos\big(\omega_k (t - t')\big) \tag{4.1}$$
#
# Only the distance of the times counts, not where they lie.

# %% tags=["nbval-check-output"]
a, b = sympy.symbols("t t'", real=True)
speeds = sympy.symbols("omega_0:3", positive=True)  # three hands; every hand is a term of its own
products = sum(sympy.cos(w * a) * sympy.cos(w * b) + sympy.sin(w * a) * sympy.sin(w * b) for w in speeds)
prove("4.1", products, sum(sympy.cos(w * (a - b)) for w in speeds))

omega = 10_000 ** (-torch.arange(16, dtype=torch.float64) / 16)
distances = (all_times[:, None] - all_times).double()
waves = sum(torch.cos(w * distances) for w in omega)
prove("4.1", embedding.double() @ embedding.double().T, waves, within=1e-4)  # angles near 1000 come in steps of 6e-5

# %% tags=["nbval-check-output"]
for distance in (0, 1, 3, 10, 50, 100, 300, 500):
    likeness = embedding[500] @ embedding[500 + distance] / 16
    print(f"t = 500 and t = {500 + distance:>4}: {likeness:.2f} of the largest inner product")

# %% [markdown]
# Neighbours are the most alike. Further away they are less alike, but in waves: times 100 steps apart are more alike
# than times 50 apart, since some of the hands have come full circle.
#
# Going $n$ steps further turns every hand by a fixed angle, whatever the time was:
#
# $$\begin{pmatrix} \cos\omega(t+n) \\ \sin\omega(t+n) \end{pmatrix}
# = \begin{pmatrix} \cos\omega n & -\sin\omega n \\ \sin\omega n & \cos\omega n \end{pmatrix}
# \begin{pmatrix} \cos\omega t \\ \sin\omega t \end{pmatrix} \tag{4.2}$$
#
# The matrix does not contain $t$. So "ten steps later" is the same linear map everywhere, and linear maps are what the
# layers of a network learn.

# %% tags=["nbval-check-output"]
w, n = speeds[0], sympy.symbols("n", integer=True)
turn = sympy.Matrix([[sympy.cos(w * n), -sympy.sin(w * n)], [sympy.sin(w * n), sympy.cos(w * n)]])
later = (sympy.cos(w * (a + n)), sympy.sin(w * (a + n)))
prove("4.2", later, tuple(turn @ sympy.Matrix([sympy.cos(w * a), sympy.sin(w * a)])))

# %% [markdown]
# Why not hand over the single number $t/T$? A third way is a mistake found in published code again and again: times
# scaled to [0, 1] are given to these hands, which expect steps. In each, how far are two neighbouring times from each
# other, and how many columns move by more than 0.1 over all times?

# %% tags=["nbval-check-output"]
ways = {
    "e(t)": embedding,
    "the number t / T": all_times[:, None] / 1000,
    "e(t / T)": timestep_embedding(all_times / 1000, 32),
}
for name, given in ways.items():
    step, moved = (given[101] - given[100]).norm(), given.amax(0) - given.amin(0) > 0.1
    print(f"{name:>16}: one step apart {step:.3f}; {moved.sum()} of {len(moved)} columns move")

# %% [markdown]
# With $t/T$ a step is 0.001: to do one thing at $t = 1$ and another at $t = 2$, a network needs weights in the
# thousands, and it starts with small ones. With $e(t/T)$ it is no better, for the fastest hand turns by one radian in
# all, and most do not move.
#
# Two small layers then make of $e(t)$ the vector that all blocks get (128 numbers here; from now on this is $e$, in
# the exercises also `time_embedding`). One more vector is added: it can ask for a certain digit
# ([lesson 8](08_faster_and_steered.ipynb)), and is here always the one for "any".

# %% tags=["nbval-check-output"]
vectors = model.time_mlp(timestep_embedding(every_t, model.time_dim)) + model.embed_labels(every_t, None)
print(f"{model.time_dim} columns become {tuple(vectors.shape)}: a vector for each of the 1000 times")

# %% [markdown]
# ## How time enters a block
#
# Five of the boxes, `down_1`, `down_2`, `middle`, `up_2` and `up_1`, are built alike, as a
# [`ResidualBlock`](../ddpm_edu/unet.py). Its input $x$ takes two roads, a short one and one through two convolutions,
# and the results are added. The short one, skip, is the identity, or a 1 × 1 convolution if the number of channels
# changes. With $\phi(u) = u / (1 + e^{-u})$ (SiLU, a smooth ReLU), and $h$ for the image between the convolutions:
#
# $$h = \mathrm{conv}_1(\phi(\mathrm{norm}_1(x))), \qquad
# \mathrm{out} = \mathrm{skip}(x) + \mathrm{conv}_2\big(\phi\big(\mathrm{norm}_2(h)\,(1 + s) + b\big)\big)$$
#
# The norm is a GroupNorm: per image, the channels are put into 8 groups, and each group gets mean 0 and variance 1.
# (A learned factor and shift for each channel follow; they start as 1 and 0.)

# %% tags=["nbval-check-output"]
features = 3 + 5 * torch.randn(2, 32, 14, 14, generator=torch.Generator().manual_seed(0))
normed = torch.nn.GroupNorm(8, 32)(features).detach().view(2, 8, 4 * 14 * 14)  # 2 images, 8 groups
print(f"means within {normed.mean(2).abs().max():.3f} of 0, ", end="")
print(f"variances within {(normed.var(2, correction=0) - 1).abs().max():.3f} of 1")

# %% [markdown]
# (BatchNorm would take its means over the images of a batch, which have different $t$ and so different amounts of
# noise: the answer for one image would depend on the company it is in.)
#
# Then comes the time. From $\phi(e)$ a linear layer makes a scale $s$ and a shift $b$, one of each for every image
# and channel: the first half of its outputs is $s$, the second $b$. A channel is a picture, and the whole of it is
# turned up or down; $1 + s$, so that outputs near 0 leave it as it is. Why after the norm? Before it, the norm would
# take back whatever scales and shifts the channels of a group alike:

# %% tags=["nbval-check-output"]
again = torch.nn.GroupNorm(8, 32)(features * 7 - 2).detach().view(2, 8, -1)
print(f"times 7, minus 2, and normed: differs by at most {(again - normed).abs().max():.3f}")

# %% [markdown]
# Images are (B, C, H, W) and scales (B, C), for B images with C channels of H × W pixels. Torch lines up shapes from
# the right, so a scale needs two more axes, (B, C, 1, 1), or it would meet H and W.
#
# The scales that one block of the trained network makes, at all times:

# %%
block = model.down_2
scale = block.scale_shift(F.silu(vectors))[:, : block.conv_1.out_channels]  # (1000, 64)
order = (scale[-1] - scale[0]).argsort()
figures.heat(
    1 + scale[:, order].T,
    "t",
    "channel, sorted",
    label="1 + s",
    diverging=True,
    extent=(1, 1000, 0, len(order)),
    alt=figures.described("4.4"),
)

# %% [markdown]
# At another time the same block is another block: channels are turned up, down, and upside down. The paper only shifts;
# the scale came with its successor, Improved DDPM (Nichol and Dhariwal 2021).
#
# ## A network that begins with nothing
#
# The last convolution of every block, of the attention and of the whole network starts with all weights 0. A new block
# is then its skip alone: here, the identity. A new network predicts 0 everywhere, and its loss, the mean of
# $(\epsilon - 0)^2$, is the variance of the noise: 1, up to the luck of the draw.

# %%
digits, labels = load_images("mnist5k", "test")
digits = torch.stack([digits[labels == digit][0] for digit in range(10)])  # one of each, not seen in training
noise = torch.randn(digits.shape, generator=torch.Generator().manual_seed(0))


def noised(t):
    """Return the ten digits at time t, and their times."""
    t = torch.full((10,), t)
    return sample_q(digits, t, schedule, noise), t


# %% tags=["nbval-check-output"]
torch.manual_seed(0)
new, ten_times = ddpm_edu.UNet(), torch.arange(100, 1001, 100)
x, a_time = torch.randn(2, 32, 14, 14), torch.randn(2, 128)
print("a new block is the identity:", torch.equal(new.down_1(x, a_time), x))
loss = ddpm_edu.compute_loss(new, digits, ten_times, schedule, noise)
print(f"the loss of a new network: {loss:.2f}; the mean square of the noise: {noise.square().mean():.2f}")

# %% [markdown]
# A loss that does not begin near 1 says that something is wrong before any training. But can a layer of zeros learn?
# The gradient of a weight is its input times the error at its output, and neither is 0. What lies before such a layer
# has to wait, since the error reaches it through zeros. Three steps of training, and how many of the tensors of
# weights have a gradient that is not 0:

# %% tags=["nbval-check-output"]
optimizer = torch.optim.SGD(new.parameters(), lr=0.1)
for step in (1, 2, 3):
    optimizer.zero_grad()
    ddpm_edu.compute_loss(new, digits, ten_times, schedule, noise).backward()
    reached = [bool(parameter.grad.any()) for parameter in new.parameters()]
    print(f"step {step}: {sum(reached)} of {len(reached)} tensors have a gradient")
    optimizer.step()

# %% [markdown]
# Step 1 moves only the last layer of the network, step 2 also the last layers of the blocks and what the short cuts
# lead to, step 3 all.
#
# ## Every position asks every other
#
# A 3 × 3 convolution sees neighbours. To know that a stroke on the left and one on the right belong to the same 0, a
# position must look further. In attention each of the $N = 7 \cdot 7 = 49$ positions has three vectors, made from its
# channels by a linear layer: a query $q$ (what I look for), a key $k$ (what I am), a value $v$ (what I tell), of $d$
# numbers each. As rows of matrices,
#
# $$\mathrm{attention}(q, k, v) = \mathrm{softmax}\!\left(\frac{q\,k^\top}{\sqrt d}\right) v$$
#
# $q k^\top$ holds a score for every pair: row $i$, column $j$ says how well position $i$'s query fits position $j$'s
# key. The softmax turns each row into weights that are positive and sum to 1, so each position gets a weighted mean
# of the values of all. The channels are split into 4 heads, which do this side by side, each with its own $q$, $k$
# and $v$: all are of shape (B, heads, N, d). In code [`self_attention`](../ddpm_edu/unet.py). To read the weights off
# it, give each position as its value its own row of the unit matrix: then the mean of the values *is* the row of
# weights.

# %% tags=["nbval-check-output"]
generator = torch.Generator().manual_seed(0)
q, k, v = torch.randn(3, 2, 4, 49, 16, dtype=torch.float64, generator=generator)  # (B, heads, N, d) each


def weights_of(q, k):
    return self_attention(q, k, torch.eye(49).to(q).expand(*q.shape[:2], 49, 49))


weights = weights_of(q, k)  # (B, heads, N, N)
print("the shape of the weights:", tuple(weights.shape))
print(f"rows sum to {weights.sum(-1).min():.6f} .. {weights.sum(-1).max():.6f}")
print(f"columns sum to {weights.sum(-2).min():.1f} .. {weights.sum(-2).max():.1f}")

# %% [markdown]
# Why divide by $\sqrt d$? Suppose the entries of $q$ and $k$ are independent with mean 0 and variance 1. Each product
# $q_i k_i$ has mean 0 and variance $\mathbb E[q_i^2]\,\mathbb E[k_i^2] = 1$, and the variances of independent terms
# add:
#
# $$\mathrm{Var}\Big[\sum_{i=1}^d q_i k_i\Big] = d \tag{4.3}$$

# %% tags=["nbval-check-output"]
pairs = torch.randn(2, 100_000, 64, generator=generator)
scores = (pairs[0] * pairs[1]).cumsum(1)[:, [0, 3, 15, 63]]  # sums of 1, 4, 16 and 64 products
squares = scores.square()  # the mean is 0, so the mean square is the variance
prove("4.3", squares, torch.tensor([1.0, 4.0, 16.0, 64.0]), false_alarm=1e-6)

# %% [markdown]
# Scores of size $\sqrt d$ would grow with the width of the network, and a softmax of large numbers puts all weight on
# the largest. Divided, they have variance 1 at every width. The entropy of a row says over how many positions it
# spreads: it is 0 for one, and $\log 49$ for all 49 alike. How steep the softmax is, and so how well it learns, is
# $w(1 - w)$ for a weight $w$: its derivative by its own score.

# %% tags=["nbval-check-output"]
print(f"entropy for all 49 alike: {math.log(49):.2f}")
for d in (4, 16, 64, 256):
    wide_q, wide_k = torch.randn(2, 20, 4, 49, d, dtype=torch.float64, generator=generator)
    for name, factor in {"divided": 1, "not divided": d**0.5}.items():  # the function divides; the factor undoes it
        w = weights_of(factor * wide_q, wide_k)
        entropy, slope = -torch.special.xlogy(w, w).sum(-1).mean(), (w * (1 - w)).mean()
        print(f"d = {d:>3}, {name:>11}: entropy {entropy:.2f}, w (1 - w) = {slope:.4f}")

# %% [markdown]
# Without the root, at $d = 256$, nearly every position looks at one other, and the gradient is a seventh.
#
# What does attention know of where things are? Put the positions in another order, by a permutation matrix $P$. The
# scores become $P q\,(P k)^\top = P\,q k^\top P^\top$: rows and columns change places, and no row gets new entries. So
# the weights change places in the same way, and with $P^\top P = I$:
#
# $$\mathrm{attention}(Pq, Pk, Pv) = P\,\mathrm{softmax}\!\left(\frac{q\,k^\top}{\sqrt d}\right) P^\top P\,v
# = P\,\mathrm{attention}(q, k, v) \tag{4.4}$$

# %% tags=["nbval-check-output"]
P = torch.eye(49, dtype=torch.float64)[torch.randperm(49, generator=generator)]
prove("4.4", self_attention(P @ q, P @ k, P @ v), P @ self_attention(q, k, v), within=1e-12)  # rounding of sums

# %% [markdown]
# Nothing at all: attention sees a bag of positions. It is the convolutions before and after it that know who is whose
# neighbour, and, by the zeros they see beyond the border, where the border is. Around it, as in the residual block,
# lie a norm and a short cut ([`SelfAttention`](../ddpm_edu/unet.py)).
#
# Where does the trained network look? For each position, the weight it gets, as a mean over all 49 that ask, in two of
# the four heads:

# %%
x_t, t = noised(200)
got, gave = watch(model, x_t, t)
its_q, its_k, its_v = gave["attention.qkv"].view(10, 3, 4, 16, 49).mT.unbind(1)  # (10, heads, 49, 16) each
attended = weights_of(its_q, its_k).mean(-2)  # (10, heads, 49)
shown = 2 * attended / attended.amax(-1, keepdim=True) - 1  # the most attended is white
heads = {f"head {head}": shown[:, head - 1].reshape(10, 1, 7, 7) for head in (2, 4)}
figures.image_rows(
    {"x_t, t = 200": x_t, **heads},
    alt=figures.described("4.5"),
)

# %% [markdown]
# Nobody told them, but head 2 has learned to look at the empty border, and head 4 at a few places on or beside the
# strokes. Is it of any use? Let the attention give 0, and compare the errors, the mean of $(\epsilon -
# \epsilon_\theta)^2$:

# %% tags=["nbval-check-output"]
nothing = mock.patch("ddpm_edu.unet.self_attention", lambda q, k, v: 0 * v)  # in force inside `with`
for time_shown in (20, 300, 800):
    x_t, t = noised(time_shown)
    with nothing:
        without = (model(x_t, t) - noise).square().mean()
    with_it = (model(x_t, t) - noise).square().mean()
    print(f"t = {time_shown}: error {with_it:.4f}, without attention {without:.4f}")

# %% [markdown]
# With little noise the neighbours tell enough. With much, only the image as a whole says anything, and there the error
# grows nearly threefold.
#
# ## Fewer positions
#
# A convolution with $K \times K$ weights for each pair of channels computes, at each of $H \cdot W$ positions and for
# each of $C_\text{out}$ channels, a sum over $K^2$ positions of $C_\text{in}$ channels:
#
# $$\text{multiplications} = C_\text{in}\,C_\text{out}\,K^2\,H\,W \tag{4.5}$$
#
# To count them, we write every single product into one tensor, whose sum must be what the convolution gives.

# %% tags=["nbval-check-output"]
image, kernel = torch.randn(1, 4, 14, 14, generator=generator), torch.randn(8, 4, 3, 3, generator=generator)
patches = F.unfold(image, 3, padding=1)[0]  # (C_in K^2, H W): what each place sees
products = kernel.flatten(1)[:, :, None] * patches  # (C_out, C_in K^2, H W)
assert torch.allclose(products.sum(1), F.conv2d(image, kernel, padding=1)[0].flatten(1), atol=1e-4)
prove("4.5", products.numel(), 4 * 8 * 3**2 * 14 * 14, within=0)  # whole numbers

# %% [markdown]
# Halving height and width saves as much as halving both numbers of channels. So before anything else our network
# folds: each block of 2 × 2 pixels becomes one position with four channels
# ([`pixel_unshuffle`](https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html)). No value
# is lost, they are only arranged differently, and unfolding gives them back.

# %% tags=["nbval-check-output"]
print(F.pixel_unshuffle(torch.arange(16).view(1, 1, 4, 4), 2)[0])
folded = F.pixel_unshuffle(digits, 2)
print(tuple(digits.shape), "->", tuple(folded.shape), "and back:", torch.equal(F.pixel_shuffle(folded, 2), digits))

# %% [markdown]
# What it saves, torch can count while a network runs:


# %% tags=["nbval-check-output"]
def multiplications(network, name=None):
    """Count those of all convolutions, or of one part, for one image: the counter adds up additions as well."""
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 1, 28, 28), torch.tensor([500]))
    whole = type(network).__name__
    return counter.get_flop_counts()[f"{whole}.{name}" if name else "Global"][torch.ops.aten.convolution] // 2


unfolded = ddpm_edu.UNet(fold=1)
for name in ("stem", "down_1", "down_2", None):
    one, other = multiplications(unfolded, name), multiplications(model, name)
    print(f"{name or 'all':>6}: {one:>11,} without folding, {other:>10,} with it, a factor of {one / other:.2f}")

# %% [markdown]
# The stem gains nothing, nor does the head: four times the channels at a quarter of the positions. All between them
# keeps its channels and costs a quarter. The price: a stroke moved by one pixel falls into the blocks of 2 × 2
# differently, and looks new.
#
# ## Down, up, and the skips
#
# For the same reason the network goes down: at 7 × 7 there is room for 64 channels, a 3 × 3 convolution spans 12
# pixels of the image, and attention has 49 positions to compare and not 784. With $[\,,]$ for channels side by side
# and att for attention, this is all of it:
#
# $$s_1 = \mathrm{down}_1(\mathrm{stem}(\mathrm{fold}(x_t)),\, e), \qquad
# s_2 = \mathrm{down}_2(\mathrm{downsample}(s_1),\, e)$$
# $$u_2 = \mathrm{up}_2\big([\mathrm{middle}(\mathrm{att}(s_2), e),\ s_2],\, e\big), \qquad
# u_1 = \mathrm{up}_1\big([\mathrm{upsample}(u_2),\ s_1],\, e\big)$$
# $$\epsilon_\theta(x_t, t) = \mathrm{unfold}(\mathrm{head}(u_1))$$
#
# Note the order: what was made last on the way down, $s_2$, is used first on the way up, and $s_1$ is taken *before*
# its image is made smaller ([`UNet`](../ddpm_edu/unet.py)). Is that what the real module does?

# %% tags=["nbval-check-output"]
got, gave = watch(model, *noised(300))
boxes = [name for name, _ in model.named_children()]
for name in ("up_2", "up_1"):
    halves = got[name].chunk(2, dim=1)  # along the channels
    found = [next(box for box in boxes if torch.equal(gave[box], half)) for half in halves]
    print(f"{name} gets {tuple(got[name].shape[1:])}: the channels of {found[0]}, then of {found[1]}")

# %% [markdown]
# What are the skips for? Here is an experiment. Ten digits at $t = 300$ go through the network together. At `up_1`
# two halves meet: what comes from below (`upsample`), and skip 1, which is $s_1$. Each image keeps its own skip 1, and
# gets what comes from below from its left neighbour (the first from the last). Then we look at the image that the
# predicted noise implies,
# $\hat x_0 = (x_t - \sqrt{1-\bar\alpha_t}\;\epsilon_\theta) / \sqrt{\bar\alpha_t}$
# ([`predict_x0`](../ddpm_edu/objective.py)).
#
# > **Predict.** Image $x_t$ shows a 2, skip 1 is that of the 2, what comes from below is that of a 1. What does
# > $\hat x_0$ show?

# %%
which_digit = widgets.Prediction("a 2", "mostly a 1", "noise")


# %%
def implied(t, name=None, change=None):
    """Return the implied x_0; change(from_below, skip) gives what the part of that name gets instead."""
    x_t, t = noised(t)
    if name is None:
        return ddpm_edu.predict_x0(x_t, t, model(x_t, t), schedule)
    part = getattr(model, name)
    hook = part.register_forward_pre_hook(lambda _, got: (torch.cat(change(*got[0].chunk(2, dim=1)), dim=1), got[1]))
    x_0 = ddpm_edu.predict_x0(x_t, t, model(x_t, t), schedule)
    hook.remove()
    return x_0


exchanged = implied(300, "up_1", lambda below, skip: (below.roll(1, 0), skip))
figures.image_rows(
    {"whole network": implied(300), "below exchanged": exchanged},
    alt=figures.described("4.6"),
)


# %% tags=["nbval-check-output"]
def correlation(a, b):
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1]


left = digits.roll(1, 0)
print(f"correlation with the digit that belongs there {correlation(exchanged, digits):.2f}, ", end="")
print(f"with its left neighbour {correlation(exchanged, left):.2f}")
print(f"of these two with each other {correlation(digits, left):.2f}")

# %%
which_digit.compare(
    "mostly a 1",
    {
        "a 2": "skip 1 has seen the 2, but only small parts at a time; which digit it is was found out below.",
        "mostly a 1": "what comes from below says what the digit looks like. Skip 1 brings $x_t$, pixel by pixel, from "
        "which that digit has only to be subtracted.",
        "noise": "skip 1 still has $x_t$, so its noise is cancelled in $\\hat x_0$, whichever digit is subtracted.",
    },
)

# %% [markdown]
# So the two halves share the work. To name the noise is to subtract the digit from $x_t$: below, the network guesses
# the digit; skip 1 keeps $x_t$ itself, in full resolution, to subtract from. Then it should be fatal to lose skip 1,
# and less so to lose skip 2, or all that comes from below:

# %%
changes = {
    "whole": (None, None),
    "no skip 1": ("up_1", lambda below, skip: (below, 0 * skip)),
    "no skip 2": ("up_2", lambda below, skip: (below, 0 * skip)),
    "only skip 1": ("up_1", lambda below, skip: (0 * below, skip)),
}
figures.image_rows(
    {name: implied(300, *change)[:7] for name, change in changes.items() if change[0]},
    alt=figures.described("4.7"),
)

# %% tags=["nbval-check-output"]
alpha_bar_t, one_minus_alpha_bar_t = schedule.alphas_bar[300], schedule.one_minus_alphas_bar[300]
for name, change in changes.items():
    scaled_noise = noised(300)[0] - alpha_bar_t.sqrt() * implied(300, *change)
    predicted = scaled_noise / one_minus_alpha_bar_t.sqrt()
    print(f"{name:>11}: error of the predicted noise {(predicted - noise).square().mean():.4f}")

# %% [markdown]
# Without skip 1 the prediction is worse than predicting 0, whose error is 1. Without skip 2 the error is a quarter
# larger: what lies below it, the attention and one block, has short cuts of its own.
#
# How far does a pixel of the prediction look? The gradient of the middle one with respect to all pixels of $x_t$
# tells. Its size, as a mean over the ten digits, on a logarithmic scale from $10^{-4}$ of the largest (black) to the
# largest (white):

# %%
looks, seen_at = [], (20, 100, 300, 500, 800)
for time_shown in seen_at:
    x_t, t = noised(time_shown)
    x_t.requires_grad_()
    slope = torch.autograd.grad(model(x_t, t)[:, 0, 14, 14].sum(), x_t)[0].abs()
    share = slope.div(slope.amax((1, 2, 3), keepdim=True)).mean(0)  # of the largest
    looks.append(1 + share.clamp(min=1e-4).log10() / 2)
figures.image_rows(
    {"": torch.stack(looks)},
    column_titles=[f"t = {time_shown}" for time_shown in seen_at],
    alt=figures.described("4.8"),
)

# %% [markdown]
# At $t = 20$ a pixel asks its neighbourhood; at $t = 500$ a region as large as a digit; at $t = 800$ nearly all is
# noise, and the best answer is close to the pixel itself.
#
# ## What it costs
#
# The shipped networks are small: one for the 28 × 28 digits, one for a set of 8 × 8.

# %% tags=["nbval-check-output"]
size = {name: sum(parameter.numel() for parameter in part.parameters()) for name, part in model.named_children()}
print(f"mnist5k: {sum(size.values()):,} parameters")
print(f" digits: {sum(parameter.numel() for parameter in load_pretrained('digits').parameters()):,} parameters")
print(f"the paper's for CIFAR-10, 35.7 million, is {35.7e6 / sum(size.values()):.0f} times the first")

# %%
parts = {
    "time,\nlabel": ("time_mlp", "label_embedding"),
    "stem,\nhead": ("stem", "head"),
    "down_1,\nup_1": ("down_1", "up_1"),
    "down- and\nupsample": ("downsample", "upsample"),
    "down_2,\nmiddle, up_2": ("down_2", "middle", "up_2"),
    "attention": ("attention",),
}
figures.bars(
    {name: sum(size[part] for part in members) / 1000 for name, members in parts.items()},
    "thousand parameters",
    alt=figures.described("4.9"),
)

# %% [markdown]
# More than two thirds of the parameters lie at 7 × 7, where a parameter is cheap: a weight of a convolution is used
# once at each position, so 49 times there and 196 times at 14 × 14.

# %% tags=["nbval-check-output"]
total = multiplications(model)
pairs = 2 * 4 * 49**2 * 16  # attention: 4 heads, every pair of positions, d = 16, once for scores and once for values
print(f"convolutions: {total / 1e6:.1f} million multiplications for an image, attention: {pairs / 1e6:.1f} million")
print(f"to make an image, 1000 calls: {1000 * total / 1e9:.0f} thousand million")

# %%
for batch in (1, 16):
    x_t, t = torch.zeros(batch, 1, 28, 28), torch.full((batch,), 500)
    model(x_t, t)  # the first call also makes ready
    start = time.perf_counter()
    for _ in range(10):
        model(x_t, t)
    each = (time.perf_counter() - start) / 10 / batch
    print(f"{batch:>2} at once, here: {1000 * each:.1f} ms per image and call, {1000 * each:.1f} s for its 1000 calls")

# %% [markdown]
# ## The network at work
#
# What we came for: noise, and the network's guess of it.

# %% tags=["nbval-check-output"]
rows = {"true noise": noise}
for time_shown in (10, 100, 300, 1000):
    predicted = model(*noised(time_shown))
    rows[f"t = {time_shown}"] = predicted
    print(f"t = {time_shown:>4}: correlation {correlation(predicted, noise):.3f}, ", end="")
    print(f"error {(predicted - noise).square().mean():.4f}")

# %%
figures.image_rows(
    {name: rows[name][:7] for name in ("true noise", "t = 10")},
    alt=figures.described("4.10"),
)

# %% [markdown]
# At $t = 10$ it cannot tell the noise on a stroke from the stroke, and answers near 0 there. The more noise, the better
# it is named, and the less that is worth: what remains unknown is the image. The next widget shows both. Drag the
# slider, or click it and use the arrow keys.

# %%
shown = [1000, 900, 800, 700, 600, 500, 400, 300, 250, 200, 150, 100, 75, 50, 25, 10, 1]
widgets.reverse_scrubber(
    {
        "x_t": [noised(t)[0] for t in shown],
        "predicted noise": [model(*noised(t)) for t in shown],
        "implied x_0": [implied(t) for t in shown],
    },
    shown,
    alt=figures.described("4.11"),
)

# %% [markdown]
# At $t = 1000$ the implied image is noise, since the division by $\sqrt{\bar\alpha_t}$ magnifies the smallest error.
# Near 700 it is a blur, the mean of all that may be; near 500 it becomes a digit, not always the right one (watch the
# 4 and the 7); at 300 and below it is right.
#
# The network sees in $x_t$ how noisy it is. Does it listen to the $t$ we tell?
#
# > **Predict.** The images are noised to $t = 300$. We tell the network $t = 500$. What becomes of its error?

# %%
told = widgets.Prediction(
    "hardly larger: it sees the noise itself", "several times larger", "about 1, as if it had predicted nothing"
)

# %%
tell = [1, 10, 20, 35, 50, 75, 100, 150, 200, 250, 300, 350, 400, 500, 600, 700, 800, 900, 1000]
errors, spreads = {}, {}
for true in (100, 300, 600):
    guesses = [model(noised(true)[0], torch.full((10,), t)) for t in tell]
    errors[true] = torch.stack([(guess - noise).square().mean() for guess in guesses])
    spreads[true] = torch.stack([guess.std() for guess in guesses])
figures.curves(
    tell,
    {f"the image has t = {true}": error for true, error in errors.items()},
    "t that the network is told",
    "error",
    ylog=True,
    marks=[100, 300, 600],
    alt=figures.described("4.12"),
)

# %% tags=["nbval-check-output"]
for t in (100, 300, 500):
    error, spread = errors[300][tell.index(t)], spreads[300][tell.index(t)]
    print(f"t = 300, told {t}: error {error:.3f}; standard deviation of the prediction {spread:.2f}")
print("the best t to tell:", {true: tell[error.argmin()] for true, error in errors.items()})

# %%
told.compare(
    "several times larger",
    {
        "hardly larger: it sees the noise itself": "it could see it, but it was never asked to: in training the time "
        "told was always the true one, and its scales and shifts follow what it is told.",
        "several times larger": "what it takes for noise in the pixels it divides by the size that noise has at the "
        "time told, $\\sqrt{1-\\bar\\alpha_t}$. Told 500 it answers too little, told 100 too much, which is worse.",
        "about 1, as if it had predicted nothing": "told 500, it still names most of the noise. Near 1 it comes when "
        "it is told a time close to 1.",
    },
)

# %% [markdown]
# A sampler whose times are off by one makes this mistake in every step, only too small to be seen. It is one reason why
# the checks of this course record what the model is told.
#
# ## Bug hunt
#
# A widely read annotated implementation of DDPM had this attention (here with our names; its order of the axes is (B,
# N, heads, d)). We put it into our network, which was trained with the right one:


# %%
def attention_as_published(q, k, v):
    scores = torch.einsum("bihd,bjhd->bijh", q, k) / q.shape[-1] ** 0.5
    return torch.einsum("bijh,bjhd->bihd", scores.softmax(dim=1), v)


def published(q, k, v):
    """Take and give (B, heads, N, d), as our network does."""
    return attention_as_published(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)).transpose(1, 2)


# %% tags=["nbval-check-output"]
for time_shown in (20, 100, 300, 800):
    x_t, t = noised(time_shown)
    with mock.patch("ddpm_edu.unet.self_attention", published):
        other = (model(x_t, t) - noise).square().mean()
    right = (model(x_t, t) - noise).square().mean()
    print(f"t = {time_shown:>3}: error {right:.4f} with ours, {other:.4f} with the published one")

# %% [markdown]
# The loss would not have told you. A reader who saw the bug trained CIFAR-10 both ways and compared the Frechet
# distance, the usual measure of sample quality ([lesson 7](07_evaluation.ipynb)): no difference. Two questions that
# do tell. If all values are 1, what must a weighted mean of them be? And if one position asks something else, whose
# answer may change?

# %% tags=["nbval-check-output"]
queries, keys, values = torch.randn(3, 1, 1, 49, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
asked = queries.clone()
asked[:, :, 7] += 1  # position 7 asks something else
for name, attention in {"ours": self_attention, "published": published}.items():
    ones = attention(queries, keys, torch.ones_like(values))
    changed = (attention(asked, keys, values) - attention(queries, keys, values)).abs().amax((0, 1, 3)) > 1e-9
    print(f"{name:>9}: means of ones from {ones.min():.2f} to {ones.max():.2f}; {changed.sum()} of 49 answers change")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# `scores` has the axes b, i (queries), j (keys), h, and `softmax(dim=1)` runs over the queries. So the columns sum to
# 1 and the rows do not: an output is no mean, and each query competes with all others for every key. Right is `dim=2`.
# The network around it can learn to live with that, which is why nobody saw it in the samples.
# </details>
#
# This course therefore checks your `self_attention` by its values, not by what a network makes of it.

# %% [markdown]
# ## Recap
#
# * Time becomes sines and cosines, and enters every block as a scale and a shift after the norm.
# * Attention is a mean of values, weighted by $\mathrm{softmax}(q k^\top / \sqrt d)$ over the keys.
# * What is below guesses the digit, skip 1 keeps $x_t$ to subtract it from, and both need the right $t$.
#
# **Your turn:** write `timestep_embedding`, `residual_block_forward`, `self_attention` and `unet_forward` yourself in
# [workbook/04_exercises.ipynb](../workbook/04_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/04_network.ipynb](../exercises/04_network.ipynb)). `solution("name")` shows an answer once yours
# has passed, or after three attempts.
#
# **Next:** how did the network come to know all this? [Lesson 5](05_training.ipynb) trains one. The words of this
# lesson: [the glossary](../docs/glossary.md).
