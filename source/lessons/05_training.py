# %% [markdown]
# # 5. Training: Algorithm 1
#
# **Question.** How does a network learn to see noise, and how do we know that it has?
#
# *About 50 minutes. You train a network here, on your own machine, in about half a minute. What it learns differs a
# little from machine to machine; what the text says about it is asserted in the cells.*

# %%
import copy
import time
from functools import cache, partial

import sympy
import torch
from torch import nn
from tqdm.auto import tqdm

import ddpm_edu
from ddpm_edu import NoiseSchedule, figures, linear_schedule, load_images, train_step, update_ema, widgets
from ddpm_edu.proofs import prove
from ddpm_edu.training import Training, power_decay, train


torch.set_num_threads(min(2, torch.get_num_threads()))  # more would wait for each other: the network is small

# %% [markdown]
# ## The picture first
#
# The data are handwritten digits of 8x8 pixels. The network is the U-Net of lesson 4, small. It is told which digit it
# is looking at ([lesson 8](08_faster_and_steered.ipynb) says how). A run of 600 steps begins here, in three cells, so
# that you can look in between. A bar shows how far it is. What the loop does comes after.

# %%
images, labels = load_images("digits", split="train")
schedule = NoiseSchedule(linear_schedule(100, beta_start=0.001, beta_end=0.2))
torch.manual_seed(0)
network = ddpm_edu.UNet((1, 8, 8), channels=(16, 32), fold=1).to(memory_format=torch.channels_last)
average, slow_average = (copy.deepcopy(network).requires_grad_(False) for _ in range(2))
state = Training(network, average, torch.optim.AdamW(network.parameters()))
run = train(state, images, labels, schedule, lambda now: now.step / 600, batch_size=64)  # share done
print(f"{len(images)} images, {sum(p.numel() for p in network.parameters()):,} weights")


# %%
@cache
def draw(network):
    """Turn the same noise into digits 0, 1, ..., 9, 0, 1, ... (lesson 6 says how); give all states, (20, 1, 8, 8)."""
    model, generator = partial(network, labels=torch.arange(20) % 10), torch.Generator().manual_seed(0)
    return ddpm_edu.sampling(model, (20, 1, 8, 8), schedule, 100, generator=generator, progress=False)


# %%
losses, kept = [], {0: copy.deepcopy(state)}


def train_until(step):
    """Go on with the run, note each loss, and keep the networks of some steps."""
    begin = time.perf_counter()
    for _ in tqdm(range(state.step, step), desc="training"):
        next(run)
        losses.append(state.loss)
        update_ema(slow_average, network, 0.9999)  # for a prediction below
        if state.step in (25, 50, 100, 200, 300, 600):
            kept[state.step] = copy.deepcopy(state)
    print(f"step {step}: {time.perf_counter() - begin:.0f} s for these steps")


# %%
train_until(50)
figures.image_rows(
    {f"{step} steps": draw(kept[step].ema_model)[-1][:10] for step in (0, 50)},
    alt=figures.described("5.1"),
)

# %%
train_until(200)
figures.image_rows(
    {f"{step} steps": draw(kept[step].ema_model)[-1][:10] for step in (100, 200)},
    alt=figures.described("5.2"),
)

# %%
train_until(600)
rows = {f"{step} steps": draw(kept[step].ema_model)[-1][:10] for step in (300, 600)}
rows["real"] = torch.stack([images[labels == digit][0] for digit in range(10)])
figures.image_rows(
    rows,
    alt=figures.described("5.3"),
)

# %% [markdown]
# All rows of the network began with the same noise and drew the same random numbers on the way; only its weights
# differ. Now we take the run apart: why its steps are what they are, what the loss can tell and what it cannot, and why
# two networks come out of it and not one.

# %% [markdown]
# ## From the lessons before
#
# $\beta_1, \dots, \beta_T$ are small numbers, $\alpha_t = 1 - \beta_t$, $\bar\alpha_t = \alpha_1 \cdots \alpha_t$. A
# clean image $x_0$ and noise $\epsilon \sim \mathcal N(0, I)$ mix to
# $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$ (Eq. 4); the network with weights $\theta$ sees
# $x_t$ and $t$ and answers $\epsilon_\theta(x_t, t)$. Write $L_t(\theta)$ for its mean squared error at time $t$. The
# objective is the mean of these over all times, the paper's Eq. 14:
#
# $$L_\text{simple}(\theta) = \frac1T \sum_{t=1}^T L_t(\theta), \qquad
# L_t(\theta) = \mathbb E_{x_0, \epsilon}\,\|\epsilon - \epsilon_\theta(x_t, t)\|^2$$
#
# The code divides the square by the number of pixels, so that to answer 0 costs a loss of 1.
#
# Here $T = 100$, so that samples are ready in a second or two; the paper has 1000. Ten times fewer steps must each be
# ten times larger, or noise is never reached ([lesson 1](01_forward_process.ipynb)). What is left of $x_0$ at the end:

# %% tags=["nbval-check-output"]
for T, scale in ((1000, 1), (100, 1), (100, 10)):
    left = NoiseSchedule(linear_schedule(T, scale * 1e-4, scale * 0.02)).alphas_bar[T].sqrt()
    print(f"T = {T:>4}, betas times {scale:>2}: sqrt(alpha_bar_T) = {left:.3f}")

# %% [markdown]
# ## Algorithm 1, line by line
#
# 1. **repeat**
#     1. $x_0 \sim q(x_0)$: images from the data
#     2. $t \sim \mathrm{Uniform}(\{1, \dots, T\})$: a time for each
#     3. $\epsilon \sim \mathcal N(0, I)$: noise for each pixel
#     4. $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$; take a gradient descent step on
#        $\nabla_\theta\,\|\epsilon - \epsilon_\theta(x_t, t)\|^2$
# 2. **until** converged
#
# The first three lines draw what the mean in Eq. 14 runs over, the fourth takes one term of it. In code
# [`train_step`](../ddpm_edu/training.py) is one round, [`train`](../ddpm_edu/training.py) the loop.
#
# Why may one draw stand for the mean? The distribution of $t$, $x_0$ and $\epsilon$ does not contain $\theta$. The mean
# is a sum (over $t$) and an integral (over $x_0$ and $\epsilon$), and the derivative of a sum is the sum of the
# derivatives. So
#
# $$\mathbb E_{t, x_0, \epsilon}\left[\nabla_\theta\,\|\epsilon - \epsilon_\theta(x_t, t)\|^2\right]
# = \nabla_\theta\,\frac1T \sum_{t=1}^T L_t(\theta) \tag{5.1}$$
#
# The gradient of a single draw is noisy, but unbiased: right on average. We test this where the right side is a
# formula: the smallest network of [lesson 3](03_objective.ipynb), one number, $\epsilon_\theta(x_t, t) = \theta x_t$,
# on data $x_0 \sim \mathcal N(0, 1)$. Then $x_t$ has variance 1 and $\mathrm{Cov}[\epsilon, x_t] =
# \sqrt{1-\bar\alpha_t}$, so $L_t = 1 - 2\theta\sqrt{1-\bar\alpha_t} + \theta^2$. The left side is left to torch:
# 100,000 draws, each with a $\theta$ of its own to take the gradient for.

# %% tags=["nbval-check-output"]
exact = schedule.to(dtype=torch.float64)


def draws(number, generator):
    """Return times, x_t and the noise in it, for standard normal data."""
    t = ddpm_edu.sample_timesteps(number, exact, generator)
    x_0, noise = torch.randn(2, number, dtype=torch.float64, generator=generator)
    return t, ddpm_edu.sample_q(x_0, t, exact, noise), noise


t, x_t, noise = draws(100_000, torch.Generator().manual_seed(0))
theta = torch.full((100_000,), 0.3, dtype=torch.float64, requires_grad=True)
(gradients,) = torch.autograd.grad((noise - theta * x_t).square().sum(), theta)
expected = (-2 * exact.one_minus_alphas_bar[1:].sqrt() + 2 * 0.3).mean()
prove("5.1", gradients, expected, false_alarm=1e-6)

# %% [markdown]
# Do noisy but unbiased steps reach the goal? The goal is known here: the derivative on the right is 0 where $\theta$
# is the mean of $\sqrt{1-\bar\alpha_t}$. From $\theta = 0$, with batches of 1 and of 64:

# %%
goal = exact.one_minus_alphas_bar[1:].sqrt().mean()
ways = {}
for batch_size in (1, 64):
    generator, theta, way = torch.Generator().manual_seed(0), torch.zeros((), dtype=torch.float64), []
    for _ in range(300):
        t, x_t, noise = draws(batch_size, generator)
        theta = theta + 0.02 * 2 * ((noise - theta * x_t) * x_t).mean()  # the gradient by hand, learning rate 0.02
        way.append(theta)
    ways[f"batch of {batch_size}"] = torch.stack(way)
figures.curves(
    torch.arange(1, 301),
    ways | {"exact minimum": goal.expand(300)},
    "step",
    r"$\theta$",
    alt=figures.described("5.4"),
)

# %% [markdown]
# They do, and then wander around it. A larger batch is a quieter gradient for more work; the digits had batches of 64.
#
# In torch the step is made in two halves: `backward()` computes the gradient of the loss and **adds** it to what is in
# each parameter's `.grad`; `optimizer.step()` then moves the parameters along `.grad`. Adding is handy for gradients
# that come in parts. In a loop it means that what earlier batches left must be cleared, for which there is
# `optimizer.zero_grad()`. What happens without:

# %% tags=["nbval-check-output"]
weight = nn.Parameter(torch.tensor(2.0))
for call in (1, 2, 3):
    (weight**2).backward()  # the derivative is 4, each time
    print(f"after call {call}: weight.grad = {weight.grad.item()}")

# %% [markdown]
# The optimiser here is AdamW, which divides each parameter's step by the usual size of its gradient. Its learning
# rate rises to 0.002 within the first twentieth of the run and then falls along half a cosine to 0
# ([`learning_rate`](../ddpm_edu/training.py)). Keep the falling rate in mind; it comes back below.

# %% [markdown]
# ## Every time, both ends
#
# The line for $t$ asks for all of $1, \dots, T$, and for a time of its own in every row: one time for the whole batch
# would be right on average too, but much noisier. In code [`sample_timesteps`](../ddpm_edu/training.py). The paper's
# $\{1, \dots, T\}$ contains both ends, while ranges in Python leave out their last number. So look at the ends:

# %% tags=["nbval-check-output"]
t = ddpm_edu.sample_timesteps(100_000, schedule, torch.Generator().manual_seed(0))
print(f"smallest {t.min()}, largest {t.max()}, {t.unique().numel()} different times, {t.dtype}")

# %% [markdown]
# Uniform does not have to mean independent. Cut the line from 0 to $T$ into as many equal parts as the batch has rows,
# draw a point of each, and round it up ([`stratified_timesteps`](../ddpm_edu/training.py)). A row picked at random from
# such a batch still has every time with the same probability, so (5.1) holds as before. What goes is the luck of a
# batch in which small $t$ happen to be many. How much is that worth? First a table with the losses of 20 digits at
# every $t$, digits that the network was not trained on; then 5,000 batches of 64 from this table, with times of both
# kinds.

# %%
test_images, test_labels = load_images("digits", split="test")
test_source = torch.Generator().manual_seed(0)
all_t = torch.arange(1, 101).repeat_interleave(20)
test_rows = torch.randint(len(test_images), (2000,), generator=test_source)
test_noise = torch.randn(2000, 1, 8, 8, generator=test_source)


@cache
@torch.no_grad()
def loss_table(network):
    """Return the squared error of 20 test images at each time, (100, 20): always the same images and noise."""
    x_t = ddpm_edu.sample_q(test_images[test_rows], all_t, schedule, test_noise)
    return (network(x_t, all_t, test_labels[test_rows]) - test_noise).square().mean((1, 2, 3)).view(100, 20)


# %%
table = loss_table(kept[600].ema_model)
variances = {}
for name in ("sample_timesteps", "stratified_timesteps"):
    times = torch.stack([getattr(ddpm_edu, name)(64, schedule, test_source) for _ in range(5000)])
    batches = table[times - 1, torch.randint(20, times.shape, generator=test_source)].mean(1)
    variances[name] = batches.var().item()
    print(f"{name:>20}: mean {batches.mean():.4f}, standard deviation {batches.std():.4f}")

# %%
ratio = variances["sample_timesteps"] / variances["stratified_timesteps"]
print(f"ratio of the variances: {ratio:.1f}")
assert ratio > 3

# %% [markdown]
# The same mean, and the variance divided by the last number: for the loss as if the batch were that many times larger,
# at no cost. `train` uses these times. So the losses within a batch differ mostly by their times. Why is that?

# %% [markdown]
# ## The loss cannot reach zero
#
# Fix a time. The network sees $x_t$, in which the noise is hidden by the unknown $x_0$. Let
# $\epsilon^\ast(x_t, t) = \mathbb E[\epsilon \mid x_t]$, the mean of all noise that could have made this $x_t$. Add and
# subtract it in the loss and square:
#
# $$\|\epsilon - \epsilon_\theta\|^2 = \|\epsilon - \epsilon^\ast\|^2 + \|\epsilon^\ast - \epsilon_\theta\|^2
# + 2\,(\epsilon - \epsilon^\ast) \cdot (\epsilon^\ast - \epsilon_\theta)$$
#
# Take the mean. Once $x_t$ is given, the last bracket is fixed and the one before it has mean 0, by the definition of
# $\epsilon^\ast$. So the mixed term is gone, for any data and any network:
#
# $$L_t(\theta) = \underbrace{\mathbb E\,\|\epsilon - \epsilon^\ast\|^2}_{\text{floor: the data's}}
# + \underbrace{\mathbb E\,\|\epsilon^\ast - \epsilon_\theta\|^2}_{\text{excess: the network's}} \tag{5.2}$$
#
# Only the excess can be trained away. For Gaussian data, $x_0 \sim \mathcal N(m, s^2)$, the floor is a formula, (3.13)
# of [lesson 3](03_objective.ipynb). In short: with $\mathrm{Var}[\epsilon] = 1$,
# $\mathrm{Cov}[\epsilon, x_t] = \sqrt{1-\bar\alpha_t}$ and $\mathrm{Var}[x_t] = \bar\alpha_t s^2 + 1 - \bar\alpha_t$,
# and by the rule $\mathrm{Var}[a \mid b] = \mathrm{Var}[a] - \mathrm{Cov}[a, b]^2 / \mathrm{Var}[b]$ for Gaussians,
#
# $$\mathbb E\,(\epsilon - \epsilon^\ast)^2 = 1 - \frac{1-\bar\alpha_t}{\bar\alpha_t s^2 + 1 - \bar\alpha_t}
# = \frac{\bar\alpha_t s^2}{\bar\alpha_t s^2 + 1 - \bar\alpha_t} \tag{5.3}$$
#
# for each coordinate: close to 1 where the noise is small against the data, close to 0 where it is large. Test both
# at five times. For (5.2) the data are numbers around -0.6 and 0.6, whose $\epsilon^\ast$ is known too
# ([`MixtureOracle`](../ddpm_edu/oracle.py)), and the "network" is $0.5\,x_t$.

# %%
source = torch.Generator().manual_seed(0)
centres, shares = torch.tensor([[-0.6], [0.6]]), torch.tensor([0.3, 0.7])
mixture = ddpm_edu.MixtureOracle(centres, 0.2, shares, exact)


def data(number, generator=None):
    """Draw (number, 1) values: 30 % around -0.6, 70 % around 0.6, with standard deviation 0.2."""
    which = torch.multinomial(shares, number, replacement=True, generator=generator)
    return centres[which] + 0.2 * torch.randn(number, 1, generator=generator)


# %% tags=["nbval-check-output"]
five_times = torch.tensor([1, 10, 25, 50, 100]).repeat(20_000)
jump_noise = torch.randn(100_000, 1, dtype=torch.float64, generator=source)
x_t = ddpm_edu.sample_q(data(100_000, source).double(), five_times, exact, jump_noise)
optimum, network_says = mixture(x_t, five_times), 0.5 * x_t
difference = (jump_noise - network_says) ** 2 - (jump_noise - optimum) ** 2 - (optimum - network_says) ** 2
prove("5.2", difference.view(20_000, 5), torch.zeros(5), false_alarm=1e-6)

# %% tags=["nbval-check-output"]
alpha_bar, s = sympy.symbols("alphabar s", positive=True)
one_minus_alpha_bar = 1 - alpha_bar
prove(
    "5.3",
    1 - sympy.sqrt(one_minus_alpha_bar) ** 2 / (alpha_bar * s**2 + one_minus_alpha_bar),
    alpha_bar * s**2 / (alpha_bar * s**2 + one_minus_alpha_bar),
)

# %% tags=["nbval-check-output"]
gaussian = ddpm_edu.GaussianOracle(mean=0.5, std=0.3, schedule=exact)
x_0 = 0.5 + 0.3 * torch.randn(100_000, 1, dtype=torch.float64, generator=source)
x_t = ddpm_edu.sample_q(x_0, five_times, exact, jump_noise)
errors = (jump_noise - gaussian(x_t, five_times)).square().view(20_000, 5)
alpha_bar_t, one_minus_alpha_bar_t = exact.alphas_bar[five_times[:5]], exact.one_minus_alphas_bar[five_times[:5]]
prove("5.3", errors, alpha_bar_t * 0.3**2 / (alpha_bar_t * 0.3**2 + one_minus_alpha_bar_t), false_alarm=1e-6)

# %% [markdown]
# ## A problem with a known answer
#
# Now a network that learns, where we know what it should learn: the numbers around -0.6 and 0.6. It is a few lines. Two
# layers see the number and the time, the latter as the sines and cosines of [lesson 4](04_network.ipynb).


# %%
class Small(nn.Module):
    """Predict the noise in single numbers, x_t (B, 1)."""

    def __init__(self, embed, width=64):
        super().__init__()
        self.embed = embed  # t (B,) -> (B, 32)
        hidden = [nn.Linear(33, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()]
        self.layers = nn.Sequential(*hidden, nn.Linear(width, 1))

    def forward(self, x_t, t):
        return self.layers(torch.cat([4 * x_t, self.embed(t)], dim=1))  # 4: steep bends are then easier


def fit(network, schedule, sample_t, steps):
    """Train on fresh data by Algorithm 1; give the loss of each step."""
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    seen = []
    for _ in tqdm(range(steps), desc="training"):
        seen.append(train_step(network, optimizer, data(256), schedule, sample_t=sample_t))
        slower.step()
    return torch.tensor(seen)


# %%
def loss_by_time(network, schedule, number=2000):
    """Return the loss of a network at each t = 1..T, (T,), on data and noise that are always the same."""
    generator, T = torch.Generator().manual_seed(0), schedule.num_timesteps
    ranks = torch.randperm(number, generator=generator)[:, None]
    noise = torch.special.ndtri((ranks + 0.5) / number).repeat(T, 1)  # the quantiles of N(0, 1), in random order
    x_0, t = data(number, generator).repeat(T, 1), torch.arange(1, T + 1).repeat_interleave(number)
    with torch.no_grad():
        guess = network(ddpm_edu.sample_q(x_0, t, schedule, noise), t)
    return (guess - noise).square().view(T, number).mean(1)


torch.manual_seed(0)
small = Small(partial(ddpm_edu.timestep_embedding, dim=32))
fit(small, schedule, ddpm_edu.stratified_timesteps, steps=1200)
floor, reached = loss_by_time(mixture, schedule), loss_by_time(small, schedule)
print(f"mean over t: exact minimum {floor.mean():.3f}, trained network {reached.mean():.3f}, answering 0: 1")
print("exact minimum", {f"t = {t}": round(floor[t - 1].item(), 3) for t in (1, 5, 10, 25, 80)})
assert floor.mean() < reached.mean() < 1.05 * floor.mean()

# %%
figures.curves(
    torch.arange(1, 101),
    {"trained network": reached, "exact minimum": floor},
    "t",
    "mean squared error of the noise",
    dots=("trained network",),
    alt=figures.described("5.5"),
)

# %% [markdown]
# The dots lie on the curve or just above it: what loss is left is nearly all floor. A loss of 0.7 at $t = 5$ is as
# good as can be, a loss of 0.1 at $t = 80$ would be a failure. The single number that a training loop prints says
# little without its floor. What did the network find? Its answer over $x_t$, beside the exact one:

# %%
x = torch.linspace(-1.5, 1.5, 301)[:, None]
parts = {}
for time_shown in (5, 20, 60):
    t = torch.full((301,), time_shown)
    with torch.no_grad():
        parts[f"t = {time_shown}"] = {"exact": mixture(x, t)[:, 0], "network": small(x, t)[:, 0]}
figures.panels(
    x[:, 0],
    parts,
    "x_t",
    alt=figures.described("5.6"),
)

# %% [markdown]
# At $t = 60$ the groups cannot be told apart any more, and the answer is nearly $x_t$ itself. At $t = 5$ it grows with
# the distance from the nearer group, positive to its right and negative to its left: hence the fall in the middle.
# Nobody told the network that there are two. There it is also least exact, and it costs little: hardly any data lie
# there.

# %% [markdown]
# ## What the loss does not tell
#
# Back to the digits, where no formula gives the floor. Two questions that can be answered: what is the loss
# on digits kept out of training, and how many samples are the digit they should be? As the judge take the training
# image that is nearest to the sample, and its label. On real test images this judge is right in nearly all cases:


# %% tags=["nbval-check-output"]
def judged(samples):
    """Return the label of the nearest training image for each sample."""
    distances = torch.cdist(samples.clamp(-1, 1).flatten(1), images.flatten(1))
    return labels[distances.argmin(1)]


print(f"right for {(judged(test_images) == test_labels).float().mean():.1%} of the test images")

# %% [markdown]
# > **Predict.** The untrained network answers 0, which costs a loss of 1. When, in the run of 600 steps, had the
# > loss made nine tenths of its way from 1 to where it ended?

# %%
when = widgets.Prediction("in the first 100 steps", "about half-way, at 300", "after 500: it falls evenly")

# %%
steps, test_losses, hits = [50, 100, 200, 300, 600], [], []
asked_for = torch.arange(20) % 10
for step in steps:
    network_then = kept[step].ema_model
    test_losses.append(loss_table(network_then).mean())
    hits.append((judged(draw(network_then)[-1]) == asked_for).float().mean())
    error = (hits[-1] * (1 - hits[-1]) / 20).sqrt()  # standard error of a share of 20
    print(f"step {step:>3}: test loss {test_losses[-1]:.3f}, ", end="")
    print(f"{hits[-1]:.0%} ± {error:.0%} of 20 samples are the digit asked for")
way = (1 - test_losses[1]) / (1 - test_losses[-1])
print(f"after 100 steps the loss has made {way:.0%} of its way")
assert way > 0.9 and hits[1] < 0.7 and hits[-1] > 0.75

# %%
when.compare(
    "in the first 100 steps",
    {
        "in the first 100 steps": "At large $t$, $x_t$ is nearly all noise. To answer $x_t$ itself is soon learned.",
        "about half-way, at 300": "By then the samples are nearly as good as at the end, but the loss had fallen long "
        "before.",
        "after 500: it falls evenly": "It falls steeply first: that the noise at large $t$ is nearly $x_t$ itself is "
        "worth most of the loss.",
    },
)

# %%
batch_losses = torch.tensor(losses).view(-1, 10).mean(1)
figures.panels(
    torch.arange(5, 601, 10),
    {
        "loss": {"batches, mean of 10": batch_losses, "test images": (steps, torch.stack(test_losses))},
        "share of right samples": {"samples": (steps, torch.stack(hits))},
    },
    "step",
    alt=figures.described("5.7"),
)

# %% [markdown]
# Most of the fall makes no digit, and most of the digits come while the loss hardly falls. So the little that is left
# to learn after 100 steps matters. What is it? The loss by time:

# %%
early, late = kept[100].ema_model, kept[600].ema_model
curves = {f"{step} steps": loss_table(kept[step].ema_model).mean(1) for step in (25, 100, 600)}
fall = curves["100 steps"] - curves["600 steps"]
print(f"from step 100 to 600: {fall[:50].sum() / fall.sum():.0%} of the fall is at t = 1..50")
print(f"loss at t = 51..100: {curves['100 steps'][50:].mean():.4f}, then {curves['600 steps'][50:].mean():.4f}")
figures.curves(
    torch.arange(1, 101),
    curves,
    "t",
    "squared error on test digits",
    ylog=True,
    alt=figures.described("5.8"),
)

# %% [markdown]
# Two candidates. Most of the late fall of the mean is at small $t$. But at large $t$, where the error was small
# already, it shrank by the larger factor. Which of the two makes digits? Sampling goes from $t = 100$ down to 1 and can
# be shared. Let one network work from 100 to 51, the other from 50 on: early is that of step 100, late that of step
# 600.
#
# > **Predict.** Which pair draws digits?

# %%
shared = widgets.Prediction("late network first, early one last", "early network first, late one last", "neither")


# %%
class Pair(nn.Module):
    """Ask one network for t > 50, another for t <= 50."""

    def __init__(self, first, last):
        super().__init__()
        self.first, self.last = first, last

    def forward(self, x_t, t, labels):
        return (self.first if t[0] > 50 else self.last)(x_t, t, labels)


# %%
pairs = {"early": early, "late, early": Pair(late, early), "early, late": Pair(early, late), "late": late}
right = {name: (judged(draw(pair)[-1]) == asked_for).float().mean().item() for name, pair in pairs.items()}
print({name: f"{share:.0%} ± {(share * (1 - share) / 20) ** 0.5:.0%} right" for name, share in right.items()})
assert right["early, late"] > right["late, early"]
figures.image_rows(
    {name: draw(pair)[-1][:10] for name, pair in pairs.items()},
    alt=figures.described("5.9"),
)

# %%
shared.compare(
    "early network first, late one last",
    {
        "late network first, early one last": "The rough shape may be right, but the strokes are drawn at small $t$, "
        "by a network that cannot yet.",
        "early network first, late one last": "At large $t$ even a rough guess will do: what it leaves wrong can be "
        "mended below. The strokes are drawn at small $t$, where most of the late fall is.",
        "neither": "One of them does nearly as well as the late network alone.",
    },
)

# %% [markdown]
# So a small difference of the loss is the difference between smudges and digits, and it sits where the loss is
# largest. Scrub through both ways, from the same noise:

# %%
shown = [99, *range(90, 0, -5), 0]
widgets.reverse_scrubber(
    {f"trained for {step} steps": [draw(kept[step].ema_model)[99 - t][:10] for t in shown] for step in (100, 600)},
    shown,
    alt=figures.described("5.10"),
)

# %% [markdown]
# ## An average of the weights
#
# All pictures so far came from `ema_model`, which was never trained. After every step its weights
# $\theta_\text{ema}$ move a little towards those of the network. With decay $d$ between 0 and 1:
#
# $$\theta_\text{ema} \leftarrow d\,\theta_\text{ema} + (1-d)\,\theta$$
#
# EMA stands for exponential moving average; in code [`update_ema`](../ddpm_edu/training.py). Put the rule into itself
# $n$ times. $\theta_0$ is the copy made at the start, $\theta_k$ the weights after step $k$:
#
# $$\theta_\text{ema} = d^n\,\theta_0 + (1-d) \sum_{k=1}^{n} d^{\,n-k}\,\theta_k \tag{5.4}$$
#
# It is an average, since the shares of $\theta_0, \dots, \theta_n$ sum to 1. With each step further back a share
# shrinks by the factor $d$; counted in shares of the newest step, all steps of a long run together are worth
# $1 + d + d^2 + \cdots$ steps. Call that the memory:
#
# $$d^n + (1-d) \sum_{k=1}^{n} d^{\,n-k} = 1, \qquad \sum_{j=0}^{\infty} d^{\,j} = \frac{1}{1-d} \tag{5.5}$$

# %% tags=["nbval-check-output"]
d, thetas = sympy.symbols("d", positive=True), sympy.symbols("theta_0:7")
ema = thetas[0]
for theta in thetas[1:]:
    ema = d * ema + (1 - d) * theta  # the rule, six times
prove("5.4", ema, d**6 * thetas[0] + (1 - d) * sum(d ** (6 - k) * thetas[k] for k in range(1, 7)))

# %% tags=["nbval-check-output"]
n, j = sympy.symbols("n j", integer=True, positive=True)
p = sympy.symbols("p", positive=True)
decay = p / (1 + p)  # any number between 0 and 1, and sympy knows that it is
total = decay**n + (1 - decay) * sympy.summation(decay**j, (j, 0, n - 1))
prove("5.5", (total, sympy.summation(decay**j, (j, 0, sympy.oo))), (1, 1 / (1 - decay)))

# %% [markdown]
# A memory of $1/(1-d)$ steps: where is the average after exactly so many? A "network" whose weight is 1, and an average
# that starts at 0:

# %% tags=["nbval-check-output"]
one, follower = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
nn.init.ones_(one.weight)
for decay in (0.9, 0.99, 0.9999):
    nn.init.zeros_(follower.weight)
    for _ in range(round(1 / (1 - decay))):
        update_ema(follower, one, decay)
    print(f"d = {decay}: after {1 / (1 - decay):.0f} steps the average is at {follower.weight.item():.2f}")

# %% [markdown]
# By (5.4) it is at $1 - d^n$. For $n = 1/(1-d)$ that is $1 - (1 - 1/n)^n$, about $1 - 1/e = 0.63$ for any large $n$.
#
# Two things about the code. The average is a **copy**: `ema_model = model` would be one network with two names, and its
# average with itself is itself. And the rule changes weights in place and is no part of what is learned, so no gradient
# is recorded.
#
# The paper's decay is 0.9999, for a run of 800,000 steps. `slow_average` has followed our 600 steps with it.
#
# > **Predict.** What does `slow_average` draw?

# %%
slow = widgets.Prediction("the same digits, smoother", "blurred digits", "no digits at all")

# %%
figures.image_rows(
    {
        "d = 0.9999": draw(slow_average)[-1][:10],
        "ours": draw(kept[600].ema_model)[-1][:10],
    },
    alt=figures.described("5.11"),
)

# %% tags=["nbval-check-output"]
for steps_made in (600, 1000, 800_000):
    print(f"0.9999 to the power {steps_made:>6}: {0.9999**steps_made:.1%} of the first weights are left")

# %%
test_loss = {
    name: loss_table(each).mean().item()
    for name, each in {"d = 0.9999": slow_average, "ours": kept[600].ema_model, "last weights": network}.items()
}
print({name: round(value, 3) for name, value in test_loss.items()})
assert test_loss["d = 0.9999"] > 0.7 and test_loss["ours"] < 0.1

# %%
slow.compare(
    "no digits at all",
    {
        "the same digits, smoother": "that takes a run much longer than the memory of 10,000 steps; this one had 600.",
        "blurred digits": "What is averaged is weights, not images. Weights that are mostly untrained answer nearly 0, "
        "so hardly any noise is taken away.",
        "no digits at all": "$0.9999^{600}$ of the average, more than nine tenths, is the network before its first "
        "step.",
    },
)

# %% [markdown]
# ## A memory that grows with the run
#
# A decay must fit the length of the run, which may be known only at the end. Instead let the decay of step $n$ be
# $d_n = (1 - 1/n)^{\gamma+1}$ with a fixed $\gamma$, here 6.94: [`power_decay`](../ddpm_edu/training.py), by Karras et
# al. 2024. $d_1 = 0$: the first step throws the untrained weights away. How much is left, after step $n$, of what was
# there after step $k$? The product of the decays since. In it $1 - 1/j = (j-1)/j$, so that every numerator cancels the
# denominator before it:
#
# $$\prod_{j=k+1}^{n} \left(1 - \frac1j\right)^{\gamma+1} = \left(\frac kn\right)^{\gamma+1} \tag{5.6}$$
#
# Only the ratio $k/n$ counts. After 600 steps the average looks back over the same part of the run as after 6 or
# 600,000.

# %% tags=["nbval-check-output"]
k = sympy.symbols("k", integer=True, positive=True)
prove("5.6", sympy.gammasimp(sympy.product(1 - 1 / j, (j, k + 1, k + n))), k / (k + n))  # here n counts from k on
factors = torch.tensor([power_decay(step) for step in range(2, 601)], dtype=torch.float64)
left_over = factors.flip(0).cumprod(0).flip(0)  # of what was there after step 1, 2, ..., 599
prove("5.6", left_over, (torch.arange(1, 600) / 600).double() ** 7.94, within=1e-6)  # gamma = 6.94, rounding of k / n

# %% [markdown]
# As in (5.4), the weights of step $k$ have the share $1 - d_k$ times what is left of it. For three decays:

# %%
k = torch.arange(1, 601, dtype=torch.float64)
decays = torch.tensor([power_decay(step) for step in range(1, 601)], dtype=torch.float64)
parts = {f"d = {d}": (1 - d) * d ** (600 - k) for d in (0.99, 0.9999)} | {"ours": (1 - decays) * (k / 600) ** 7.94}
for name, shares_of_steps in parts.items():
    mean_age = (shares_of_steps * (600 - k)).sum() / shares_of_steps.sum()
    print(f"{name:>10}: the 600 steps have {shares_of_steps.sum():.0%} of the average, mean age {mean_age:.0f} steps")
figures.curves(
    k,
    parts,
    "step k",
    "share of its weights",
    alt=figures.described("5.12"),
)

# %% [markdown]
# What is the average good for? Gradients are noisy, so the weights wander around a good place, as the number with
# batches of 1 did. The mean of where they were may be nearer to it. The loss on test images, of both networks:

# %%
difference = {}
for step, then in kept.items():
    if step:
        ours, last = loss_table(then.ema_model).mean(), loss_table(then.model).mean()
        difference[step] = (ours / last - 1).item()
        print(f"step {step:>3}: average {ours:.4f}, last weights {last:.4f}, difference {difference[step]:+.1%}")
assert difference[25] > 0 and difference[200] < 0 and abs(difference[600]) < 0.02

# %%
figures.image_rows(
    {"average": draw(kept[200].ema_model)[-1][:10], "last weights": draw(kept[200].model)[-1][:10]},
    alt=figures.described("5.13"),
)

# %% [markdown]
# Three regimes. At first the network improves with every step and the average is late. In the middle the average is
# ahead, by a few per cent of the loss, and the samples differ in a few pixels. At the end they do not differ: the
# learning rate has fallen to 0, and weights that no longer wander need no average. A small rate and an average do the
# same job; the average can be had at any time of the run, and so samples are taken from it.

# %% [markdown]
# ## The real cost
#
# 8x8 is a toy. This is how the course's 28x28 model was made, from the card in its file, and what one of its steps
# costs on your machine now:

# %% tags=["nbval-check-output"]
card = ddpm_edu.load_pretrained("mnist5k").card
print(f"{card['command']}\n{card['steps']} steps of {card['batch_size']} images in {card['seconds'] / 60:.1f} minutes")

# %%
mnist, mnist_labels = load_images("mnist5k", split="train")
big = ddpm_edu.UNet((1, 28, 28)).to(memory_format=torch.channels_last)
optimizer, full = torch.optim.AdamW(big.parameters()), NoiseSchedule(linear_schedule(1000))
for step in range(6):
    if step == 2:  # the first ones are slower
        begin = time.perf_counter()
    train_step(big, optimizer, mnist[:64], full, mnist_labels[:64])
seconds = (time.perf_counter() - begin) / 4
print(f"{1000 * seconds:.0f} ms per step; {card['steps']} steps take {seconds * card['steps'] / 60:.0f} minutes here")

# %% [markdown]
# Too long for a lesson. In a terminal:
#
# ```
# ddpm-edu train --data mnist5k --minutes 10 --out run
# ddpm-edu sample --weights run/weights.safetensors
# ```
#
# The first command can be interrupted (Ctrl+C) and goes on where it was when given again. It does what this lesson
# does, with one change that [lesson 8](08_faster_and_steered.ipynb) explains: inside, its U-Net names a velocity.
# [Lesson 6](06_sampling.ipynb) draws with the weights that are shipped.

# %% [markdown]
# ## Bug hunt
#
# A series of posts on diffusion, the one this course began with, leads to a training loop that draws its times as
# below. Here it trains two networks on the numbers around -0.6 and 0.6, with a schedule of 25 steps: `Small` as
# above, and `Small` with a learned table of times, `nn.Embedding`, in the place of sines and cosines, as many
# implementations have it.


# %%
def times_as_published(batch_size, schedule, generator=None):
    return torch.randint(1, schedule.num_timesteps, (batch_size,), generator=generator)


short = NoiseSchedule(linear_schedule(25, 0.1 / 25, 20 / 25))  # the betas times 1000 / 25
best = ddpm_edu.MixtureOracle(centres, 0.2, shares, short)
networks, by_time = {}, {"exact minimum": loss_by_time(best, short)}
for name in ("sines", "table"):
    torch.manual_seed(1)
    networks[name] = Small(nn.Embedding(26, 32) if name == "table" else partial(ddpm_edu.timestep_embedding, dim=32))
    seen = fit(networks[name], short, times_as_published, steps=600)[-100:]
    by_time[name] = loss_by_time(networks[name], short)
    print(f"{name}: loss of the last 100 steps {seen.mean():.3f}, exact minimum {by_time['exact minimum'].mean():.3f}")

# %% [markdown]
# Nothing to see in the loss of the training steps. By time:

# %%
figures.curves(
    torch.arange(1, 26),
    by_time,
    "t",
    "mean squared error of the noise",
    dots=("sines", "table"),
    alt=figures.described("5.14"),
)

# %% [markdown]
# What follows from the last dot? Sampling begins at $t = 25$. 4,000 values after the first step, $x_{24}$, whose
# standard deviation should be close to 1, and at the end:

# %%
states = {}
for name, each in {"exact": best, **networks}.items():
    generator = torch.Generator().manual_seed(0)
    states[name] = ddpm_edu.sampling(each, (4000, 1), short, 25, generator=generator, clipping=False, progress=False)
    first, last = states[name][0], states[name][-1]
    print(
        f"{name}: x_24 has mean {first.mean():+.2f}, standard deviation {first.std():.2f}; "
        f"{(last > 0).float().mean():.0%} of x_0 are above 0"
    )
assert by_time["table"][-1] > 10 * by_time["sines"][-1]

# %%
figures.histograms(
    {f"x_24, {name}": states[name][0][:, 0] for name in ("exact", "table")},
    {},
    "x_24",
    alt=figures.described("5.15"),
)

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# The upper end of `torch.randint` is exclusive, so $t = T$ is never trained. In the table, row 25 still holds the
# random numbers it was made with, and sampling starts with them. (With another seed they are others, and so is the
# damage.) Sines and cosines of 25 are close to those of 24, so that network guesses rightly at a time it has never
# seen.
#
# Why did nobody notice? The loss in training is taken at the times that are drawn, so the one that is missing cannot
# spoil it. (Nor is the exact minimum over 24 times that over 25: without the easy $t = 25$ it is higher.) And the steps
# from $x_{24}$ on mend what the first one broke: about the same share of $x_0$ is above 0. With
# $T = 1000$ a single step does even less. It shows where somebody looks: at the loss of each $t$, ends included.
# </details>

# %% [markdown]
# ## Recap
#
# * Algorithm 1 draws images, times and noise; the gradient of one batch is that of Eq. 14 on average.
# * The loss is a floor, which belongs to the data, plus an excess, which training removes; judge it by $t$.
# * The average of the weights must span a share of the run: a decay of 0.9999 needs far more than 1000 steps.
#
# **Your turn:** write `sample_timesteps`, `train_step` and `update_ema` yourself in
# [workbook/05_exercises.ipynb](../workbook/05_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/05_training.ipynb](../exercises/05_training.ipynb)). `solution("name")` shows an answer once yours
# has passed, or after three attempts. The words: [the glossary](../docs/glossary.md).
#
# **Next:** how do a thousand guesses of noise make one image? [Lesson 6](06_sampling.ipynb) takes Algorithm 2 apart.
