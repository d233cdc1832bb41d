# %% [markdown]
# # 9. Flow matching
#
# **Question.** Is there a straighter way?
#
# *About 60 minutes. What it needs of the lessons before is said where it is used.*

# %%
from functools import partial

import sympy
import torch
from torch.distributions import Normal

import ddpm_edu
from ddpm_edu import FlowFromNoise, ddim_step, ddim_timesteps, euler_step, feature_moments, figures, flow_path
from ddpm_edu import flow_process, flow_time, frechet_distance, heun_step, load_flow, load_images, widgets
from ddpm_edu.proofs import prove

flow = load_flow("mnist5k")
noise_model = ddpm_edu.load_pretrained("mnist5k")
schedule = noise_model.schedule
exact = schedule.to(dtype=torch.float64)  # the same schedule in 64 bits

# %% [markdown]
# ## The picture first
#
# Many of the large image and video generators since 2024 do not predict noise. They are trained by *flow matching*: the
# same kind of network, the same data, the same squared error, another path and another target. Below are two networks.
# The upper one is that of the lessons before, sampled by DDIM. The lower one learned velocities, which this lesson
# derives; it is smaller and was trained for a shorter time. Both begin at the same noise and call their network four
# times.


# %%
@torch.no_grad()
def ddim(model, x, num_steps):
    """Take steps of DDIM, as in lesson 8."""
    times = ddim_timesteps(1000, num_steps)[:, None].expand(-1, len(x))
    for t, t_prev in zip(times[:-1], times[1:]):
        x = ddim_step(x, t, t_prev, model(x, t), schedule)
    return x


def last_of(states):
    return [*states][-1]


# %%
ten_labels = torch.arange(10)
ten_noises = torch.randn(10, 1, 28, 28, generator=torch.Generator().manual_seed(6))
ten_by_noise, ten_by_flow = partial(noise_model, labels=ten_labels), partial(flow, labels=ten_labels)
figures.image_rows(
    {"DDIM": ddim(ten_by_noise, ten_noises, 4), "flow": last_of(flow_process(ten_by_flow, ten_noises, 4))},
    alt=figures.described("9.1"),
)

# %% [markdown]
# Two networks that were trained apart, on different targets, make the same digits of the same noise, nearly stroke by
# stroke. Why should they? What is a velocity here, why can a network learn it, what has it to do with the noise and
# with the ordinary differential equation of lesson 8, and when is it better? In the end all of these turn out to be one
# family, and the differences are few.

# %% [markdown]
# ## From the lessons before
#
# Noise is added by $x_t = a_t\,x_0 + b_t\,\epsilon$, with $a_t = \sqrt{\bar\alpha_t}$ and $b_t = \sqrt{1-\bar\alpha_t}$
# (the paper's Eq. 4; the short letters $a$ and $b$ are this lesson's). So $a_t^2 + b_t^2 = 1$: as $t$ grows, $x_t$ goes
# from the data to the noise on a quarter of a circle. The network $\epsilon_\theta(x_t, t)$ guesses $\epsilon$, and
# with it the image, $\hat x_0 = (x_t - b_t\,\epsilon_\theta)/a_t$ (Eq. 15). The best answer to a squared error is a
# mean (lesson 3). DDIM without fresh noise goes from $t$ to $t'$ by $x_{t'} = a_{t'}\,\hat x_0 +
# b_{t'}\,\epsilon_\theta$ (lesson 8). The *score* is the gradient of a log density.

# %% [markdown]
# ## A straight path
#
# Why a circle? Nothing asks for it. Take the straight line from the data to the noise, at constant speed
# ([Liu and others 2023](https://arxiv.org/abs/2209.03003), [Lipman and others
# 2023](https://arxiv.org/abs/2210.02747)). Time is a real number $s$ from 0, the image, to 1, the noise. (Both papers
# count from the noise to the data. Here, as in all lessons, time grows with the noise.)
#
# $$x_s = (1-s)\,x_0 + s\,\epsilon, \qquad u = \frac{\mathrm dx_s}{\mathrm ds} = \epsilon - x_0 \tag{9.1}$$
#
# The velocity $u$ is the same all along the path. A network $v_\theta(x_s, s)$ sees a point and its time and is to
# answer with $u$: draw an image, noise and $s$ uniformly from $[0, 1]$, and take a gradient step on
# $\|u - v_\theta(x_s, s)\|^2$. That is Algorithm 1 with another mixture and another target; in code
# [`flow_path`](../ddpm_edu/flow.py) and [`flow_loss`](../ddpm_edu/flow.py).

# %% tags=["nbval-check-output"]
x0, eps, s = sympy.symbols("x_0 epsilon s", real=True)
on_path = (1 - s) * x0 + s * eps
prove("9.1", (sympy.diff(on_path, s), on_path.subs(s, 0), on_path.subs(s, 1)), (eps - x0, x0, eps))

# %% [markdown]
# The shipped network was trained so, by `python -m tools.make_flow`: it is the U-Net of lesson 4 with fewer channels,
# and the training of lesson 5 with another loss.

# %%
for name, network in {"noise": noise_model, "velocity": flow.network}.items():
    size = sum(parameter.numel() for parameter in network.parameters())
    print(f"{name}: {size:,} parameters, {network.card['steps']} steps in {network.card['seconds']:.0f} s")

# %% [markdown]
# ### What the network is told
#
# The U-Net embeds whole times, 0 to $T$, and no other: it is told $1000\,s$, rounded. Should it not be $s$ itself?
# Well-known implementations do just that ([a reader's question](https://github.com/willisma/SiT/issues/24)), with the
# embedding of lesson 4, in which the fastest column turns by one radian for each unit of time. Here are two times that
# are a hundredth of the path apart:

# %% tags=["nbval-check-output"]
for name, times in {"s itself": torch.tensor([0.50, 0.51]), "1000 s": torch.tensor([500, 510])}.items():
    one, other = ddpm_edu.timestep_embedding(times, 32)
    print(f"{name}: the embeddings differ by {(one - other).norm() / one.norm():.1%} of their length")

# %% [markdown]
# ## What the best network answers
#
# Through one point lead many straight paths, from different images to different noises. The network cannot know on
# which of them its point is. Let $u^*(x, s) = \mathbb E[u \mid x_s = x]$ be the mean of their velocities. Then for any
# answer $v$ that is a function of $x_s$ and $s$
#
# $$\mathbb E\,\|u - v\|^2 = \mathbb E\,\|u - u^*\|^2 + \mathbb E\,\|u^* - v\|^2 \tag{9.2}$$
#
# since $u - u^*$ has the mean 0 for each $x_s$, and is uncorrelated with whatever is a function of it. The first term
# is there whatever the network does; training makes the second small. So the best network answers with $u^*$. For
# Gaussian data, $x_0 \sim \mathcal N(m, \sigma^2)$, this mean is a formula:
#
# $$u^*(x, s) = -m + \frac{s - (1-s)\,\sigma^2}{(1-s)^2\sigma^2 + s^2}\,\big(x - (1-s)\,m\big) \tag{9.3}$$
#
# $u$ and $x_s$ are both sums of two independent Gaussians, so they are jointly Gaussian, and the mean of the one given
# the other is a straight line, whose slope is $\mathrm{Cov}[u, x_s] / \mathrm{Var}[x_s]$. The proof: what is left,
# $u - u^*$, has the mean 0 and is uncorrelated with $x_s$. Then (9.2), with half a million draws and an arbitrary $v$.

# %% tags=["nbval-check-output"]
m, g, sigma = *sympy.symbols("m g", real=True), sympy.Symbol("sigma", positive=True)
point = on_path.subs(x0, m + sigma * g)  # g and eps are independent, with mean 0 and variance 1
slope = (s - (1 - s) * sigma**2) / ((1 - s) ** 2 * sigma**2 + s**2)
left_over = sympy.expand(eps - (m + sigma * g) + m - slope * (point - (1 - s) * m))
mean = left_over.subs({g: 0, eps: 0})
covariance = sum(left_over.coeff(z) * sympy.expand(point).coeff(z) for z in (g, eps))
prove("9.3", (mean, covariance), (0, 0))


# %% tags=["nbval-check-output"]
def of_gaussian(x, s, mean=0.5, std=0.3):
    """Return the best velocity for Gaussian data, (9.3)."""
    share = (s - (1 - s) * std**2) / ((1 - s) ** 2 * std**2 + s**2)
    return share * (x - (1 - s) * mean) - mean


z, n = torch.randn(2, 500_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
times = torch.rand(500_000, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
data = 0.5 + 0.3 * z
best, other = of_gaussian(flow_path(data, times, n), times), flow_path(data, times, n).sin() + times
squares = [difference.square() for difference in (n - data - other, n - data - best, best - other)]
prove("9.2", squares[0] - squares[1] - squares[2], torch.tensor(0.0), false_alarm=1e-6)

# %% [markdown]
# ## One call
#
# To sample, begin with noise at $s = 1$ and follow the velocity back to $s = 0$. The simplest way is Euler's method:
#
# $$x_{s'} = x_s + (s' - s)\,v_\theta(x_s, s)$$
#
# ([`euler_step`](../ddpm_edu/flow.py); [`flow_process`](../ddpm_edu/flow_models.py) takes many in a row.) Every path
# was straight. So may we take all of the way at once?
#
# > **Predict.** One step of Euler's method, from pure noise, with the label "this is a 4". What does the best network
# > make of ten different noises?

# %%
one_call = widgets.Prediction(
    "ten different 4s: the paths are straight",
    "one blurred 4, ten times the same",
    "noise, as DDIM makes it with one step",
)

# %%
fours = torch.full((10,), 4)
images, labels = load_images("mnist5k", "train")
at_once = {
    "flow, 1 call": last_of(flow_process(partial(flow, labels=fours), ten_noises, 1)),
    "DDIM, 1 call": ddim(partial(noise_model, labels=fours), ten_noises, 1),
    "mean of all 4s": images[labels == 4].mean(0, keepdim=True),
}
figures.image_rows(at_once, alt=figures.described("9.2"))

# %%
one_call.compare(
    "one blurred 4, ten times the same",
    {
        "ten different 4s: the paths are straight": "each path is, but from every noise one of them leads to each "
        "image. The network answers with the mean of their velocities.",
        "one blurred 4, ten times the same": "at $s = 1$ the point is the noise and says nothing of the image. The "
        "best guess is the mean of all images, and the velocity leads straight there.",
        "noise, as DDIM makes it with one step": "DDIM divides what is left of an error in the noise by $a_T = 0.006$. "
        "A velocity need not be divided by anything.",
    },
)

# %% [markdown]
# At $s = 1$ we have $x_1 = \epsilon$, which is independent of $x_0$. So
# $u^*(x, 1) = \mathbb E[\epsilon - x_0 \mid \epsilon = x] = x - \mathbb E[x_0]$, and one step from there gives
#
# $$x_1 - u^*(x_1, 1) = \mathbb E[x_0] \tag{9.4}$$
#
# whatever the noise. Straight paths in training do not make straight paths in sampling: those of the best network
# follow means, and means bend. To see them, take data in one dimension that are near $-1$ or near 1, of which each is a
# Gaussian. The mean given $x$ is then that of both, each with its (9.3), weighted by how probable it is at $x$.


# %%
def parts_of(x, s, std=0.15):
    """Return log density at time s and best velocity of both Gaussians, (B, 2)."""
    x, s = x[:, None], s[:, None]
    centres = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    width = ((1 - s) ** 2 * std**2 + s**2).sqrt()
    return Normal((1 - s) * centres, width).log_prob(x), of_gaussian(x, s, centres, std)


def of_two(x, s):
    """Return the best velocity for the mixture of both in equal shares."""
    logs, velocities = parts_of(x, s)
    return (logs.softmax(1) * velocities).sum(1)


# %% tags=["nbval-check-output"]
start = torch.linspace(-2, 2, 9, dtype=torch.float64)
at_the_end = euler_step(of_two, start, torch.ones(9).double(), torch.zeros(9).double())
prove("9.4", 1 + at_the_end, torch.ones(9), within=1e-12)  # the mean of both is 0; rounding
prove("9.4", eps - (-m + slope.subs(s, 1) * eps), m)  # Gaussian data, by (9.3)

# %%
begin = torch.linspace(-2.2, 2.2, 24, dtype=torch.float64)
bent = torch.stack([*flow_process(of_two, begin, 200)])
any_image = bent[-1].flip(0)  # each with the noise of another
straight = torch.stack([flow_path(any_image, share.expand(24), begin) for share in torch.linspace(1, 0, 201).double()])
figures.paths(
    torch.linspace(1, 0, 201),
    {"in training: any image with any noise": straight, "in sampling: the mean velocity": bent},
    "s",
    "x_s",
    backwards=True,
    alt=figures.described("9.3"),
)

# %% [markdown]
# On the left some of the paths of training: they are straight, and they cross. On the right those of sampling: at each
# point there is one velocity, so no two cross, and to get around each other they bend. The bend is why one step is not
# enough.

# %% [markdown]
# ## How a velocity moves a density
#
# Why do the bent paths end in the right place at all? Let $q_s$ be the density of $x_s$. A crowd of points that moves
# with velocities $u$ changes its density by what flows out of each place, the divergence of density times velocity:
#
# $$\frac{\partial q_s(x)}{\partial s} = -\nabla\!\cdot\!\big(q_s(x)\,u(x, s)\big) \tag{9.5}$$
#
# This is the *continuity equation*. For a single image $x_0$ the density is a Gaussian around $(1-s)\,x_0$ of width
# $s$, and since $\epsilon = (x - (1-s)\,x_0)/s$ the velocity at $x$ is $(x - x_0)/s$. The first line of the proof is
# (9.5) for these two, in one dimension. (In more the coordinates are independent, and each adds its own term.) Both
# sides are linear in the density and in density times velocity. Average them over all images: on the left stands the
# $q_s$ of all data, on the right $\mathbb E[q_s(x \mid x_0)\,(x - x_0)/s]$, which by Bayes' rule is $q_s(x)$ times the
# mean velocity given $x$: it is $q_s\,u^*$. So (9.5) holds for all data with $u = u^*$ (Theorem 1 of Lipman and
# others). Points that begin as noise and move with $u^*$ are distributed as $q_s$ at every $s$, and as the data at the
# end. The second line checks it for the two Gaussians, by automatic differentiation.

# %% tags=["nbval-check-output"]
x = sympy.Symbol("x", real=True)
time = sympy.Symbol("s", positive=True)
bell = sympy.exp(-((x - (1 - time) * x0) ** 2) / (2 * time**2)) / (sympy.sqrt(2 * sympy.pi) * time)
prove("9.5", sympy.diff(bell, time) / bell, -sympy.diff(bell * (x - x0) / time, x) / bell)


# %% tags=["nbval-check-output"]
def density(x, s):
    return parts_of(x, s)[0].exp().mean(1)


def slope_of(values, variable):
    return torch.autograd.grad(values.sum(), variable, create_graph=True)[0]


places = torch.linspace(-2, 2, 200, dtype=torch.float64).requires_grad_()
order = torch.randperm(200, generator=torch.Generator().manual_seed(0))  # so that each place has another time
moments = torch.linspace(0.05, 0.99, 200, dtype=torch.float64)[order].requires_grad_()
flux = density(places, moments) * of_two(places, moments)
prove("9.5", slope_of(density(places, moments), moments), -slope_of(flux, places), within=1e-9)  # rounding

# %% [markdown]
# ## Velocity, score and noise
#
# Lesson 8 had other words for it: the predicted noise is the score, turned round and scaled. That was true for noise of
# any width, here $s$: $\mathbb E[\epsilon \mid x_s] = -s\,\nabla\log q_s(x_s)$. And from $x_s = (1-s)\,x_0 +
# s\,\epsilon$ follows $x_0 = (x_s - s\,\epsilon)/(1-s)$, so $\epsilon - x_0 = (\epsilon - x_s)/(1-s)$. Take the mean:
#
# $$u^*(x, s) = \frac{\mathbb E[\epsilon \mid x] - x}{1-s} = -\frac{x + s\,\nabla\log q_s(x)}{1-s} \tag{9.6}$$
#
# Who knows one of the three, velocity, noise or score, knows the others.

# %% tags=["nbval-check-output"]
score = slope_of(density(places, moments).log(), places)
prove("9.6", of_two(places, moments), -(places + moments * score) / (1 - moments), within=1e-9)  # rounding

# %% [markdown]
# Lesson 8 also had a differential equation, the *probability flow* of
# [Song and others 2021](https://arxiv.org/abs/2011.13456): $\mathrm dx/\mathrm dt = -\frac12\beta\,(x + \nabla\log q)$,
# which carries the density of the data to that of noise. With $a^2 = \bar\alpha$ the factor $-\frac12\beta$ is
# $\dot a / a$, a dot for the derivative by $t$; and the score is $-\epsilon/b$, with the best guess for $\epsilon$. Is
# it another flow than ours? Divide $x_t$ by $a + b$, and take as clock $s = b/(a+b)$. How fast does $x/(a+b)$ change
# with that clock?
#
# $$\frac{\mathrm d}{\mathrm dt}\!\left[\frac{x}{a+b}\right] \Big/ \frac{\mathrm ds}{\mathrm dt} = \epsilon - \hat x_0,
# \qquad \hat x_0 = \frac{x - b\,\epsilon}{a} \tag{9.7}$$
#
# It is the velocity of flow matching. Probability flow and the flow of straight paths are one flow, seen in other
# coordinates and with another clock.

# %% tags=["nbval-check-output"]
t, x_t, noise = sympy.symbols("t x_t epsilon", real=True)
a = sympy.Function("a", positive=True)(t)
b = sympy.sqrt(1 - a**2)
speed = sympy.diff(a, t) / a * (x_t - noise / b)  # dx/dt with the score -epsilon / b
moved = speed / (a + b) - x_t * sympy.diff(a + b, t) / (a + b) ** 2  # product rule
prove("9.7", moved / sympy.diff(b / (a + b), t), noise - (x_t - b * noise) / a)

# %% [markdown]
# ## The schedule of lesson 1, straightened
#
# The same without derivatives, and for every single point. Divide $x_t = a_t\,x_0 + b_t\,\epsilon$ by $a_t + b_t$. The
# two factors then sum to 1:
#
# $$\frac{x_t}{a_t + b_t} = (1 - s_t)\,x_0 + s_t\,\epsilon, \qquad s_t = \frac{b_t}{a_t + b_t} \tag{9.8}$$
#
# The points of the old schedule lie on the straight path, all of them, once they are rescaled; only the clock is
# another one ([`flow_time`](../ddpm_edu/flow.py)). So a network that predicts noise has always known the velocity:
#
# $$\epsilon - \hat x_0 = \epsilon - \frac{x_t - b_t\,\epsilon}{a_t}
# = \frac{(a_t + b_t)\,\epsilon - x_t}{a_t} \tag{9.9}$$
#
# In code [`velocity_from_noise`](../ddpm_edu/flow.py), and [`FlowFromNoise`](../ddpm_edu/flow_models.py), which makes a
# velocity model of any noise predictor. Nothing is trained for that. And the $v$ of lesson 8, the velocity on the
# circle, $v = a_t\,\epsilon - b_t\,x_0$?
#
# $$\epsilon - x_0 = (a_t + b_t)\,v - (a_t - b_t)\,x_t \tag{9.10}$$

# %% tags=["nbval-check-output"]
phi = sympy.Symbol("varphi", positive=True)
cos, sin = sympy.cos(phi), sympy.sin(phi)  # a and b of any time, on the circle
on_circle, turned = cos * x0 + sin * eps, cos * eps - sin * x0
prove("9.8", on_circle / (cos + sin), on_path.subs(s, sin / (cos + sin)))
guess = sympy.Symbol("hat_epsilon")
prove("9.9", guess - (on_circle - sin * guess) / cos, ((cos + sin) * guess - on_circle) / cos)
prove("9.10", (cos + sin) * turned - (cos - sin) * on_circle, eps - x0)

# %% tags=["nbval-check-output"]
every_t = torch.arange(1, 1001)
clean, drawn = torch.randn(2, 1000, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
scale = exact.alphas_bar.sqrt() + exact.one_minus_alphas_bar.sqrt()
rescaled = ddpm_edu.sample_q(clean, every_t, exact, drawn) / scale[every_t]
prove("9.8", rescaled, flow_path(clean, flow_time(every_t, exact), drawn), within=1e-12)  # rounding

# %% [markdown]
# What remains of the difference is in the training. A prediction is wrong by some error; by (9.9) and (9.10), with
# $x_t$ given, the errors are proportional: $\hat u - u = (\hat\epsilon - \epsilon)\,(a_t+b_t)/a_t$, and
# $1 - s_t = a_t/(a_t+b_t)$. So
#
# $$\|\hat u - u\|^2 = \frac{\|\hat\epsilon - \epsilon\|^2}{(1-s_t)^2} = (a_t + b_t)^2\,\|\hat v - v\|^2 \tag{9.11}$$
#
# The three losses differ by a factor that depends on time, and in how often each time is drawn. In these terms, where
# do they look? Below is the weight that each gives to an error of the predicted noise, over $s$: the density of its
# times (uniform in $s$ for the flow, uniform in $t$ for the others) times the factor of (9.11).

# %% tags=["nbval-check-output"]
wrong = sympy.Symbol("delta")
of_noise = (guess + wrong) - (on_circle - sin * (guess + wrong)) / cos - (guess - (on_circle - sin * guess) / cos)
of_turned = (cos + sin) * (turned + wrong) - (cos + sin) * turned
prove("9.11", (of_noise, of_turned), (wrong / (1 - sin / (cos + sin)), (cos + sin) * wrong))

# %%
s_of_t = flow_time(torch.arange(0, 1001), exact)
middle, share_of_t = (s_of_t[1:] + s_of_t[:-1]) / 2, 1 / (1000 * s_of_t.diff())  # density of s for uniform t
signal = exact.alphas_bar[1:].sqrt()
weights = {
    "noise, uniform in t": share_of_t,
    "v, uniform in t": share_of_t / signal**2,
    "flow, uniform in s": 1 / (1 - middle) ** 2,
}
figures.curves(middle, weights, "s", "weight of an error of the noise", ylog=True, alt=figures.described("9.4"))

# %% [markdown]
# Near the noise, where $\epsilon$ is easy to guess and the image hard, the loss of lesson 3 forgives what the other two
# do not.

# %% [markdown]
# ## DDIM was there already
#
# One step of DDIM, divided by $a_{t'} + b_{t'}$, is $(1-s')\,\hat x_0 + s'\,\epsilon_\theta$ with $s' = s_{t'}$, by the
# same division as in (9.8). And $x_t / (a_t+b_t)$ is $(1-s)\,\hat x_0 + s\,\epsilon_\theta$, because $\hat x_0$ was
# made so that it fits. Subtract:
#
# $$\frac{x_{t'}}{a_{t'} + b_{t'}} = \frac{x_t}{a_t + b_t} + (s' - s)\,(\epsilon_\theta - \hat x_0) \tag{9.12}$$
#
# This is Euler's method for flow matching. **DDIM with $\eta = 0$ is Euler's method on straight paths**, exactly, for
# steps of any length. (Lesson 8 found that it is Euler's method in $x_t/a_t$ over $b_t/a_t$, too. Both are true:
# in each the state is a point on the line through $\hat x_0$ and $\epsilon_\theta$.)

# %% tags=["nbval-check-output"]
a_t, b_t, a_s, b_s, eps_hat = sympy.symbols("a_t b_t a_{t'} b_{t'} epsilon_theta", positive=True)
estimate = (x_t - b_t * eps_hat) / a_t
by_ddim = (a_s * estimate + b_s * eps_hat) / (a_s + b_s)
step_of_s = b_s / (a_s + b_s) - b_t / (a_t + b_t)
prove("9.12", by_ddim, x_t / (a_t + b_t) + step_of_s * (eps_hat - estimate))

# %% [markdown]
# And with the network of the lessons before, converted by (9.9) and never trained on a velocity, at the times that DDIM
# visits:

# %% tags=["nbval-check-output"]
visited = ddim_timesteps(1000, 10)[:, None].expand(-1, 10)
converted = FlowFromNoise(ten_by_noise, schedule)
state = ten_noises / scale[1000].float()
for now, then in zip(visited[:-1], visited[1:]):
    with torch.no_grad():
        state = euler_step(converted, state, flow_time(now, schedule), flow_time(then, schedule))
prove("9.12", state, ddim(ten_by_noise, ten_noises, 10), within=1e-3)  # both round in 32 bits, in every call

# %% [markdown]
# So what is new about flow matching? Not the sampler, and not the flow. New are the times that are drawn and the
# weights in training (9.11), the even steps in $s$ (DDIM's are even in $t$), a target that is never divided by
# anything, and the simplicity: no schedule is left to be chosen.

# %% [markdown]
# ## Two slopes are better than one
#
# Where paths bend, Euler's method leaves them: it takes the velocity at the beginning of a step for all of it. Heun's
# method goes ahead as Euler does, asks for the velocity there, too, and takes the step again with the mean of both.
# With $h = s' - s$ and $v = v_\theta(x_s, s)$
#
# $$x_{s'} = x_s + \tfrac h2\,\big(v + v_\theta(x_s + h\,v,\ s')\big)
# = x_s + h\,\frac{\mathrm dx}{\mathrm ds} + \frac{h^2}{2}\,\frac{\mathrm d^2x}{\mathrm ds^2} + O(h^3) \tag{9.13}$$
#
# Its step agrees with the true path up to the square of $h$; Euler's, $x_s + h\,v$, only up to $h$ itself. Halve the
# steps: Euler's error is halved, Heun's is quartered. The proof expands the middle in $h$, for any smooth velocity.
# Along a path $\mathrm dx/\mathrm ds = v$, and by the chain rule $\mathrm d^2x/\mathrm ds^2 = v_s + v\,v_x$, with
# indices for derivatives.

# %% tags=["nbval-check-output"]
h, v = sympy.Symbol("h"), sympy.Function("v")
here = v(x, s)
middle_of = (h / 2 * (here + v(x + h * here, s + h))).series(h, 0, 3).removeO().doit()
along = sympy.diff(here, s) + here * sympy.diff(here, x)
prove("9.13", middle_of, h * here + h**2 / 2 * along)

# %% [markdown]
# Two calls a step are worth it only if steps may be twice as long. Both methods on Gaussian data, where every path is
# known: a point keeps its distance from the mean, counted in standard deviations. From $s = 1$ to 0.05, so that the end
# of the path plays no part yet; the error of the width, for the same number of calls:


# %% tags=["nbval-check-output"]
def width_error(step, num_steps):
    ends = torch.tensor([0.0, 1.0]).double()
    stops = torch.linspace(1, 0.05, num_steps + 1).double()
    for now, then in zip(stops[:-1], stops[1:]):
        ends = step(of_gaussian, ends, now.expand(2), then.expand(2))
    return ends.diff().abs().item() - (0.95**2 * 0.3**2 + 0.05**2) ** 0.5


for calls in (4, 8, 16, 32, 64):
    errors = width_error(euler_step, calls), width_error(heun_step, calls // 2)
    print("{:2} calls: Euler off by {:+.4f}, Heun by {:+.4f}".format(calls, *errors))

# %% [markdown]
# The last step is another matter. At $s = 0$ the point *is* the image, and the velocity is
# $u^*(x, 0) = \mathbb E[\epsilon] - x = -x$: it says nothing of the noise that was there. Its mean with the velocity
# before would leave half of the remaining noise in the image. [`flow_process`](../ddpm_edu/flow_models.py) takes the
# last step by Euler's method in any case, as EDM does. So $n$ steps of Heun's method are $2n - 1$ calls.

# %% [markdown]
# ## Calls against quality
#
# Back to digits. Five samplers, with the same noises and labels: the noise predictor by DDIM, whose steps are even in
# $t$; the same weights as a velocity model (9.9), by Euler's method with steps even in $s$, and by Heun's; and the
# network that was trained on velocities, by both. The first three have one network, so they show what the sampler does;
# the last two have a smaller one, trained for a shorter time. Heun's method takes the most steps that fit: one for two
# calls, two for four, five for ten.
#
# > **Predict.** The three samplers of the *same* weights, with ten calls each and a hundred images. Which comes nearest
# > to the data?

# %%
at_ten = widgets.Prediction(
    "DDIM, even in t",
    "Heun, even in s",
    "no difference that is clear of the error bars",
)


# %%
def by_ddim_at(labels, noises, calls):
    return ddim(partial(noise_model, labels=labels), noises, calls)


def by_flow(model, step):
    """Return a sampler that makes the most steps it can with a number of calls."""
    per_step = 2 if step is heun_step else 1

    def sample(labels, noises, calls):
        num_steps = (calls + per_step - 1) // per_step
        return last_of(flow_process(model(labels), noises, num_steps, step))

    return sample


def same_weights(labels):
    return FlowFromNoise(partial(noise_model, labels=labels), schedule)


def trained_on_velocities(labels):
    return partial(flow, labels=labels)


# %%
samplers = {
    "DDIM": by_ddim_at,
    "its weights, Euler": by_flow(same_weights, euler_step),
    "its weights, Heun": by_flow(same_weights, heun_step),
    "flow, Euler": by_flow(trained_on_velocities, euler_step),
    "flow, Heun": by_flow(trained_on_velocities, heun_step),
}
classifier = ddpm_edu.load_classifier("mnist5k")
reference = feature_moments(classifier.features(images))
drawn_labels = torch.arange(100) % 10
drawn_noises = torch.randn(100, 1, 28, 28, generator=torch.Generator().manual_seed(0))
COUNTS = (1, 2, 4, 10, 50)


def distance(features):
    return frechet_distance(*feature_moments(features), *reference).item()


def measured(samples, generator):
    """Return D of lesson 7 to the training images, and how far it scatters over 50 bootstrap samples."""
    features = classifier.features(samples.clamp(-1, 1))
    again = [distance(features[torch.randint(len(features), (len(features),), generator=generator)]) for _ in range(50)]
    return distance(features), torch.tensor(again).std().item()


# %%
made = {name: {calls: draw(drawn_labels, drawn_noises, calls) for calls in COUNTS} for name, draw in samplers.items()}

# %%
generator = torch.Generator().manual_seed(0)
table = {name: [measured(made[name][calls], generator) for calls in COUNTS] for name in made}
print(f"{'calls':>20}" + "".join(f"{calls:>14}" for calls in COUNTS))
for name, row in table.items():
    print(f"{name:>20}" + "".join(f"{d:8.0f} ± {spread:3.0f}" for d, spread in row))
test_images, test_labels = load_images("mnist5k", "test")
ten_of_each = torch.cat([test_images[test_labels == digit][:10] for digit in range(10)])
print("100 test images: {:.0f} ± {:.0f}".format(*measured(ten_of_each, generator)))

# %%
figures.curves(
    torch.tensor(COUNTS),
    {name: torch.tensor([d for d, _ in row]) for name, row in table.items()},
    "calls of the network",
    "D to the training images",
    xlog=True,
    ylog=True,
    alt=figures.described("9.5"),
)

# %%
at_ten.compare(
    "no difference that is clear of the error bars",
    {
        "DDIM, even in t": "its number is the smallest, but by less than the two error bars together: with another "
        "hundred noises the order may be another one.",
        "Heun, even in s": "it takes five steps where the others take ten, and its order pays where steps are short, "
        "not where they are few.",
        "no difference that is clear of the error bars": "all three follow the same flow, (9.12), with other steps. At "
        "ten calls that matters less than which hundred noises were drawn.",
    },
)

# %% [markdown]
# Read the table by columns. *One call*: noise predictors make noise, the velocity network makes means. Both are far
# from the data, each in its own way. *Two calls*: the same weights do better with steps even in $s$ than with DDIM's,
# and the network that was trained on velocities does better still, although it has a quarter of the parameters and saw
# a fifth as many images. *Four*: it leads still, and Heun's method, with two long steps, does not pay. *Ten*: the error
# bars overlap. *Fifty*: long steps are no longer what is wrong. What is left is the error of what was learned, and a
# hundred images do not settle whose is smaller. A claim that one method is better than another has to say at how many
# calls, and with what training.

# %%
figures.image_rows(
    {f"{name}, {calls}": made[name][calls][:10] for name in ("DDIM", "flow, Euler") for calls in (1, 2, 4, 10)},
    alt=figures.described("9.6"),
)

# %% [markdown]
# And on the way? Drag the slider: above the state $x_s$ of twenty steps, below what the network takes it to lead to,
# $x_s - s\,v_\theta$, with $1000\,s$ as the time.

# %%
on_the_way = [*flow_process(ten_by_flow, ten_noises, 20)]
shares = torch.linspace(1, 0, 21)
with torch.no_grad():
    leads_to = [state - s * ten_by_flow(state, s.expand(10)) for state, s in zip(on_the_way, shares)]
widgets.reverse_scrubber(
    {"state x_s": on_the_way, "where it leads": leads_to},
    [round(1000 * s) for s in shares.tolist()],
    alt=figures.described("9.7"),
)

# %% [markdown]
# ## Straighter by training again
#
# Paths bend because any image is paired with any noise, so that straight lines cross and their mean has to turn. What
# if each noise is paired with *one* image? [Liu and others 2023](https://arxiv.org/abs/2209.03003) take the image that
# the flow itself makes of it: sample $x_0 = F(\epsilon)$ for many noises, train again on the straight lines between
# these pairs, and call it *reflow*. Points on the new lines are at $(1-s)\,F(\epsilon) + s\,\epsilon$. If no two of
# these lines cross, a point tells its line, the mean is over one velocity only, and it is constant along the line. One
# step of Euler's method is then exact:
#
# $$\epsilon - u^*(\epsilon, 1) = \epsilon - \big(\epsilon - F(\epsilon)\big) = F(\epsilon) \tag{9.14}$$
#
# In one dimension they do not cross: paths of a flow cannot pass each other, so $F$ grows with $\epsilon$, and so does
# $(1-s)\,F(\epsilon) + s\,\epsilon$ for each $s$. Here for the data at $-1$ and 1: $F$ by two hundred steps of
# Heun's method, and the velocity of the second, at a point, by looking up whose line goes through it.

# %%
noises = torch.linspace(-5, 5, 2001, dtype=torch.float64)
ends_of = last_of(flow_process(of_two, noises, 200, heun_step))


def of_reflow(x, s):
    """Return the velocity of the line through x: find its noise between two known ones."""
    found = []
    for point, time in zip(x, s):
        line = flow_path(ends_of, time.expand(2001), noises)
        right = torch.searchsorted(line, point).clamp(1, 2000)
        share = (point - line[right - 1]) / (line[right] - line[right - 1])
        velocity = noises - ends_of
        found.append(torch.lerp(velocity[right - 1], velocity[right], share))
    return torch.stack(found)


# %% tags=["nbval-check-output"]
targets = last_of(flow_process(of_two, begin, 200, heun_step))
print(f"F grows: {bool((ends_of.diff() > 0).all())}")
for num_steps in (1, 10):
    found = [last_of(flow_process(velocity, begin, num_steps)) for velocity in (of_two, of_reflow)]
    off = [(end - targets).abs().max() for end in found]
    print("{:2} steps: first flow off by up to {:.3f}, after reflow by {:.3f}".format(num_steps, *off))
prove("9.14", last_of(flow_process(of_reflow, begin, 1)), targets, within=1e-3)  # the table has 2001 lines

# %%
figures.paths(
    torch.linspace(1, 0, 201),
    {"first flow": bent, "after reflow": torch.stack([*flow_process(of_reflow, begin, 200)])},
    "s",
    "x_s",
    backwards=True,
    alt=figures.described("9.8"),
)

# %% [markdown]
# In many dimensions lines rarely meet exactly, and a network is not exact. There reflow makes paths straighter, not
# straight, and each round costs a data set of samples, with the errors of the network that made them.

# %% [markdown]
# ## Where the field is in 2026
#
# Half a page, to read on. All of it is made of what you have derived.
#
# * *The common view.* Diffusion and flow matching are the same family; what differs is the weight over time, the clock
#   and the parametrisation, (9.8) to (9.12). [Gao and others 2024](https://diffusionflow.github.io) say it at length;
#   [EDM](https://arxiv.org/abs/2206.00364) had taken the choices apart one by one.
# * *Large models.* [Stable Diffusion 3](https://arxiv.org/abs/2403.03206) was trained on straight paths, and draws its
#   times more often from the middle of $[0, 1]$, which is one more choice of weights (9.11). Its network is a
#   transformer on patches, not a U-Net. Guidance is that of lesson 8, with velocities: (9.9) is linear in the noise.
# * *One call.* To jump along a bent path, learn the jump: [consistency models](https://arxiv.org/abs/2303.01469) learn
#   the end of the path from any point on it, [shortcut models](https://arxiv.org/abs/2410.12557) and
#   [mean flows](https://arxiv.org/abs/2505.13447) the mean velocity over a whole stretch, which Euler's method may take
#   in one step.
# * *Other things than images.* Video, sound, molecules, the actions of robots: a flow needs data that can be mixed with
#   noise, and no schedule. For words there are flows and diffusions over discrete states.
#
# What has stayed is what you can now derive on paper: a path from data to noise, a target whose mean is what is needed,
# a squared error, and a differential equation to follow back.

# %% [markdown]
# ## Bug hunt
#
# From a small implementation of flow matching in a public repository, 2025, of some forty lines, copied by many. In
# training, time 1 is noise, and the network learns the velocity towards the data, our $-u$. A reader found something
# odd about the length of the steps. That was mended; the samples stayed bad. Here is the sampler, in our names:


# %%
@torch.no_grad()
def as_published(model, x, num_steps):
    step = 1 / num_steps
    for s in torch.linspace(0, 1 - step, num_steps).to(x):
        x = x - step * model(x, s.expand(len(x)))
    return x


# %%
figures.image_rows(
    {f"{n} step{'s' * (n > 1)}": as_published(ten_by_flow, ten_noises, n) for n in (1, 10, 50)},
    alt=figures.described("9.9"),
)

# %% [markdown]
# The signs are right, the steps sum to 1. Now with Gaussian data, whose width should be 0.3, and with the two peaks,
# near one of which every sample should be:

# %% tags=["nbval-check-output"]
pair = torch.tensor([0.0, 1.0]).double()
quantiles = Normal(0.0, 1.0).icdf((torch.arange(2000).double() + 0.5) / 2000)  # in the place of 2000 draws of noise
both = {"as published": as_published, "flow_process": lambda *run: last_of(flow_process(*run))}
for num_steps in (2, 10, 100):
    for name, sample in both.items():
        width = sample(of_gaussian, pair, num_steps).diff().abs().item()
        near = ((sample(of_two, quantiles, num_steps).abs() - 1).abs() < 0.3).double().mean()
        print(f"{num_steps:3} steps, {name}: width {width:.3f}, near a peak {near:.0%}")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# The times run the wrong way. (For Gaussian data every call multiplies the distance from the middle by a factor, and
# factors may be multiplied in any order: the width is right. A test that a mistake can pass is no test.) $x$ begins as
# noise, and the network is told $s = 0$: "this is a clean image". At the end $x$ is to be an image, and the network is
# told that it is nearly noise. Each velocity is right for another point of the path. The loop must go from 1 down:
# `torch.linspace(1, step, num_steps)`.
#
# It is easily made, because half of the papers count from the noise and half from the data, and a sampler that begins
# with `linspace(0, 1)` looks natural. Neither sign nor length betrays it. What does: the first call. Ask what time the
# network is told while its input is pure noise.
# </details>

# %% [markdown]
# ## Recap
#
# * Flow matching: mix data and noise along a straight line, learn the velocity $\epsilon - x_0$ by a squared error, and
#   follow the mean velocity back from noise.
# * Velocity, noise, score and $v$ are one prediction; DDIM is Euler's method on straight paths, exactly; trainings
#   differ in their weights over time.
# * Few calls: Heun bends with the path, reflow straightens it; with a single call the best answer is the mean.
#
# All formulas of the course are on [the formula sheet](../docs/formulas.md).
#
# **Your turn:** write `flow_loss`, `velocity_from_noise` and `heun_step` in
# [workbook/09_exercises.ipynb](../workbook/09_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/09_flow_matching.ipynb](../exercises/09_flow_matching.ipynb)). `solution("name")` shows an answer once
# yours has passed, or after three attempts.
#
# **Next:** a paper of your choice. Take one from "Where the field is in 2026" and look for three things: the path, the
# target, and the weight over time. You can follow all of them now.
