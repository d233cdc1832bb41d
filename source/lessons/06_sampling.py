# %% [markdown]
# # 6. Sampling: Algorithm 2
#
# **Question.** A network can name the noise in an image. How does that make images that nobody has drawn?
#
# *About 45 minutes. What it needs of the lessons before is said where it is used.*

# %%
import math
from functools import partial

import sympy
import torch
from torch.nn import functional as F

import ddpm_edu
from ddpm_edu import figures, load_pretrained, reverse_process, sample_by_t, widgets
from ddpm_edu.proofs import prove

model = load_pretrained("mnist5k")
schedule = model.schedule
schedule

# %% [markdown]
# ## The picture first
#
# Ten images of pure noise, and one thousand small steps. The network is told which digit each should become
# (how, is [lesson 8](08_faster_and_steered.ipynb)); nothing else about Algorithm 2 depends on that.

# %%
ten_digits = partial(model, labels=torch.arange(10))
states = ddpm_edu.sampling(
    ten_digits, (10, 1, 28, 28), schedule, image_noise_steps_to_keep=1000, generator=torch.Generator().manual_seed(0)
)
state_at = dict(zip(range(999, -1, -1), states))  # t -> x_t

# %%
figures.image_rows(
    {f"t = {t}": state_at[t] for t in (999, 600, 400, 300, 200, 100, 0)},
    alt=figures.described("6.1"),
)

# %% [markdown]
# Black is -1, white is 1; what lies outside is shown as black or white. Down to about t = 400 there is next to nothing
# to see, then shapes, at the end strokes. All rows come from the same short rule, which we now derive, then write in
# two ways, then try to break.

# %% [markdown]
# ## From the lessons before
#
# [Lesson 1](01_forward_process.ipynb): a schedule is a list of small numbers, here $\beta_1 = 0.0001$ to
# $\beta_T = 0.02$ with $T = 1000$. Let $\alpha_t = 1 - \beta_t$ and
# $\bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t$, with $\bar\alpha_0 = 1$. Noise is added to an image in small steps
# or, with the same result, in one jump:
#
# $$q(x_t \mid x_{t-1}) = \mathcal N(\sqrt{\alpha_t}\,x_{t-1},\ \beta_t I), \qquad
# q(x_t \mid x_0) = \mathcal N(\sqrt{\bar\alpha_t}\,x_0,\ (1-\bar\alpha_t) I)$$
#
# $\mathcal N(m, vI)$ gives every pixel its own mean in $m$ and the variance $v$, independently. The letter $q$ is for
# adding noise, $p$ for our way back; $\epsilon_\theta(x_t, t)$ is the network with its weights $\theta$.
#
# ## One step back, if $x_0$ were known
#
# [Lesson 2](02_posterior.ipynb) takes its time over this; here it is in short. By Bayes' rule
# $q(x_{t-1} \mid x_t, x_0) \propto q(x_t \mid x_{t-1})\,q(x_{t-1} \mid x_0)$, the step times the jump to $t-1$. Both
# are Gaussians in $x_{t-1}$, so their product is Gaussian too. In its exponent $-\tfrac12 x_{t-1}^2$ has the factor
#
# $$\frac{\alpha_t}{\beta_t} + \frac{1}{1-\bar\alpha_{t-1}} = \frac{1-\bar\alpha_t}{\beta_t\,(1-\bar\alpha_{t-1})}
# = \frac{1}{\tilde\beta_t}$$
#
# and $x_{t-1}$ the factor $\frac{\sqrt{\alpha_t}}{\beta_t} x_t + \frac{\sqrt{\bar\alpha_{t-1}}}{1-\bar\alpha_{t-1}} x_0
# = \tilde\mu_t / \tilde\beta_t$. The variance is one over the first, the mean is the second times the variance:
#
# $$\tilde\mu_t = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,x_0
# + \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t,
# \qquad \tilde\beta_t = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\,\beta_t \tag{6.1}$$
#
# This is the paper's Eq. 7, in code [`posterior_mean`](../ddpm_edu/posterior.py) and
# [`posterior_variance`](../ddpm_edu/posterior.py). Now without algebra: multiply the two densities on a fine grid,
# normalise, and take the mean and the variance.

# %%
exact = schedule.to(dtype=torch.float64)  # the same schedule in 64 bits
x_prev = torch.linspace(-4, 4, 100_001, dtype=torch.float64)


def bayes_on_a_grid(x_0, x_t, t):
    step = -((x_t - exact.alphas[t].sqrt() * x_prev) ** 2) / (2 * exact.betas[t])
    jump = -((x_prev - exact.alphas_bar[t - 1].sqrt() * x_0) ** 2) / (2 * exact.one_minus_alphas_bar[t - 1])
    weights = (step + jump).softmax(0)  # exp, then divided by the sum
    mean = (weights * x_prev).sum()
    return mean, (weights * (x_prev - mean) ** 2).sum()


# %% tags=["nbval-check-output"]
times = torch.tensor([100, 500, 1000])
x_0, x_t = torch.tensor([0.7, -0.2, 0.9]).double(), torch.tensor([0.5, 1.3, -1.0]).double()
on_grid = torch.tensor([bayes_on_a_grid(*row) for row in zip(x_0, x_t, times)])
formula = torch.stack([ddpm_edu.posterior_mean(x_0, x_t, times, exact), exact.posterior_variance[times]], 1)
prove("6.1", on_grid, formula, within=1e-9, paper="Eq. 7")  # a grid is not exact

# %% [markdown]
# ## $x_0$ is not known, but its noise can be guessed
#
# We only have $x_t$. The network was trained to see in it the noise $\epsilon$ of the jump,
# $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$ (the paper's Eq. 4). Solve for $x_0$ and put the
# network's guess in the place of $\epsilon$; the hat marks an estimate:
#
# $$\hat x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\;\epsilon_\theta(x_t, t)}{\sqrt{\bar\alpha_t}} \tag{6.2}$$
#
# The paper's Eq. 15, in code [`predict_x0`](../ddpm_edu/objective.py).

# %% tags=["nbval-check-output"]
alpha, alpha_bar_prev = sympy.symbols("alpha_t alphabar_{t-1}", positive=True)
alpha_bar, beta = alpha * alpha_bar_prev, 1 - alpha
x0, xt, eps = sympy.symbols("x_0 x_t epsilon", real=True)


def x0_hat(xt, eps):
    return (xt - sympy.sqrt(1 - alpha_bar) * eps) / sympy.sqrt(alpha_bar)


prove("6.2", x0_hat(sympy.sqrt(alpha_bar) * x0 + sympy.sqrt(1 - alpha_bar) * eps, eps), x0, paper="Eq. 15")

# %% [markdown]
# ## The two together
#
# Put $\hat x_0$ into the mean of (6.1). Since $\bar\alpha_t = \alpha_t \bar\alpha_{t-1}$, the factor of $x_t$ becomes
#
# $$\frac{\beta_t}{(1-\bar\alpha_t)\sqrt{\alpha_t}} + \frac{\sqrt{\alpha_t}(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}
# = \frac{1 - \alpha_t + \alpha_t - \bar\alpha_t}{(1-\bar\alpha_t)\sqrt{\alpha_t}} = \frac{1}{\sqrt{\alpha_t}},$$
#
# the factor of $\epsilon_\theta$ becomes $-\beta_t / (\sqrt{\alpha_t}\sqrt{1-\bar\alpha_t})$, and what remains is
#
# $$\mu_\theta(x_t, t) = \frac{1}{\sqrt{\alpha_t}}\left(x_t - \frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\,
# \epsilon_\theta(x_t, t)\right) \tag{6.3}$$
#
# the paper's Eq. 11, in code [`mean_from_noise`](../ddpm_edu/objective.py). The posterior mean at the estimated $x_0$
# and this are one formula.

# %% tags=["nbval-check-output"]
eq_7 = (
    sympy.sqrt(alpha_bar_prev) * beta / (1 - alpha_bar) * x0_hat(xt, eps)
    + sympy.sqrt(alpha) * (1 - alpha_bar_prev) / (1 - alpha_bar) * xt
)
eq_11 = (xt - beta / sympy.sqrt(1 - alpha_bar) * eps) / sympy.sqrt(alpha)
prove("6.3", eq_7, eq_11, paper="Eq. 11")

# %%
t = torch.arange(1, 1001)
x_t, noise = torch.randn(2, 1000, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
by_eq_7 = ddpm_edu.posterior_mean(ddpm_edu.predict_x0(x_t, t, noise, exact), x_t, t, exact)
by_eq_11 = ddpm_edu.mean_from_noise(x_t, t, noise, exact)
print(f"all 1000 times, in numbers: the two differ by at most {(by_eq_7 - by_eq_11).abs().max():.0e}")

# %% [markdown]
# ## Algorithm 2
#
# Lesson 3 chose for $p_\theta(x_{t-1} \mid x_t)$ a Gaussian with this mean and a variance $\sigma_t^2$ that is ours to
# set. For now it is $\tilde\beta_t$. The chain $p(x_T)\,p_\theta(x_{T-1} \mid x_T) \cdots p_\theta(x_0 \mid x_1)$
# begins with $p(x_T) = \mathcal N(0, I)$, since by the jump $x_T$ keeps only $\sqrt{\bar\alpha_T} = 0.006$ of an image.
# To sample from it, draw its first member, then each next one given the one before. That is all Algorithm 2 does.
#
# 1. $x_T \sim \mathcal N(0, I)$
# 2. **for** $t = T, \dots, 1$:
#     1. $z \sim \mathcal N(0, I)$ if $t > 1$, else $z = 0$
#     2. $x_{t-1} = \mu_\theta(x_t, t) + \sigma_t z$
# 3. **return** $x_0$
#
# In words: ask for the noise, take the mean of the step back, add fresh noise. Most steps move only a little towards
# their $\hat x_0$; the next one sees less noise and guesses again. What comes out depends on $x_T$ and all the $z$:
# other draws, another image.
#
# The post this course began with, "Intro to Diffusion Model - Part 6" (2023), writes it in two functions. Here they are
# in its form: the tables are global, and `clipping` is an option, which we come to next.

# %%
device, dtype = "cpu", torch.float64
num_timesteps = schedule.num_timesteps
betas_t = ddpm_edu.linear_schedule(num_timesteps)  # entry 0 is 0, then evenly from 0.0001 to 0.02
alphas_t = 1 - betas_t
alphas_bar_t = alphas_t.cumprod(0)
alphas_bar_t_minus_1 = F.pad(alphas_bar_t[:-1], (1, 0), value=1.0)
# entry 0 would be 0 / 0: it is cut off, and 0 put there
posterior_variance = F.pad(((1 - alphas_bar_t_minus_1) / (1 - alphas_bar_t) * betas_t)[1:], (1, 0))

# %% [markdown]
# `sample_by_t` looks up a number for each image of the batch. The mean comes in two modes: exactly (6.3), or (6.1)
# with an $\hat x_0$ that is kept within the range of images.


# %%
@torch.no_grad()
def sample_p(model, x_t, t, clipping=True):
    """Sample x_{t-1} from p(x_{t-1} | x_t), as Algorithm 2 does."""
    eps = model(x_t, t)
    beta = sample_by_t(betas_t, t, x_t.shape)
    alpha = sample_by_t(alphas_t, t, x_t.shape)
    alpha_bar = sample_by_t(alphas_bar_t, t, x_t.shape)
    alpha_bar_minus_1 = sample_by_t(alphas_bar_t_minus_1, t, x_t.shape)
    if clipping:
        x0_reconstruct = (x_t - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()
        x0_reconstruct = torch.clip(x0_reconstruct, -1.0, 1.0)
        from_x0 = alpha_bar_minus_1.sqrt() * beta / (1 - alpha_bar)
        from_x_t = alpha.sqrt() * (1 - alpha_bar_minus_1) / (1 - alpha_bar)
        predicted_mean = from_x0 * x0_reconstruct + from_x_t * x_t
    else:
        predicted_mean = (x_t - beta / (1 - alpha_bar).sqrt() * eps) / alpha.sqrt()
    if t[0].item() == 1:
        return predicted_mean
    variance = sample_by_t(posterior_variance, t, x_t.shape)
    return predicted_mean + variance.sqrt() * torch.randn_like(x_t)


# %%
def sampling(model, shape, image_noise_steps_to_keep=1):
    """Run Algorithm 2 and keep the last states."""
    images = torch.randn(shape, device=device, dtype=dtype)  # pure noise
    images_list = []
    for timestep in range(num_timesteps, 0, -1):
        t = torch.full(shape[:1], timestep, device=device, dtype=torch.long)
        images = sample_p(model, images, t)
        if timestep <= image_noise_steps_to_keep:
            images_list.append(images.cpu())
    return images_list


# %% [markdown]
# The library's [`sampling`](../ddpm_edu/sampling.py) looks its coefficients up once and not in every step. From the
# same noise both must make the same thousand states; we let the small 8x8 model run both ways.

# %%
small = load_pretrained("digits").double()
torch.manual_seed(0)
post = sampling(small, (4, 1, 8, 8), image_noise_steps_to_keep=1000)
torch.manual_seed(0)
library = ddpm_edu.sampling(small, (4, 1, 8, 8), exact, image_noise_steps_to_keep=1000)
largest = max((a - b).abs().max().item() for a, b in zip(post, library, strict=True))
print(f"{len(post)} states each; the largest difference is {largest:.0e}")
assert largest < 1e-9

# %% [markdown]
# ## What clipping changes
#
# Without clipping the post's function *is* Algorithm 2. Clipping is in the code of Ho, the paper's first author, but
# not in the paper: images lie in [-1, 1], so an estimate $\hat x_0$ outside must be wrong, and is set to -1 or 1.
#
# > **Predict.** Where on the way will $\hat x_0$ leave [-1, 1] furthest?

# %%
where = widgets.Prediction("near t = 1000", "in the middle", "near t = 1")

# %%
some_times = torch.tensor([1000, 999, 990, 950, 900, 800, 700, 600, 500, 400, 300, 200, 100, 50, 20, 10, 5, 2, 1])
generator = torch.Generator().manual_seed(0)
unclipped = list(reverse_process(ten_digits, (10, 1, 28, 28), schedule, clipping=False, generator=generator))
excess = []  # by how much an estimate is outside, on average over ten images; behind ± its standard error
with torch.no_grad():
    for time in some_times.tolist():
        t, x_t = torch.full((10,), time), unclipped[1000 - time]  # the list begins with x_1000
        estimate = ddpm_edu.predict_x0(x_t, t, ten_digits(x_t, t), schedule)
        of_each = (estimate.abs() - 1).clamp(min=0).mean((1, 2, 3))  # image
        excess.append(of_each.mean().item())
        if time in (1000, 500, 1):
            print(f"t = {time:>4}: {excess[-1]:.4f} ± {of_each.std() / 10**0.5:.4f}")
figures.curves(
    some_times,
    {r"mean distance of $\hat x_0$ from [-1, 1]": torch.tensor(excess)},
    "t",
    "distance",
    ylog=True,
    alt=figures.described("6.2"),
)

# %% tags=["nbval-check-output"]
for time in (1000, 1):
    factor = (exact.one_minus_alphas_bar[time] / exact.alphas_bar[time]).sqrt()
    print(f"t = {time}: (6.2) multiplies an error of the network by {factor:.2f}")

# %%
where.compare(
    "near t = 1000",
    {
        "near t = 1000": "(6.2) divides by $\\sqrt{\\bar\\alpha_t}$, which is small there, and the error of the "
        "network is divided with the rest.",
        "in the middle": "the factor falls all the way from T to 1; nothing is special about the middle.",
        "near t = 1": "there (6.2) divides by nearly 1 and multiplies an error of the network by 0.01.",
    },
)

# %% [markdown]
# What does that do to the images? Both runs begin with the same noise and draw the same $z$. Drag the slider, or click
# it and use the arrow keys.

# %%
shown = [*range(900, 400, -100), *range(400, 0, -25), 10, 5, 0]
widgets.reverse_scrubber(
    {"clipped": [state_at[t] for t in shown], "not clipped": [unclipped[1000 - t] for t in shown]},
    shown,
    alt=figures.described("6.3"),
)

# %%
for name, images in {"clipped": states[-1], "not clipped": unclipped[-1]}.items():
    print(f"{name:>12}: values from {images.min():.2f} to {images.max():.2f}")

# %% [markdown]
# Little: this network is good enough to mend its early errors in the steps that are left. Clipping is for networks that
# are not, such as one whose samples we watch during training. Take the worst, an untrained one:

# %%
untrained = ddpm_edu.UNet((1, 8, 8), fold=1)
assert not untrained(torch.randn(2, 1, 8, 8), torch.tensor([5, 500])).any()  # it predicts no noise at all
for name, clipping in {"clipped": True, "not clipped": False}.items():
    generator = torch.Generator().manual_seed(0)
    *_, x_0 = reverse_process(untrained, (2, 1, 8, 8), schedule, clipping, generator)
    print(f"{name:>12}: values from {x_0.min():.2f} to {x_0.max():.2f}")

# %% [markdown]
# Unclipped, a thousand divisions by $\sqrt{\alpha_t}$ make the noise grow, and nothing holds it back. Clipped, every
# step aims at a point in [-1, 1]: in range, though no digit. (6.1) and (6.3) are equal only as long as nothing is
# clipped.

# %% [markdown]
# ## Why $z = 0$ at the last step
#
# At $t = 1$ the table ends: $\bar\alpha_0 = 1$, the clean image. (6.1) then reads
#
# $$\tilde\mu_1 = x_0, \qquad \tilde\beta_1 = 0 \tag{6.4}$$
#
# so the last step returns $\hat x_0$ itself. With $\sigma_t^2 = \tilde\beta_t$, `if t > 1` is no special case but what
# the formula says, once entry 0 of every table stands for the clean image.

# %% tags=["nbval-check-output"]
one, zero = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
first = torch.tensor([1])
left = torch.cat(
    [
        ddpm_edu.posterior_mean(one, zero, first, exact),  # the factor of x_0
        ddpm_edu.posterior_mean(zero, one, first, exact),  # the factor of x_1
        exact.posterior_variance[first],
    ]
)
prove("6.4", left, [1.0, 0.0, 0.0], within=1e-12)  # rounding of 1 - alpha_bar_1

# %% [markdown]
# With the other variance of the next section, $\sigma_t^2 = \beta_t$, it is a rule of its own, and some published
# samplers forget it. The noise they add is about one grey level of 256, so nobody sees it, and the mistake lives on.
# Your answer in the exercise is compared in 64 bits, where it shows.

# %% tags=["nbval-check-output"]
print(f"sqrt(beta_1) = {exact.betas[1].sqrt():.3f}, one grey level of [-1, 1]: {2 / 255:.3f}")

# %% [markdown]
# ## Which variance?
#
# The paper allows two, $\sigma_t^2 = \beta_t$ and $\sigma_t^2 = \tilde\beta_t$. Why these? Take data whose answer is
# known, $x_0 \sim \mathcal N(m, s^2)$. Then $x_t$ is Gaussian with the variance
# $v_t = \bar\alpha_t s^2 + 1 - \bar\alpha_t$. Bayes' rule again, this time without $x_0$:
# $q(x_{t-1} \mid x_t) \propto q(x_t \mid x_{t-1})\,q(x_{t-1})$, and $-\tfrac12 x_{t-1}^2$ has the factor
# $\frac{\alpha_t}{\beta_t} + \frac{1}{v_{t-1}}$. One over it is the true variance of a step back, and since a step
# makes $v_t = \alpha_t v_{t-1} + \beta_t$,
#
# $$\mathrm{Var}[x_{t-1} \mid x_t] = \frac{1}{\alpha_t / \beta_t + 1 / v_{t-1}}
# = \frac{\beta_t\,v_{t-1}}{\alpha_t v_{t-1} + \beta_t} = \beta_t\,\frac{v_{t-1}}{v_t} \tag{6.5}$$
#
# For $s = 1$ every $v_t$ is 1; for a single point, $s = 0$, $v_t = 1 - \bar\alpha_t$:
#
# $$\left.\beta_t\,\frac{v_{t-1}}{v_t}\right|_{s=1} = \beta_t, \qquad
# \left.\beta_t\,\frac{v_{t-1}}{v_t}\right|_{s=0} = \tilde\beta_t \tag{6.6}$$
#
# For $0 < s < 1$ the true variance lies between the two, since
# $v_{t-1} / v_t = 1 - (\bar\alpha_{t-1} - \bar\alpha_t)(1 - s^2) / v_t$ grows with $s$: $1 - s^2$ falls, $v_t$ rises.

# %% tags=["nbval-check-output"]
s = sympy.symbols("s", nonnegative=True)
v_prev, v = (a * s**2 + 1 - a for a in (alpha_bar_prev, alpha_bar))
true_variance, beta_tilde = beta * v_prev / v, (1 - alpha_bar_prev) / (1 - alpha_bar) * beta
prove("6.5", 1 / (alpha / beta + 1 / v_prev), true_variance)
prove("6.6", (true_variance.subs(s, 1), true_variance.subs(s, 0)), (beta, beta_tilde))

# %% [markdown]
# And data of another shape? The paper answers with entropies. The entropy $H(a) = -\mathrm E[\log p(a)]$ says how
# uncertain $a$ is; for a Gaussian of variance $v$ it is $\tfrac12\log(2\pi e\,v)$.
# $H(a \mid b) = -\mathrm E[\log p(a \mid b)]$ is what is left of it once $b$ is known. Three rules:
#
# * $H(a, b) = H(b) + H(a \mid b)$, since $\log p(a, b) = \log p(b) + \log p(a \mid b)$.
# * $H(a \mid b) \le H(a)$: the difference is $\mathrm{KL}(p(a, b)\,\|\,p(a)\,p(b))$, never negative (lesson 3).
# * $H(a) \le \tfrac12\log(2\pi e\,v)$ if $a$ has the variance $v$: the difference is $\mathrm{KL}(p\,\|\,g)$, with the
#   Gaussian $g$ of the same mean and variance.
#
# **From below.** Let the data have variance 1, whatever their shape. Knowing $x_0$ as well can only lower what is left,
# and with $x_0$ known the step back is a Gaussian of variance $\tilde\beta_t$:
#
# $$H(x_{t-1} \mid x_t) \ge H(x_{t-1} \mid x_t, x_0) = \tfrac12\log(2\pi e\,\tilde\beta_t)$$
#
# **From above.** Guess $x_{t-1}$ by $\sqrt{\alpha_t}\,x_t$. With the step $x_t = \sqrt{\alpha_t}\,x_{t-1} +
# \sqrt{\beta_t}\,z$ the guess misses by
#
# $$r = x_{t-1} - \sqrt{\alpha_t}\,x_t = (1 - \alpha_t)\,x_{t-1} - \sqrt{\alpha_t \beta_t}\,z
# = \beta_t\,x_{t-1} - \sqrt{\alpha_t \beta_t}\,z.$$
#
# $x_{t-1}$ has variance 1 and is independent of $z$, so $r$ has the variance
# $\beta_t^2 + \alpha_t \beta_t = \beta_t\,(\beta_t + \alpha_t) = \beta_t$. Once $x_t$ is known, $x_{t-1}$ and $r$
# differ by a constant, which changes no entropy; then the second rule, then the third:
#
# $$H(x_{t-1} \mid x_t) = H(r \mid x_t) \le H(r) \le \tfrac12\log(2\pi e\,\beta_t)$$
#
# **In between** the data decide. Let $h_t = H(x_t)$, and use the first rule in both orders, on $x_{t-1}$ and $x_t$:
#
# $$H(x_{t-1}, x_t) = h_t + H(x_{t-1} \mid x_t) = h_{t-1} + H(x_t \mid x_{t-1})
# = h_{t-1} + \tfrac12\log(2\pi e\,\beta_t)$$
#
# and on $x_{t-1}$ and $x_0$, both given $x_t$:
#
# $$H(x_{t-1}, x_0 \mid x_t) = H(x_0 \mid x_t) + H(x_{t-1} \mid x_t, x_0)
# = H(x_{t-1} \mid x_t) + H(x_0 \mid x_{t-1}, x_t)$$
#
# In the second line $H(x_{t-1} \mid x_t, x_0)$ is $\tfrac12\log(2\pi e\,\tilde\beta_t)$ again, and
# $H(x_0 \mid x_{t-1}, x_t) = H(x_0 \mid x_{t-1})$: once $x_{t-1}$ is known, $x_t$ is only more noise. Solve both lines
# for $H(x_{t-1} \mid x_t)$. The results must be equal:
#
# $$\tfrac12\log(2\pi e\,\beta_t) - (h_t - h_{t-1}) = \tfrac12\log(2\pi e\,\tilde\beta_t)
# + H(x_0 \mid x_t) - H(x_0 \mid x_{t-1}) \tag{6.7}$$
#
# The upper bound is reached if a step no longer changes the entropy of $x_t$, the lower if a step costs no knowledge of
# $x_0$. Take data far from Gaussian: $x_0$ is 1 or -1, each half of the time. Each side is computed by itself, the left
# from the density of $x_t$, the right from the chances of 1 and -1 given $x_t$.

# %%
x = torch.linspace(-8, 8, 400_001, dtype=torch.float64)


def entropies(t):
    """Return h_t and H(x_0 | x_t) by sums over a grid."""
    centres = exact.alphas_bar[t].sqrt() * torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    jumps = torch.distributions.Normal(centres, exact.one_minus_alphas_bar[t].sqrt())
    joint = jumps.log_prob(x) + math.log(0.5)  # log p(x_0, x_t)
    log_p = joint.logsumexp(0)  # log p(x_t)
    p, log_chance = log_p.exp() * (x[1] - x[0]), joint - log_p  # log p(x_0 | x_t)
    return -(p * log_p).sum(), -(p * log_chance.exp() * log_chance).sum()


# %% tags=["nbval-check-output"]
spots = torch.tensor([2, 5, 10, 20, 50, 100, 200, 300, 500, 700, 1000])
h, unknown, h_prev, unknown_prev = torch.tensor([[*entropies(t), *entropies(t - 1)] for t in spots]).T
low = 0.5 * torch.log(2 * math.pi * math.e * exact.posterior_variance[spots])
high = 0.5 * torch.log(2 * math.pi * math.e * exact.betas[spots])
step_back = high - (h - h_prev)
prove("6.7", step_back, low + unknown - unknown_prev, within=1e-9)  # sums over a grid
share = ((step_back - low) / (high - low)).clamp(min=0)  # of the way from the lower bound to the upper; no -0.000
print("  ".join(f"t = {time}: {value:.3f}" for time, value in zip(spots, share)))

# %%
figures.curves(
    spots,
    {"share of the way from the lower bound to the upper": share},
    "t",
    "share",
    xlog=True,
    alt=figures.described("6.4"),
)

# %% [markdown]
# Up to $t = 50$ nobody needs to be told $x_0$: $x_t$ shows whether it was 1 or -1, and $\tilde\beta_t$ is right. From
# $t = 500$ on $x_t$ looks like any Gaussian noise, and $\beta_t$ is right.
#
# How far apart are the two variances?

# %% tags=["nbval-check-output"]
for t in (1, 2, 10, 100, 1000):
    print(f"t = {t:>4}: posterior variance / beta = {exact.posterior_variance[t] / exact.betas[t]:.3f}")

# %% [markdown]
# By more than a tenth for the first ten times, by less than a fiftieth after the first hundred. What does that do to
# samples? The best answer of a network is the mean of $\epsilon$ given $x_t$. For Gaussian data it is a linear formula
# ([`GaussianOracle`](../ddpm_edu/oracle.py)). Each step is then $x_{t-1} = a_t x_t + b_t + \sigma_t z$: it takes a mean
# $m$ to $a_t m + b_t$ and a variance $v$ to $a_t^2 v + \sigma_t^2$, and both can be followed from $x_T$ to $x_0$
# without samples.
#
# > **Predict.** Data have standard deviation 0.3. How wide are the samples, with each of the two variances?

# %%
widths = widgets.Prediction(
    "posterior variance: too narrow; beta: too wide",
    "posterior variance: too wide; beta: too narrow",
    "posterior variance: exact; beta: too wide",
)

# %% tags=["nbval-check-output"]
oracle = ddpm_edu.GaussianOracle(mean=0.5, std=0.3, schedule=exact)
for name, variances in {"posterior variance": exact.posterior_variance, "beta": exact.betas}.items():
    mean, std = oracle.chain_moments(variances)
    print(f"{name:>18}: mean {mean:.6f}, standard deviation {std:.6f}")

# %%
widths.compare(
    "posterior variance: too narrow; beta: too wide",
    {
        "posterior variance: too narrow; beta: too wide": "$\\tilde\\beta_t$ is right for a point and too small for "
        "data with a width; $\\beta_t$ is right for s = 1 and too large for s = 0.3. Neither misses by much.",
        "posterior variance: too wide; beta: too narrow": "by (6.6) it is the other way round: $\\tilde\\beta_t$ is "
        "the smaller of the two.",
        "posterior variance: exact; beta: too wide": "$\\tilde\\beta_t$ would be exact if $x_0$ were known; the "
        "network knows only what $x_t$ tells.",
    },
)

# %% [markdown]
# (The mean is not quite 0.5, since $x_T$ starts at mean 0 and not at $0.5\sqrt{\bar\alpha_T}$.)
#
# And the sampler itself? Twenty thousand numbers by Algorithm 2 with the oracle as its network:

# %%
samples = ddpm_edu.sampling(oracle, (20_000, 1), exact, clipping=False, generator=torch.Generator().manual_seed(0))[-1]
x = torch.linspace(-1, 2, 300)
density = torch.exp(torch.distributions.Normal(*oracle.chain_moments(exact.posterior_variance)).log_prob(x))
figures.histograms(
    {"Algorithm 2": samples[:, 0]},
    {"the chain, computed": (x, density)},
    "x_0",
    alt=figures.described("6.5"),
)

# %% [markdown]
# ## Keep the last states
#
# `image_noise_steps_to_keep=k` returns the last k states, $x_{k-1}, \dots, x_0$, in the order made. The time of a state
# is the number of states after it in the list. The last ten of the first run:

# %%
widgets.reverse_scrubber(
    {"the last ten states": states[-10:]},
    range(9, -1, -1),
    alt=figures.described("6.6"),
)

# %% [markdown]
# ## Bug hunt
#
# When the post was copied from page to page, lines were lost. This is what came out. Three things are wrong: two lines
# are missing, and one fault was in the post already (and is in our `sample_p` above). The numbers below show two.


# %%
def sample_p_as_scraped(model, x_t, t, clipping=True):
    beta, alpha = (sample_by_t(table, t, x_t.shape) for table in (betas_t, alphas_t))
    alpha_bar, alpha_bar_minus_1 = (sample_by_t(a, t, x_t.shape) for a in (alphas_bar_t, alphas_bar_t_minus_1))
    if clipping:
        x0_reconstruct = (x_t - (1 - alpha_bar).sqrt() * model(x_t, t)) / alpha_bar.sqrt()
        x0_reconstruct = torch.clip(x0_reconstruct, -1.0, 1.0)
        from_x0 = alpha_bar_minus_1.sqrt() * beta / (1 - alpha_bar)
        from_x_t = alpha.sqrt() * (1 - alpha_bar_minus_1) / (1 - alpha_bar)
        predicted_mean = from_x0 * x0_reconstruct + from_x_t * x_t
    predicted_mean = (x_t - beta / (1 - alpha_bar).sqrt() * model(x_t, t)) / alpha.sqrt()
    if t[0].item() == 1:
        return predicted_mean
    noise = torch.randn_like(x_t)
    return predicted_mean + sample_by_t(posterior_variance, t, x_t.shape).sqrt() * noise


# %% tags=["nbval-check-output"]
calls = []


def far_off(x_t, t):
    """A network whose x_0-hat is far outside [-1, 1], and that counts its calls."""
    calls.append(t)
    return -3 * x_t


x_t = torch.ones(2, 1, dtype=torch.float64)
for t in (torch.tensor([1, 1]), torch.tensor([1, 500])):
    for clipping in (True, False):
        calls.clear()
        torch.manual_seed(0)
        scraped, count = sample_p_as_scraped(far_off, x_t, t, clipping), len(calls)
        torch.manual_seed(0)
        right = ddpm_edu.sample_p(far_off, x_t, t, exact, clipping)
        shown = f"{scraped[0, 0]:.3f}, {scraped[1, 0]:.3f}; right: {right[0, 0]:.3f}, {right[1, 0]:.3f}"
        print(f"t = {t.tolist()}, clipping={clipping}: calls {count}, {shown}")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# 1. The `else:` before the unclipped mean is lost, so it always overwrites the clipped one: `clipping=True` and
#    `clipping=False` print the same, and with `True` the network is called twice, for double the time.
# 2. `t[0]` decides for the whole batch. In the last two lines the second image has $t = 500$ and should get noise;
#    since the first has $t = 1$, both are returned without. Harmless in `sampling`, where all rows share $t$.
# 3. `@torch.no_grad()` is lost: over a thousand steps every activation is kept for a gradient nobody wants.
# </details>
#
# Mending it is the last exercise.

# %% [markdown]
# ## Recap
#
# * A step back is the posterior mean at the estimated $x_0$, which is (6.3), plus $\sigma_t z$; no noise at $t = 1$,
#   since $\tilde\beta_1 = 0$.
# * Clipping $\hat x_0$ is the only difference between the two modes of `sample_p`; it holds a bad network in bounds.
# * $\beta_t$ and $\tilde\beta_t$ are the true variances for Gaussian data with $s = 1$ and $s = 0$.
#
# **Your turn:** write `sample_p`, `sampling` and the repair yourself in
# [workbook/06_exercises.ipynb](../workbook/06_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/06_sampling.ipynb](../exercises/06_sampling.ipynb)). `solution("name")` shows an answer once yours
# has passed, or after three attempts.
#
# **Next:** are these images any good? [Lesson 7](07_evaluation.ipynb) measures it. All equations on one page:
# [the formula sheet](../docs/formulas.md).
