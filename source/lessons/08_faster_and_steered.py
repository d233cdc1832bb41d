# %% [markdown]
# # 8. Faster and steered
#
# **Question.** Must it take 1000 steps? And who told the network which digit to draw?
#
# *About 70 minutes. What it needs of the lessons before is said where it is used.*

# %%
import copy
from functools import partial

import sympy
import torch
from torch import nn
from torch.nn import functional as F
from tqdm.auto import tqdm

import ddpm_edu
from ddpm_edu import ddim_step, ddim_timesteps, feature_moments, figures, frechet_distance, guided_noise, load_images
from ddpm_edu import load_pretrained, precision_recall, sample_q, velocity, widgets
from ddpm_edu.proofs import prove
from ddpm_edu.training import drop_labels, learning_rate, power_decay

model = load_pretrained("mnist5k")
schedule = model.schedule
exact = schedule.to(dtype=torch.float64)  # the same schedule in 64 bits
schedule

# %% [markdown]
# ## The picture first
#
# Lesson 6 made ten digits in a thousand steps. Here is another sampler, with the same network and the same weights. It
# begins each row of the picture at the same noise and takes few, long steps. `ddim_timesteps` and `ddim_step` do the
# work; this lesson derives both.


# %%
@torch.no_grad()
def run(model, x, num_steps, schedule=schedule):
    """Go from noise x to images in few steps."""
    times = ddim_timesteps(schedule.num_timesteps, num_steps)[:, None].expand(-1, len(x))
    for t, t_prev in zip(times[:-1], times[1:]):
        x = ddim_step(x, t, t_prev, model(x, t), schedule)
    return x


# %%
ten_digits = partial(model, labels=torch.arange(10))
ten_noises = torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(6))
figures.image_rows(
    {f"{n} step{'s' * (n > 1)}": run(ten_digits, ten_noises, n) for n in (1, 5, 10, 25, 100)},
    alt=figures.described("8.1"),
)

# %% [markdown]
# One step is not enough. Five make digits. From 25 to 100 hardly a stroke changes: the same noise leads to the same
# digit. Three things need an explanation: why the network, trained for 1000 small steps, allows long ones; why the rows
# agree; and what is lost.

# %% [markdown]
# ## From the lessons before
#
# A schedule gives $\beta_1, \dots, \beta_T$, here with $T = 1000$; $\alpha_t = 1 - \beta_t$,
# $\bar\alpha_t = \alpha_1 \cdots \alpha_t$ and $\bar\alpha_0 = 1$. One step of noise and the jump over many are
#
# $$x_t = \sqrt{\alpha_t}\,x_{t-1} + \sqrt{\beta_t}\,z, \qquad
# x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$$
#
# with Gaussian noise $z$, $\epsilon$ of variance 1 (the paper's Eq. 2 and 4); $q$ is the distribution of all these. The
# network $\epsilon_\theta(x_t, t)$ guesses $\epsilon$. The guess gives an estimate of the image, $\hat x_0 = (x_t -
# \sqrt{1-\bar\alpha_t}\,\epsilon_\theta) / \sqrt{\bar\alpha_t}$ (Eq. 15), and a step of Algorithm 2 draws $x_{t-1}$
# with the mean $\tilde\mu_t$ and the variance $\tilde\beta_t$ of the posterior (Eq. 7), with $\hat x_0$ in the place
# of $x_0$.

# %% [markdown]
# ## Skip steps, and what breaks
#
# A sampler of $S$ steps visits $S + 1$ times. Both ends are needed: $T$, where the noise is, and 0, the image. Between
# them the times are spread evenly and rounded ([`ddim_timesteps`](../ddpm_edu/ddim.py)):
#
# $$\tau_i = \mathrm{round}\left(T - \frac{i\,T}{S}\right), \qquad i = 0, \dots, S$$

# %% tags=["nbval-check-output"]
for num_steps in (3, 10):
    print(ddim_timesteps(1000, num_steps).tolist())

# %% [markdown]
# The obvious attempt: Algorithm 2 as it is, but only at these times. It fails. With ten steps, that at $t = 1000$ takes
# away the noise of *one* step, $\beta_{1000}$, and then the network is told that it looks at $x_{900}$. The noise of 99
# steps is still in there.
#
# What is the noise between $t'$ and $t$, for any $t' < t$? Suppose the first steps after $t'$ act as one step whose
# $\alpha$ is some $A$. With the next they make
# $\sqrt{\alpha}\,(\sqrt A\,x_{t'} + \sqrt{1-A}\,z_1) + \sqrt{1-\alpha}\,z_2$. Here $x_{t'}$ has the factor
# $\sqrt{\alpha A}$, and the noise the variance $\alpha(1-A) + 1 - \alpha = 1 - \alpha A$: again one step, of
# $\alpha A$. So a stretch acts as one step whose $\alpha$ is the product of all its $\alpha$, which is
# $\bar\alpha_t / \bar\alpha_{t'}$:
#
# $$q(x_t \mid x_{t'}) = \mathcal N\left(\sqrt{\tfrac{\bar\alpha_t}{\bar\alpha_{t'}}}\;x_{t'},\ \beta' I\right), \qquad
# \beta' = 1 - \frac{\bar\alpha_t}{\bar\alpha_{t'}} \tag{8.1}$$
#
# The proof: the next step, with symbols. Then in numbers, a hundred steps, one after the other.

# %% tags=["nbval-check-output"]
alpha, so_far = sympy.symbols("alpha A", positive=True)
next_step = sympy.sqrt(alpha) * sympy.sqrt(so_far), alpha * (1 - so_far) + 1 - alpha
prove("8.1", next_step, (sympy.sqrt(alpha * so_far), 1 - alpha * so_far))

factor, variance = torch.tensor(1.0).double(), torch.tensor(0.0).double()
for t in range(901, 1001):
    factor, variance = exact.alphas[t].sqrt() * factor, exact.alphas[t] * variance + exact.betas[t]
ratio = exact.alphas_bar[1000] / exact.alphas_bar[900]
prove("8.1", torch.stack([factor, variance]), torch.stack([ratio.sqrt(), 1 - ratio]), within=1e-12)  # rounding
print(f"one step: beta = {exact.betas[1000]:.2f}; a hundred: beta' = {1 - ratio:.3f}")

# %% [markdown]
# With $\beta'$ in the place of $\beta_t$, $S$ steps are a schedule of their own, and Algorithm 2 can be run on it as
# it stands. Its $\bar\alpha$ are the old ones at the times visited, so the network sees what it was trained on; it
# must only be told the old time. Compare both attempts:


# %%
def skip_only(num_steps, x):
    torch.manual_seed(0)
    for t in ddim_timesteps(1000, num_steps)[:-1]:
        x = ddpm_edu.sample_p_unclipped(ten_digits, x, t.expand(10), schedule)
    return x


def new_betas(num_steps):
    old_time = ddim_timesteps(1000, num_steps).flip(0)  # entry i is the time of the i-th step
    alphas_bar = exact.alphas_bar[old_time]
    betas = torch.cat([torch.zeros(1), 1 - alphas_bar[1:] / alphas_bar[:-1]])
    short = ddpm_edu.NoiseSchedule(betas, dtype=torch.float32)
    generator = torch.Generator().manual_seed(0)
    states = ddpm_edu.reverse_process(
        lambda x, i: ten_digits(x, old_time[i]), ten_noises.shape, short, clipping=False, generator=generator
    )
    return list(states)[-1]


# %%
attempts = {"50 steps, old beta": skip_only(50, ten_noises)}
attempts |= {f"{n} steps, new beta": new_betas(n) for n in (50, 10)}
figures.image_rows(
    attempts,
    alt=figures.described("8.2"),
)

# %% [markdown]
# So Algorithm 2 itself can be run in few steps. It is one of a family, and the family has better members.

# %% [markdown]
# ## Many ways back from one training
#
# What did the training see? Only pairs of an image and its noised version by the jump, at one time $t$ each. It
# never saw $x_{t-1}$ beside $x_t$. So the network does not know how neighbouring states belong together. That we are
# free to choose, as long as at every time $x_t$ has the distribution of the jump. That is the observation of
# [Song, Meng and Ermon 2021](https://arxiv.org/abs/2010.02502), "DDIM" (their $\alpha$ is our $\bar\alpha$).
#
# Suppose $x_0$ and $\epsilon$ of $x_t$ were known. Build an earlier $x_{t'}$ from the same two, but let fresh
# noise $z$ with a standard deviation $\sigma$ take over a part of the old noise:
#
# $$x_{t'} = \sqrt{\bar\alpha_{t'}}\;x_0 + \sqrt{1-\bar\alpha_{t'}-\sigma^2}\;\epsilon + \sigma z$$
#
# $\epsilon$ and $z$ are independent, so their variances add: $1 - \bar\alpha_{t'} - \sigma^2 + \sigma^2$. For *every*
# $\sigma$ with $0 \le \sigma^2 \le 1-\bar\alpha_{t'}$ therefore
#
# $$q_\sigma(x_{t'} \mid x_0) = \mathcal N(\sqrt{\bar\alpha_{t'}}\;x_0,\ (1-\bar\alpha_{t'}) I) \tag{8.2}$$
#
# (DDIM's Eq. 7 and Lemma 1). By algebra, and then by half a million draws with the library's
# [`ddim_step`](../ddpm_edu/ddim.py), which is given the true noise. (Its `eta` sets $\sigma$: next section.)

# %% tags=["nbval-check-output"]
ab, ab_prev, sigma, x0, xt, eps, z = sympy.symbols("alphabar_t alphabar_{t'} sigma x_0 x_t epsilon z", positive=True)
x_prev = sympy.sqrt(ab_prev) * x0 + sympy.sqrt(1 - ab_prev - sigma**2) * eps + sigma * z
mean, variance = x_prev.subs({eps: 0, z: 0}), x_prev.coeff(eps) ** 2 + x_prev.coeff(z) ** 2
prove("8.2", (mean, variance), (sympy.sqrt(ab_prev) * x0, 1 - ab_prev))

# %% tags=["nbval-check-output"]
n, x_0 = 500_000, 0.7
t, t_prev = torch.full((n,), 800), torch.full((n,), 300)
true_eps, fresh = torch.randn(2, n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
x_t = ddpm_edu.sample_q(torch.full((n,), x_0).double(), t, exact, true_eps)
draws = ddim_step(x_t, t, t_prev, true_eps, exact, eta=0.5, noise=fresh)
mean, variance = exact.alphas_bar[300].sqrt() * x_0, exact.one_minus_alphas_bar[300]
prove("8.2", torch.stack([draws, (draws - mean) ** 2], 1), torch.stack([mean, variance]), false_alarm=1e-6)

# %% [markdown]
# When we sample, $x_0$ and $\epsilon$ are not known. Put the network's guesses in their place, as before:
#
# $$x_{t'} = \sqrt{\bar\alpha_{t'}}\;\hat x_0 + \sqrt{1-\bar\alpha_{t'}-\sigma^2}\;\epsilon_\theta(x_t, t) + \sigma z$$
#
# This is DDIM's Eq. 12. In words: estimate the clean image, then noise it again, less than before, with what the
# network says was the noise and a share of fresh noise. The last step goes to $t' = 0$, where $\bar\alpha_0 = 1$ leaves
# $\hat x_0$ and nothing else. Nothing in it asks $t'$ to be near $t$.

# %% [markdown]
# ## How much fresh noise
#
# Which $\sigma$ gives Algorithm 2? The posterior of $x_{t'}$ follows from Bayes' rule as in lesson 2, with the $\beta'$
# of (8.1). In the exponent, $-\frac12 x_{t'}^2$ has the factor $\frac{1-\beta'}{\beta'} + \frac{1}{1-\bar\alpha_{t'}}$,
# and $\bar\alpha_{t'}(1-\beta') = \bar\alpha_t$ makes it $\frac{1-\bar\alpha_t}{\beta'\,(1-\bar\alpha_{t'})}$. One over
# it is the variance:
#
# $$\sigma_{\max}^2 = \frac{1-\bar\alpha_{t'}}{1-\bar\alpha_t}\,\beta',
# \qquad \text{and for } t' = t - 1\!: \quad \sigma_{\max}^2 = \tilde\beta_t \tag{8.3}$$
#
# DDIM's Eq. 16 is $\sigma = \eta\,\sigma_{\max}$, with a number $\eta$ (eta) from 0 to 1. Is the mean that of the
# posterior too? With $\epsilon = (x_t - \sqrt{\bar\alpha_t}\,x_0) / \sqrt{1-\bar\alpha_t}$, and since (8.3) gives
#
# $$1 - \bar\alpha_{t'} - \sigma_{\max}^2
# = (1-\bar\alpha_{t'})\,\frac{\bar\alpha_t/\bar\alpha_{t'} - \bar\alpha_t}{1-\bar\alpha_t}
# = \frac{\bar\alpha_t}{\bar\alpha_{t'}}\,\frac{(1-\bar\alpha_{t'})^2}{1-\bar\alpha_t},$$
#
# the root can be taken. Collect the factors of $x_0$ and of $x_t$:
#
# $$\sqrt{\bar\alpha_{t'}}\,x_0 + \sqrt{1-\bar\alpha_{t'}-\sigma_{\max}^2}\;
# \frac{x_t - \sqrt{\bar\alpha_t}\,x_0}{\sqrt{1-\bar\alpha_t}}
# = \frac{\sqrt{\bar\alpha_{t'}}\,\beta'}{1-\bar\alpha_t}\,x_0
# + \sqrt{\frac{\bar\alpha_t}{\bar\alpha_{t'}}}\,\frac{1-\bar\alpha_{t'}}{1-\bar\alpha_t}\,x_t \tag{8.4}$$
#
# For $t' = t - 1$ this is the paper's Eq. 7: DDIM with $\eta = 1$ is Algorithm 2, and over fewer times it is Algorithm
# 2 with new betas.

# %% tags=["nbval-check-output"]
r, d = sympy.symbols("r d", positive=True)  # squared noise to signal is r at t', r + d at t: all roots are real
ab_before, ab_now = 1 / (1 + r), 1 / (1 + r + d)
beta_long = 1 - ab_now / ab_before
bayes = 1 / ((1 - beta_long) / beta_long + 1 / (1 - ab_before))
largest_variance = (1 - ab_before) / (1 - ab_now) * beta_long
prove("8.3", bayes, largest_variance, paper="Eq. 7")

# %% tags=["nbval-check-output"]
now, before = exact.alphas_bar[1:], exact.alphas_bar[:-1]
in_numbers = (1 - before) / (1 - now) * (1 - now / before)
prove("8.3", in_numbers, exact.posterior_variance[1:], within=1e-12)  # rounding

# %% tags=["nbval-check-output"]
guessed_noise = (xt - sympy.sqrt(ab_now) * x0) / sympy.sqrt(1 - ab_now)
kept = sympy.sqrt(sympy.factor(1 - ab_before - largest_variance))
of_x0 = sympy.sqrt(ab_before) * beta_long / (1 - ab_now)
of_xt = sympy.sqrt(ab_now / ab_before) * (1 - ab_before) / (1 - ab_now)
prove("8.4", sympy.sqrt(ab_before) * x0 + kept * guessed_noise, of_x0 * x0 + of_xt * xt, paper="Eq. 7")

# %% [markdown]
# And the code, at all 1000 times: [`ddim_step`](../ddpm_edu/ddim.py) with $\eta = 1$ against
# [`sample_p_unclipped`](../ddpm_edu/sampling.py), with the same guess and the same fresh noise.

# %% tags=["nbval-check-output"]
t = torch.arange(1, 1001)
x_t, guess_eps, fresh = torch.randn(3, 1000, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
by_ddim = ddim_step(x_t, t, t - 1, guess_eps, exact, eta=1.0, noise=fresh)
by_algorithm_2 = ddpm_edu.sample_p_unclipped(lambda x, t: guess_eps, x_t, t, exact, fresh)
prove("8.4", by_ddim, by_algorithm_2, within=1e-12)  # both round in 64 bits

# %% [markdown]
# ## No fresh noise: a map from noise to image
#
# With $\eta = 0$ no noise is drawn on the way. The whole sampler is then a function: $x_T$ goes in, one image comes
# out, and the first picture shows that from ten steps on it hardly depends on their number. So $x_T$ *describes* the
# image, and we can walk between two descriptions. From noise $a$ to noise $b$ there are two roads, with $\lambda$ from
# 0 to 1, or an angle $\varphi$ from 0 to 90 degrees:
#
# $$(1-\lambda)\,a + \lambda\,b \qquad\text{or}\qquad \cos\varphi\;a + \sin\varphi\;b$$
#
# Halfway, the first has the variance $\frac14 + \frac14 = \frac12$, a noise weaker than any the network has met at
# $t = T$; its strokes turn out thin. The second has $\cos^2\varphi + \sin^2\varphi = 1$ everywhere. No label is given.

# %%
a, b = torch.randn(2, 1, 28, 28, generator=torch.Generator().manual_seed(9))
share = torch.linspace(0, 1, 10)[:, None, None, None]
angle = share * torch.pi / 2
figures.image_rows(
    {
        "straight": run(model, (1 - share) * a + share * b, 25),
        "circle": run(model, angle.cos() * a + angle.sin() * b, 25),
    },
    alt=figures.described("8.3"),
)

# %% [markdown]
# ## Steps against quality
#
# What do long steps cost? Measure it where the truth is known: data $x_0 \sim \mathcal N(0.5, 0.3^2)$, for which the
# best network has a formula ([`GaussianOracle`](../ddpm_edu/oracle.py)). Every step is then $x_{t'} = a x_t + b + c z$
# with three numbers, which can be read off at the points 0 and 1. From them mean and variance of the
# result follow exactly, without a single sample.


# %%
oracle = ddpm_edu.GaussianOracle(mean=0.5, std=0.3, schedule=exact)


def affine_steps(num_steps, eta):
    """Return a, b and c of every step x' = a x + b + c z."""
    times = ddim_timesteps(1000, num_steps)
    t, t_prev = times[:-1], times[1:]
    zero, one = torch.zeros(num_steps).double(), torch.ones(num_steps).double()

    def step(x, z):
        return ddim_step(x, t, t_prev, oracle(x, t), exact, eta, z)

    start = step(zero, zero)
    return step(one, zero) - start, start, step(zero, one) - start


def final_moments(num_steps, eta):
    """Return mean and standard deviation of what the sampler makes from x_T ~ N(0, 1)."""
    mean, variance = 0.0, 1.0
    for a, b, c in zip(*affine_steps(num_steps, eta)):
        mean, variance = a * mean + b, a**2 * variance + c**2
    return float(mean), float(variance) ** 0.5


# %% [markdown]
# > **Predict.** Ten steps instead of 1000. The true standard deviation is 0.3. What comes out with no fresh noise,
# > $\eta = 0$, and with as much as Algorithm 2 has, $\eta = 1$?

# %%
ten_steps = widgets.Prediction(
    "both too narrow, eta = 0 is closer",
    "both too narrow, eta = 1 is closer",
    "eta = 0 too narrow, eta = 1 too wide",
)

# %% tags=["nbval-check-output"]
for eta in (0.0, 1.0):
    for num_steps in (1, 10, 1000):
        mean, width = final_moments(num_steps, eta)
        print(f"eta = {eta:g}, {num_steps:4} steps: mean {mean:.3f}, standard deviation {width:.4f}")
    enough = next(n for n in range(1, 1001) if 0.3 - final_moments(n, eta)[1] < 0.02)
    print(f"eta = {eta:g}: an error below 0.02 takes {enough} steps")

# %%
ten_steps.compare(
    "both too narrow, eta = 0 is closer",
    {
        "both too narrow, eta = 0 is closer": "A step puts the mean of x_0 in the place of x_0, and a mean varies "
        "less. The errors of the estimated image and of the estimated noise partly cancel, most with eta = 0 (below).",
        "both too narrow, eta = 1 is closer": "Fresh noise does not fill the gap: it takes the place of predicted "
        "noise of the same variance, and that was making up for a part of the error (below).",
        "eta = 0 too narrow, eta = 1 too wide": "The variance of eta = 1 is that of the posterior for a known x_0, "
        "the smallest that could be right. Long steps make it too small, not too large.",
    },
)

# %%
counts = torch.tensor([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
errors = {f"eta = {eta:g}": torch.tensor([0.3 - final_moments(n, eta)[1] for n in counts.tolist()]) for eta in (0, 1)}
figures.curves(
    counts,
    errors,
    "number of steps",
    "0.3 - standard deviation",
    xlog=True,
    ylog=True,
    alt=figures.described("8.4"),
)

# %% [markdown]
# Why is that so? Let $e = x_0 - \hat x_0$ be the error of the estimate, and $\hat\epsilon$ the noise that goes with
# it. Both pairs add up to the same $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon =
# \sqrt{\bar\alpha_t}\,\hat x_0 + \sqrt{1-\bar\alpha_t}\,\hat\epsilon$, so $\epsilon - \hat\epsilon =
# -\sqrt{\bar\alpha_t / (1-\bar\alpha_t)}\;e$: where the image is estimated too dark, the noise is estimated too
# bright. If $x_t$ has the right distribution, the true pair gives $x_{t'}$ the right distribution too, by (8.2). The
# estimated pair falls short of that by
#
# $$\sqrt{\bar\alpha_{t'}}\,(x_0 - \hat x_0) + \sqrt{1-\bar\alpha_{t'}-\sigma^2}\,(\epsilon - \hat\epsilon),$$
#
# a multiple of $e$. The best estimate $\hat x_0$ is the mean of $x_0$ given $x_t$, so $e$ is uncorrelated with whatever
# is made of $x_t$ and $z$, and the variance that a step loses is
#
# $$\mathrm{Var}_{\text{true}}[x_{t'}] - \mathrm{Var}_{\text{DDIM}}[x_{t'}] =
# \left(\sqrt{\bar\alpha_{t'}} - \sqrt{1-\bar\alpha_{t'}-\sigma^2}\,
# \sqrt{\frac{\bar\alpha_t}{1-\bar\alpha_t}}\right)^{\!2}
# \mathrm{Var}[e] \tag{8.5}$$
#
# The two errors have opposite signs and cancel in part. A larger $\sigma$ leaves less of the second term, so more is
# lost: in each step $\eta = 0$ loses least. For $t' \to t$, $\sigma_{\max}$ and the bracket go to 0.
#
# Proof, for any data of variance $s^2$. Let $V = \mathrm{Var}[e]$ and $\rho = \sqrt{\bar\alpha_t / (1-\bar\alpha_t)}$.
# Then $x_0 = \hat x_0 + e$ and $\epsilon = \hat\epsilon - \rho e$, with $e$ uncorrelated with $\hat x_0$ and
# $\hat\epsilon$. So $\mathrm{Var}[\hat x_0] = s^2 - V$ and $\mathrm{Var}[\hat\epsilon] = 1 - \rho^2 V$. And from
# $0 = \mathrm{Cov}[x_0, \epsilon] = \mathrm{Cov}[\hat x_0, \hat\epsilon] - \rho V$ follows the covariance of the two.

# %% tags=["nbval-check-output"]
ab, ab_prev, s, V = sympy.symbols("alphabar_t alphabar_{t'} s V", positive=True)
kept, rho = sympy.sqrt(1 - ab_prev - sigma**2), sympy.sqrt(ab / (1 - ab))
var_x0_hat, var_eps_hat, covariance = s**2 - V, 1 - rho**2 * V, rho * V
from_estimates = ab_prev * var_x0_hat + kept**2 * var_eps_hat + 2 * sympy.sqrt(ab_prev) * kept * covariance
true_variance, ddim_variance = ab_prev * s**2 + 1 - ab_prev, from_estimates + sigma**2
prove("8.5", true_variance - ddim_variance, (sympy.sqrt(ab_prev) - kept * rho) ** 2 * V)

# %% [markdown]
# That is for the best network. A trained one errs, and then fresh noise has a merit: it replaces a part of what is
# wrong. How much of an error at $t = 500$ reaches the image is the product of the factors $a$ of the steps after it:

# %% tags=["nbval-check-output"]
for eta in (0.0, 1.0):
    print(f"eta = {eta:g}: of an error at t = 500, {affine_steps(1000, eta)[0][500:].prod():.0%} is left at t = 0")

# %% [markdown]
# So few steps speak for $\eta = 0$, many steps with a poor network for $\eta = 1$.

# %% [markdown]
# ## Smooth paths
#
# The two samplers as they run, on data that are -1 or 1, give or take 0.15
# ([`MixtureOracle`](../ddpm_edu/oracle.py) is their best network). Ten paths each, from the same ten beginnings:

# %%
two_peaks = ddpm_edu.MixtureOracle(
    torch.tensor([[-1.0], [1.0]]).double(), 0.15, torch.tensor([0.5, 0.5]).double(), exact
)
noisy = [*ddpm_edu.reverse_process(two_peaks, (10, 1), exact, False, torch.Generator().manual_seed(0))]
smooth = noisy[:1]
for t in torch.arange(1000, 0, -1)[:, None].expand(-1, 10):
    smooth.append(ddim_step(smooth[-1], t, t - 1, two_peaks(smooth[-1], t), exact))
figures.paths(
    torch.arange(1000, -1, -10),
    {"eta = 1, Algorithm 2": torch.cat(noisy, 1).T[::10], "eta = 0": torch.cat(smooth, 1).T[::10]},
    "t",
    "x_t",
    backwards=True,
    alt=figures.described("8.5"),
)

# %% tags=["nbval-check-output"]
order = [torch.equal(states[0].argsort(0), states[-1].argsort(0)) for states in (noisy, smooth)]
print(f"the ten end in the order in which they began: eta = 1: {order[0]}, eta = 0: {order[1]}")

# %% [markdown]
# On the right the future depends on where a path is and on nothing else, so two paths that met would stay together.
# They are curves with a direction at every point, and direction changes slowly: this is why long steps work, and why
# the rows of the first picture agree. On the left every step is a new throw of the dice.

# %% [markdown]
# ## The score
#
# Now to steering. It needs one more way to read what the network says. The density of noised data, $q(x_t)$, is the
# average of the jump's Gaussians over all images. The gradient of such a Gaussian with respect to $x_t$ is the Gaussian
# itself times the gradient of its exponent:
#
# $$\nabla q(x_t) = \int q(x_0)\,q(x_t \mid x_0)\,\left(-\frac{x_t - \sqrt{\bar\alpha_t}\,x_0}{1-\bar\alpha_t}\right)
# \mathrm dx_0$$
#
# The bracket is $-\epsilon / \sqrt{1-\bar\alpha_t}$. Divide by $q(x_t)$. On the left stands $\nabla q / q = \nabla
# \log q$. On the right $q(x_0)\,q(x_t \mid x_0) / q(x_t)$ is $q(x_0 \mid x_t)$ by Bayes' rule, so the integral is the
# mean over all images that fit to $x_t$:
#
# $$\mathbb E[\epsilon \mid x_t] = -\sqrt{1-\bar\alpha_t}\;\nabla_{\!x_t} \log q(x_t) \tag{8.6}$$
#
# The best answer to a squared error is the mean, so the left side is what the best network predicts (lesson 3).
# $\nabla \log q$ is called the *score*: it points to where the data become denser. Predicted noise is the score, turned
# round and scaled.
#
# Proof by automatic differentiation, for three classes of points in the plane and for one class alone: the gradient of
# the density, against the oracle's average of the noise.

# %%
corner = torch.tensor([90.0, 210.0, 330.0]).double().deg2rad()
means, std = torch.stack([corner.cos(), corner.sin()], 1), 0.5  # a triangle around 0
any_class = ddpm_edu.MixtureOracle(means, std, torch.full((3,), 1 / 3).double(), exact)
top_class = ddpm_edu.MixtureOracle(means[:1], std, torch.ones(1).double(), exact)


# %%
def log_parts(x, t):
    """Log of each class's density at time t, (B, 3), up to a number that is the same for all x and classes."""
    signal, noise = exact.alphas_bar[t][:, None], exact.one_minus_alphas_bar[t][:, None]
    squares = (x[:, None] - signal.sqrt()[..., None] * means).square().sum(-1)
    return -squares / (2 * (signal * std**2 + noise))


def noise_of(log_density, x, t):
    """Return the right side of (8.6)."""
    x = x.clone().requires_grad_()
    (score,) = torch.autograd.grad(log_density(x, t).sum(), x)
    return -exact.one_minus_alphas_bar[t].sqrt()[:, None] * score


# %% tags=["nbval-check-output"]
every_t = torch.arange(1, 1001)
points_at_t = 2 * torch.randn(1000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
of_any = noise_of(lambda x, t: log_parts(x, t).logsumexp(1), points_at_t, every_t)
prove("8.6", of_any, any_class(points_at_t, every_t), within=1e-10)  # rounding
of_top = noise_of(lambda x, t: log_parts(x, t)[:, 0], points_at_t, every_t)
prove("8.6", of_top, top_class(points_at_t, every_t), within=1e-10)  # rounding

# %% [markdown]
# ## How the label enters
#
# Lessons 5 and 6 promised to say how the network is told which digit to draw. There is a way in already, that of time:
# [lesson 4](04_network.ipynb) makes a vector of $t$, by which every block scales and shifts its channels. The label
# $c$ takes the same way. A table, learned with all other weights, has one row for each digit, and the row of $c$ is
# added to the vector of $t$:
#
# $$\text{embedding}(t, c) = \mathrm{MLP}\big(\text{sines and cosines of } t\big) + \text{table}[c]$$
#
# The table has an eleventh row, for the *null label* 10, which says "any digit". To give no label is to give this one.
# By hand, beside what reaches the first block of the network:

# %%
t, c, reaching = torch.tensor([300]), torch.tensor([3]), []
table = model.label_embedding.weight.detach()
hook = model.down_1.register_forward_pre_hook(lambda block, inputs: reaching.append(inputs[1]))
with torch.no_grad():
    model(ten_noises[:1], t, c)
    model(ten_noises[:1], t)
    of_time = model.time_mlp(ddpm_edu.timestep_embedding(t, model.time_dim))
hook.remove()
for name, row, seen in zip(("label 3", "no label"), (3, 10), reaching):
    print(f"{name}: the two differ by at most {(of_time + table[row] - seen).abs().max():.0e}")
print(f"the table has {table.shape[0]} rows of {table.shape[1]} numbers")

# %% [markdown]
# What is a label worth? The loss on 50 test images at some times, with the right label, with none, and with another
# digit's, always with the same noise. Behind ± is the standard error over the images.

# %%
fifty, right = (part[:50] for part in load_images("mnist5k", "test"))
some_times = torch.tensor([20, 100, 200, 300, 400, 500, 600, 700, 850, 1000])
label_noise = torch.randn(50, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def losses_at(t, labels):
    """Return the squared error of each image, (50,)."""
    t = t.expand(50)
    return (model(sample_q(fifty, t, schedule, label_noise), t, labels) - label_noise).square().mean((1, 2, 3))


kinds = {"no label": None, "another digit's label": (right + 1) % 10}
worth = {name: [] for name in kinds}
for t in some_times:
    with_right = losses_at(t, right)
    for name, labels in kinds.items():
        more = losses_at(t, labels) - with_right
        worth[name].append(more.mean() / with_right.mean())
        error = more.std() / 50**0.5 / with_right.mean()
        print(f"t = {t:>4}, {name}: loss {worth[name][-1]:+.0%} ± {error:.0%}")

# %%
figures.curves(
    some_times,
    {name: torch.stack(values) for name, values in worth.items()},
    "t",
    "how much larger the loss is",
    alt=figures.described("8.11"),
)

# %% [markdown]
# At small $t$ the strokes can be seen, and a label says nothing new. At $t$ near 1000 nearly all of $x_t$ is noise, and
# to name that takes no label. In between the label decides what the rough shapes are to become.
#
# The null label has to be learned too. So training replaces a tenth of the labels by it, drawn anew in every batch
# ([`drop_labels`](../ddpm_edu/training.py)): nine times in ten the network learns $\epsilon(x_t, c)$, once in ten
# $\epsilon(x_t)$, with the same weights. Nothing else in Algorithm 1 changes.

# %% tags=["nbval-check-output"]
asked = torch.arange(10).repeat(10_000)
given = drop_labels(asked, 10, torch.Generator().manual_seed(0))
print("one batch:", drop_labels(asked[:20], 10, torch.Generator().manual_seed(1)).tolist())
print(f"of 100,000 labels {(given == 10).float().mean():.1%} are dropped, the others stay")

# %% [markdown]
# ## Guidance without a classifier
#
# Let $c$ be the label. By Bayes' rule $\log q(c \mid x_t) = \log q(x_t \mid c) + \log q(c) - \log q(x_t)$, and
# $q(c)$ does not depend on $x_t$:
#
# $$\nabla \log q(c \mid x_t) = \nabla \log q(x_t \mid c) - \nabla \log q(x_t)$$
#
# The left side would push $x_t$ to where a classifier is surer of $c$. The right side needs no classifier, only two
# scores, one with the label and one without. Our network gives both: `model(x, t, labels)` is
# $\epsilon_\theta(x_t, c)$, and `model(x, t)` is $\epsilon_\theta(x_t)$; we leave out the $t$. With labels lesson 6 got
# the digits it asked for.
#
# [Ho and Salimans 2022](https://arxiv.org/abs/2207.12598) go further: sample not from $q(x_t \mid c)$ but from
# something sharper, $q(x_t \mid c)\,q(c \mid x_t)^w$. Its score is
# $(1+w)\,\nabla\log q(x_t \mid c) - w\,\nabla\log q(x_t)$; times $-\sqrt{1-\bar\alpha_t}$, by (8.6), this is a noise:
#
# $$-\sqrt{1-\bar\alpha_t}\;\nabla \log\left[q(x_t \mid c)\,q(c \mid x_t)^w\right]
# = (1 + w)\,\epsilon(x_t, c) - w\,\epsilon(x_t) \tag{8.7}$$
#
# Their Eq. 6, in code [`guided_noise`](../ddpm_edu/ddim.py). $w = 0$ is the network with its label, $w = -1$ without.
# Much code writes $\epsilon(x_t) + s\,(\epsilon(x_t, c) - \epsilon(x_t))$ instead: that is $s = 1 + w$, and a guidance
# of 3 there is a guidance of 2 here.


# %% tags=["nbval-check-output"]
def sharpened(x, t, w):
    parts = log_parts(x, t)
    return parts[:, 0] + w * parts.log_softmax(1)[:, 0]  # log q(x_t | c) + w log q(c | x_t)


strengths = (-1.0, 0.5, 2.0, 5.0)
left = [noise_of(partial(sharpened, w=w), points_at_t, every_t) for w in strengths]
right = [guided_noise(top_class(points_at_t, every_t), any_class(points_at_t, every_t), w) for w in strengths]
prove("8.7", torch.stack(left), torch.stack(right), within=1e-10)  # rounding

# %% [markdown]
# Ten digits in 20 steps, always from the same noise. Drag the slider, or click it and use the arrow keys.


# %%
def steered(with_label, without, w):
    return lambda x, t: guided_noise(with_label(x, t), without(x, t), w)


noise = torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(3))
widgets.guidance_slider(
    {w: run(steered(ten_digits, model, w), noise, 20) for w in (0, 0.5, 1, 2, 3, 5)},
    alt=figures.described("8.6"),
)

# %% [markdown]
# Guidance makes unclear digits clear. What does it cost? Look at the triangle of three classes, where both predictions
# are exact, and steer to the class at the top.
#
# > **Predict.** The class at the top is a round cloud around (0, 1). What does guidance with $w = 3$ do to the samples?

# %%
cloud = widgets.Prediction(
    "they gather more closely around (0, 1)",
    "they move up, past (0, 1), and keep their width",
    "they move up, past (0, 1), and gather more closely",
)

# %%
begin = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0)).double()
data = means.repeat(200, 1) + std * torch.randn(600, 2, generator=torch.Generator().manual_seed(1)).double()
clouds = {w: run(steered(top_class, any_class, w), begin, 100, schedule=exact) for w in (0, 1, 3)}
figures.scatter(
    {f"w = {w}": {"all classes": data, "guided": points[:400]} for w, points in clouds.items()},
    limits=(-2.5, 3.0),
    alt=figures.described("8.7"),
)

# %% [markdown]
# Is that what (8.7) promised? At $t = 0$ it promises the distribution $q(x_0 \mid c)\,q(c \mid x_0)^w$, up to a factor.
# Compare mean and standard deviation of the height (below, "height" and "width"). For the distribution, draw from the
# class and give each point the weight $q(c \mid x_0)^w$.

# %% tags=["nbval-check-output"]
points = means[0] + std * torch.randn(200_000, 2, generator=torch.Generator().manual_seed(2)).double()
log_c = log_parts(points, torch.zeros(len(points), dtype=torch.long)).log_softmax(1)[:, 0]
for w, samples in clouds.items():
    weights = (w * log_c).softmax(0)
    mean = weights @ points[:, 1]
    width = (weights @ (points[:, 1] - mean) ** 2).sqrt()
    height, spread = samples[:, 1].mean(), samples[:, 1].std()
    error = spread / len(samples) ** 0.5  # of the mean; that of the width is about 0.7 of it
    print(f"w = {w}: guided samples: height {height:.2f} ± {error:.2f}, width {spread:.2f}; ", end="")
    print(f"sharpened distribution: height {mean:.2f}, width {width:.2f}")

# %%
cloud.compare(
    "they move up, past (0, 1), and gather more closely",
    {
        "they gather more closely around (0, 1)": "More closely, yes. But the middle of the class is not where a "
        "classifier is surest. It is surer away from the other classes, and $q(c \\mid x)^w$ pushes there.",
        "they move up, past (0, 1), and keep their width": "They move, but the push is strong near the other classes "
        "and weak far from them: the lower edge moves more than the upper, and the cloud shrinks.",
        "they move up, past (0, 1), and gather more closely": "Away from the other classes is where a classifier is "
        "surest. The lower edge is pushed more than the upper, so the cloud shrinks: less diversity.",
    },
)

# %% [markdown]
# Twice a surprise: the samples go where there are few data, and they go much further than the sharpened distribution.
# The sampler is not to blame, as $w = 0$ shows. (8.7) is exact at every single $t$, but the sharpened distributions of
# different $t$ are not noised versions of one another: a sampler that leaves one does not arrive at the next. Guidance
# is a useful push, not a distribution to sample from, and a moderate $w$ is wise.

# %% [markdown]
# ## Is it better?
#
# For digits the measures of [lesson 7](07_evaluation.ipynb) answer: the distance $D$ of 300 samples, thirty of each
# digit, to the 4,000 training images, and precision and recall against 300 of those images. Each set of samples begins
# with the same noise and takes 25 steps.
#
# > **Predict.** What does more guidance do to the samples?

# %%
trade = widgets.Prediction(
    "precision and recall rise", "precision rises, recall falls", "precision falls, recall rises"
)

# %% [markdown]
# To draw the samples takes minutes. So their features are kept in a file, which `python -m tools.make_guided` makes
# again. Ten of the samples, drawn here, must have the features that are in the file:

# %%
classifier, features = ddpm_edu.load_classifier("mnist5k"), ddpm_edu.load_guided_features("mnist5k")
all_noises = torch.randn(300, 1, 28, 28, generator=torch.Generator().manual_seed(0))
again = classifier.features(run(steered(ten_digits, model, 1), all_noises[:10], 25).clamp(-1, 1))
print(f"features of size {again.abs().mean():.1f} differ by {(again - features[1][:10]).abs().mean():.3f}, on average")
assert torch.allclose(again, features[1][:10], rtol=0.02, atol=0.1)

# %% [markdown]
# How far can 300 samples be trusted? Leave out one tenth of them after the other and measure the rest. From the ten
# results $r_i$ and their mean $\bar r$ follows a standard error, that of the *jackknife*:
# $\sqrt{\frac{9}{10} \sum_i (r_i - \bar r)^2}$.

# %%
train_images, train_labels = load_images("mnist5k", "train")
of_train = classifier.features(train_images)
reference = feature_moments(of_train)


def thirty_of_each(labels):
    """Return the places of 300 images, 0 to 9 in turn."""
    return torch.stack([(labels == digit).nonzero()[:30, 0] for digit in range(10)], 1).flatten()


some_of_train = of_train[thirty_of_each(train_labels)]


def measure(points):
    """Return distance, precision and recall of a set of features."""
    distance = frechet_distance(*feature_moments(points), *reference)
    return torch.tensor([distance, *precision_recall(some_of_train, points)])


def with_error(points):
    """Return the measures and their standard errors."""
    left = torch.stack([measure(torch.cat([points[:i], points[i + 30 :]])) for i in range(0, 300, 30)])
    return measure(points), (0.9 * (left - left.mean(0)).square().sum(0)).sqrt()


# %%
test_images, test_labels = load_images("mnist5k", "test")
test_features = classifier.features(test_images[thirty_of_each(test_labels)])
measured = {f"w = {w:g}": with_error(points) for w, points in features.items()}
for name, (value, error) in (measured | {"test images": with_error(test_features)}).items():
    cells = [f"{v:.{digits}f} ± {e:.{digits}f}" for v, e, digits in zip(value, error, (1, 2, 2))]
    print("{:>11}: distance {:>11}, precision {}, recall {}".format(name, *cells))
D, precision, recall = torch.stack([value for value, _ in measured.values()]).T
print(f"the least distance is that of {[*measured][int(D.argmin())]}")
assert precision[-1] > precision[0] and recall[-1] < recall[0] and 0 < D.argmin() < 3

# %%
figures.panels(
    torch.tensor([*features]),
    {"distance": {"samples": D}, "share": {"precision": precision, "recall": recall}},
    "w",
    alt=figures.described("8.12"),
)

# %%
trade.compare(
    "precision rises, recall falls",
    {
        "precision and recall rise": "Unclear samples become clear, so precision does rise. But the push is away from "
        "what is common to several digits, always the same way, and unusual images are not drawn any more.",
        "precision rises, recall falls": "The push takes each sample to where a digit is surely that digit: inside of "
        "the real images, and away from their edges. The cloud of points above shrank in the same way.",
        "precision falls, recall rises": "It is the other way round: guidance makes samples clearer, and more alike.",
    },
)

# %% [markdown]
# The distance weighs both, and it is least where samples have become clear and are still varied: at a small $w$, as Ho
# and Salimans found for photographs. A little guidance gives the better set of images; much of it gives the better
# single image, as long as nobody asks for another one.

# %% [markdown]
# ## Predict the velocity
#
# $\hat x_0$ divides by $\sqrt{\bar\alpha_t}$. Near $t = T$ that magnifies every error of the network, which is why a
# single step made noise. [Salimans and Ho 2022](https://arxiv.org/abs/2202.00512) let the network predict something
# else. Choose the angle $\varphi$ with $\cos\varphi = \sqrt{\bar\alpha_t}$ and $\sin\varphi = \sqrt{1-\bar\alpha_t}$.
# Then $x_t = \cos\varphi\;x_0 + \sin\varphi\;\epsilon$: noising turns $x_0$ into $\epsilon$ along a quarter of a
# circle. The new target is the velocity on that circle, which is $x_t$ turned by 90 degrees:
#
# $$v = \frac{\partial x_t}{\partial\varphi} = \sqrt{\bar\alpha_t}\,\epsilon - \sqrt{1-\bar\alpha_t}\,x_0, \qquad
# \begin{aligned} x_0 &= \sqrt{\bar\alpha_t}\,x_t - \sqrt{1-\bar\alpha_t}\,v \\
# \epsilon &= \sqrt{1-\bar\alpha_t}\,x_t + \sqrt{\bar\alpha_t}\,v \end{aligned} \tag{8.8}$$
#
# $(x_t, v)$ is $(x_0, \epsilon)$ turned by $\varphi$; the two formulas on the right turn it back.
# In code [`velocity`](../ddpm_edu/forward.py). The figure below shows all four in the plane of $x_0$ and $\epsilon$.

# %% tags=["nbval-check-output"]
phi = sympy.symbols("varphi", positive=True)
cos, sin = sympy.cos(phi), sympy.sin(phi)
x_phi, v = cos * x0 + sin * eps, cos * eps - sin * x0
prove("8.8", (sympy.diff(x_phi, phi), cos * x_phi - sin * v, sin * x_phi + cos * v), (v, x0, eps))

# %%
x_0, noise = torch.tensor([[1.0, 0.0]]).double(), torch.tensor([[0.0, 1.0]]).double()
along = torch.linspace(0, 1, 60).double()[:, None]  # from the origin to the tip
drawn = {}
for t in (100, 300, 600):
    time = torch.tensor([t])
    x_t, v_t = ddpm_edu.sample_q(x_0, time, exact, noise), ddpm_edu.velocity(x_0, noise, time, exact)
    drawn[f"t = {t}"] = {"x_0": along * x_0, "eps": along * noise, "x_t": along * x_t, "v": along * v_t}
figures.scatter(
    drawn,
    limits=(-1.3, 1.3),
    size=6,
    alt=figures.described("8.8"),
)

# %% [markdown]
# Let a prediction be wrong by $\delta$. From the estimate of the image above and from (8.8), the error of $\hat x_0$ is
#
# $$\hat x_0 - x_0 = -\frac{\sqrt{1-\bar\alpha_t}}{\sqrt{\bar\alpha_t}}\,\delta \ \text{ from } \epsilon + \delta,
# \qquad \hat x_0 - x_0 = -\sqrt{1-\bar\alpha_t}\,\delta \ \text{ from } v + \delta \tag{8.9}$$

# %% tags=["nbval-check-output"]
delta = sympy.symbols("delta")
from_eps = (x_phi - sin * (eps + delta)) / cos - x0
from_v = cos * x_phi - sin * (v + delta) - x0
prove("8.9", (from_eps, from_v), (-sympy.tan(phi) * delta, -sin * delta))

# %% tags=["nbval-check-output"]
for name, betas in {"linear": exact.betas, "cosine": ddpm_edu.cosine_schedule(1000)}.items():
    ab_end = ddpm_edu.NoiseSchedule(betas, dtype=torch.float64).alphas_bar[-1]
    factors = ((1 - ab_end) / ab_end).sqrt(), (1 - ab_end).sqrt()
    print(f"{name}, t = 1000: times {factors[0]:.0f} from eps, times {factors[1]:.2f} from v")

# %%
t = torch.arange(1, 1001)
signal, noise_part = exact.alphas_bar[t].sqrt(), exact.one_minus_alphas_bar[t].sqrt()
figures.curves(
    t,
    {"from the noise": noise_part / signal, "from the velocity": noise_part},
    "t",
    r"error of $\hat x_0$ per $\delta$",
    ylog=True,
    alt=figures.described("8.9"),
)

# %% [markdown]
# Does it matter? The same U-Net, trained for 500 steps on the 28 x 28 digits either way, and 500 samples of 50 steps
# beside as many test images: the Frechet distance of lesson 7 is 5,356 from the noise and 158 from the velocity
# (more such experiments: benchmarks/RESULTS.md). So `ddpm-edu train` asks for it, through
# [`VelocityUNet`](../ddpm_edu/velocity_unet.py), which answers with the noise as any model here.
#
# And if a schedule ends in pure noise, $\bar\alpha_T = 0$? Then $x_T = \epsilon$: the noise is known without a network
# and says nothing of the image, and the estimate of the image is $0/0$. But $v = -x_0$: the network is asked for the
# image, which is what one wants to know there.

# %% [markdown]
# ## Train it yourself
#
# Everything is there to train with labels, and on the velocity. Algorithm 1 stays: draw images, times and noise, answer
# $x_t$, square the error. What changes is the target, and that a tenth of the labels is dropped. Two small networks
# learn the 8x8 digits for 250 steps each, one the noise, one the velocity.

# %%
small_images, small_labels = load_images("digits", "train")
hundred = ddpm_edu.NoiseSchedule(ddpm_edu.linear_schedule(100, beta_start=0.001, beta_end=0.2))
targets = {
    "noise": lambda x_0, noise, t: noise,
    "velocity": lambda x_0, noise, t: velocity(x_0, noise, t, hundred),
}


def fit(target, name, steps=250):
    """Train by Algorithm 1 with labels; return the average of the weights."""
    torch.manual_seed(0)
    network = ddpm_edu.UNet((1, 8, 8), channels=(16, 32), fold=1).to(memory_format=torch.channels_last)
    average, optimizer = copy.deepcopy(network).requires_grad_(False), torch.optim.AdamW(network.parameters())
    for step in tqdm(range(1, steps + 1), desc=name):
        rows = torch.randint(len(small_images), (32,))
        x_0, c = small_images[rows], drop_labels(small_labels[rows], 10, None)
        t, noise = ddpm_edu.stratified_timesteps(32, hundred), torch.randn_like(x_0)
        loss = F.mse_loss(network(sample_q(x_0, t, hundred, noise), t, c), target(x_0, noise, t))
        optimizer.param_groups[0]["lr"] = learning_rate(step / steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ddpm_edu.update_ema(average, network, power_decay(step))
    return average


# %%
trained = {name: fit(target, name) for name, target in targets.items()}

# %% [markdown]
# Every sampler of the course wants the predicted noise. By (8.8) a predicted velocity gives it, so a few lines make a
# model of the second network. Both draw from the same noise, by the same `run`:


# %%
class FromVelocity(nn.Module):
    """Predict the noise by a network that predicts the velocity."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x_t, t, labels=None):
        alpha_bar = ddpm_edu.sample_by_t(hundred.alphas_bar, t, x_t.shape)
        return (1 - alpha_bar).sqrt() * x_t + alpha_bar.sqrt() * self.network(x_t, t, labels)


models = {"noise": trained["noise"], "velocity": FromVelocity(trained["velocity"])}
eight = torch.randn(10, 1, 8, 8, generator=torch.Generator().manual_seed(0))
drawn_by = {
    f"{name}, {n} steps": run(partial(network, labels=torch.arange(10)), eight, n, hundred)
    for n in (5, 20)
    for name, network in models.items()
}
figures.image_rows(drawn_by, alt=figures.described("8.13"))

# %%
for name, images in drawn_by.items():
    outside = ((images.abs() - 1).clamp(min=0) > 0.5).float().mean()
    print(f"{name}: {outside:.0%} of the pixels are outside of [-1.5, 1.5]")
factor = (hundred.one_minus_alphas_bar[100] / hundred.alphas_bar[100]).sqrt()
print(f"at t = 100 an error of the noise is multiplied by {factor:.0f}")

# %% [markdown]
# The networks had the same images, labels, times, noise and steps. That of the noise would have to be nearly exact at
# the largest times, where (8.9) multiplies its error by the number printed last; after so little training it is not,
# and the sampler does not recover. An error of the velocity is multiplied by less than 1 at any time.

# %% [markdown]
# ## Where scores, SDEs and flows begin
#
# All you have learned is written in other words elsewhere. Half a page, to recognise them.
#
# *SDE.* In one step $x_t - x_{t-1} = (\sqrt{1-\beta_t} - 1)\,x_{t-1} + \sqrt{\beta_t}\,z$, and $\sqrt{1-\beta} \approx
# 1 - \beta/2$. With time in small units this is how one computes, step by step (Euler's method), the stochastic
# differential equation $\mathrm dx = -\frac12 \beta\,x\,\mathrm dt + \sqrt\beta\,\mathrm dB$. Here $B$ is Brownian
# motion: in a time $\mathrm dt$ it moves by Gaussian noise of variance $\mathrm dt$. Noising solves a differential
# equation.
#
# *Probability flow.* Let a step of DDIM with $\eta = 0$ be short. With $\bar\alpha_{t-1} = \bar\alpha_t /
# (1-\beta_t)$, to first order in $\beta_t$,
#
# $$x_{t-1} = x_t + \frac{\beta_t}{2}\left(x_t - \frac{\epsilon_\theta(x_t, t)}{\sqrt{1-\bar\alpha_t}}\right)
# + O(\beta_t^2) \tag{8.10}$$
#
# By (8.6) the bracket is $x_t + \nabla\log q(x_t)$. So short steps of DDIM follow $\mathrm dx/\mathrm dt =
# -\frac12\beta\,(x + \nabla\log q(x))$, backwards in time: an equation without chance that carries the density of the
# data to that of noise and back. Those were the smooth paths.

# %% tags=["nbval-check-output"]
abar, beta_t = sympy.symbols("alphabar_t beta_t", positive=True)
x0_hat = (xt - sympy.sqrt(1 - abar) * eps) / sympy.sqrt(abar)
step = sympy.sqrt(abar / (1 - beta_t)) * x0_hat + sympy.sqrt(1 - abar / (1 - beta_t)) * eps  # DDIM, eta = 0
first_order = step.subs(beta_t, 0) + beta_t * sympy.diff(step, beta_t).subs(beta_t, 0)
prove("8.10", first_order, xt + beta_t / 2 * (xt - eps / sympy.sqrt(1 - abar)))

# %% [markdown]
# That is for short steps, and this lesson is about long ones. For those DDIM is not Euler's method for this equation.
# It is exactly Euler's method for another one, of the same paths. Divide $x_t$ by the factor of its signal, and take as
# clock the ratio of noise to signal (EDM calls it $\sigma$, which here is taken):
#
# $$y_t = \frac{x_t}{\sqrt{\bar\alpha_t}} = x_0 + \kappa_t\,\epsilon, \qquad
# \kappa_t = \sqrt{\frac{1-\bar\alpha_t}{\bar\alpha_t}}$$
#
# A step of DDIM with $\eta = 0$ makes $x_{t'} = \sqrt{\bar\alpha_{t'}}\,\hat x_0 +
# \sqrt{1-\bar\alpha_{t'}}\,\epsilon_\theta$. Divide it by $\sqrt{\bar\alpha_{t'}}$: what remains is
# $y_{t'} = \hat x_0 + \kappa_{t'}\,\epsilon_\theta$. And $\hat x_0 = y_t - \kappa_t\,\epsilon_\theta$. Together,
# for steps of any length,
#
# $$y_{t'} = y_t + (\kappa_{t'} - \kappa_t)\;\epsilon_\theta(x_t, t) \tag{8.11}$$
#
# This is Euler's method for $\mathrm dy/\mathrm d\kappa = \epsilon_\theta$: the predicted noise is the slope.

# %% tags=["nbval-check-output"]
ab_t, ab_s, eps_hat = sympy.symbols("alphabar_t alphabar_{t'} epsilon_theta", positive=True)
kappa_t, kappa_s = (sympy.sqrt((1 - value) / value) for value in (ab_t, ab_s))
estimate = (xt - sympy.sqrt(1 - ab_t) * eps_hat) / sympy.sqrt(ab_t)
ddim = sympy.sqrt(ab_s) * estimate + sympy.sqrt(1 - ab_s) * eps_hat
prove("8.11", ddim / sympy.sqrt(ab_s), xt / sympy.sqrt(ab_t) + (kappa_s - kappa_t) * eps_hat)

# %% [markdown]
# Does it matter in which variables the steps are straight? Both methods with the Gaussian data of above, of width 0.3.
# In $x$ a step from $t$ to $t'$ has the length of the integral of $\beta$, which is
# $\log(\bar\alpha_{t'} / \bar\alpha_t)$. Every step is linear in $x$, and so are all of them together; from
# $x_T \sim \mathcal N(0, 1)$ the width of the samples is the slope of that line.


# %%
def euler_in_x(x, t, t_prev):
    stretch = (exact.alphas_bar[t_prev] / exact.alphas_bar[t]).log()  # the integral of beta
    return x + stretch / 2 * (x - oracle(x, t) / exact.one_minus_alphas_bar[t].sqrt())


def euler_in_y(x, t, t_prev):  # (8.11)
    signal = exact.alphas_bar.sqrt()
    noise_to_signal = exact.one_minus_alphas_bar.sqrt() / signal
    slope = oracle(x, t)
    return signal[t_prev] * (x / signal[t] + (noise_to_signal[t_prev] - noise_to_signal[t]) * slope)


def final_width(step, num_steps):
    times, ends = ddim_timesteps(1000, num_steps), torch.tensor([0.0, 1.0]).double()
    for t, t_prev in zip(times[:-1], times[1:]):
        ends = step(ends, t.expand(2), t_prev.expand(2))
    return ends.diff().abs().item()


# %% tags=["nbval-check-output"]
for num_steps in (5, 10, 20, 100):
    widths = final_width(euler_in_x, num_steps), final_width(euler_in_y, num_steps), final_moments(num_steps, 0.0)[1]
    print("{:3} steps: Euler in x {:.4f}, Euler in y {:.4f}, DDIM {:.4f}, data 0.3000".format(num_steps, *widths))

# %% [markdown]
# The last two columns agree, as (8.11) says; the first is another sampler, far off with few steps. The paths are the
# same, and in $y$ over $\kappa$ they are straighter.
#
# *A short exercise.* Euler takes the slope at the beginning of a step. Heun's method goes there with Euler, asks for
# the slope at the end too, and takes the step again with the mean of both (not in the last step, where $\kappa$ is 0
# and $\hat x_0$ is the answer). That is two calls a step. Write `heun_in_y` after the pattern of `euler_in_y` and try
# it with `final_width`: 5 steps should give 0.1226, 10 steps 0.2087, 20 steps 0.2667 instead of DDIM's 0.2372.
#
# <details><summary>One way to write it (click)</summary>
#
# ```python
# def heun_in_y(x, t, t_prev):
#     signal = exact.alphas_bar.sqrt()
#     noise_to_signal = exact.one_minus_alphas_bar.sqrt() / signal
#     change = noise_to_signal[t_prev] - noise_to_signal[t]
#     first = oracle(x, t)
#     y = x / signal[t] + change * first
#     if t_prev[0] > 0:
#         second = oracle(signal[t_prev] * y, t_prev)
#         y = x / signal[t] + change * (first + second) / 2
#     return signal[t_prev] * y
# ```
#
# EDM (below) samples like this, at times of its own choice.
# </details>
#
# *Flow matching.* Choose another road from data to noise, $x_u = (1-u)\,x_0 + u\,\epsilon$, straight and not
# round. Its velocity is $\epsilon - x_0$. Train a network on that velocity by the squared error, begin at $u = 1$
# and follow it back to 0 by Euler's method. The image, its noise, a mixture of both, a squared error: everything else
# is as in Algorithm 1. The velocity $v$ above is the same idea on a circle.
# [Lesson 9](09_flow_matching.ipynb) is about it.

# %% [markdown]
# ## Bug hunt
#
# From a course notebook in a public repository, 2026. In review its $\sigma$ was found wrong and corrected; after that
# it agreed with DDIM's Eq. 16, factor by factor. The sampler was wrong all the same. Here it is, in our names:


# %%
@torch.no_grad()
def as_published(model, x, num_steps, eta=0.0):
    times = ddim_timesteps(1000, num_steps)
    for now, then in zip(times[:-1], times[1:]):
        ab, ab_then = (exact.alphas_bar[time].to(x.dtype) for time in (now, then))
        eps = model(x, now.expand(len(x)))
        x0_pred = (x - (1 - ab).sqrt() * eps) / ab.sqrt()
        sigma2 = eta**2 * (1 - ab_then) / (1 - ab) * (1 - ab / ab_then)
        direction = sigma2.sqrt() * eps
        x = ab_then.sqrt() * x0_pred + direction + sigma2.sqrt() * torch.randn_like(x)
    return x


# %%
noise = torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(3))
figures.image_rows(
    {f"{n} steps": as_published(ten_digits, noise, n) for n in (5, 20, 200)},
    alt=figures.described("8.10"),
)

# %% [markdown]
# Most look like digits. But more steps should help, and here they make some images vanish.
# Now with Gaussian data. For $\eta = 0$ the whole sampler is one straight line in $x_T$, and the standard deviation of
# what it makes is its slope:

# %% tags=["nbval-check-output"]
ends = torch.tensor([0.0, 1.0]).double()
for num_steps in (2, 10, 100):
    slope = as_published(oracle, ends, num_steps).diff().abs().item()
    print(f"{num_steps:3} steps: as published {slope:.4f}, DDIM {final_moments(num_steps, 0.0)[1]:.4f}, data 0.3000")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# The line below the one that was checked: `direction` scales the predicted noise by $\sigma$, where DDIM's Eq. 12 has
# $\sqrt{1-\bar\alpha_{t'}-\sigma^2}$. With $\eta = 0$ that factor is 0, and a step returns
# $\sqrt{\bar\alpha_{t'}}\,\hat x_0$: the estimate of the image, with no noise at all. (8.2) is broken, since $x_{t'}$
# should have the variance $1-\bar\alpha_{t'}$ around it.
#
# With Gaussian data the first estimate, from pure noise, is the mean 0.5 for everyone. DDIM keeps the noise, in
# which the differences are; here they are lost in the first step. The digit network sees at every step an image cleaner
# than any it was trained on at that time, takes some of the strokes for noise and removes them. More steps remove more.
#
# A formula is checked as a whole: do the variances add up to $1-\bar\alpha_{t'}$? And a sampler is checked where the
# answer is known. Pictures of digits passed.
# </details>

# %% [markdown]
# ## Recap
#
# * Training fixes the distribution of $x_t$ at each time, no way back: DDIM chooses times and fresh noise, and
#   Algorithm 2 is its case $\eta = 1$.
# * Guidance goes from the prediction without a label to the one with it, and past it: clearer, less diverse, not exact.
# * Noise, score and velocity are one prediction in three forms; DDIM with $\eta = 0$ is exactly Euler's method for
#   $x_t / \sqrt{\bar\alpha_t}$ over the ratio of noise to signal.
#
# All formulas of the course are on [the formula sheet](../docs/formulas.md).
#
# **Your turn:** write `ddim_timesteps`, `ddim_step`, `guided_noise` and `velocity` in
# [workbook/08_exercises.ipynb](../workbook/08_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/08_faster_and_steered.ipynb](../exercises/08_faster_and_steered.ipynb)). `solution("name")` shows an answer
# once yours has passed, or after three attempts.
#
# **Next:** round or straight? [Lesson 9](09_flow_matching.ipynb) takes another way from the data to the noise, and finds
# that it is the same. These you can follow now:
#
# * [Improved DDPM](https://arxiv.org/abs/2102.09672) (Nichol and Dhariwal 2021): must the variance be fixed, and the
#   schedule linear?
# * [Score-based models through SDEs](https://arxiv.org/abs/2011.13456) (Song et al. 2021): what if there are infinitely
#   many steps?
# * [EDM](https://arxiv.org/abs/2206.00364) (Karras et al. 2022): which of all these choices matter, one at a time?
