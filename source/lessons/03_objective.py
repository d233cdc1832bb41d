# %% [markdown]
# # 3. The objective
#
# **Question.** Why is predicting noise enough?
#
# *About 80 minutes. This is the lesson with the most mathematics; each step is small, and each is checked by a cell.
# What it needs of the lessons before is said where it is used.*

# %%
import sympy
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

import ddpm_edu
from ddpm_edu import figures, kl_gaussians, mean_from_noise, posterior_mean, predict_x0, sample_by_t, widgets
from ddpm_edu.proofs import prove


model = ddpm_edu.load_pretrained("mnist5k")
images, labels = ddpm_edu.load_images("mnist5k")
schedule = model.schedule
exact = schedule.to(dtype=torch.float64)  # the same schedule in 64 bits

# %% [markdown]
# ## The picture first
#
# One digit, noised to eight times $t$. A trained network is shown the first row and $t$, and nothing else. It answers
# with the third row: what it takes to be the noise. The fourth row is the first with that noise taken out.

# %%
times = torch.tensor([50, 100, 200, 300, 400, 500, 700, 900])
noise = torch.randn(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))
x_t = ddpm_edu.sample_q(images[7].expand(8, 1, 28, 28), times, schedule, noise)
with torch.no_grad():
    eps = model(x_t, times)
rows = {
    "it is shown": x_t,
    "noise added": noise,
    "its answer": eps,
    "noise removed": predict_x0(x_t, times, eps, schedule),
}
figures.image_rows(
    rows,
    column_titles=[f"t = {t}" for t in times.tolist()],
    alt=figures.described("3.1"),
)

# %% [markdown]
# Rows two and three look alike, and up to $t = 300$ the 3 comes back. At 500 the rest would pass for a 9, at 900 for
# nothing.
#
# Nobody wanted noise. We wanted a machine that makes digits, and "good" should mean: real digits are probable under
# it. Yet the network was trained with one line, the squared difference of rows two and three, and there is no
# probability in that line. This lesson goes from the one to the other and leaves no gap.

# %% [markdown]
# ## From the lessons before
#
# A schedule is a list of small numbers $\beta_1, \dots, \beta_T$, here from 0.0001 to 0.02 with $T = 1000$. Let
# $\alpha_t = 1 - \beta_t$ and $\bar\alpha_t = \alpha_1 \alpha_2 \cdots \alpha_t$, with $\bar\alpha_0 = 1$. Noise is
# added in small steps or, with the same result, in one jump:
#
# $$q(x_t \mid x_{t-1}) = \mathcal N(\sqrt{\alpha_t}\,x_{t-1},\ \beta_t I), \qquad
# q(x_t \mid x_0) = \mathcal N(\sqrt{\bar\alpha_t}\,x_0,\ (1-\bar\alpha_t) I)$$
#
# $\mathcal N(m, vI)$ gives every pixel its own mean in $m$ and the variance $v$, independently. If $x_0$ is known, a
# step back is Gaussian too (the paper's Eq. 6 and 7, in code [`posterior_mean`](../ddpm_edu/posterior.py)):
#
# $$q(x_{t-1} \mid x_t, x_0) = \mathcal N(\tilde\mu_t, \tilde\beta_t I), \quad
# \tilde\mu_t = \frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t}\,x_0
# + \frac{\sqrt{\alpha_t}\,(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}\,x_t, \quad
# \tilde\beta_t = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\,\beta_t$$
#
# $x_{1:T}$ is short for $x_1, \dots, x_T$, a whole path, and $\mathbb E_q[\dots]$ for the average over paths drawn
# from $q(x_{1:T} \mid x_0) = q(x_1 \mid x_0)\,q(x_2 \mid x_1) \cdots q(x_T \mid x_{T-1})$.

# %% [markdown]
# ## What is trained
#
# The machine is a chain that runs backwards. It draws $x_T$ from pure noise and then takes $T$ Gaussian steps, from
# $x_T$ to $x_{T-1}$ and so on down to $x_0$, the image (the paper's Eq. 1):
#
# $$p_\theta(x_{0:T}) = p(x_T) \prod_{t=1}^T p_\theta(x_{t-1} \mid x_t), \qquad
# p_\theta(x_{t-1} \mid x_t) = \mathcal N(\mu_\theta(x_t, t),\ \sigma_t^2 I), \qquad p(x_T) = \mathcal N(0, I)$$
#
# The means $\mu_\theta$ come from a network with the weights $\theta$, and only these are learned. The variances
# $\sigma_t^2$ are numbers that we set.
#
# *May a step back be Gaussian at all?* Given $x_0$ it is (lesson 2), but the machine does not know $x_0$, and without
# it $q(x_{t-1} \mid x_t)$ is a mixture: one Gaussian for each image that $x_t$ may have come from. Take data that are
# -0.8 or 0.8, and measure the *excess kurtosis*, the mean fourth power of the distance from the mean in standard
# deviations, minus 3: it is 0 for a Gaussian, -2 for two points. With 20 large steps the mixture shows, with 1000 small
# ones it cannot be seen.


# %% tags=["nbval-check-output"]
def step_back(schedule, t, x_t, z):
    """Return the density of x_{t-1} given x_t, z standard deviations from its mean, and its excess kurtosis."""
    points, t = torch.tensor([-0.8, 0.8]).double(), torch.tensor([t, t])
    jumps = Normal(schedule.alphas_bar[t].sqrt() * points, schedule.one_minus_alphas_bar[t].sqrt())
    share = jumps.log_prob(x_t).softmax(0)  # of each point, by Bayes: q(x_0 | x_t)
    means, variance = posterior_mean(points, x_t.expand(2), t, schedule), schedule.posterior_variance[t]
    away = means - share @ means
    whole_variance = share @ (away**2 + variance)
    fourth = share @ (away**4 + 6 * away**2 * variance + 3 * variance**2)
    parts = Normal(away / whole_variance.sqrt(), (variance / whole_variance).sqrt())
    return parts.log_prob(z[:, None]).exp() @ share, fourth / whole_variance**2 - 3


few_steps = ddpm_edu.NoiseSchedule(ddpm_edu.linear_schedule(20, 0.02, 0.3), dtype=torch.float64)
deviations, seen = torch.linspace(-3.5, 3.5, 141).double(), {}
for name, steps, t in (("t = 5 of 20", few_steps, 5), ("t = 150 of 1000", exact, 150)):
    density, kurtosis = step_back(steps, t, torch.tensor(0.1).double(), deviations)
    seen[name] = {"the step back": density, "Gaussian": Normal(0, 1).log_prob(deviations).exp()}
    print(f"{name}, x_t = 0.1: excess kurtosis {kurtosis:.3f}")

# %%
figures.panels(deviations, seen, "standard deviations from the mean", alt=figures.described("3.10"))

# %% [markdown]
# A short step is nearly Gaussian because $x_t$ then pins $x_{t-1}$ down to a range in which the density of the data
# hardly bends: what is left is the noise of one step, which is Gaussian. That is what a thousand steps are for. (At the
# very smallest $t$, and for an $x_t$ exactly between two separate points, the two peaks come back; but hardly any $x_t$
# is there.)
#
# *What should training make small?* Good weights make the training images probable: $-\log p_\theta(x_0)$ should be
# small, on average over all of them. The trouble is that $p_\theta(x_0) = \int p_\theta(x_{0:T})\,dx_{1:T}$ adds up all
# paths that end at $x_0$. We could let the machine draw paths, and average $p_\theta(x_0 \mid x_1)$: how probable each
# path makes $x_0$ with its last step. But nearly every path is on its way to another image. Take one whose last step is
# centred exactly at the first training digit, with $\sigma_1^2 = \beta_1$. How probable does it make the second?

# %% tags=["nbval-check-output"]
exponent = (images[0] - images[1]).square().sum() / (2 * schedule.betas[1])
print(f"the first digit is exp({exponent:.1e}) times as probable as the second")

# %% [markdown]
# So practically no path counts, and the average would be 0 for as long as we live. The way out: do not wait for paths
# of the machine that happen to reach $x_0$. Take paths of which we know that they belong to $x_0$: those that noise
# makes from it.

# %% [markdown]
# ## A bound
#
# For every path $x_{1:T}$, by the definition of a conditional density,
# $p_\theta(x_0) = p_\theta(x_{0:T}) / p_\theta(x_{1:T} \mid x_0)$. Take the logarithm, add and subtract
# $\log q(x_{1:T} \mid x_0)$, and average over paths from $q$. The left side is the same for all paths, so it stays:
#
# $$-\log p_\theta(x_0)
# = \underbrace{\mathbb E_q\left[-\log\frac{p_\theta(x_{0:T})}{q(x_{1:T} \mid x_0)}\right]}_{L(x_0)}
# - \underbrace{\mathbb E_q\left[\log\frac{q(x_{1:T} \mid x_0)}{p_\theta(x_{1:T} \mid x_0)}\right]}_{
# \mathrm{KL}(q(x_{1:T} \mid x_0)\,\|\,p_\theta(x_{1:T} \mid x_0))} \tag{3.1}$$
#
# $\mathrm{KL}(q\,\|\,p) = \mathbb E_q[\log(q/p)]$ is the Kullback-Leibler divergence of $p$ from $q$. It is never
# negative: the curve $\log u$ lies below its tangent at $u = 1$, so $\log u \le u - 1$, with equality only at $u = 1$.
# With $u = p/q$,
#
# $$-\mathrm{KL}(q\,\|\,p) = \mathbb E_q\left[\log\frac pq\right] \le \mathbb E_q\left[\frac pq\right] - 1
# = \int p\;dx - 1 = 0,$$
#
# and KL is 0 only if $p = q$. Hence $-\log p_\theta(x_0) \le L(x_0)$, the paper's Eq. 3. $L$ needs only densities that
# we have and paths that we can draw. If it is made small, $-\log p_\theta(x_0)$ must be small too.
#
# **Skip at first reading: from here to the end of this section a chain is computed in full to check (3.1).** Its code
# is folded; open a cell at the bar to its left. Run the cells all the same, since the next section uses them.
#
# <details><summary>How it is checked (click)</summary>
#
# To check it we need a chain so small that all three parts of (3.1) can be computed: $x_0$ is one number,
# $T = 4$, and $\mu_\theta(x_t, t)$ is a line, slope times $x_t$ plus shift, badly trained on purpose.
# </details>

# %% jupyter={"source_hidden": true}
T = 4
short = ddpm_edu.NoiseSchedule(ddpm_edu.linear_schedule(T, 0.1, 0.5), dtype=torch.float64)
bad = {  # entry t is for the step from t to t-1; entry 0 is not used
    "slope": torch.tensor([0, 0.9, 0.8, 0.7, 0.6]).double(),
    "shift": torch.tensor([0, 0.2, -0.1, 0.3, 0.1]).double(),
    "variance": short.betas,
}
zero, one = torch.zeros(()).double(), torch.ones(()).double()

# %% [markdown]
# <details><summary>The distributions of whole paths (click)</summary>
#
# Every $x_t$ is then a sum: $T + 1$ independent standard Gaussian draws, each times a factor, plus a number. A row for
# each time holds the factors and, last, the number, which is the mean of $x_t$. The covariance of two of the $x_t$ is
# the mean of the product of their deviations from their means. Products of different draws have mean 0, squares have
# mean 1, so it is the sum of the products of their factors.
# </details>


# %% jupyter={"source_hidden": true}
def joint_p(slope, shift, variance):
    """Return the Gaussian distribution of (x_0, ..., x_T) when p makes them, from x_T down."""
    row = torch.zeros(T + 1, T + 2, dtype=torch.float64)
    row[T, T] = 1
    for t in range(T, 0, -1):
        row[t - 1] = slope[t] * row[t]
        row[t - 1, t - 1] += variance[t].sqrt()
        row[t - 1, -1] += shift[t]
    return MultivariateNormal(row[:, -1], row[:, :-1] @ row[:, :-1].T)


# %% jupyter={"source_hidden": true}
def path_q(x_0):
    """Return the Gaussian distribution of (x_1, ..., x_T) when q makes them, from x_0 up."""
    row = torch.zeros(T + 1, T + 2, dtype=torch.float64)
    row[0, -1] = x_0
    for t in range(1, T + 1):
        row[t] = short.alphas[t].sqrt() * row[t - 1]
        row[t, t] += short.betas[t].sqrt()
    return MultivariateNormal(row[1:, -1], row[1:, :-1] @ row[1:, :-1].T)


# %% [markdown]
# <details><summary>The three parts of (3.1) (click)</summary>
#
# The three parts, each in its own way. The precision is now a matrix, the inverse of that of the covariances.
#
# * **Left:** under $p$, $x_0$ alone is Gaussian.
# * **The bound** is $\mathbb E_q \log q - \mathbb E_q \log p$. The first is minus the entropy of $q$, which torch
#   knows. The logarithm of $p$ is a quadratic; its average over $q$ is its value at the mean of $q$, minus half the sum
#   of precision of $p$ times covariance of $q$, entry by entry.
# * **The divergence:** hold $x_0$ fixed in the exponent of $p$. What is left is a Gaussian in $x_{1:T}$. Its precision
#   is a block of the old one, its mean is where the exponent has slope 0.
# </details>


# %% jupyter={"source_hidden": true}
def minus_log_p(x_0, p):
    return -Normal(p.mean[0], p.covariance_matrix[0, 0].sqrt()).log_prob(x_0)


def bound(x_0, p):
    q = path_q(x_0)
    at_mean = p.log_prob(torch.cat([x_0[None], q.mean]))
    return -q.entropy() - at_mean + (p.precision_matrix[1:, 1:] * q.covariance_matrix).sum() / 2


def divergence(x_0, p):
    block, column = p.precision_matrix[1:, 1:], p.precision_matrix[1:, 0]
    mean = p.mean[1:] - torch.linalg.solve(block, column) * (x_0 - p.mean[0])
    return kl_divergence(path_q(x_0), MultivariateNormal(mean, precision_matrix=block))


# %% tags=["nbval-check-output"]
p, x = joint_p(**bad), torch.linspace(-3, 3, 61, dtype=torch.float64)
true, upper, gap = (torch.stack([part(x_0, p) for x_0 in x]) for part in (minus_log_p, bound, divergence))
prove("3.1", true, upper - gap, within=1e-12, paper="Eq. 3")  # rounding of 64 bits
print(f"the smallest gap is {gap.min():.3f}")

# %% [markdown]
# How good can the bound be? The gap is 0 if $p$ makes the same paths as $q$. We can write down such a $p$ for data that
# are standard normal themselves. Then all $x_t$ are, and $x_{t-1}$ and $x_t$, with their covariance $\sqrt{\alpha_t}$,
# can be exchanged: a step back is like a step forwards, with the mean $\sqrt{\alpha_t}\,x_t$ and the variance
# $\beta_t$.

# %%
best = joint_p(short.alphas.sqrt(), torch.zeros(T + 1), short.betas)
touching, exactly = (torch.stack([part(x_0, best) for x_0 in x]) for part in (bound, minus_log_p))
figures.panels(
    x,
    {
        "a badly trained chain": {"the bound": upper, r"$-\log p(x_0)$": true},
        "the perfect chain for normal data": {"the bound": touching, r"$-\log p(x_0)$": exactly},
    },
    "x_0",
    alt=figures.described("3.2"),
)

# %% tags=["nbval-check-output"]
print(f"largest gap of the perfect chain: {(touching - exactly).abs().max():.6f}")

# %% [markdown]
# ## The bound, term by term
#
# $L$ is an average over whole paths, with products of $T$ factors above and below. It falls apart into small pieces if
# both products run in the same direction. $p_\theta$ goes from $x_t$ to $x_{t-1}$, $q$ the other way; so turn $q$
# round. For $t \ge 2$, since $x_t$ depends on $x_0$ only through $x_{t-1}$, and by Bayes' rule,
#
# $$q(x_t \mid x_{t-1}) = q(x_t \mid x_{t-1}, x_0)
# = q(x_{t-1} \mid x_t, x_0)\,\frac{q(x_t \mid x_0)}{q(x_{t-1} \mid x_0)}$$
#
# Multiply these for $t = 2, 3, 4$, with $q(x_1 \mid x_0)$ in front:
#
# $$q(x_1 \mid x_0) \cdot \frac{q(x_2 \mid x_0)}{q(x_1 \mid x_0)} \cdot \frac{q(x_3 \mid x_0)}{q(x_2 \mid x_0)} \cdot
# \frac{q(x_4 \mid x_0)}{q(x_3 \mid x_0)} \cdot q(x_1 \mid x_2, x_0)\,q(x_2 \mid x_3, x_0)\,q(x_3 \mid x_4, x_0)$$
#
# Each numerator meets the same density in the next denominator, like the tubes of a telescope. One is left:
#
# $$\prod_{t=1}^T q(x_t \mid x_{t-1}) = q(x_T \mid x_0) \prod_{t=2}^T q(x_{t-1} \mid x_t, x_0) \tag{3.2}$$
#
# A path can be drawn forwards from $x_0$ or backwards from $x_T$, with the same distribution. We check it for $T = 4$
# with the Gaussians of step, jump and step back, for any $x_0, \dots, x_4$ and any schedule. A product of Gaussians is
# given by the sum of the exponents and the product of the variances.

# %%
root = sympy.symbols("r_1:5", positive=True)  # root[t-1] is the root of alpha_t
xs = sympy.symbols("x_0:5", real=True)
bar = [sympy.prod([r**2 for r in root[:t]]) for t in range(5)]  # alpha_bar_t


def gaussian(x, mean, variance):
    return -((x - mean) ** 2) / (2 * variance), variance


def product(factors):
    exponents, variances = zip(*factors)
    return sum(exponents), sympy.prod(variances)


# %% tags=["nbval-check-output"]
forwards = [gaussian(xs[t], root[t - 1] * xs[t - 1], 1 - root[t - 1] ** 2) for t in range(1, 5)]
backwards = [gaussian(xs[4], sympy.sqrt(bar[4]) * xs[0], 1 - bar[4])]
for t in (2, 3, 4):
    r, beta_t = root[t - 1], 1 - root[t - 1] ** 2
    mean = (sympy.sqrt(bar[t - 1]) * beta_t * xs[0] + r * (1 - bar[t - 1]) * xs[t]) / (1 - bar[t])
    backwards.append(gaussian(xs[t - 1], mean, (1 - bar[t - 1]) / (1 - bar[t]) * beta_t))
prove("3.2", product(forwards), product(backwards))

# %% [markdown]
# Put (3.2) into $L$. The logarithm turns products into sums, and each $p_\theta(x_{t-1} \mid x_t)$ with $t \ge 2$
# finds its partner; $p(x_T)$ gets $q(x_T \mid x_0)$, and $p_\theta(x_0 \mid x_1)$ stays alone:
#
# $$L(x_0) = \mathbb E_q\left[\log\frac{q(x_T \mid x_0)}{p(x_T)}
# + \sum_{t=2}^T \log\frac{q(x_{t-1} \mid x_t, x_0)}{p_\theta(x_{t-1} \mid x_t)} - \log p_\theta(x_0 \mid x_1)\right]$$
#
# In the term of $t$ only $x_{t-1}$ and $x_t$ occur. Draw $x_t$ by the jump, then $x_{t-1}$ by the step back given
# $x_0$, which (3.2) allows. The average over $x_{t-1}$, with $x_t$ held, is a KL divergence by its definition. So is
# the first term:
#
# $$L = \underbrace{\mathrm{KL}(q(x_T | x_0)\,\|\,p(x_T))}_{L_T} + \sum_{t=2}^T
# \underbrace{\mathbb E_q\,\mathrm{KL}(q(x_{t-1} | x_t, x_0)\,\|\,p_\theta(x_{t-1} | x_t))}_{L_{t-1}}
# \;\underbrace{{}- \mathbb E_q \log p_\theta(x_0 | x_1)}_{L_0} \tag{3.3}$$
#
# This is the paper's Eq. 5. For the short chain we have $L$ already, as an average over whole paths. Now the five
# terms, with [`kl_gaussians`](../ddpm_edu/objective.py), the divergence of two Gaussians that the next section derives.
# What is averaged over $x_t \sim \mathcal N(m, v)$ is a quadratic. Its average is that over the two points
# $m \pm \sqrt v$, since these have the same mean and the same mean square.


# %%
def terms(x_0, slope, shift, variance):
    """Return L_0, ..., L_T."""
    parts, two_points = [], torch.tensor([-1.0, 1.0]).double()
    for t in range(1, T + 1):
        x_t = short.alphas_bar[t].sqrt() * x_0 + short.one_minus_alphas_bar[t].sqrt() * two_points
        our_mean = slope[t] * x_t + shift[t]
        if t == 1:
            parts.append(-Normal(our_mean, variance[1].sqrt()).log_prob(x_0).mean())
        else:
            true_mean = posterior_mean(x_0.expand(2), x_t, torch.tensor([t, t]), short)
            parts.append(kl_gaussians(true_mean, short.posterior_variance[t], our_mean, variance[t]).mean())
    end = short.alphas_bar[T].sqrt() * x_0, short.one_minus_alphas_bar[T]
    return torch.stack([*parts, kl_gaussians(*end, zero, one)])


# %% tags=["nbval-check-output"]
by_term = torch.stack([terms(x_0, **bad) for x_0 in x])
prove("3.3", upper, by_term.sum(1), within=1e-12, paper="Eq. 5")  # rounding of 64 bits

# %%
figures.bars(
    {f"L_{t}": value.item() for t, value in enumerate(terms(one, **bad))},
    "nats",
    alt=figures.described("3.3"),
)

# %% [markdown]
# These are the five terms at $x_0 = 1$; a nat is the unit of natural logarithms. What is each of them about?
#
# * $L_T$ has no weights in it. It says how much of $x_0$ is left at the end: on the real schedule nearly nothing.
# * $L_0$ is about the last step, where pixels are read off. There the paper takes the probability of a grey level
#   (its Eq. 13, lesson 7). Here we stay with the density.
# * $L_1, \dots, L_{T-1}$, almost all of the terms, compare two Gaussians. One is known, the other is the network's.

# %% tags=["nbval-check-output"]
end = exact.alphas_bar[1000].sqrt(), exact.one_minus_alphas_bar[1000]
print(f"L_T of a white pixel (x_0 = 1), T = 1000: {kl_gaussians(*end, zero, one):.6f} nats")

# %% [markdown]
# ## The divergence of two Gaussians
#
# Take one coordinate, $N_1 = \mathcal N(\mu_1, \sigma_1^2)$ and $N_2 = \mathcal N(\mu_2, \sigma_2^2)$. KL is the
# average over $x \sim N_1$ of the log ratio of the densities,
#
# $$\log\frac{N_1(x)}{N_2(x)} = \log\frac{\sigma_2}{\sigma_1} - \frac{(x - \mu_1)^2}{2\sigma_1^2}
# + \frac{(x - \mu_2)^2}{2\sigma_2^2}$$
#
# The average of $(x - \mu_1)^2$ is $\sigma_1^2$. That of $(x - \mu_2)^2$ is $\sigma_1^2 + (\mu_1 - \mu_2)^2$: the
# spread around the mean, and the distance of the mean. So the second term becomes $-\frac12$, and
#
# $$\mathrm{KL}(N_1\,\|\,N_2) = \frac12\left(\frac{(\mu_1 - \mu_2)^2}{\sigma_2^2} + \frac{\sigma_1^2}{\sigma_2^2} - 1
# - \log\frac{\sigma_1^2}{\sigma_2^2}\right) \tag{3.4}$$
#
# in code `kl_gaussians`. The two proofs take integrals with symbols ($x = \mu_1 + \sigma_1 z$ with a standard normal
# $z$) and add up areas under the curve.

# %% tags=["nbval-check-output"]
mu_1, mu_2, z = sympy.symbols("mu_1 mu_2 z", real=True)
sigma_1, sigma_2 = sympy.symbols("sigma_1 sigma_2", positive=True)
point = mu_1 + sigma_1 * z
log_ratio = sympy.log(sigma_2 / sigma_1) - z**2 / 2 + (point - mu_2) ** 2 / (2 * sigma_2**2)
bell = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
integral = sympy.integrate(sympy.expand(log_ratio) * bell, (z, -sympy.oo, sympy.oo))
ratio = (sigma_1 / sigma_2) ** 2
prove("3.4", integral, ((mu_1 - mu_2) ** 2 / sigma_2**2 + ratio - 1 - sympy.log(ratio)) / 2)

# %% tags=["nbval-check-output"]
grid = torch.linspace(-12, 12, 100_001, dtype=torch.float64)
first, second = Normal(torch.tensor(0.3).double(), 0.8), Normal(torch.tensor(-0.5).double(), 1.7)
area = torch.trapezoid(first.log_prob(grid).exp() * (first.log_prob(grid) - second.log_prob(grid)), grid)
formula = kl_gaussians(first.mean, first.variance, second.mean, second.variance)
prove("3.4", area, formula, within=1e-9)  # a grid is not exact

# %% [markdown]
# (3.4) has two parts. The first is 0 only for equal means. The rest is $\frac12(u - 1 - \log u)$ with
# $u = \sigma_1^2 / \sigma_2^2$, and that is 0 only for $u = 1$, as we saw above. And the order of the two matters. Let
# one be the standard normal, and the other have mean 0 and the standard deviation $\sigma$:

# %%
sigma = torch.linspace(0.3, 3, 136, dtype=torch.float64)
figures.curves(
    sigma,
    {
        r"KL(standard || $\sigma$)": kl_gaussians(zero, one, zero, sigma**2),
        r"KL($\sigma$ || standard)": kl_gaussians(zero, sigma**2, zero, one),
    },
    r"$\sigma$",
    "nats",
    alt=figures.described("3.4"),
)

# %% [markdown]
# KL(standard || $\sigma$) is high where $\sigma$ is too small: where the first distribution often is, the second says
# "practically never". In (3.3) the first is $q$, the truth. A model that is too sure of itself is punished.

# %% [markdown]
# ## Equal widths: only the means count
#
# Use (3.4) in $L_{t-1}$. The variances are $\tilde\beta_t$ and our $\sigma_t^2$, equal in all coordinates. These are
# independent, so logarithms and divergences add up, and the first part becomes a squared length:
#
# $$L_{t-1}
# = \mathbb E_q\left[\frac{1}{2\sigma_t^2}\,\|\tilde\mu_t(x_t, x_0) - \mu_\theta(x_t, t)\|^2\right] + C, \qquad
# C = \frac d2\left(\frac{\tilde\beta_t}{\sigma_t^2} - 1 - \log\frac{\tilde\beta_t}{\sigma_t^2}\right) \tag{3.5}$$
#
# with $d$ coordinates. This is the paper's Eq. 8. $C$ contains no weights $\theta$: it cannot be trained away, and for
# $\sigma_t^2 = \tilde\beta_t$ it is 0. To make the images probable, what is left is this: **let the mean of our
# step hit the mean of the true step back.** We check the divergence in $L_{t-1}$ against that of torch, which does not
# know (3.4), for $d = 3$ and $t = 2, 3, 4$ of the short chain, with random means and $\sigma_t^2 = \beta_t$:

# %% tags=["nbval-check-output"]
steps = torch.tensor([2, 3, 4])
true_means, our_means = torch.randn(2, 3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
narrow, wide = short.posterior_variance[steps], short.betas[steps]
identity = torch.eye(3, dtype=torch.float64)
step_of_q, step_of_p = (
    MultivariateNormal(mean, variance[:, None, None] * identity)
    for mean, variance in ((true_means, narrow), (our_means, wide))
)
constant = 3 / 2 * (narrow / wide - 1 - (narrow / wide).log())
distance = (true_means - our_means).square().sum(1) / (2 * wide)
prove("3.5", kl_divergence(step_of_q, step_of_p), distance + constant, within=1e-12, paper="Eq. 8")

# %% [markdown]
# ## The noise tells the clean image
#
# The target $\tilde\mu_t$ contains $x_0$, which the network cannot see. What exactly is hidden from it? By the jump,
# $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$ with $\epsilon \sim \mathcal N(0, I)$. Solve for
# $x_0$:
#
# $$x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\;\epsilon}{\sqrt{\bar\alpha_t}} \tag{3.6}$$
#
# To know $x_t$ and the noise is to know the image. With a guess of $\epsilon$ (3.6) gives the estimate $\hat x_0$ (the
# paper's Eq. 15, in code [`predict_x0`](../ddpm_edu/objective.py)), the last row of the first picture.

# %% tags=["nbval-check-output"]
alpha, bar_prev = sympy.symbols("alpha_t alphabar_{t-1}", positive=True)
bar_t, beta = alpha * bar_prev, 1 - alpha
x0, xt, noise_in, noise_out = sympy.symbols("x_0 x_t epsilon epsilon_theta", real=True)
jump = sympy.Eq(xt, sympy.sqrt(bar_t) * x0 + sympy.sqrt(1 - bar_t) * noise_in)
clean = (xt - sympy.sqrt(1 - bar_t) * noise_in) / sympy.sqrt(bar_t)
prove("3.6", sympy.solve(jump, x0)[0], clean, paper="Eq. 15")

# %% [markdown]
# ## What is left to predict
#
# Put (3.6) into $\tilde\mu_t$. Since $\bar\alpha_t = \alpha_t \bar\alpha_{t-1}$, the factor of $x_t$ becomes
#
# $$\frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{(1-\bar\alpha_t)\sqrt{\bar\alpha_t}}
# + \frac{\sqrt{\alpha_t}(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}
# = \frac{(1 - \alpha_t) + (\alpha_t - \bar\alpha_t)}{(1-\bar\alpha_t)\sqrt{\alpha_t}} = \frac{1}{\sqrt{\alpha_t}}$$
#
# and the factor of $\epsilon$ becomes $-\frac{\sqrt{\bar\alpha_{t-1}}\,\beta_t}{1-\bar\alpha_t} \cdot
# \frac{\sqrt{1-\bar\alpha_t}}{\sqrt{\bar\alpha_t}} = -\frac{\beta_t}{\sqrt{\alpha_t}\sqrt{1-\bar\alpha_t}}$. Therefore
#
# $$\tilde\mu_t = \frac{1}{\sqrt{\alpha_t}}\left(x_t
# - \frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\,\epsilon\right) \tag{3.7}$$
#
# which is how the target looks in the paper's Eq. 10.

# %% tags=["nbval-check-output"]
eq_7 = (sympy.sqrt(bar_prev) * beta * clean + sympy.sqrt(alpha) * (1 - bar_prev) * xt) / (1 - bar_t)
target = (xt - beta / sympy.sqrt(1 - bar_t) * noise_in) / sympy.sqrt(alpha)
prove("3.7", eq_7, target, paper="Eq. 10")

# %% [markdown]
# Read (3.7) as the network would. It is given $x_t$ and $t$, hence every $\alpha$ and $\beta$. On the right it lacks
# one thing only, $\epsilon$. So let it predict that: call its output $\epsilon_\theta(x_t, t)$ and do the rest
# ourselves. This is a choice, and it costs nothing: any $\mu_\theta$ can be written so. It says that the mean of our
# step is the true mean at the estimated image:
#
# $$\mu_\theta(x_t, t) = \frac{1}{\sqrt{\alpha_t}}\left(x_t - \frac{\beta_t}{\sqrt{1-\bar\alpha_t}}\,
# \epsilon_\theta(x_t, t)\right) = \tilde\mu_t(x_t, \hat x_0) \tag{3.8}$$
#
# the paper's Eq. 11, in code [`mean_from_noise`](../ddpm_edu/objective.py). The two sides in numbers, at all times and
# for arbitrary outputs:

# %% tags=["nbval-check-output"]
t = torch.arange(1, 1001)
x_t, output = torch.randn(2, 1000, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
through_x0 = posterior_mean(predict_x0(x_t, t, output, exact), x_t, t, exact)
prove("3.8", mean_from_noise(x_t, t, output, exact), through_x0, within=1e-9, paper="Eq. 11")  # at t = T rounding grows

# %% [markdown]
# ## The weight of each time
#
# Subtract (3.8) from (3.7): $x_t$ cancels, and the error of the mean is the error of the noise times a number. Square
# it and divide by $2\sigma_t^2$, as (3.5) asks:
#
# $$\frac{1}{2\sigma_t^2}\,\|\tilde\mu_t - \mu_\theta\|^2
# = \underbrace{\frac{\beta_t^2}{2\sigma_t^2\,\alpha_t(1-\bar\alpha_t)}}_{w_t}\;\|\epsilon - \epsilon_\theta(x_t, t)\|^2
# \tag{3.9}$$
#
# the paper's Eq. 12. **Here is the answer to the question.** Every $L_{t-1}$ is the average squared error of the
# noise, times a number $w_t$ that is known before training, plus a constant.

# %% tags=["nbval-check-output"]
sigma_t = sympy.symbols("sigma_t", positive=True)
own_mean = target.subs(noise_in, noise_out)
weight = beta**2 / (2 * sigma_t**2 * alpha * (1 - bar_t))
prove("3.9", (target - own_mean) ** 2 / (2 * sigma_t**2), weight * (noise_in - noise_out) ** 2, paper="Eq. 12")

# %% [markdown]
# And with the real network on six digits at six times: on the left the divergence of two Gaussians with the means
# `posterior_mean` and `mean_from_noise` and the common variance $\beta_t$, on the right the weight
# [`vlb_weight`](../ddpm_edu/objective.py) times the squared error.

# %% tags=["nbval-check-output"]
t = torch.tensor([1, 2, 10, 100, 500, 1000])
x_0, noise = images[:6].double(), torch.randn(6, 1, 28, 28, generator=torch.Generator().manual_seed(0)).double()
x_t = ddpm_edu.sample_q(x_0, t, exact, noise)
with torch.no_grad():
    eps = model(x_t.float(), t).double()
variance = sample_by_t(exact.betas, t, x_t.shape)
in_means = kl_gaussians(posterior_mean(x_0, x_t, t, exact), variance, mean_from_noise(x_t, t, eps, exact), variance)
in_noise = ddpm_edu.vlb_weight(t, exact) * (noise - eps).square().sum((1, 2, 3))
prove("3.9", in_means.sum((1, 2, 3)), in_noise, within=1e-9)  # differences of close means lose digits

# %% [markdown]
# Which $\sigma_t^2$? From here on $\beta_t$, as in `vlb_weight`; one $\beta_t$ then cancels. With $\tilde\beta_t$ the
# weight at $t = 1$ would be infinite, since $\tilde\beta_1 = 0$. At $t = 1$ there is no divergence in (3.3), but $L_0$
# has the same form: by (2.8) $\tilde\mu_1 = x_0$, and $-\log p_\theta(x_0 \mid x_1)$ is
# $\|x_0 - \mu_\theta\|^2 / (2\sigma_1^2)$ plus a constant.

# %% tags=["nbval-check-output"]
t = torch.arange(1, 1001)
weights = ddpm_edu.vlb_weight(t, exact)
for time in (1, 2, 10, 100, 500, 1000):
    print(
        f"t = {time:4}: weight {weights[time - 1]:.6f}, {weights[time - 1] / weights.mean():5.2f} times the mean of all"
    )

# %% [markdown]
# At $t = 1$ we have $1 - \bar\alpha_1 = \beta_1$, so the weight is $\frac{1}{2\alpha_1}$; then $1 - \bar\alpha_t$
# grows with every step, while $\beta_t$ stays small. The bound is hard on errors at the smallest $t$.

# %% [markdown]
# ## Noise, image or mean: the same knowledge
#
# Given $x_t$ and $t$, by (3.6) and (3.7) each of $\epsilon$, $x_0$ and $\tilde\mu_t$ is a known number plus a known
# factor, not 0, times any other; so to predict one is to predict all three. Only errors are counted differently.
# Subtract (3.6) for the guess from (3.6) for the truth:
#
# $$\|x_0 - \hat x_0\|^2 = \frac{1-\bar\alpha_t}{\bar\alpha_t}\,\|\epsilon - \epsilon_\theta\|^2 \tag{3.10}$$
#
# The factor is one over the signal-to-noise ratio of lesson 1.

# %% tags=["nbval-check-output"]
prove("3.10", (clean - clean.subs(noise_in, noise_out)) ** 2, (1 - bar_t) / bar_t * (noise_in - noise_out) ** 2)
for time in (1, 100, 500, 1000):
    print(f"t = {time:4}: factor {exact.one_minus_alphas_bar[time] / exact.alphas_bar[time]:.3g}")

# %% [markdown]
# Near $t = 1$ a coarse guess of the noise gives a sharp image. Near $t = T$ the best guess gives a poor one. Run the
# next two cells and drag the slider: above, eight digits with noise; below, the images that the network's answer
# implies.

# %%
shown = [1, 10, 25, 50, 75, *range(100, 650, 50)]
noise = torch.randn(8, 1, 28, 28, generator=torch.Generator().manual_seed(1))
noised, implied = [], []
for time in shown:
    t = torch.full((8,), time)
    noised.append(ddpm_edu.sample_q(images[:8], t, schedule, noise))
    with torch.no_grad():
        implied.append(predict_x0(noised[-1], t, model(noised[-1], t), schedule))

# %%
widgets.reverse_scrubber(
    {"x_t": noised, "implied image": implied},
    shown,
    alt=figures.described("3.5"),
)

# %% [markdown]
# At $t = 600$ the lower row still shows shapes of digits, but some are not the digits that were there: set the slider
# to 1 and compare. The network answers with an average over all that may hide in $x_t$. The reason stands below
# (3.12).

# %% [markdown]
# ## Drop the weight
#
# The paper trains with (3.9) without its weight, and with $t$ uniform on $1, \dots, T$:
#
# $$L_\text{simple} = \mathbb E_{t, x_0, \epsilon}\,\big\|\epsilon
# - \epsilon_\theta(\sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon,\ t)\big\|^2
# = \mathbb E_{t, x_0, \epsilon}\left[\frac{1}{w_t} \cdot \frac{\|\tilde\mu_t - \mu_\theta\|^2}{2\sigma_t^2}\right]
# \tag{3.11}$$
#
# The first form is the paper's Eq. 14: draw a time, an image and noise, mix them, ask the network, square the
# difference. The second says what it means: the terms of the bound, each divided by its weight. In code
# [`compute_loss`](../ddpm_edu/objective.py), which also averages over pixels where the equation adds them up; a
# constant factor, which training does not notice. One batch of 64 digits, by both forms:


# %%
def double(x_t, t):
    """Let the network answer in 32 bits, and go on in 64."""
    return model(x_t.float(), t).double()


# %% tags=["nbval-check-output"]
generator = torch.Generator().manual_seed(0)
t = ddpm_edu.sample_timesteps(64, exact, generator)
x_0, noise = images[:64].double(), torch.randn(64, 1, 28, 28, generator=generator).double()
with torch.no_grad():
    loss = ddpm_edu.compute_loss(double, x_0, t, exact, noise)
    x_t = ddpm_edu.sample_q(x_0, t, exact, noise)
    mean_of_network = mean_from_noise(x_t, t, double(x_t, t), exact)
variance = sample_by_t(exact.betas, t, x_t.shape)
in_means = kl_gaussians(posterior_mean(x_0, x_t, t, exact), variance, mean_of_network, variance).mean((1, 2, 3))
prove("3.11", loss, (in_means / ddpm_edu.vlb_weight(t, exact)).mean(), within=1e-9, paper="Eq. 14")

# %% [markdown]
# Is that allowed? If the network had a separate function for every $t$, each term could be made smallest by itself,
# and a positive factor before a term does not move the place where it is smallest. Both objectives would have the same
# answer. A real network uses the same weights at all $t$. To see what happens then, we need to know two things
# exactly: how small each term can be, and what a network does that cannot make all of them so small.

# %% [markdown]
# ## How small can the loss be?
#
# > **Predict.** Take the best of all possible networks. It sees $x_t$ and $t$, not $x_0$, so it cannot always be
# > right. At which times is its squared error of the noise largest?

# %%
hardest_time = widgets.Prediction(
    "near t = 1, where there is little noise", "in the middle", "near t = T, where there is little image"
)

# %% [markdown]
# For data $x_0 \sim \mathcal N(0, 1)$ the best network has a formula, which we derive in a moment
# ([`GaussianOracle`](../ddpm_edu/oracle.py)). Beside it our network, on 64 real digits. (Digits that it was trained
# on; lesson 7 asks what difference that makes.)

# %%
oracle = ddpm_edu.GaussianOracle(mean=0.0, std=1.0, schedule=exact)
spots = torch.tensor([1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 700, 1000])
generator = torch.Generator().manual_seed(0)
numbers, their_noise = torch.randn(2, 10_000, 1, generator=generator).double()
normal, real = [], []  # the losses
for time in spots.tolist():
    t = torch.full((10_000,), time)
    normal.append(ddpm_edu.compute_loss(oracle, numbers, t, exact, their_noise))
    noise = torch.randn(64, 1, 28, 28, generator=generator).double()
    with torch.no_grad():
        real.append(ddpm_edu.compute_loss(double, images[:64].double(), t[:64], exact, noise))

# %%
figures.curves(
    spots,
    {"the best network, normal data": torch.stack(normal), "ours, real digits": torch.stack(real)},
    "t",
    "mean squared error of the noise",
    alt=figures.described("3.6"),
    xlog=True,
)

# %%
hardest_time.compare(
    "near t = 1, where there is little noise",
    {
        "near t = 1, where there is little noise": "Noise far smaller than the data's own variation cannot be told "
        "from it. For normal data the error is almost 1, as bad as answering 0.",
        "in the middle": "There both image and noise are half visible, but the error keeps falling with t: the more "
        "noise, the easier it is to name.",
        "near t = T, where there is little image": "There the image is lost, but the image is not asked for. $x_T$ is "
        "almost nothing but the noise, so the answer is $x_T$ itself.",
    },
)

# %% [markdown]
# Digits are easier than independent normal numbers, since pixels tell much about each other; but both curves fall all
# the way. Now the formula. Let $x_0 \sim \mathcal N(m, s^2)$, one coordinate. Then
# $x_t = \sqrt{\bar\alpha_t}\,x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$ has the mean $\sqrt{\bar\alpha_t}\,m$ and the
# variance $v_t = \bar\alpha_t s^2 + 1 - \bar\alpha_t$, and $\mathrm{Cov}[\epsilon, x_t] = \sqrt{1-\bar\alpha_t}$.
# Split the noise in two, with $c = \sqrt{1-\bar\alpha_t} / v_t$:
#
# $$\epsilon = c\,(x_t - \sqrt{\bar\alpha_t}\,m) + \rho$$
#
# For this $c$, $\mathrm{Cov}[\rho, x_t] = \sqrt{1-\bar\alpha_t} - c\,v_t = 0$. Both $\rho$ and $x_t$ are made of the
# two independent Gaussians $x_0$ and $\epsilon$ by fixed factors, so they are jointly Gaussian, and jointly Gaussian
# numbers that are uncorrelated are independent. So $x_t$ says nothing about the rest $\rho$, which has mean 0. The
# first part is what can be known:
#
# $$\epsilon^\ast(x_t, t) = \mathbb E[\epsilon \mid x_t]
# = \frac{\sqrt{1-\bar\alpha_t}\,(x_t - \sqrt{\bar\alpha_t}\,m)}{\bar\alpha_t s^2 + 1 - \bar\alpha_t} \tag{3.12}$$
#
# Any other answer $f(x_t)$ is worse: $\mathbb E(\epsilon - f)^2 = \mathbb E\rho^2 + \mathbb E(\epsilon^\ast - f)^2$,
# without a mixed term, since $\rho$ averages to 0 whatever $x_t$ is. So $\mathbb E[\epsilon \mid x_t]$ is best for any
# data, though only for few is it a formula. Put it into (3.6): the image implied is $\mathbb E[x_0 \mid x_t]$, the
# average that the slider showed. And the best answer still costs the variance of the rest,
# $\mathrm{Var}[\epsilon] - c^2 v_t$:
#
# $$\mathbb E\,(\epsilon - \epsilon^\ast)^2 = 1 - \frac{1-\bar\alpha_t}{v_t}
# = \frac{\bar\alpha_t s^2}{\bar\alpha_t s^2 + 1 - \bar\alpha_t} \tag{3.13}$$
#
# Without this algebra: by Bayes, the density of $\epsilon$ given $x_t$ is proportional to that of $\epsilon$ times that
# of $x_t$ given $\epsilon$. On a grid, for $m = 0.5$ and $s = 0.3$:

# %% tags=["nbval-check-output"]
narrow = ddpm_edu.GaussianOracle(mean=0.5, std=0.3, schedule=exact)
t, x_t = torch.tensor([10, 100, 500]), torch.tensor([0.6, 0.1, 1.5]).double()
alpha_bar_t, one_minus_alpha_bar_t = exact.alphas_bar[t], exact.one_minus_alphas_bar[t]
grid = torch.linspace(-10, 10, 100_001, dtype=torch.float64)[:, None]
made = Normal(
    alpha_bar_t.sqrt() * 0.5 + one_minus_alpha_bar_t.sqrt() * grid, alpha_bar_t.sqrt() * 0.3
)  # the distribution of x_t for each noise
chance = (Normal(zero, one).log_prob(grid) + made.log_prob(x_t)).softmax(0)
mean = (chance * grid).sum(0)
prove("3.12", mean, narrow(x_t, t), within=1e-9)  # a grid is not exact
prove(
    "3.13",
    (chance * (grid - mean) ** 2).sum(0),
    alpha_bar_t * 0.09 / (alpha_bar_t * 0.09 + one_minus_alpha_bar_t),
    within=1e-9,
)

# %% [markdown]
# And with draws, through the forward process and the oracle, at the twelve times of the picture with $s = 1$:

# %% tags=["nbval-check-output"]
x_0, noise = torch.randn(2, 20_000, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
x_t = ddpm_edu.sample_q(x_0.T, spots, exact, noise.T)
errors = (noise.T - oracle(x_t, spots)).square().T
prove("3.13", errors, exact.alphas_bar[spots], false_alarm=1e-6)  # for s = 1 the right side is alpha_bar_t

# %% [markdown]
# ## Where each objective looks
#
# Now multiply: the smallest possible loss of each $t$, times the weight that the bound gives it, or times 1. The third
# panel adds up from $t = 1$: which share of the whole has been met by then?

# %%
t = torch.arange(1, 1001)
smallest = exact.alphas_bar[1:]  # (3.13) with s = 1
relative = {"the bound": weights / weights.mean(), "L_simple": torch.ones(1000).double()}
share = {name: (w * smallest).cumsum(0) / (w * smallest).sum() for name, w in relative.items()}
figures.panels(
    t,
    {
        "weight (its mean is 1)": relative,
        "smallest possible loss": {"s = 1": smallest},
        "share of the sum up to t": share,
    },
    "t",
    alt=figures.described("3.7"),
    xlog=True,
    ylog=("weight (its mean is 1)",),
)

# %% tags=["nbval-check-output"]
for name, sums in share.items():
    half = (sums < 0.5).sum() + 1
    print(f"{name}: half of the sum at t <= {half}, {sums[9]:.0%} at t <= 10, {sums[99]:.0%} at t <= 100")

# %% [markdown]
# Compared with the bound, $L_\text{simple}$ turns down the times before 100, where the images of the slider above were
# sharp anyway, and turns up the middle, where shapes are decided. But nobody can train away the smallest possible loss.
# What do the weights change in what can be trained?

# %% [markdown]
# ## A network that cannot have it all
#
# A network as poor as possible: it does not look at $t$, and all it can do is to multiply,
# $\epsilon_\theta(x_t, t) = \theta x_t$ with one number $\theta$ for all times. Data are standard normal, so the best
# answer at $t$ would be $\sqrt{1-\bar\alpha_t}\;x_t$ by (3.12): nearly 0 times $x_t$ at small $t$, nearly 1 times
# $x_t$ at large $t$.
#
# > **Predict.** Which objective leads to the smaller $\theta$?

# %%
smaller_theta = widgets.Prediction("the bound", "L_simple", "neither: both have the same minimum")

# %% [markdown]
# With $v_t = 1$ the error at $t$ is
# $\mathbb E(\epsilon - \theta x_t)^2 = 1 - 2\theta\sqrt{1-\bar\alpha_t} + \theta^2$. Its sum with weights $w_t$ has
# the derivative $2\sum_t w_t\,(\theta - \sqrt{1-\bar\alpha_t})$, which is 0 for
#
# $$\theta = \frac{\sum_t w_t \sqrt{1-\bar\alpha_t}}{\sum_t w_t}, \tag{3.14}$$
#
# the average of the answers that would be best at each time, weighted by the objective. With $w_t$ of (3.9), and with
# 1:

# %% tags=["nbval-check-output"]
ideal = exact.one_minus_alphas_bar[1:].sqrt()
theta = {name: ((w * ideal).sum() / w.sum()).item() for name, w in relative.items()}
print({name: round(value, 4) for name, value in theta.items()})

# %% [markdown]
# Is that right? Draw times, data and noise, and take the derivative of the weighted loss of each draw at these two
# numbers: on average it must be 0. (The loss is a parabola in $\theta$, so there it is smallest.)

# %% tags=["nbval-check-output"]
times = ddpm_edu.sample_timesteps(100_000, exact, torch.Generator().manual_seed(0))
x_0, noise = torch.randn(2, 100_000, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
x_t = ddpm_edu.sample_q(x_0, times, exact, noise)
slopes = [2 * w[times - 1] * (theta[name] * x_t - noise) * x_t for name, w in relative.items()]
prove("3.14", torch.stack(slopes, 1), torch.zeros(2), false_alarm=1e-6)

# %%
smaller_theta.compare(
    "the bound",
    {
        "the bound": "It has its largest weights at small $t$, where the best number is nearly 0. They pull it down.",
        "L_simple": "It counts all times alike, and at most of them the best number is close to 1. That pulls up.",
        "neither: both have the same minimum": "So it would be with a number for each time: each term by itself. One "
        "number for all must compromise, and the weights say how.",
    },
)

# %% [markdown]
# What does the choice cost, and where? By the decomposition above, the loss in excess of the smallest possible is
# $(\theta - \sqrt{1-\bar\alpha_t})^2$:

# %%
figures.curves(
    torch.arange(1, 1001),
    {f"{name}: {value:.3f}": (value - ideal) ** 2 for name, value in theta.items()},
    "t",
    "loss above the smallest possible",
    alt=figures.described("3.8"),
)

# %% [markdown]
# $L_\text{simple}$ buys accuracy at large $t$ and pays at small $t$; the bound does the reverse. A real network is
# less poor, but it shares its weights too. The paper measures this trade-off on small photographs (CIFAR-10), by the
# bound, in bits per pixel and colour, and by the Frechet distance of the samples from real images (lesson 7 explains
# both; less is better). Trained on the bound: at most 3.70 bits and a distance of 13.51; trained on $L_\text{simple}$:
# 3.75 and 3.17 (its Table 1). A little probability is given up for much better pictures.

# %% [markdown]
# ## Bug hunt
#
# A small and well-known repository for diffusion of points in the plane took its training steps like this until 2024
# (the names are ours), and its samples looked right.


# %%
def step_as_published(model, optimizer, x_0, schedule):
    t = ddpm_edu.sample_timesteps(len(x_0), schedule)
    loss = ddpm_edu.compute_loss(model, x_0, t, schedule, torch.randn_like(x_0))
    optimizer.zero_grad()
    loss.backward(loss)
    optimizer.step()
    return loss.item()


# %% [markdown]
# Compare it with the library's [`train_step`](../ddpm_edu/training.py), on the network with one number. An optimiser
# with learning rate 1 that takes plain gradient steps (SGD) moves $\theta$ by exactly minus the gradient, so the
# gradient can be read off.


# %%
class OneNumber(torch.nn.Module):
    def __init__(self, start):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))

    def forward(self, x_t, t):
        return self.theta * x_t


def gradient(step, start):
    torch.manual_seed(0)
    net, x_0 = OneNumber(start), torch.randn(10_000, 1, dtype=torch.float64)
    loss = step(net, torch.optim.SGD(net.parameters(), lr=1.0), x_0, exact)
    return loss, start - net.theta.item()


# %% tags=["nbval-check-output"]
for start in (-2.0, -1.0, 0.0, 0.5, 0.7):
    (loss, published), (_, library) = gradient(step_as_published, start), gradient(ddpm_edu.train_step, start)
    print(f"theta = {start:4}: loss {loss:.2f}, gradient as published {published:6.2f}, the library's {library:6.2f}")

# %% [markdown]
# Same sign, another size. Does it matter? A small network on points around the origin ($s = 0.1$), with two
# optimisers: SGD, and Adam, which most people use.


# %%
class Points(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.SiLU(), torch.nn.Linear(64, 2))

    def forward(self, x_t, t):
        return self.layers(torch.cat([x_t, t[:, None] / 1000], 1))


def losses(step, make_optimizer, lr):
    torch.manual_seed(0)
    net = Points()
    optimizer = make_optimizer(net.parameters(), lr=lr)
    seen = [step(net, optimizer, 0.1 * torch.randn(256, 2), schedule) for _ in range(400)]
    return torch.tensor(seen).reshape(-1, 10).mean(1)  # of ten steps each


# %%
ways = {"the library's step": ddpm_edu.train_step, "as published": step_as_published}
optimizers = {"loss with SGD": (torch.optim.SGD, 0.02), "loss with Adam": (torch.optim.Adam, 0.003)}
runs = {kind: {way: losses(step, *how) for way, step in ways.items()} for kind, how in optimizers.items()}
figures.panels(
    torch.arange(10, 401, 10),
    runs,
    "steps",
    alt=figures.described("3.9"),
)

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# The argument of `backward` is a factor for the gradient, and here it is the loss $\ell$ itself: divide the two columns
# of the table. $\ell\,\nabla \ell$ is the gradient of $\frac12 \ell^2$, so the steps shrink as the loss falls, and SGD
# crawls. Adam divides each step by the recent size of the gradients. A factor that changes slowly cancels, and the
# repository used a relative of Adam; so nobody saw it. The right line is `loss.backward()`.
#
# It is another objective, too. The mean of $\ell^2$ over batches weighs the batches with a large loss more than the
# mean of $\ell$ does, and small batches differ much.
# </details>

# %% [markdown]
# ## Recap
#
# * The bound is a sum of divergences of Gaussians (3.3); with fixed widths they are distances of means (3.5).
# * The mean lacks only the noise (3.7, 3.8), so each term is a squared error of the noise, times $w_t$ (3.9).
# * $L_\text{simple}$ (3.11) drops $w_t$; a network that cannot have it all then spends less on small $t$.
#
# All equations of the course on one page: [the formula sheet](../docs/formulas.md).
#
# **Your turn:** write `kl_gaussians`, `predict_x0`, `mean_from_noise`, `compute_loss` and `vlb_weight` yourself in
# [workbook/03_exercises.ipynb](../workbook/03_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/03_objective.ipynb](../exercises/03_objective.ipynb)). `solution("name")` shows an answer once yours
# has passed, or after three attempts.
#
# **Next:** who predicts the noise? [Lesson 4](04_network.ipynb) builds the network.
