# %% [markdown]
# # 1. The forward process
#
# **Question.** How does an image become noise?
#
# *About 60 minutes. It needs nothing of the lessons before.*

# %%
import math

import sympy
import torch

from ddpm_edu import NoiseSchedule, cosine_schedule, figures, linear_schedule, load_images
from ddpm_edu import sample_by_t, sample_q, snr, step_q, widgets
from ddpm_edu.proofs import prove

images, labels = load_images("mnist5k")  # (5000, 1, 28, 28), black is -1, white is 1
digits = torch.stack([images[labels == digit][0] for digit in range(10)])
schedule = NoiseSchedule(linear_schedule(1000))
exact = schedule.to(dtype=torch.float64)  # the same in 64 bits
exact

# %% [markdown]
# ## The picture first
#
# One digit, with more and more of the same noise mixed into it. The time $t$ counts small steps of noise: 0 is the
# clean image, 1000 the end.

# %%
noise = torch.randn(digits.shape, generator=torch.Generator().manual_seed(0))
times = torch.tensor([50, 100, 200, 300, 400, 500, 600, 800, 1000])
three, noise_of_three = digits[3:4].expand(9, -1, -1, -1), noise[3:4].expand(9, -1, -1, -1)
figures.image_rows(
    {"": torch.cat([digits[3:4], sample_q(three, times, schedule, noise_of_three)])},
    column_titles=["t = 0", *(f"t = {t}" for t in times.tolist())],
    alt=figures.described("1.1"),
)

# %% [markdown]
# How much noise each step adds is called the schedule. Two are common, and we will build both. Try them on all ten
# digits: drag the slider, or click it and use the arrow keys. Where does the 8 disappear under each?

# %%
schedules = {"linear": schedule, "cosine": NoiseSchedule(cosine_schedule(1000))}
widgets.forward_scrubber(
    digits,
    schedules,
    alt=figures.described("1.2"),
)

# %% [markdown]
# Why destroy an image so slowly? A network that can undo one small step can be asked a thousand times, and then makes
# images out of noise. That is what the rest of the course is about. The way into the noise needs only Gaussians.
#
# ## One step
#
# Let $x_0$ be the clean image and $x_1, x_2, \dots, x_T$ what becomes of it in $T$ steps. A step from $x_{t-1}$ to
# $x_t$ makes the image a little weaker and mixes in a little noise:
#
# $$x_t = \sqrt{1-\beta_t}\;x_{t-1} + \sqrt{\beta_t}\;\epsilon, \qquad \epsilon \sim \mathcal N(0, I)$$
#
# * $\beta_t$ is a number between 0 and 1, chosen before anything starts: how much noise step $t$ adds.
# * $\epsilon$ is drawn anew in every step, independently of everything before.
# * $\mathcal N(m, vI)$ is the Gaussian that gives every pixel its own mean, found in $m$, and the variance $v$, all
#   pixels independently of each other. So $\epsilon$ has mean 0 and variance 1 in every pixel.
#
# A factor in front of a random number enters its variance squared, and a Gaussian times a number is Gaussian, so
# $\sqrt{\beta_t}\,\epsilon$ is Gaussian with the variance $\beta_t$. Once $x_{t-1}$ is known, the first term is fixed
# and moves only the mean:
#
# $$q(x_t \mid x_{t-1}) = \mathcal N(x_t;\ \sqrt{1-\beta_t}\,x_{t-1},\ \beta_t I)$$
#
# where $q(a \mid b)$ is the density of $a$ when $b$ is known, and $\mathcal N(x;\, m, vI)$ the density of
# $\mathcal N(m, vI)$ at $x$. This is the paper's Eq. 2, a definition; in code
# [`step_q`](../ddpm_edu/forward.py). The noise is an argument, so that the same call gives the same result. Two pixels,
# one at $t = 1$, where $\beta_t$ is 0.0001 here, the other at $t = 1000$, where it is 0.02:

# %% tags=["nbval-check-output"]
t = torch.tensor([1, 1000])  # one time for each
ones, zeros = torch.ones(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
kept, mixed_in = step_q(ones, t, exact, noise=zeros), step_q(zeros, t, exact, noise=ones)
for i in (0, 1):
    print(f"t = {t[i]:>4}: factor of x {kept[i]:.5f}, factor of the noise {mixed_in[i]:.5f}")

# %% [markdown]
# ## The linear schedule
#
# The paper takes $T = 1000$ and lets $\beta_t$ grow evenly from $\beta_1 = 0.0001$ to $\beta_T = 0.02$. From 1 to $T$
# there are $T-1$ gaps, and $t$ has $t-1$ of them behind it:
#
# $$\beta_t = \beta_1 + \frac{t-1}{T-1}\,(\beta_T - \beta_1), \qquad t = 1, \dots, T$$
#
# In code [`linear_schedule`](../ddpm_edu/schedule.py). Its table has not $T$ but $T+1$ entries:

# %% tags=["nbval-check-output"]
betas = linear_schedule(1000)
print(f"{len(betas)} entries")
for t in (0, 1, 2, 500, 1000):
    print(f"beta_{t} = {betas[t]:.6f}")

# %% [markdown]
# Entry 0 stands for the clean image, to which no noise was added: $\beta_0 = 0$. Two things follow. The position in the
# table is the time, so nobody has to remember a "$-1$". And "the entry before" exists for every step, $t = 1$
# included, which will save us a special case in lessons 2 and 6. All tables in this course are made like this.
#
# ## Why the root is there
#
# Why the factor $\sqrt{1-\beta_t}$? Why not add the noise and leave $x_{t-1}$ as it is? Follow the variance $v_t$ of
# one pixel of $x_t$, over all images and all noise. Let $d$ be the deviation of $x_{t-1}$ from its mean. That of $x_t$
# is then $\sqrt{1-\beta_t}\,d + \sqrt{\beta_t}\,\epsilon$, and its square is
#
# $$(1-\beta_t)\,d^2 + 2\sqrt{1-\beta_t}\sqrt{\beta_t}\;d\,\epsilon + \beta_t\,\epsilon^2.$$
#
# Take the mean of each term. That of $d^2$ is $v_{t-1}$, that of $\epsilon^2$ is 1, and that of $d\,\epsilon$ is the
# mean of $d$ times the mean of $\epsilon$, since they are independent: 0. So
#
# $$v_t = (1-\beta_t)\,v_{t-1} + \beta_t \tag{1.1}$$
#
# A variance of 1 stays 1. What of any other? Subtract 1 on both sides:
#
# $$v_t - 1 = (1-\beta_t)\,(v_{t-1} - 1) \tag{1.2}$$
#
# The distance to 1 shrinks in each step. Whatever the images are, they drift towards variance 1, that of pure noise.

# %% tags=["nbval-check-output"]
beta, v_prev = sympy.symbols("beta_t v_{t-1}", positive=True)
d, e = sympy.symbols("d epsilon", real=True)
mean_of = {(2, 0): v_prev, (1, 1): 0, (0, 2): 1}  # of d^2, d * epsilon, epsilon^2
square = sympy.Poly((sympy.sqrt(1 - beta) * d + sympy.sqrt(beta) * e) ** 2, d, e)
v_t = sum(factor * mean_of[powers] for powers, factor in square.terms())
prove("1.1", v_t, (1 - beta) * v_prev + beta)
prove("1.2", v_t - 1, (1 - beta) * (v_prev - 1))

# %% [markdown]
# Without the root the same calculation gives $v_t = v_{t-1} + \beta_t$, and after all steps
# $v_0 + \beta_1 + \dots + \beta_T$. Ten thousand pixels, half of them black and half white, so of variance 1, take the
# thousand steps in both ways with the same noise:


# %%
def everywhere(t, x):
    """Return the time t for every row of a batch."""
    return torch.full((len(x),), t)


generator, x_0 = torch.Generator().manual_seed(0), torch.tensor([-1.0, 1.0]).repeat(5000)
rooted, rootless = [x_0], [x_0]
for t in range(1, 1001):
    noise_of_t = torch.randn(10_000, generator=generator)
    rooted.append(step_q(rooted[-1], everywhere(t, x_0), schedule, noise_of_t))
    rootless.append(rootless[-1] + schedule.betas[t].sqrt() * noise_of_t)
rooted, rootless = torch.stack(rooted), torch.stack(rootless)  # (1001, 10,000)

# %%
for t in (0, 250, 500, 1000):
    expected = f"(computed: 1 and {1 + exact.betas[: t + 1].sum():.2f})"
    print(f"t = {t:>4}: variance {rooted[t].var():.2f} with the root, {rootless[t].var():.2f} without  {expected}")
for name, pixels in {"with the root": rooted, "without": rootless}.items():
    gap = (pixels[-1, 1::2].mean() - pixels[-1, ::2].mean()).abs()
    print(f"{name}: the means of white and black began 2 apart and end {gap:.2f} apart")

# %%
figures.paths(
    torch.arange(0, 1001, 50),
    {"with the root": rooted[::50, :6], "without": rootless[::50, :6]},
    "t",
    "x_t",
    alt=figures.described("1.3"),
)

# %% [markdown]
# Without the root, pixels spread ever wider around the value they started from. With it, their spread stays and they
# forget where they started.
#
# ## Sums of Gaussians
#
# To get $x_{500}$ from $x_0$, must we really take 500 steps? Every step adds a Gaussian, so we ask: what is the sum of
# two independent ones, $y \sim \mathcal N(0, v)$ and $z \sim \mathcal N(0, w)$? For the sum to be $s$, $y$ may have
# any value $u$, and $z$ must be $s - u$. The density of the sum at $s$ collects all these ways:
#
# $$\int \mathcal N(u;\, 0, v)\ \mathcal N(s-u;\, 0, w)\ du$$
#
# The exponent is $-\tfrac12$ times a sum of two squares. Write it as one square that contains $u$, and a rest
# that does not ("complete the square"):
#
# $$\frac{u^2}{v} + \frac{(s-u)^2}{w} = \frac{v+w}{vw}\left(u - \frac{v\,s}{v+w}\right)^2 + \frac{s^2}{v+w} \tag{1.3}$$
#
# Multiply it out to check: $u^2$ has the factor $\frac1v + \frac1w$ on both sides, $u$ has $-\frac{2s}{w}$, and $s^2$
# has $\frac1w = \frac{v}{w(v+w)} + \frac{1}{v+w}$. The rest can be taken out of the integral. What is left is a bell
# curve in $u$, and the area under it does not depend on where its centre lies, so not on $s$. The density is thus a
# constant times $e^{-s^2/(2(v+w))}$, and since the area under a density is 1,
#
# $$\int \mathcal N(u;\, 0, v)\ \mathcal N(s-u;\, 0, w)\ du = \mathcal N(s;\, 0, v+w) \tag{1.4}$$
#
# **The sum is Gaussian again, and variances add.** (Standard deviations do not.)


# %% tags=["nbval-check-output"]
def bell(x, variance):
    return sympy.exp(-(x**2) / (2 * variance)) / sympy.sqrt(2 * sympy.pi * variance)


v, w = sympy.symbols("v w", positive=True)
s, u = sympy.symbols("s u", real=True)
prove("1.3", u**2 / v + (s - u) ** 2 / w, (v + w) / (v * w) * (u - v * s / (v + w)) ** 2 + s**2 / (v + w))
prove("1.4", sympy.integrate(bell(u, v) * bell(s - u, w), (u, -sympy.oo, sympy.oo)), bell(s, v + w))

# %% [markdown]
# ## Many steps in one jump
#
# Two abbreviations. $\alpha_t = 1 - \beta_t$ is the part of the variance that a step keeps, and "alpha bar" what $t$
# steps keep together:
#
# $$\bar\alpha_t = \alpha_1\,\alpha_2 \cdots \alpha_t, \qquad \bar\alpha_0 = 1$$
#
# Every step adds one factor, $\bar\alpha_t = \alpha_t\,\bar\alpha_{t-1}$; before the first step there is none, and a
# product without factors is 1. In code [`cumulative_alphas`](../ddpm_edu/schedule.py).

# %% tags=["nbval-check-output"]
for t in (0, 1, 2, 500, 1000):
    by_hand = math.prod(1 - beta_s for beta_s in betas[: t + 1].tolist())
    print(f"t = {t:>4}: alpha {exact.alphas[t]:.6f}, alpha bar {by_hand:.6f}, in the table {exact.alphas_bar[t]:.6f}")

# %% [markdown]
# Now the claim, the paper's Eq. 4: $t$ steps have the same effect as one jump,
#
# $$q(x_t \mid x_0) = \mathcal N(x_t;\ \sqrt{\bar\alpha_t}\,x_0,\ (1-\bar\alpha_t) I) \tag{1.5}$$
#
# **For $t = 1$** it is the definition of a step: $\bar\alpha_1 = \alpha_1 = 1 - \beta_1$, so the mean is
# $\sqrt{1-\beta_1}\,x_0$ and the variance $1 - \bar\alpha_1 = \beta_1$.
#
# **From $t-1$ to $t$.** Suppose (1.5) is true for $t-1$. Then
# $x_{t-1} = \sqrt{\bar\alpha_{t-1}}\,x_0 + \sqrt{1-\bar\alpha_{t-1}}\;\epsilon'$,
# where $\epsilon' \sim \mathcal N(0, I)$ is the noise of the first $t-1$ steps taken together. Put that into step $t$:
#
# $$x_t = \sqrt{\alpha_t}\,x_{t-1} + \sqrt{\beta_t}\,\epsilon = \sqrt{\alpha_t\,\bar\alpha_{t-1}}\;x_0 +
# \sqrt{\alpha_t\,(1-\bar\alpha_{t-1})}\;\epsilon' + \sqrt{\beta_t}\;\epsilon$$
#
# The first term is $\sqrt{\bar\alpha_t}\,x_0$. The others are two Gaussians with mean 0, and independent, since
# $\epsilon$ is independent of everything before. By (1.4), pixel by pixel, their sum is Gaussian, and its variance is
#
# $$\alpha_t\,(1-\bar\alpha_{t-1}) + \beta_t = 1 - \bar\alpha_t \tag{1.6}$$
#
# because $\alpha_t + \beta_t = 1$ and $\alpha_t\,\bar\alpha_{t-1} = \bar\alpha_t$. This is (1.5) for $t$. So it holds
# for $t = 2$ since it holds for $t = 1$, then for $t = 3$, and so on.

# %% tags=["nbval-check-output"]
alpha_t, alpha_bar_prev = sympy.symbols("alpha_t alphabar_{t-1}", positive=True)
beta_t, alpha_bar = 1 - alpha_t, alpha_t * alpha_bar_prev
prove("1.6", alpha_t * (1 - alpha_bar_prev) + beta_t, 1 - alpha_bar)

alphas = sympy.symbols("alpha_1:6", positive=True)  # five steps, written out
factor, variance = sympy.S(1), sympy.S(0)  # of x_0, and of the noise
for alpha in alphas:
    factor, variance = sympy.sqrt(alpha) * factor, alpha * variance + (1 - alpha)
together = sympy.prod(alphas)
prove("1.5", (factor, variance), (sympy.sqrt(together), 1 - together), paper="Eq. 4")

# %% [markdown]
# In code the jump is [`sample_q`](../ddpm_edu/forward.py): one draw of noise, whatever $t$ is,
#
# $$x_t = \sqrt{\bar\alpha_t}\;x_0 + \sqrt{1-\bar\alpha_t}\;\epsilon, \qquad \epsilon \sim \mathcal N(0, I).$$
#
# The $\epsilon$ here is not that of a single step: it stands for all $t$ of them. The noisy digits above were
# made this way.
#
# ## Fifty steps against one jump
#
# The same once more, by drawing. A hundred thousand pixels start at 0.8 and take 50 larger steps, one by one. After 5,
# 15 and 50 of them, their mean and variance must be what (1.5) says.

# %% tags=["nbval-check-output"]
short = NoiseSchedule(linear_schedule(50, 0.002, 0.4), dtype=torch.float64)
source, start = torch.Generator().manual_seed(0), torch.full((100_000,), 0.8, dtype=torch.float64)
x, seen, expected = start, [], []
for t in range(1, 51):
    x = step_q(x, everywhere(t, x), short, torch.randn(len(x), dtype=torch.float64, generator=source))
    if t in (5, 15, 50):
        mean, variance = short.alphas_bar[t].sqrt() * 0.8, 1 - short.alphas_bar[t]
        seen += [x, (x - mean) ** 2]
        expected += [mean, variance]
    if t == 15:
        after_15 = x
prove("1.5", torch.stack(seen, 1), torch.stack(expected), false_alarm=1e-6, paper="Eq. 4")

# %%
noise_of_jump = torch.randn(len(start), dtype=torch.float64, generator=source)
jumped = sample_q(start, everywhere(15, start), short, noise_of_jump)
distribution = torch.distributions.Normal(short.alphas_bar[15].sqrt() * 0.8, short.one_minus_alphas_bar[15].sqrt())
grid = torch.linspace(-3, 4, 300, dtype=torch.float64)
figures.histograms(
    {"15 steps": after_15, "one jump": jumped},
    {"(1.5)": (grid, distribution.log_prob(grid).exp())},
    "x at time 15",
    alt=figures.described("1.4"),
)

# %% [markdown]
# ## Where it ends
#
# After the last step $\sqrt{\bar\alpha_T}\,x_0$ is left of the image. The way back will start from pure noise,
# $\mathcal N(0, I)$, so this should be next to nothing. For the paper's schedule it is 0.006 of $x_0$: the very first
# cell printed it.
#
# > **Predict.** A thousand steps are slow. Somebody takes $T = 100$ instead and keeps $\beta$ from 0.0001 to 0.02. How
# > much of the image is left at the end?

# %%
left_over = widgets.Prediction("0.006 of it, as before", "ten times that, 0.06", "a hundred times that, 0.6")

# %% tags=["nbval-check-output"]
for T in (1000, 300, 100):
    few = NoiseSchedule(linear_schedule(T), dtype=torch.float64)
    print(f"T = {T:>4}: {few.alphas_bar[T].sqrt():.3f} of x_0 is left; the betas sum to {few.betas.sum():.3f}")

# %%
left_over.compare(
    "a hundred times that, 0.6",
    {
        "0.006 of it, as before": "the betas run between the same ends, but there are fewer of them, so less "
        "noise in all.",
        "ten times that, 0.06": "what is left is not a sum over the steps but a product: with a tenth of the factors "
        "it is not ten times as large.",
        "a hundred times that, 0.6": "ten times fewer steps turn what is left into its tenth root, about: "
        "$0.006^{1/10}$ is $0.6$.",
    },
)

# %% [markdown]
# Why a root? For small $\beta$ the logarithm of $1 - \beta$ is $-\beta - \beta^2/2 - \dots$, nearly $-\beta$. The
# logarithm of a product is a sum, so
#
# $$\log \bar\alpha_T = \sum_{t=1}^{T} \log(1-\beta_t) \approx -\sum_{t=1}^{T} \beta_t \tag{1.7}$$
#
# What is left depends on the sum of the betas and on little else. That sum is $T$ times their mean, $\tfrac12(0.0001 +
# 0.02)$: ten times fewer steps, a tenth of the sum. How near is nearly? The terms we dropped, $\beta^2/2 + \beta^3/3 +
# \dots$, are less than $\tfrac12 \beta^2 (1 + \beta + \dots) = \tfrac12 \beta^2 / (1-\beta)$. Relative to $\beta$ that
# is $\tfrac12 \beta / (1-\beta)$, and $\beta \le 0.02$.

# %% tags=["nbval-check-output"]
prove("1.7", exact.alphas_bar[1000].log(), -betas.sum(), within=0.0103)  # relative: half of 0.02 / 0.98, as above

# %% [markdown]
# Hence the rule: **with fewer steps, multiply both ends by $1000/T$**; then the sum stays. It works down to $T = 21$,
# where $\beta_T$ is $20/21$; at $T = 20$ it would be 1. With such large betas the dropped terms count, and even less is
# left:

# %%
lengths = [21, 25, 30, 40, 60, 100, 200, 300, 500, 700, 1000]
plain = [NoiseSchedule(linear_schedule(T)).alphas_bar[T].sqrt() for T in lengths]
scaled = [NoiseSchedule(linear_schedule(T, 0.1 / T, 20 / T)).alphas_bar[T].sqrt() for T in lengths]
figures.curves(
    torch.tensor(lengths),
    {"betas as they are": torch.stack(plain), "betas times 1000/T": torch.stack(scaled)},
    "T",
    r"$\sqrt{\bar\alpha_T}$, what is left",
    xlog=True,
    ylog=True,
    alt=figures.described("1.5"),
)

# %%
ends = {"betas as they are": linear_schedule(100), "times 10": linear_schedule(100, 0.001, 0.2)}
figures.image_rows(
    {name: sample_q(digits, everywhere(100, digits), NoiseSchedule(each), noise) for name, each in ends.items()},
    alt=figures.described("1.6"),
)

# %% [markdown]
# ## A time for each image
#
# A network learns from batches in which every image has its own time (lesson 5). So `t` is a tensor of shape (B,), and
# each image needs its own number from the tables. Images are (B, C, H, W): number, channels, height, width. Why not
# multiply by `table[t]`?

# %% tags=["nbval-check-output"]
factors = schedule.alphas_bar.sqrt()
for batch in (10, 28):
    spread = torch.linspace(1, 1000, batch).long()  # early times first
    try:
        print(batch, "images:", tuple((factors[spread] * images[:batch]).shape))
    except RuntimeError as error:
        print(batch, "images:", error)

# %% [markdown]
# Torch lines shapes up from the right. (10,) against (10, 1, 28, 28) meets the width, and fails. (28,) against
# (28, 1, 28, 28) meets the width too, and *fits*. No error, the right shape, and this:

# %%
same = digits[3:4].expand(28, -1, -1, -1)  # 28 times the same image, with 28 times
spread_t = torch.linspace(1, 1000, 28).long()
wrong = factors[spread_t] * same
right = sample_by_t(factors, spread_t, same.shape) * same
figures.image_rows(
    {"by table[t]": wrong[::4], "by sample_by_t": right[::4]},
    column_titles=[f"t = {time}" for time in spread_t[::4].tolist()],
    alt=figures.described("1.7"),
)

# %% [markdown]
# In the first row column $j$ of every image got the factor of image $j$. Such a batch trains without complaint. What is
# needed is shape (B, 1, 1, 1), or with other data as many ones as there are further dimensions. To look
# up and to add the ones is all that [`sample_by_t`](../ddpm_edu/schedule.py) does.

# %% tags=["nbval-check-output"]
print(tuple(sample_by_t(factors, spread_t, same.shape).shape), "for images")
print(tuple(sample_by_t(factors, spread_t, (28, 2)).shape), "for points in the plane")

# %% [markdown]
# ## Signal against noise
#
# In (1.5), $x_t$ is a sum of signal, $\sqrt{\bar\alpha_t}\,x_0$, and noise, $\sqrt{1-\bar\alpha_t}\;\epsilon$. How
# strong each is, is measured by its mean square. Take pixels $x_0$ of mean square 1; that of the signal is then
# $\bar\alpha_t$, that of the noise $1-\bar\alpha_t$. Their ratio is the signal-to-noise ratio (Kingma et al. 2021,
# Eq. 2), in code [`snr`](../ddpm_edu/forward.py):
#
# $$\mathrm{SNR}(t) = \frac{\bar\alpha_t}{1-\bar\alpha_t}$$
#
# The digits come near that 1:

# %% tags=["nbval-check-output"]
print(f"mean square of the digits: {images.square().mean():.2f}")

# %% [markdown]
# > **Predict.** With the linear schedule, after which $t$ of 1000 is the signal weaker than the noise?

# %%
crossing = widgets.Prediction("about 260", "about 500", "about 740")

# %% tags=["nbval-check-output"]
every_t = torch.arange(1, 1001)
ratios = {name: snr(every_t, each.to(dtype=torch.float64)) for name, each in schedules.items()}
first = every_t[ratios["linear"] < 1][0]
for t in (1, 100, first - 1, first, 500, 740, 1000):
    print(f"t = {t:>4}: SNR {ratios['linear'][t - 1]:.6f}, sum of betas so far {betas[: t + 1].sum():.3f}")
print(f"log 2 = {math.log(2):.3f}")

# %%
crossing.compare(
    "about 260",
    {
        "about 260": "SNR is 1 where $\\bar\\alpha_t$ is one half, so by (1.7) where the betas so far sum "
        "to about log 2.",
        "about 500": "in the middle of the way the signal has long lost: SNR is below a tenth there.",
        "about 740": "small betas early on suggest it, but it takes a sum of only about 0.7 of the 10.05 there are.",
    },
)

# %% [markdown]
# After that, the linear schedule spends three quarters of its steps where noise outweighs the image. And yet, go back
# to the slider: at $t = 250$ the digits can be read. The ratio is that of one pixel, and an eye, or a network, looks
# at many.
#
# SNR and $\bar\alpha_t$ say the same. Solve the definition for $\bar\alpha_t$, by multiplying by $1-\bar\alpha_t$ and
# collecting $\bar\alpha_t$ on one side:
#
# $$\bar\alpha_t = \frac{\mathrm{SNR}(t)}{1 + \mathrm{SNR}(t)} \tag{1.8}$$
#
# So the ratio at time $t$ determines both factors of the jump. $T$ and the betas play no part: two
# schedules that pass through the same ratio give $x_t$ the same distribution there.

# %% tags=["nbval-check-output"]
ratio, unknown = sympy.symbols("SNR alphabar_t", positive=True)
[solved] = sympy.solve(sympy.Eq(ratio, unknown / (1 - unknown)), unknown)
prove("1.8", solved, ratio / (1 + ratio))

# %% [markdown]
# ## Linear against cosine
#
# Could the way be more even? Nichol and Dhariwal (2021, Eq. 17) choose $\bar\alpha_t$ first, a curve that falls gently
# at both ends, and take the betas from it, with $s = 0.008$:
#
# $$f(t) = \cos^2\!\left(\frac{t/T + s}{1 + s}\cdot\frac{\pi}{2}\right), \qquad
# \beta_t = \min\left(1 - \frac{f(t)}{f(t-1)},\ 0.999\right)$$
#
# As long as nothing is capped, $\alpha_t = f(t) / f(t-1)$. In the product each $f$ but the first and the last stands
# once in a numerator and once in a denominator:
#
# $$\bar\alpha_t = \frac{f(1)}{f(0)} \cdot \frac{f(2)}{f(1)} \cdots \frac{f(t)}{f(t-1)} = \frac{f(t)}{f(0)} \tag{1.9}$$
#
# In code [`cosine_schedule`](../ddpm_edu/schedule.py).


# %% tags=["nbval-check-output"]
def f(t, T=1000, s=0.008):
    return math.cos((t / T + s) / (1 + s) * math.pi / 2) ** 2


cosine = schedules["cosine"].to(dtype=torch.float64)
prove("1.9", cosine.alphas_bar[:1000], [f(t) / f(0) for t in range(1000)], within=1e-12)  # rounding of 1000 products
print("capped at t =", (cosine.betas == 0.999).nonzero().flatten().tolist())

# %% [markdown]
# Why the cap, and why $s$? At $t = T$ the cosine is that of $\pi/2$: $f(T) = 0$, and $\beta_T$ would be 1. No trace of
# the image would be left, and the way back divides by $\sqrt{\alpha_T}$, which would be 0. At the other end, without
# $s$ the noise of the first step would be far below one grey level of 256 on [-1, 1]; with it, it comes near one:

# %% tags=["nbval-check-output"]
for s_value in (0, 0.008):
    print(f"s = {s_value}: noise of the first step {cosine_schedule(1000, s=s_value)[1].sqrt():.4f}")
print(f"one grey level: {2 / 255:.4f}")

# %%
figures.panels(
    every_t,
    {
        r"$\bar\alpha_t$": {name: each.alphas_bar[1:] for name, each in schedules.items()},
        "SNR": ratios,
    },
    "t",
    ylog=("SNR",),
    alt=figures.described("1.8"),
)

# %% tags=["nbval-check-output"]
for name, values in ratios.items():
    faint = (values < 0.01).sum()
    print(f"{name}: SNR below 1 from t = {every_t[values < 1][0]}, below 0.01 for the last {faint} steps")

# %%
columns = [100, 200, 300, 400, 500, 600, 700, 800]
eight, t = digits[8:9].expand(8, -1, -1, -1), torch.tensor(columns)
figures.image_rows(
    {name: sample_q(eight, t, each, noise[:1].expand_as(eight)) for name, each in schedules.items()},
    column_titles=[f"t = {time}" for time in columns],
    alt=figures.described("1.9"),
)

# %% [markdown]
# Where SNR is below 0.01, a step does little more than stir noise: 326 of the linear schedule's steps, 64 of the
# cosine's.
#
# Now make your own. The widget draws yours over the paper's; below the curves stand what is left at the end, and where
# SNR is 1.

# %%
widgets.schedule_editor(alt=figures.described("1.10"))

# %% [markdown]
# ## What float32 loses
#
# $\bar\alpha_1 = 0.9999$, and the noise needs $1 - \bar\alpha_1$. A float32 has about seven digits; in 0.9999 the first
# four are spent on nines, and the subtraction leaves what is behind them. The relative errors:

# %% tags=["nbval-check-output"]
single = (1 - betas.float()).cumprod(0)  # a table computed in float32
for t in (1, 10, 100):
    by_subtraction, right = (1 - single[t]).double(), exact.one_minus_alphas_bar[t]
    cast_once = schedule.one_minus_alphas_bar[t].double()  # also float32
    print(
        f"t = {t:>3}: off by {(by_subtraction / right - 1).abs():.1e}; cast once: {(cast_once / right - 1).abs():.0e}"
    )

# %% [markdown]
# [`NoiseSchedule`](../ddpm_edu/schedule.py) computes every table in float64 and casts it once, and keeps
# `one_minus_alphas_bar` as a table of its own.
#
# ## Bug hunt
#
# A widely used course notebook on diffusion models shipped this (with other names). Nothing crashes, and a network
# trains on it. The pictures and the numbers below say that something is wrong. What?


# %%
def sample_q_as_published(x_0, t, schedule, noise):
    alpha_bar = sample_by_t(schedule.alphas_bar, t, x_0.shape)
    return alpha_bar.sqrt() * x_0 + (1 - alpha_bar) * noise


jumps = {"library": sample_q, "published": sample_q_as_published}
t = everywhere(100, digits)
figures.image_rows(
    {name: jump(digits, t, schedule, noise) for name, jump in jumps.items()},
    alt=figures.described("1.11"),
)

# %%
x_0, draw = torch.tensor([-1.0, 1.0]).repeat(50_000), torch.randn(100_000, generator=torch.Generator().manual_seed(0))
for time in (1, 100, 260, 500, 1000):
    t = everywhere(time, x_0)
    for name, jump in jumps.items():
        whole, noise_alone = jump(x_0, t, schedule, draw).var(), jump(0 * x_0, t, schedule, draw).std()
        print(f"t = {time:>4}, {name:>9}: variance {whole:.2f}; with x_0 = 0, standard deviation {noise_alone:.3f}")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# $1-\bar\alpha_t$ is the *variance* of the noise; the noise must be multiplied by its root. The last column gives it
# away: as published, it is the square of the library's. So the variance of $x_t$ is not
# $\bar\alpha_t + (1-\bar\alpha_t) = 1$ but $\bar\alpha_t + (1-\bar\alpha_t)^2 = 1 - \bar\alpha_t\,(1-\bar\alpha_t)$,
# least where $\bar\alpha_t$ is one half, at $t = 260$: 0.75.
#
# It lives on because the two agree at $t = T$, where one looks: noise. In between, the network learns from images with
# less noise than a sampler with the right formulas will show it.
# </details>

# %% [markdown]
# ## Recap
#
# * A step keeps $\sqrt{1-\beta_t}$ of the image and adds noise of variance $\beta_t$, so variance 1 stays 1 (1.1).
# * Variances of independent Gaussians add, so $t$ steps are one jump, with $\bar\alpha_t$, a product (1.5).
# * A schedule is known by its SNR, from nearly clean down to nearly noise; fewer steps need larger betas.
#
# All equations stand together on [the formula sheet](../docs/formulas.md).
#
# **Your turn:** write the schedules, `sample_by_t`, `step_q`, `sample_q` and `snr` yourself in
# [workbook/01_exercises.ipynb](../workbook/01_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/01_forward_process.ipynb](../exercises/01_forward_process.ipynb)). `solution("name")` shows an answer once
# yours has passed, or after three attempts.
#
# **Next:** noise is easy to add. If we see $x_t$ and know $x_0$, where was $x_{t-1}$?
# [Lesson 2](02_posterior.ipynb) answers it.
