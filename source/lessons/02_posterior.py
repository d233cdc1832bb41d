# %% [markdown]
# # 2. The posterior
#
# **Question.** What was one step back, if I knew $x_0$?
#
# *About 55 minutes. The noise steps of lesson 1 are repeated where they are used.*

# %%
import sympy
import torch
from torch.distributions import Normal
from torch.nn import functional as F

from ddpm_edu import (
    NoiseSchedule,
    figures,
    linear_schedule,
    posterior_mean,
    product_of_gaussians,
    sample_q,
    step_q,
    widgets,
)
from ddpm_edu.proofs import prove

# %% [markdown]
# ## From the lesson before
#
# A schedule is a list of small numbers $\beta_1, \dots, \beta_T$. Let $\alpha_t = 1 - \beta_t$ and
# $\bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t$, with $\bar\alpha_0 = 1$. An image $x_0$ is noised in small steps
# ([`step_q`](../ddpm_edu/forward.py), the paper's Eq. 2) or, with the same density, in one jump
# ([`sample_q`](../ddpm_edu/forward.py), the paper's Eq. 4):
#
# $$q(x_t \mid x_{t-1}) = \mathcal N(x_t;\ \sqrt{\alpha_t}\,x_{t-1},\ \beta_t I), \qquad
# q(x_t \mid x_0) = \mathcal N(x_t;\ \sqrt{\bar\alpha_t}\,x_0,\ (1-\bar\alpha_t) I)$$
#
# $q(a \mid b)$ is the density of $a$ when $b$ is known. $\mathcal N(x;\, m, vI)$ is the Gaussian density at $x$ with
# mean $m$, and variance $v$ in every pixel, independently. So one pixel is enough: until the end of this lesson $x_0$
# is one number. To see single steps we take few and large ones, $T = 20$ with $\beta_t$ from 0.02 to 0.3.

# %%
coarse = NoiseSchedule(linear_schedule(20, 0.02, 0.3), dtype=torch.float64)
coarse

# %% [markdown]
# ## The picture first
#
# Two million pixels start at $x_0 = 0.8$ and take five steps of noise. The six values of a pixel are its chain.

# %%
t, x_0, x_t = 5, 0.8, -0.5
count, generator = 2_000_000, torch.Generator().manual_seed(0)
states = [torch.full((count,), x_0, dtype=torch.float64)]
for step_number in range(1, t + 1):
    noise = torch.randn(count, dtype=torch.float64, generator=generator)
    states.append(step_q(states[-1], torch.full((count,), step_number), coarse, noise))
chains = torch.stack(states)  # (6, 2,000,000)
near = (chains[t] - x_t).abs() < 0.02
print(f"{near.sum()} of {count:,} chains end within 0.02 of {x_t}; the mean end is {chains[t].mean():.1f}")

# %%
bundles = {"the first 8 chains": chains[:, :8], "8 that end near -0.5": chains[:, near][:, :8]}
figures.paths(
    torch.arange(t + 1),
    bundles,
    "t",
    "x_t",
    alt=figures.described("2.1"),
)

# %% [markdown]
# On the left only the beginning is held. On the right both ends are, as a bridge is held at both banks. We look at the
# last step of the right picture: **given that $x_0 = 0.8$ and $x_5 = -0.5$, where was $x_4$?**

# %%
figures.histograms(
    {"all chains": chains[t - 1], "those that end near -0.5": chains[t - 1, near]},
    {},
    "x at time 4",
    alt=figures.described("2.2"),
    bins=50,
)

# %% [markdown]
# A bell again, narrower than that of all chains, and centred neither at 0.8 nor at -0.5. This lesson finds its formula.
# Why would one want it? Going back from noise to an image is done one such step at a time (lesson 6), and what a
# network must learn for that is measured against this bell (lesson 3).
#
# > **Predict.** It is rare to end near -0.5; the most common ends are near 0.7. Is $x_4$ among the chains that end at a
# > rare place spread wider than among those that end at a common one?

# %%
width_at_an_end = widgets.Prediction("wider for a rare end", "the same for every end", "narrower for a rare end")

# %% [markdown]
# Five million new chains, enough to compare widths. One jump to $t = 4$ is as good as four steps.

# %%
many = (5_000_000,)
z = torch.randn(2, *many, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
x_4 = sample_q(torch.full(many, x_0, dtype=torch.float64), torch.full(many, 4), coarse, z[0])
x_5 = step_q(x_4, torch.full(many, 5), coarse, z[1])
for place in (-0.5, -0.1, 0.3, 0.7, 1.1, 1.5, 1.9):
    ending = x_4[(x_5 - place).abs() < 0.02]
    error = ending.std() / (2 * len(ending)) ** 0.5  # standard error of a standard deviation
    print(f"end near {place:4}: {len(ending):6} chains, mean {ending.mean():5.2f}, ", end="")
    print(f"standard deviation {ending.std():.4f} ± {error:.4f}")

# %%
width_at_an_end.compare(
    "the same for every end",
    {
        "wider for a rare end": "A rare end needs unusual noise. That moves the bell; it does not widen it.",
        "the same for every end": "The end moves the bell and leaves its width. The variance in the formula will "
        "contain neither of the two ends.",
        "narrower for a rare end": "Few chains reach a rare end. That makes the measured width less certain (see "
        "the ±), not the bell narrower.",
    },
)

# %% [markdown]
# ## Why $x_0$ must be known
#
# Bayes' rule without $x_0$ reads $q(x_{t-1} \mid x_t) \propto q(x_t \mid x_{t-1})\,q(x_{t-1})$, where $\propto$ means
# "up to a factor without $x_{t-1}$". The first term is a step, which we know. The second is the density of all noised
# images, $q(x_{t-1}) = \int q(x_{t-1} \mid x_0)\,q(x_0)\,dx_0$, and $q(x_0)$ is the density of images, which nobody can
# write down. So the answer depends on the data. Three sets of one-pixel images, one and the same $x_5 = -0.5$:

# %%
x_prev = torch.linspace(-2, 1.5, 3501, dtype=torch.float64)  # what x_4 may be
step = Normal(coarse.alphas[t].sqrt() * x_prev, coarse.betas[t].sqrt()).log_prob(torch.tensor(x_t)).exp()
answers = {}
for name, points in {"all images are 0.8": [0.8], "-0.8 or 0.8": [-0.8, 0.8], "0 or 0.8": [0.0, 0.8]}.items():
    points = torch.tensor(points, dtype=torch.float64)
    jumps = Normal(coarse.alphas_bar[t - 1].sqrt() * points, coarse.one_minus_alphas_bar[t - 1].sqrt())
    product = step * jumps.log_prob(x_prev[:, None]).exp().mean(1)  # q(x_4) is the average of the jumps
    answers[name] = product / (product.sum() * 0.001)  # the area becomes 1
figures.curves(
    x_prev,
    answers,
    "x at time 4",
    "density given x_5",
    alt=figures.described("2.3"),
)

# %% [markdown]
# One noisy pixel, three answers. With $x_0$ known it no longer matters which other images there are.
#
# ## Bayes' rule, with $x_0$ known
#
# Given $x_0$, the density of $x_{t-1}$ and $x_t$ together can be split in two ways:
# $q(x_{t-1} \mid x_t, x_0)\,q(x_t \mid x_0) = q(x_t \mid x_{t-1}, x_0)\,q(x_{t-1} \mid x_0)$. Divide:
#
# $$q(x_{t-1} \mid x_t, x_0) = \frac{q(x_t \mid x_{t-1}, x_0)\;q(x_{t-1} \mid x_0)}{q(x_t \mid x_0)}$$
#
# * $q(x_t \mid x_{t-1}, x_0)$ is the **step**. It equals $q(x_t \mid x_{t-1})$: to make $x_t$, a step takes $x_{t-1}$
#   and noise drawn afresh, and looks at nothing before. (This is the Markov property. For the step back $x_0$ lies
#   ahead, and the figure above shows that it matters.)
# * $q(x_{t-1} \mid x_0)$ is the **jump** to $t-1$.
# * $q(x_t \mid x_0)$ is the jump to $t$. It does not contain $x_{t-1}$; it only makes the area 1.
#
# The left side is the **posterior**, what is known about $x_{t-1}$ after $x_t$ was seen. It is proportional to a
# product:
#
# $$q(x_{t-1} \mid x_t, x_0) \propto \mathcal N(x_t;\ \sqrt{\alpha_t}\,x_{t-1},\ \beta_t)\;
# \mathcal N(x_{t-1};\ \sqrt{\bar\alpha_{t-1}}\,x_0,\ 1-\bar\alpha_{t-1})$$
#
# ## The step, read backwards
#
# The jump is a Gaussian in $x_{t-1}$. The step is a Gaussian in $x_t$, but here $x_t$ is the number we hold, and
# $x_{t-1}$ moves. Write $x$ for $x_{t-1}$ and take $\alpha_t$ out of the square in its exponent:
#
# $$-\frac{(x_t - \sqrt{\alpha_t}\,x)^2}{2\beta_t}
# = -\frac{\left(x - x_t/\sqrt{\alpha_t}\right)^2}{2\,\beta_t/\alpha_t} \tag{2.1}$$
#
# As a function of $x$ it is a Gaussian with mean $x_t / \sqrt{\alpha_t}$ and variance $\beta_t / \alpha_t$: undo the
# shrinking of the step, and the noise grows with it.

# %% tags=["nbval-check-output"]
alpha, alpha_bar_prev = sympy.symbols("alpha_t alphabar_{t-1}", positive=True)
alpha_bar, beta = alpha * alpha_bar_prev, 1 - alpha
x, x0, xt = sympy.symbols("x x_0 x_t", real=True)


def exponent(x, mean, variance):
    return -((x - mean) ** 2) / (2 * variance)


prove("2.1", exponent(xt, sympy.sqrt(alpha) * x, beta), exponent(x, xt / sympy.sqrt(alpha), beta / alpha))

# %% [markdown]
# ## Three bells to play with
#
# The jump, the step as read in (2.1), and their product, computed and not yet derived. All are drawn with height 1, so
# that widths can be compared. Run the cell, then move $x_0$, $x_t$ and $t$ (click a slider and use the arrow keys).
# Look for three things: the product lies between the two, nearer to the narrower one; it is narrower than both; $x_0$
# and $x_t$ never change a width.

# %%
widgets.posterior_explorer(coarse, alt=figures.described("2.4"))

# %% [markdown]
# ## The product of two Gaussians
#
# Two Gaussians in $x$, with means $m_a, m_b$ and variances $v_a, v_b$. In a product the exponents add. Which Gaussian
# is that?
#
# <details><summary>The derivation (try it yourself, then click)</summary>
#
# Expand the squares and sort by powers of $x$:
#
# $$-\frac{(x-m_a)^2}{2v_a} - \frac{(x-m_b)^2}{2v_b} = -\frac12 \left(\frac1{v_a} + \frac1{v_b}\right) x^2
# + \left(\frac{m_a}{v_a} + \frac{m_b}{v_b}\right) x + \text{const}$$
#
# A Gaussian with mean $m$ and variance $v$ has the exponent
# $-\frac{(x-m)^2}{2v} = -\frac12 \frac1v\,x^2 + \frac mv\,x + \text{const}$. The two agree, up to a constant, if the
# factors of $x^2$ agree and those of $x$ do:
#
# $$\frac1v = \frac1{v_a} + \frac1{v_b}, \qquad \frac mv = \frac{m_a}{v_a} + \frac{m_b}{v_b} \tag{2.2}$$
#
# This is completing the square. A constant in the exponent is a constant factor of the density, and making the area 1
# takes it away. So a product of Gaussians is a Gaussian, in code [`product_of_gaussians`](../ddpm_edu/posterior.py).
# Call $1/v$ the **precision**. Precisions add, so the product is narrower than both factors; its mean is the mean of
# $m_a$ and $m_b$, each weighted by its share of the precision.
# </details>
#
# The proof: two functions of $x$ differ by a constant if their derivatives are equal.

# %% tags=["nbval-check-output"]
m_a, m_b = sympy.symbols("m_a m_b", real=True)
v_a, v_b = sympy.symbols("v_a v_b", positive=True)
both = exponent(x, m_a, v_a) + exponent(x, m_b, v_b)
v = 1 / (1 / v_a + 1 / v_b)
m = v * (m_a / v_a + m_b / v_b)
prove("2.2", sympy.diff(both, x), sympy.diff(exponent(x, m, v), x))

# %% [markdown]
# Two scales weigh one parcel. The first says 1 with variance 1, the second says 4 with variance 0.5. The second is
# twice as precise, so it counts twice:

# %% tags=["nbval-check-output"]
mean, variance = product_of_gaussians(*torch.tensor([1.0, 1.0, 4.0, 0.5], dtype=torch.float64))
print(f"together: mean {mean:.3f}, variance {variance:.3f}")

# %% [markdown]
# ## The posterior variance
#
# How wide is the posterior? Put the step, as read in (2.1), and the jump into (2.2).
#
# <details><summary>The derivation (try it yourself, then click)</summary>
#
# For the precision:
#
# $$\frac{\alpha_t}{\beta_t} + \frac1{1-\bar\alpha_{t-1}}
# = \frac{\alpha_t (1-\bar\alpha_{t-1}) + \beta_t}{\beta_t\,(1-\bar\alpha_{t-1})}
# = \frac{1-\bar\alpha_t}{\beta_t\,(1-\bar\alpha_{t-1})} \tag{2.3}$$
#
# The numerator is $\alpha_t - \alpha_t\bar\alpha_{t-1} + 1 - \alpha_t$, in which $\alpha_t$ cancels and $\alpha_t
# \bar\alpha_{t-1} = \bar\alpha_t$. The variance is one over the precision. The paper calls it $\tilde\beta_t$:
#
# $$\tilde\beta_t = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\,\beta_t \tag{2.4}$$
#
# the second half of the paper's Eq. 7, in code [`posterior_variance`](../ddpm_edu/posterior.py).
# </details>
#
# It contains neither $x_0$ nor $x_t$: that is what the experiment with rare and common ends found.
#
# ## The posterior mean
#
# And where is it centred? The mean is $\tilde\beta_t$ times the second half of (2.2).
#
# <details><summary>The derivation (try it yourself, then click)</summary>
#
# $$\tilde\mu_t = \tilde\beta_t \left(\frac{\sqrt{\bar\alpha_{t-1}}\;x_0}{1-\bar\alpha_{t-1}}
# + \frac{x_t}{\sqrt{\alpha_t}} \cdot \frac{\alpha_t}{\beta_t}\right)$$
#
# In the factor of $x_0$ the $1-\bar\alpha_{t-1}$ of $\tilde\beta_t$ cancels, in that of $x_t$ its $\beta_t$ does, and
# $\alpha_t / \sqrt{\alpha_t} = \sqrt{\alpha_t}$:
#
# $$\tilde\mu_t(x_t, x_0) = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,x_0
# + \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t \tag{2.5}$$
#
# the first half of the paper's Eq. 7, in code [`posterior_mean`](../ddpm_edu/posterior.py).
# </details>
#
# For images nothing changes: all noise is independent from pixel to pixel, so each pixel has a posterior of its own,
# with the same $\tilde\beta_t$. Mean and variance together are the paper's Eq. 6,
# $q(x_{t-1} \mid x_t, x_0) = \mathcal N(x_{t-1};\ \tilde\mu_t(x_t, x_0),\ \tilde\beta_t I)$. Multiplied by
# $q(x_t \mid x_0)$ it is Bayes' rule with known densities only:
#
# $$q(x_t \mid x_{t-1})\;q(x_{t-1} \mid x_0)
# = \mathcal N(x_{t-1};\ \tilde\mu_t(x_t, x_0),\ \tilde\beta_t I)\;q(x_t \mid x_0) \tag{2.6}$$
#
# Mean and variance also stand in [the formula sheet](../docs/formulas.md).
#
# ## The proof, by algebra
#
# Add the exponents of step and jump, without (2.1) and (2.2). The derivative must be $-(x - \tilde\mu_t) /
# \tilde\beta_t$: it is 0 at $\tilde\mu_t$ and has the slope $-1/\tilde\beta_t$. For (2.6) two things must agree: the
# sum of the exponents, and the product of the variances, since the factor in front of a Gaussian is $1/\sqrt{2\pi v}$.

# %% tags=["nbval-check-output"]
step_and_jump = exponent(xt, sympy.sqrt(alpha) * x, beta)
step_and_jump += exponent(x, sympy.sqrt(alpha_bar_prev) * x0, 1 - alpha_bar_prev)
from_x0 = sympy.sqrt(alpha_bar_prev) * beta / (1 - alpha_bar)
from_xt = sympy.sqrt(alpha) * (1 - alpha_bar_prev) / (1 - alpha_bar)
mu, beta_tilde = from_x0 * x0 + from_xt * xt, (1 - alpha_bar_prev) / (1 - alpha_bar) * beta
slope = sympy.diff(step_and_jump, x)  # -(x - mean) / variance

prove("2.3", alpha / beta + 1 / (1 - alpha_bar_prev), (1 - alpha_bar) / (beta * (1 - alpha_bar_prev)))
prove("2.4", -1 / sympy.diff(slope, x), beta_tilde, paper="Eq. 7")
prove("2.5", slope.subs(x, mu), 0, paper="Eq. 7")

# %% tags=["nbval-check-output"]
posterior_and_jump = exponent(x, mu, beta_tilde) + exponent(xt, sympy.sqrt(alpha_bar) * x0, 1 - alpha_bar)
left = step_and_jump, beta * (1 - alpha_bar_prev)
prove("2.6", left, (posterior_and_jump, beta_tilde * (1 - alpha_bar)), paper="Eq. 6")

# %% [markdown]
# ## First check: Bayes on a grid
#
# Now without algebra, and on the paper's schedule of 1000 steps. Multiply the two densities at many values of
# $x_{t-1}$, divide by the sum, and measure mean and variance of what comes out. The grid reaches ten standard
# deviations to either side of the jump's mean.

# %%
schedule = NoiseSchedule(linear_schedule(1000), dtype=torch.float64)


def bayes_on_a_grid(x_0, x_t, t):
    middle, width = schedule.alphas_bar[t - 1].sqrt() * x_0, schedule.one_minus_alphas_bar[t - 1].sqrt()
    grid = middle + width * torch.linspace(-10, 10, 100_001, dtype=torch.float64)
    jump = -((grid - middle) ** 2) / (2 * width**2)
    step = -((x_t - schedule.alphas[t].sqrt() * grid) ** 2) / (2 * schedule.betas[t])
    weights = (step + jump).softmax(0)  # exp, then divided by the sum
    mean = (weights * grid).sum()
    return torch.stack([mean, (weights * (grid - mean) ** 2).sum()])


# %% tags=["nbval-check-output"]
times = torch.tensor([2, 10, 100, 500, 1000])
starts = torch.tensor([0.8, -0.3, 1.0, 0.5, -0.9], dtype=torch.float64)
ends = torch.tensor([0.79, -0.2, 0.4, 1.3, -1.1], dtype=torch.float64)
mean, variance = torch.stack([bayes_on_a_grid(*row) for row in zip(starts, ends, times, strict=True)], 1)
prove("2.4", variance / schedule.posterior_variance[times], torch.ones(5), within=1e-9)  # a grid is not exact
prove("2.5", mean, posterior_mean(starts, ends, times, schedule), within=1e-9)  # nor is this

# %% [markdown]
# ## Second check: chains
#
# Back to chains that start at 0.8 and end near -0.5. "Near" is now within 0.01, which moves the bell by much less than
# the standard errors below, and there are forty million chains, in twenty batches; of them only $x_4$ and $x_5$. Beside
# them the formula:

# %%
start, end, five = torch.tensor([x_0]).double(), torch.tensor([x_t]).double(), torch.tensor([t])
generator, ending_near = torch.Generator().manual_seed(2), []
for _ in range(20):
    draws = torch.randn(2, count, dtype=torch.float64, generator=generator)
    before = sample_q(start.expand(count), five.expand(count) - 1, coarse, draws[0])
    after = step_q(before, five.expand(count), coarse, draws[1])
    ending_near.append(before[(after - end).abs() < 0.01])
kept = torch.cat(ending_near)

# %%
mean, std = posterior_mean(start, end, five, coarse).item(), coarse.posterior_variance[t].sqrt().item()
print(f"formula: mean {mean:.4f}, standard deviation {std:.4f}")
errors = std / len(kept) ** 0.5, std / (2 * len(kept)) ** 0.5  # standard errors of a mean and of a standard deviation
print(f" chains: mean {kept.mean():.4f} ± {errors[0]:.4f}, standard deviation {kept.std():.4f} ± {errors[1]:.4f}")
axis = torch.linspace(-1.1, 0.9, 200)
figures.histograms(
    {"chains that end near -0.5": kept},
    {"the posterior": (axis, Normal(mean, std).log_prob(axis).exp())},
    "x at time 4",
    alt=figures.described("2.5"),
    bins=40,
)

# %% [markdown]
# "Near" throws most chains away. The next check uses all of the two million from the beginning of the lesson.
#
# Let $r = x_{t-1} - \tilde\mu_t(x_t, x_0)$ be the error of the formula's mean, and $\mathrm E$ the mean over all
# chains. With $x_0$ fixed, $x_{t-1}$ and $x_t$ are sums of Gaussian noise with fixed factors, and so is $r$: all are
# jointly Gaussian. Then (2.4) and (2.5) hold if
#
# $$\mathrm E[r] = 0, \qquad \mathrm E[r^2] = \tilde\beta_t, \qquad \mathrm E[r\,x_t] = 0 \tag{2.7}$$
#
# since jointly Gaussian numbers that are uncorrelated are independent: whatever $x_t$ was, $r$ is Gaussian with mean 0
# and variance $\tilde\beta_t$, and $x_{t-1} = \tilde\mu_t + r$. Checked where the chains are, at $t = 5$:

# %% tags=["nbval-check-output"]
r = chains[t - 1] - posterior_mean(chains[0], chains[t], torch.full((count,), t), coarse)
misses = torch.stack([r, r**2, r * chains[t]], 1)  # (2,000,000, 3)
prove("2.7", misses, torch.tensor([0, coarse.posterior_variance[t], 0]), false_alarm=1e-6)

# %% [markdown]
# ## From one end to the other
#
# Back to the 1000 steps of the paper. At $t = 1$ the table has $\bar\alpha_0 = 1$, the clean image, so
# $\bar\alpha_1 = \alpha_1$ and $1 - \bar\alpha_1 = \beta_1$. The derivation stops there, since (2.3) divides by
# $1 - \bar\alpha_0 = 0$. The results do not: (2.5) and (2.4) become
#
# $$\tilde\mu_1 = x_0, \qquad \tilde\beta_1 = 0 \tag{2.8}$$
#
# and that is right: whoever knows $x_0$ knows the state one step before $x_1$. No special case is needed.

# %% tags=["nbval-check-output"]
prove("2.8", (mu.subs(alpha_bar_prev, 1), beta_tilde.subs(alpha_bar_prev, 1)), (x0, 0))

# %%
every_t = torch.arange(1, 1001)
one, zero = torch.ones(1000, dtype=torch.float64), torch.zeros(1000, dtype=torch.float64)
weight_x_0, weight_x_t = posterior_mean(one, zero, every_t, schedule), posterior_mean(zero, one, every_t, schedule)
figures.curves(
    every_t,
    {"factor of x_0": weight_x_0, "factor of x_t": weight_x_t},
    "t",
    "factor in the mean",
    xlog=True,
    alt=figures.described("2.6"),
)

# %% [markdown]
# At $t = 1$ the mean is $x_0$, at $t = 2$ about half of each. From about $t = 100$ on it is nearly $x_t$: there a step
# back is a small move, and many of them are needed.
#
# The two curves look like mirror images, as if (2.5) were a weighted average. Suppose $x_0 = 1$ and $x_t = 1$.
#
# > **Predict.** Is the mean of $x_{t-1}$ then 1? The jump is centred at $\sqrt{\bar\alpha_{t-1}}$, below 1; the step is
# > centred at $1/\sqrt{\alpha_t}$, above 1.

# %%
mean_between_ones = widgets.Prediction("exactly 1, for every t", "below 1, from t = 2 on", "above 1, from t = 2 on")

# %% tags=["nbval-check-output"]
print("   t  factor of x_0  factor of x_t           sum")
for some_t in (1, 2, 10, 100, 500, 1000):
    from_0, from_t = weight_x_0[some_t - 1], weight_x_t[some_t - 1]
    print(f"{some_t:4}  {from_0:13.6f}  {from_t:13.6f}  {from_0 + from_t:12.10f}")

# %%
mean_between_ones.compare(
    "below 1, from t = 2 on",
    {
        "exactly 1, for every t": "Only at $t = 1$. Every step shrinks towards 0, so a bridge from 1 to 1 sags between "
        "its two ends.",
        "below 1, from t = 2 on": "Every step shrinks towards 0, so a bridge from 1 to 1 sags between its two ends. "
        "At small $t$ it sags very little.",
        "above 1, from t = 2 on": "The step alone says so. But the jump pulls down, and always harder than the "
        "step pulls up: (2.9), below.",
    },
)

# %% [markdown]
# The numbers are one case of a short formula. Let $a = \sqrt{\alpha_t}$ and $b = \sqrt{\bar\alpha_{t-1}}$, so that
# $\beta_t = 1 - a^2$ and $\bar\alpha_t = a^2 b^2$. The two factors of (2.5) add up to
#
# $$\frac{b\,(1-a^2) + a\,(1-b^2)}{1-a^2b^2} = \frac{(a+b) - ab\,(a+b)}{(1-ab)(1+ab)} = \frac{a+b}{1+ab}
# = 1 - \frac{(1-a)(1-b)}{1+ab} \tag{2.9}$$
#
# below 1 unless $b = 1$, which is $t = 1$.

# %% tags=["nbval-check-output"]
a, b = sympy.sqrt(alpha), sympy.sqrt(alpha_bar_prev)
prove("2.9", (from_x0 + from_xt, from_x0 + from_xt), ((a + b) / (1 + a * b), 1 - (1 - a) * (1 - b) / (1 + a * b)))

# %% [markdown]
# ## Knowing $x_0$ helps
#
# By how much? Suppose the data are $\mathcal N(0, 1)$ and $x_0$ is not known. Then $x_{t-1}$ is $\mathcal N(0, 1)$ too,
# since its variance is $\bar\alpha_{t-1} + (1 - \bar\alpha_{t-1})$. So the step of (2.1) is multiplied not by the jump
# but by $\mathcal N(0, 1)$, and the precision is
#
# $$\frac{\alpha_t}{\beta_t} + 1 = \frac{1}{\beta_t} \tag{2.10}$$
#
# Without $x_0$ the step back then has the variance $\beta_t$, that of the step forward. With $x_0$ it has
# $\tilde\beta_t$. Since $\bar\alpha_{t-1} - \bar\alpha_t = \bar\alpha_{t-1}(1-\alpha_t) = \bar\alpha_{t-1}\beta_t$,
#
# $$\beta_t - \tilde\beta_t = \beta_t\,\frac{(1-\bar\alpha_t) - (1-\bar\alpha_{t-1})}{1-\bar\alpha_t}
# = \frac{\bar\alpha_{t-1}\,\beta_t^2}{1-\bar\alpha_t} > 0 \tag{2.11}$$
#
# Every factor is positive, so $\tilde\beta_t < \beta_t$ at every $t$.

# %% tags=["nbval-check-output"]
prove("2.10", alpha / beta + 1, 1 / beta)
prove("2.11", beta - beta_tilde, alpha_bar_prev * beta**2 / (1 - alpha_bar))
ratio = schedule.posterior_variance[every_t] / schedule.betas[every_t]
print("posterior variance / beta:", "  ".join(f"t = {time}: {ratio[time - 1]:.3f}" for time in (1, 2, 10, 100, 1000)))

# %%
figures.curves(
    every_t,
    {"beta": schedule.betas[every_t], "posterior variance": (every_t[1:], schedule.posterior_variance[2:])},
    "t",
    "variance",
    xlog=True,
    ylog=True,
    alt=figures.described("2.7"),
)

# %% [markdown]
# At $t = 1$ the posterior variance is 0, which a logarithmic axis cannot show. The two differ where the image is
# nearly clean and hardly anywhere else, so a test that must tell them apart has to look at small $t$. Which of
# the two a sampler should use is a question of lesson 6.

# %% [markdown]
# ## Bug hunt
#
# In April 2022 a widely used PyTorch implementation computed its tables as below. They have $T$ entries, from $t = 1$
# to $t = T$; `alphas_bar_prev` is to hold $\bar\alpha_{t-1}$. No error, no warning, all shapes fit.

# %%
betas = coarse.betas[1:]
alphas = 1 - betas
alphas_bar = alphas.cumprod(0)
alphas_bar_prev = F.pad(alphas_bar[:-1], (0, 1), value=1.0)

# %% [markdown]
# Test it on something whose answer is known. Start from noise, know $x_0 = 0.8$ all the way, and draw every step back
# from the posterior. By (2.8) the chain must come out at 0.8. Eight chains with the published table, eight with ours:


# %%
def walk_back(alphas_bar_prev):
    """Draw 8 chains back from noise, each step from the posterior with x_0 = 0.8."""
    generator = torch.Generator().manual_seed(0)
    states = [torch.randn(8, dtype=torch.float64, generator=generator)]
    for i in range(19, -1, -1):  # entry i belongs to t = i + 1
        variance = (1 - alphas_bar_prev[i]) / (1 - alphas_bar[i]) * betas[i]
        towards_x_0 = alphas_bar_prev[i].sqrt() * betas[i] / (1 - alphas_bar[i])
        towards_x_t = alphas[i].sqrt() * (1 - alphas_bar_prev[i]) / (1 - alphas_bar[i])
        z = torch.randn(8, dtype=torch.float64, generator=generator)
        states.append(towards_x_0 * 0.8 + towards_x_t * states[-1] + variance.sqrt() * z)
    return torch.stack(states)  # (21, 8), t = 20..0


published, ours = walk_back(alphas_bar_prev), walk_back(coarse.alphas_bar[:-1])
for name, chains_back in {"published": published, "ours": ours}.items():
    x_out = chains_back[-1]
    print(f"{name:>9}: x_0 comes out with mean {x_out.mean():.2f}, standard deviation {x_out.std():.2f}")

# %%
figures.paths(
    torch.arange(20, -1, -1),
    {"published": published, "ours": ours},
    "t",
    "x_t",
    alt=figures.described("2.8"),
    backwards=True,
)

# %% [markdown]
# The left picture has two symptoms: at its beginning all chains meet in one point, and at its end they miss 0.8. The
# first and the last entries of the tables:

# %% tags=["nbval-check-output"]
print("        t      alpha_bar_t  published prev")
for i in (0, 1, 2, 18, 19):
    print(f"{i + 1:9} {alphas_bar[i]:16.4f} {alphas_bar_prev[i]:15.4f}")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# `F.pad(..., (0, 1))` puts the 1 on the right. It belongs on the left, `(1, 0)`: $\bar\alpha_0 = 1$ is the *first*
# value of $\bar\alpha_{t-1}$. As it is, the table holds $\bar\alpha_t$ itself, and 1 at $t = T$.
#
# * At $t = T$ the code believes that the clean image is one step away: the variance is 0 and the factor of $x_T$ is 0.
# * At all other $t$ the variance is $\beta_t$ and not $\tilde\beta_t$, and the factor of $x_t$ is $\sqrt{\alpha_t}$,
#   too large. At $t = 1$ both factors are nearly 1: the mean is nearly $x_0 + x_1$, and noise is added to it.
#
# A reader noticed it by comparing with the line it had replaced. One test would have seen it too: at $t = 1$ the
# posterior mean is $x_0$ and the variance 0. In this course entry 0 of every table is the clean image,
# $\bar\alpha_{t-1}$ is `alphas_bar[t - 1]`, and there is nothing to pad.
# </details>

# %% [markdown]
# ## Recap
#
# * Given $x_0$, the step back is Gaussian (2.6): the step, read backwards, times the jump to $t-1$, by Bayes' rule.
# * Precisions add, and means are weighted by them. That gives (2.4) and (2.5), proven by algebra, checked on a grid and
#   with forty million chains.
# * $\tilde\beta_t$ depends on no pixel, is below $\beta_t$, and is 0 at $t = 1$, where $\tilde\mu_1 = x_0$.
#
# **Your turn:** write `product_of_gaussians`, `posterior_variance` and `posterior_mean` yourself in
# [workbook/02_exercises.ipynb](../workbook/02_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/02_posterior.ipynb](../exercises/02_posterior.ipynb)). `solution("name")` shows an answer once yours
# has passed, or after three attempts.
#
# **Next:** nobody knows $x_0$ on the way back. Why is it enough to predict the noise? [Lesson 3](03_objective.ipynb)
# derives it.
