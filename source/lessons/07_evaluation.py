# %% [markdown]
# # 7. Evaluation
#
# **Question.** Is it any good?
#
# *About 55 minutes. What it needs of the lessons before is said where it is used.*

# %%
import math

import sympy
import torch
from torch.distributions import Normal
from torch.nn import functional as F

import ddpm_edu
from ddpm_edu import bits_per_dim, ddim_step, discretized_nll, feature_moments, figures, frechet_distance
from ddpm_edu import load_images, load_pretrained, precision_recall, widgets
from ddpm_edu.proofs import prove

model = load_pretrained("mnist5k")
train, train_labels = load_images("mnist5k", "train")
test, test_labels = load_images("mnist5k", "test")
print(f"{len(train)} images were trained on, {len(test)} were not")

# %% [markdown]
# ## The picture first
#
# Three hundred samples, thirty of each digit, in 25 steps. (How 25 steps can do what took a thousand in
# [lesson 6](06_sampling.ipynb) is the subject of [lesson 8](08_faster_and_steered.ipynb). Here they are only what is
# measured; any sampler would do.)

# %%
times = ddpm_edu.ddim_timesteps(1000, 25)


@torch.no_grad()
def draw(labels, generator):
    """Return the states x_t of all visited times, from pure noise to samples."""
    states = [torch.randn(len(labels), 1, 28, 28, generator=generator)]
    for time, time_prev in zip(times, times[1:]):
        t, t_prev = time.expand(len(labels)), time_prev.expand(len(labels))
        eps = model(states[-1], t, labels)
        states.append(ddim_step(states[-1], t, t_prev, eps, model.schedule))
    return states


# %%
generator = torch.Generator().manual_seed(0)
first, *others = (draw(torch.arange(100) % 10, generator) for _ in range(3))
samples = torch.cat([states[-1].clamp(-1, 1) for states in (first, *others)])
tuple(samples.shape)

# %% [markdown]
# One of these four rows was drawn by the network, three are scans of handwriting that it has not seen. Which is
# which?


# %%
def thirty_of_each(images, labels, skip=0):
    """Return 300 images, 0 to 9 in turn."""
    rows = [(labels == digit).nonzero()[skip : skip + 30, 0] for digit in range(10)]
    return images[torch.stack(rows, 1).flatten()]


# %%
real = thirty_of_each(test, test_labels)
candidates = [samples[0:10], real[0:10], real[10:20], real[20:30]]
order = torch.randperm(4, generator=torch.Generator().manual_seed(3)).tolist()
figures.image_rows(
    {f"row {number}": candidates[index] for number, index in enumerate(order, 1)},
    alt=figures.described("7.1"),
)

# %% tags=["nbval-check-output"]
print(f"row {order.index(0) + 1} was drawn by the network")

# %% [markdown]
# A stroke or two may have told you. But ten images are no measurement. Looking at more is slow, two people disagree,
# and no eye can see what is *missing* among three hundred. We want a number. There are several, each is blind to
# something, and this lesson finds out to what.

# %% [markdown]
# ## Images into features
#
# Compare images pixel by pixel? Take a digit and move it by one pixel. To you nothing has changed. How far has it
# moved, as a share of the usual distance between two test images?

# %%
classifier = ddpm_edu.load_classifier("mnist5k")
moved, other = test.roll(1, 3), test.roll(1, 0)  # one pixel to the right; the next image of the list
for name, describe in {"pixels": lambda x: x.flatten(1), "features": classifier.features}.items():
    step = (describe(moved) - describe(test)).norm(dim=1).mean() / (describe(other) - describe(test)).norm(dim=1).mean()
    print(f"one pixel to the right is {step:.0%} of the distance to another image, in {name}")
print(f"the classifier names {classifier.card['accuracy']:.1%} of the test images correctly")

# %% [markdown]
# In pixels it is half way to another image. The second line is that of a small network, trained to name digits
# ([`load_classifier`](../ddpm_edu/classifier.py)). Its last layer but one gives 32 numbers, the **features** of an
# image, and what does not matter for naming a digit matters less in them. For photographs one takes the network
# Inception and its 2048 features. A distance depends on the features: numbers of this lesson cannot be compared with
# published ones.
#
# Samples are a cloud of points in feature space, real images another. How far apart are two clouds?

# %% [markdown]
# ## Two Gaussians on a line
#
# Begin with one feature. Pair each point $x$ of one cloud with a point $y$ of the other, each used once, and take the
# mean of $(x - y)^2$. Some pairings are wasteful: with $a < b$ here and $c < d$ there, crossing costs more than
# keeping the order.
#
# $$\big[(a-d)^2 + (b-c)^2\big] - \big[(a-c)^2 + (b-d)^2\big] = 2\,(b-a)\,(d-c) \tag{7.1}$$
#
# The right side is positive. So uncross until nothing is crossed: smallest with smallest, and on to largest with
# largest. The least mean square over all pairings is the **squared 2-Wasserstein distance** of the clouds.

# %% tags=["nbval-check-output"]
a, b, c, d = sympy.symbols("a b c d", real=True)
prove("7.1", (a - d) ** 2 + (b - c) ** 2 - (a - c) ** 2 - (b - d) ** 2, 2 * (b - a) * (d - c))

# %% [markdown]
# Now two Gaussians, $\mathcal N(m_1, s_1^2)$ and $\mathcal N(m_2, s_2^2)$. "Smallest with smallest" becomes: the point
# that has a share $p$ of the first cloud below it goes with the one that has the share $p$ of the second below it.
# These are the quantiles $m_1 + s_1 z$ and $m_2 + s_2 z$, with the same $z$, the quantile $p$ of $\mathcal N(0, 1)$.
# When $p$ runs evenly from 0 to 1, $z$ runs through a standard Gaussian, with mean 0 and mean square 1. The cross term
# drops out:
#
# $$\int_0^1 \big(m_1 + s_1 z(p) - m_2 - s_2 z(p)\big)^2\,dp = (m_1 - m_2)^2 + (s_1 - s_2)^2 \tag{7.2}$$
#
# First as an integral over $z$, by algebra; then with a million quantiles of torch's own distributions.

# %% tags=["nbval-check-output"]
z, m_1, m_2 = sympy.symbols("z m_1 m_2", real=True)
s_1, s_2 = sympy.symbols("s_1 s_2", positive=True)
bell = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
square = sympy.expand((m_1 + s_1 * z - m_2 - s_2 * z) ** 2)
prove("7.2", sympy.integrate(square * bell, (z, -sympy.oo, sympy.oo)), (m_1 - m_2) ** 2 + (s_1 - s_2) ** 2)
p = (torch.arange(1_000_000, dtype=torch.float64) + 0.5) / 1_000_000
one, two = (Normal(*torch.tensor(distribution, dtype=torch.float64)) for distribution in ((0.3, 1.0), (-0.5, 2.5)))
prove("7.2", (one.icdf(p) - two.icdf(p)).square().mean(), 0.8**2 + 1.5**2, within=1e-4)  # the tails beyond p

# %% [markdown]
# ## The same in many dimensions
#
# Let $x$ be Gaussian with mean $m_1$ and covariance $C_1$, and $y$ with $m_2$ and $C_2$, now with many features.
# Pairing them makes them dependent: let $K = \mathbb E[(x - m_1)(y - m_2)^\top]$. Expand the square,
#
# $$\mathbb E\,\|x - y\|^2 = \|m_1 - m_2\|^2 + \mathrm{tr}\,C_1 + \mathrm{tr}\,C_2 - 2\,\mathrm{tr}\,K,$$
#
# where the trace $\mathrm{tr}$ sums the diagonal. Only $K$ is ours to choose, and we want its trace large. Split
# $C_1 = A A^\top$ and $C_2 = B B^\top$ (eigenvectors times the roots of the eigenvalues would do). Then
# $x = m_1 + A z$ and $y = m_2 + B w$ with standard Gaussian $z$ and $w$. How large the trace can be depends on the
# matrix $B^\top A$ alone. Every matrix can be written as
#
# $$B^\top A = \sum_i S_i\,u_i v_i^\top, \qquad S_i \ge 0,$$
#
# its singular value decomposition; the $u_i$ have length 1 and are at right angles to each other, the $v_i$ too. The
# answer is: at most $\sum_i S_i$, and one pairing reaches it.
#
# <details><summary>Why (skip at first reading; click)</summary>
#
# *What is ours to choose.* The pairing says how $z$ and $w$ depend on each other. Let $M = \mathbb E[z w^\top]$. Then
#
# $$K = \mathbb E\big[(A z)(B w)^\top\big] = A\,\mathbb E[z w^\top]\,B^\top = A M B^\top.$$
#
# *What limits it.* Take any two vectors $f$ and $g$ of length 1. The numbers $f^\top z$ and $g^\top w$ have variance 1,
# and their covariance is $f^\top M g$. A mean square is never negative:
#
# $$0 \le \mathbb E\big(f^\top z - g^\top w\big)^2 = 1 - 2\,f^\top M g + 1, \qquad\text{so}\quad f^\top M g \le 1.$$
#
# *The trace.* It does not change when the first of several factors is moved to the end. So
#
# $$\mathrm{tr}\,K = \mathrm{tr}(A M B^\top) = \mathrm{tr}(M B^\top A)
# = \sum_i S_i\,\mathrm{tr}(M u_i v_i^\top) = \sum_i S_i\,v_i^\top M u_i \le \sum_i S_i,$$
#
# the last by the limit with $f = v_i$ and $g = u_i$.
#
# *Who reaches it.* $M = \sum_i v_i u_i^\top$ makes every $v_i^\top M u_i$ equal to 1. It belongs to the pairing
# $w = \sum_i u_i v_i^\top z$, which turns $z$; and a turned standard Gaussian is a standard Gaussian again.
# </details>
#
# With this pairing, $w = \sum_i u_i v_i^\top z$, the least mean square is
#
# $$D = \|m_1 - m_2\|^2 + \mathrm{tr}\,C_1 + \mathrm{tr}\,C_2 - 2 \sum_i S_i \tag{7.3}$$
#
# Test it on two Gaussians of three features: twenty thousand points, paired in this way, and the library's
# [`frechet_distance`](../ddpm_edu/metrics.py), which knows neither pairs nor $S_i$.

# %% tags=["nbval-check-output"]
source = torch.Generator().manual_seed(0)
A, B, noise = torch.randn(3, 3, 3, dtype=torch.float64, generator=source)
C_1, C_2, mean_1, mean_2 = A @ A.T, B @ B.T, noise[0], noise[1]
U, S, Vt = torch.linalg.svd(B.T @ A)
z = torch.randn(20_000, 3, dtype=torch.float64, generator=source)
x, y = mean_1 + z @ A.T, mean_2 + z @ (U @ Vt).T @ B.T
D = (mean_1 - mean_2).square().sum() + C_1.trace() + C_2.trace() - 2 * S.sum()
prove("7.3", (x - y).square().sum(1), D, false_alarm=1e-6)
prove("7.3", frechet_distance(mean_1, C_1, mean_2, C_2), D, within=1e-9)  # rounding of the eigenvalues

# %% [markdown]
# No other pairing may do better. A hundred thousand random ones, $w = Q z$ with a random rotation or reflection $Q$:

# %% tags=["nbval-check-output"]
Q = torch.linalg.qr(torch.randn(100_000, 3, 3, dtype=torch.float64, generator=source)).Q
Q = Q * torch.randn(100_000, 1, 3, dtype=torch.float64, generator=source).sign()  # qr makes rotations only
traces = torch.einsum("ij,njk,ki->n", A, Q.mT, B.T)  # tr K of each
print(f"tr K of the best of them {traces.max():.3f}, sum of S_i {S.sum():.3f}")

# %% [markdown]
# Published code looks different. The $S_i^2$ are the eigenvalues of $(B^\top A)(B^\top A)^\top = B^\top C_1 B$. Two
# products $XY$ and $YX$ have the same eigenvalues apart from zeros ($XYv = \lambda v$ gives $YX(Yv) = \lambda\,Yv$),
# so they are also those of $C_1 B B^\top = C_1 C_2$. Its square root, the matrix whose product with itself is
# $C_1 C_2$, has the same eigenvectors, and as eigenvalues the roots $S_i$. The trace of a matrix is their sum:
#
# $$\sum_i S_i = \mathrm{tr}\,(C_1 C_2)^{1/2} \tag{7.4}$$
#
# This makes (7.3) the formula of Dowson and Landau (1982), the square of the **Frechet distance**, another name for the
# 2-Wasserstein distance. Heusel and others (2017) took it to compare image generators; with features of Inception it is
# the FID, for Frechet Inception Distance.

# %% tags=["nbval-check-output"]
values, vectors = torch.linalg.eig(C_1 @ C_2)
root = (vectors * values.sqrt()) @ torch.linalg.inv(vectors)
assert torch.allclose((root @ root).real, C_1 @ C_2)
prove("7.4", S.sum(), root.trace().real, within=1e-9)  # rounding of the eigenvalues

# %% [markdown]
# If both covariances have the same eigenvectors, with standard deviations $a_i$ and $b_i$ along them, the axes do not
# mix, and (7.2) must come back, once for each axis:
#
# $$\mathrm{tr}\big(C_1 + C_2 - 2\,(C_1 C_2)^{1/2}\big) = \sum_i (a_i - b_i)^2 \tag{7.5}$$
#
# By algebra in two dimensions, with axes turned by any angle $\phi$. That `root` is the root, its square must say.

# %% tags=["nbval-check-output"]
phi = sympy.Symbol("phi", real=True)
a_1, a_2, b_1, b_2 = sympy.symbols("a_1 a_2 b_1 b_2", positive=True)
turn = sympy.Matrix([[sympy.cos(phi), -sympy.sin(phi)], [sympy.sin(phi), sympy.cos(phi)]])
cov_a, cov_b = (turn * sympy.diag(p**2, q**2) * turn.T for p, q in ((a_1, a_2), (b_1, b_2)))
root = turn * sympy.diag(a_1 * b_1, a_2 * b_2) * turn.T
assert sympy.simplify(root * root - cov_a * cov_b) == sympy.zeros(2)
prove("7.5", (cov_a + cov_b - 2 * root).trace(), (a_1 - b_1) ** 2 + (a_2 - b_2) ** 2)

# %% [markdown]
# ## The floor
#
# [`feature_moments`](../ddpm_edu/metrics.py) gives mean and covariance of a set of features, and $D$ is that of two
# Gaussians with these moments. Features are not Gaussian, and what else they do, $D$ does not see. So we have a number
# for two sets of images. Before we use it on samples: what is it for two sets of *real* images?
#
# > **Predict.** Draw two sets of 300 from the 5,000 real images, without overlap. Their distance $D$ is ...

# %%
guess = widgets.Prediction(
    "0, up to rounding: both are real",
    "above 0, and it shrinks when both sets grow",
    "above 0, and the same for sets of any size",
)

# %%
train_features = classifier.features(train)
features = torch.cat([train_features, classifier.features(test)])
generator = torch.Generator().manual_seed(0)


def real_vs_real(size):
    """Return D of two sets of real images that have no image in common."""
    rows = torch.randperm(len(features), generator=generator)
    return frechet_distance(*feature_moments(features[rows[:size]]), *feature_moments(features[rows[size : 2 * size]]))


sizes = torch.tensor([50, 100, 200, 300, 500, 1000, 2500])
floor = torch.stack([torch.stack([real_vs_real(size) for _ in range(10)]).mean() for size in sizes.tolist()])
print("  ".join(f"N = {size}: {value:.1f}" for size, value in zip(sizes, floor)))

# %%
guess.compare(
    "above 0, and it shrinks when both sets grow",
    {
        "0, up to rounding: both are real": "the sets come from one distribution, but $D$ sees their means and "
        "covariances, and those of 300 images are off.",
        "above 0, and it shrinks when both sets grow": "the means and covariances of finite sets are off by "
        "chance, and a squared distance counts every error as positive. Larger sets are off by less.",
        "above 0, and the same for sets of any size": "the two distributions are one, at distance 0. What is left is chance, "
        "and chance averages out in larger sets.",
    },
)

# %% [markdown]
# One part of it can be computed. If the features of an image have covariance $C$, their mean over $N$ independent
# images has $C/N$. Two such means, of $N$ and $N'$ images, are independent, so the covariances add. Their difference is
# 0 on average, so its mean squared length is the trace of its covariance:
#
# $$\mathbb E\,\|\hat m_1 - \hat m_2\|^2 = \Big(\frac 1N + \frac 1{N'}\Big)\,\mathrm{tr}\,C \tag{7.6}$$
#
# The hats mark what is estimated from images. Let the 5,000 images be all there are. Then $C$ is known, and we can
# draw from them, with replacement, as often as we like: here a thousand times, 50 images and 100.

# %% tags=["nbval-check-output"]
rows = torch.randint(len(features), (1000, 150), generator=torch.Generator().manual_seed(0))
difference = features[rows[:, :50]].double().mean(1) - features[rows[:, 50:]].double().mean(1)
C = features.double().T.cov(correction=0)
prove("7.6", difference.square().sum(1), (1 / 50 + 1 / 100) * C.trace(), false_alarm=1e-6)

# %%
figures.curves(
    sizes,
    {"D of real and real": floor, "its part from the means, (7.6)": 2 / sizes * C.trace()},
    "N, images in each set",
    "D",
    xlog=True,
    ylog=True,
    alt=figures.described("7.2"),
)

# %% [markdown]
# The rest comes from the covariances, which have more entries to be wrong in. Even a perfect model gets no further
# down than this **floor**, on average, and with another $N$ it is another one. A distance without its $N$ and its floor
# says nothing. (The paper's FID of 3.17 was measured with 50,000 samples.)

# %% [markdown]
# ## What it sees
#
# Now sets of 300 images are compared with the 4,000 training images: good ones, with thirty of each digit, and spoiled
# ones. The test images give the floor.
#
# > **Predict.** Which is nearest to the training images?

# %%
best = widgets.Prediction("test images", "samples of the model", "300 of the training images, copied")

# %%
generator = torch.Generator().manual_seed(0)
white = torch.randn(300, 1, 28, 28, generator=generator)
sets = {
    "test": real,
    "samples": samples,
    "copies": thirty_of_each(train, train_labels),
    "noisy": (real + 0.4 * white).clamp(-1, 1),
    "blurred": F.avg_pool2d(real, 3, 1, 1),
    "half noise": torch.cat([real[:150], white[150:].clamp(-1, 1)]),
    "only ones": train[train_labels == 1][:300],
    "noise": white.clamp(-1, 1),
}
figures.image_rows(
    {name: images[145:155] for name, images in sets.items()},
    alt=figures.described("7.3"),
)

# %%
reference = feature_moments(train_features)
distances = {
    name: frechet_distance(*feature_moments(classifier.features(images)), *reference).item()
    for name, images in sets.items()
}
figures.bars(
    distances,
    "D to the training images",
    ylog=True,
    alt=figures.described("7.4"),
)

# %%
best.compare(
    "300 of the training images, copied",
    {
        "test images": "they come second. They are new draws from the same distribution, off by a chance of their own; a part "
        "of the training images shares the chance of the whole.",
        "samples of the model": "they are good, but a real image is hard to beat.",
        "300 of the training images, copied": "a part of a set is nearest to the set. The distance does not ask "
        "whether anything is new.",
    },
)

# %% [markdown]
# The order is sensible. The samples lie at about four times the floor (which is lower than for two sets of 300, since
# one of the sets is large), everything spoiled at thirty times and more. But two things should worry us. Copying
# wins. And "half noise" and "only ones" are bad in opposite ways, of which a single number does not tell: one has every
# digit, and noise besides, the other has one digit, and each is perfect.

# %% [markdown]
# ## Precision and recall
#
# Two questions instead of one. **Precision**: what share of the samples lies where real images lie? **Recall**: what
# share of the real images lies where samples lie? "Where points lie" is made precise by balls (Kynkäänniemi and
# others, 2019, their Eq. 1 and 2): around each point of a set, a ball that reaches to its third nearest neighbour in
# that set. In crowded places balls are small, in empty ones large. A point counts if it is in a ball of the other set.
#
# In code it is [`precision_recall`](../ddpm_edu/metrics.py). Real are here 300 training images, none of the copies.

# %%
real_features = classifier.features(thirty_of_each(train, train_labels, skip=30))
print(f"{'':>12}  precision  recall        D")
for name, images in sets.items():
    precision, recall = precision_recall(real_features, classifier.features(images))
    print(f"{name:>12}  {precision:9.2f}  {recall:6.2f} {distances[name]:8.1f}")

# %% [markdown]
# Read the row "only ones", which is what a collapsed generator makes: nearly each image is good, and nine tenths of
# the data are missing. High precision, low recall. "Half noise" is the reverse: half of its images lie nowhere, the
# rest still covers the data. But these balls have whims. "Blurred" has every digit and yet a recall of 0.11: blurring
# brings the images closer together, and the balls shrink with the distances. And "half noise" has a recall even above
# that of the test images. Is that the noise?

# %%
for name, images in {
    "300 test images": real,
    "150 of them": real[:150],
    "150 images of noise": sets["noise"][:150],
}.items():
    _, recall = precision_recall(real_features, classifier.features(images))
    print(f"{name}: recall {recall:.2f}")

# %% [markdown]
# No: 150 points lie further apart than 300, so their balls are larger. Only sets of one size can be compared, here as
# with $D$. And the test images set the mark: even they do not reach 1, since 300 balls do not cover all there is.
#
# And the copies? As good as real. Neither measure asks where an image comes from.

# %% [markdown]
# ## Has it learned the images by heart?
#
# A generator that returns its training images would pass everything so far. To catch it, look for the
# **nearest training image** of each sample, in pixels and in features. How near is too near? There has to be a floor
# once more: how near do *test* images come to the training images?


# %%
def nearest(points, known):
    """Return each point's distance to the nearest of the known ones, and which one that is."""
    return torch.cdist(points, known, compute_mode="donot_use_mm_for_euclid_dist").min(1)


def in_pixels(images):
    return nearest(images.flatten(1), train.flatten(1))


def in_features(images):
    return nearest(classifier.features(images), train_features)


# %%
suspects = {name: sets[name] for name in ("test", "samples", "copies")}
suspects["copies, moved"] = sets["copies"].roll(1, 3)
found = {name: (in_pixels(images), in_features(images)) for name, images in suspects.items()}

# %%
print("median distance to the nearest training image")
for name, (pixels, described) in found.items():
    print(f"{name:>14}: {pixels.values.median():5.2f} in pixels, {described.values.median():5.2f} in features")

# %%
figures.histograms(
    {name: found[name][1].values for name in ("test", "samples", "copies, moved")},
    {},
    "distance to the nearest training image, in features",
    bins=30,
    alt=figures.described("7.5"),
)

# %% [markdown]
# The samples are as far from the training images as images that the network has never seen, or a little further: no
# copies. True copies are at 0. Copies moved by one pixel look new to pixels, at the distance of the test images;
# features, which care less about a pixel, find them too near. What do the neighbours look like?

# %%
pixels, described = found["samples"]
figures.image_rows(
    {
        "sample": samples[:10],
        "nearest in pixels": train[pixels.indices[:10]],
        "nearest in features": train[described.indices[:10]],
    },
    alt=figures.described("7.6"),
)

# %% [markdown]
# Same digit, similar slant; the 3 and the 7 come close, the others have other strokes. Does the sampler head for a
# training image from early on? Drag the slider: above the state $x_t$, below the training image that is nearest to it
# in pixels.

# %%
on_the_way = [states[:10] for states in first]
neighbours = [in_pixels(x_t).indices for x_t in on_the_way]
widgets.reverse_scrubber(
    {"state x_t": on_the_way, "nearest training image": [train[rows] for rows in neighbours]},
    times.tolist(),
    alt=figures.described("7.7"),
)

# %% [markdown]
# How often is the neighbour on the way that of the finished sample? Once more this needs a comparison: a sampler that
# makes copies. Its states would be training images with noise.

# %%
copied = sets["copies"][:10]
generator = torch.Generator().manual_seed(0)
print("neighbours that are those of the end, of 10")
for t, rows in zip(times.tolist(), neighbours):
    if t in (800, 600, 400, 200):
        noise = torch.randn(copied.shape, generator=generator)
        noised = ddpm_edu.sample_q(copied, torch.full((10,), t), model.schedule, noise)
        same = (in_pixels(noised).indices == in_pixels(copied).indices).sum()
        print(f"t = {t}: samples {(rows == neighbours[-1]).sum()}, copies {same}")

# %% [markdown]
# At $t = 800$ and 600 the noise hides everything, and nobody could say. From 400 on a copier would have given itself
# away. Our neighbours still change: the sampler passes training images by.

# %% [markdown]
# ## What a grey level costs
#
# *From here to the bug hunt the lesson is optional: nothing that follows needs it. You may go on to
# [lesson 8](08_faster_and_steered.ipynb) and come back.*
#
# All of this judged samples. There is a second question for a model: what probability does it give to real images? An
# image of the small set "digits" has 64 pixels and 17 grey levels, evenly spaced on [-1, 1]. How many bits would it
# take to send one, if sender and receiver share the model?
#
# From the lessons before: noise is added by
# $q(x_t \mid x_0) = \mathcal N(\sqrt{\bar\alpha_t}\,x_0,\ (1-\bar\alpha_t) I)$, where $\bar\alpha_t$ is the product
# of $\alpha_s = 1 - \beta_s$ up to $t$. A known image can be approached again by $q(x_{t-1} \mid x_t, x_0)$, of
# variance $\tilde\beta_t$; the model takes the step
# $p_\theta(x_{t-1} \mid x_t) = \mathcal N(\mu_\theta(x_t, t),\ \sigma_t^2 I)$ instead. [Lesson 3](03_objective.ipynb)
# bounds what an image costs (the paper's Eq. 5, for one image and in nats, the natural logarithm's unit):
#
# $$-\log p_\theta(x_0) \le L_T + \sum_{t=2}^T L_{t-1} + L_0, \qquad
# \begin{aligned} L_T &= \mathrm{KL}(q(x_T \mid x_0)\,\|\,\mathcal N(0, I)) \\
# L_{t-1} &= \mathbb E_q\,\mathrm{KL}(q(x_{t-1} \mid x_t, x_0)\,\|\,p_\theta(x_{t-1} \mid x_t)) \\
# L_0 &= \mathbb E_q\big[-\log p_\theta(x_0 \mid x_1)\big] \end{aligned}$$
#
# There the last step was a density. A file does not hold real numbers but grey levels, and a level must have a
# *probability*. Let the model's Gaussian have the mean $\mu$ and the variance $\sigma^2$. Between $L$ levels on [-1,
# 1] ($L$ without an index) lie $L - 1$ gaps, so neighbours are $\frac{2}{L-1}$ apart. Every value belongs to the
# level it is nearest to: a bin reaches $\frac{1}{L-1}$ to each side. What is below the lowest level belongs to the
# lowest, what is above the highest to the highest. For one pixel
#
# $$p(x_0) = \int_{\delta_-}^{\delta_+} \mathcal N(x;\,\mu, \sigma^2)\,dx, \quad
# \delta_+ = \begin{cases} \infty & x_0 = 1 \\ x_0 + \frac{1}{L-1} & x_0 < 1 \end{cases}, \quad
# \delta_- = \begin{cases} -\infty & x_0 = -1 \\ x_0 - \frac{1}{L-1} & x_0 > -1 \end{cases} \tag{7.7}$$
#
# This is the paper's Eq. 13, there for $L = 256$. In this step pixels are independent, so the whole image's $-\log p$
# is the sum over its pixels. In code [`discretized_nll`](../ddpm_edu/likelihood.py). We add up the density on a fine
# grid, each point to its nearest level:

# %% tags=["nbval-check-output"]
levels = torch.linspace(-1, 1, 17, dtype=torch.float64)
mean, std = torch.full_like(levels, 0.3), torch.tensor(0.4, dtype=torch.float64)
width = 2e-5
x = (torch.arange(-200_000, 200_000, dtype=torch.float64) + 0.5) * width  # from -4 to 4, ten standard deviations
level = ((x + 1) * 8).round().clamp(0, 16).long()
on_grid = torch.zeros(17, dtype=torch.float64).index_add(0, level, Normal(0.3, std).log_prob(x).exp() * width)
cost = discretized_nll(levels, mean, std**2, num_levels=17)
prove("7.7", -on_grid.log(), cost, within=1e-8, paper="Eq. 13")  # a grid is not exact

# %% [markdown]
# Is it a probability? Let $e_1 < \dots < e_{L-1}$ be the edges between the levels and $\Phi$ the share of the
# Gaussian below an edge. In the sum over all levels each edge appears twice, once with plus and once with minus. The 1
# of the highest level remains:
#
# $$\Phi(e_1) + \sum_{k=1}^{L-2} \big[\Phi(e_{k+1}) - \Phi(e_k)\big] + \big[1 - \Phi(e_{L-1})\big] = 1 \tag{7.8}$$
#
# By algebra for any $\Phi$, then by the library, for narrow and wide Gaussians inside and outside of [-1, 1].

# %% tags=["nbval-check-output"]
Phi, e = sympy.Function("Phi"), sympy.symbols("e_1:17", real=True)
inner = sum(Phi(above) - Phi(below) for below, above in zip(e, e[1:]))
prove("7.8", Phi(e[0]) + inner + (1 - Phi(e[-1])), sympy.Integer(1))
mean = torch.tensor([-1.5, -0.97, 0.3, 1.0], dtype=torch.float64).repeat(2)
variance = torch.tensor([1e-4, 1.0], dtype=torch.float64).repeat_interleave(4)
x_0 = levels[:, None].expand(17, 8)
total = (-discretized_nll(x_0, mean.expand(17, 8), variance, 17)).exp().sum(0)
prove("7.8", total, torch.ones(8), within=1e-9)  # empty bins count as 1e-12

# %% [markdown]
# ## From nats to bits per dimension
#
# A bit is the answer to one question with yes or no. A level that is singled out by $b$ such questions, each of which
# halves what is left, has the probability $2^{-b}$. Its $-\log p$ in nats, over $\log 2$, is $b$ again:
#
# $$\frac{-\log 2^{-b}}{\log 2} = b \tag{7.9}$$
#
# Images of different size are compared by dividing once more, by the number of values in *one* image, pixels times
# channels. This is the unit **bits per dimension** of the paper's Table 1, in code
# [`bits_per_dim`](../ddpm_edu/likelihood.py).

# %% tags=["nbval-check-output"]
b = sympy.Symbol("b", positive=True)
prove("7.9", -sympy.expand_log(sympy.log(2**-b), force=True) / sympy.log(2), b)
print(f"17 levels, all equally probable: {bits_per_dim(torch.tensor([64 * math.log(17)]), (1, 1, 8, 8)).item():.2f}")

# %% [markdown]
# That is the cost of a pixel to someone who knows nothing. Someone who has seen the training images can do better
# without any network: count how often each level occurs, over all pixels, or at each pixel by itself. (One is added to
# each count, so that nothing has probability 0. To save time we take every second test image.)

# %% tags=["nbval-check-output"]
digits, unseen = load_images("digits", "train")[0], load_images("digits", "test")[0][::2]
of_train, of_test = (((images + 1) * 8).round().long() for images in (digits, unseen))  # 0 to 16
for name, axes in {"one histogram for all pixels": (0, 1, 2, 3), "one histogram for each pixel": (0,)}.items():
    counts = torch.stack([(of_train == k).double().sum(axes, keepdim=True) + 1 for k in range(17)])
    shares = (counts / counts.sum(0)).expand(17, *unseen.shape)
    print(f"{name}: {-shares.gather(0, of_test[None]).log2().mean():.2f} bits/dim")

# %% [markdown]
# A network should need less than that.

# %% [markdown]
# ## All terms of the bound
#
# $L_T$ is what the noise at the end still tells of the image. For one pixel write
# $x_T = \sqrt{\bar\alpha_T}\,x_0 + \sqrt v\,z$ with $v = 1 - \bar\alpha_T$ and a standard Gaussian $z$. Then
# $\log q - \log p = \tfrac12(x_T^2 - z^2 - \log v)$. On average $z^2$ is 1 and $x_T^2$ is $\bar\alpha_T x_0^2 + v$, so
# [`prior_term`](../ddpm_edu/likelihood.py) is
#
# $$L_T = \tfrac12\big(\bar\alpha_T x_0^2 - \bar\alpha_T - \log(1 - \bar\alpha_T)\big) \tag{7.10}$$

# %% tags=["nbval-check-output"]
signal, x0, z = sympy.Symbol("alphabar_T", positive=True), *sympy.symbols("x_0 z", real=True)
end = sympy.sqrt(signal) * x0 + sympy.sqrt(1 - signal) * z
bell = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
log_ratio = sympy.expand((end**2 - z**2 - sympy.log(1 - signal)) / 2)
average = sympy.integrate(log_ratio * bell, (z, -sympy.oo, sympy.oo))
prove("7.10", average, (signal * x0**2 - signal - sympy.log(1 - signal)) / 2)

# %% [markdown]
# $L_{t-1}$ for $t \ge 2$ is the divergence of two Gaussians, $q(x_{t-1} \mid x_t, x_0)$ and
# $p_\theta(x_{t-1} \mid x_t)$, and $L_0$ is (7.7) with $\mu = \mu_\theta(x_1, 1)$ and $\sigma^2 = \beta_1$, since
# $\tilde\beta_1$ is 0. [`bound_term`](../ddpm_edu/likelihood.py) gives these for images at any times $t$, from one
# draw of $x_t$ each, and [`variational_bound`](../ddpm_edu/likelihood.py) for all $t = 1, \dots, T$. That takes a
# thousand calls of the network. Cheaper: cut the times into intervals, draw for each image *one* time from each, and
# multiply by the number of times in it. A time is drawn with probability 1 over that number, so on average this is
# the same sum. The intervals are short where the terms change fast.

# %%
small = load_pretrained("digits")
schedule = small.schedule
edges = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 28, 40, 56, 80, 112, 160, 224, 320, 450, 640, 1000]


@torch.no_grad()
def intervals(variances, generator):
    """Return bits per dimension of each interval of times, (images, intervals)."""
    columns = []
    for low, high in zip(edges, edges[1:]):
        t = torch.randint(low + 1, high + 1, (len(unseen),), generator=generator)
        noise = torch.randn(unseen.shape, generator=generator)
        nats = ddpm_edu.bound_term(small, unseen, t, schedule, 17, noise, variances)
        columns.append(bits_per_dim(nats, unseen.shape) * (high - low))
    return torch.stack(columns, 1)


# %%
last = bits_per_dim(ddpm_edu.prior_term(unseen, schedule), unseen.shape)
terms = {}
for name, variances in {"posterior variance": schedule.posterior_variance, "beta": schedule.betas}.items():
    terms[name] = intervals(variances, torch.Generator().manual_seed(0))
    whole = terms[name].sum(1) + last
    print(
        f"sigma^2 = {name}: L_0 {terms[name][:, 0].mean():.5f} + others {terms[name][:, 1:].mean(0).sum():.2f}"
        f" + L_T {last.mean():.5f} = {whole.mean():.2f} +- {whole.std() / len(whole) ** 0.5:.2f} bits/dim"
    )

# %%
steps_in = torch.tensor(edges).diff()
middles = torch.tensor([(low + 1 + high) / 2 for low, high in zip(edges, edges[1:])])
figures.curves(
    middles,
    {f"sigma^2 = {name}": found.mean(0) / steps_in for name, found in terms.items()},
    "t",
    "bits/dim of one step",
    xlog=True,
    ylog=True,
    alt=figures.described("7.8"),
)

# %% [markdown]
# Look at the sums, and at the histograms above them. A trained network, and the bound allows *more* bits than counting
# the levels of each pixel takes. Is something wrong? The terms at both ends are nearly 0. Of the two variances beta
# does a little better. The most expensive steps are those of the first few times:

# %%
mean_terms = dict(zip(edges, terms["beta"].mean(0).tolist()))  # from the time after this one on
print(
    f"t = 2: {mean_terms[1]:.2f}, t = 3 to 10: {sum(mean_terms[k] for k in (2, 3, 4, 5, 6, 8)):.2f}, "
    f"t > 112: {sum(mean_terms[k] for k in (112, 160, 224, 320, 450, 640)):.2f} bits/dim"
)

# %% [markdown]
# ## Rate and distortion
#
# What is bought there? By the definition of KL, $L_{t-1}$ is by how many nats $q$, which knows the image, is surer of
# $x_{t-1}$ than the model is. That much has to be told to someone who has the model and $x_t$ to bring them to
# $x_{t-1}$. The paper calls what is spent on the way to $x_1$ the **rate**, $L_1 + \dots + L_T$, and the last term,
# $L_0$, the **distortion**. For CIFAR-10 it has 1.78 and 1.97 bits/dim. Ours is all rate.
#
# Levels are $1/8 = 0.125$ apart. Where the noise is much smaller, a network that knew this would round. Does ours?

# %%
generator = torch.Generator().manual_seed(0)
for time in (2, 5, 12):
    t = torch.full((len(unseen),), time)
    x_t = ddpm_edu.sample_q(unseen, t, schedule, torch.randn(unseen.shape, generator=generator))
    with torch.no_grad():
        x_0 = ddpm_edu.predict_x0(x_t, t, small(x_t, t), schedule)
    rounded = (x_0 * 8).round() / 8
    error, after = ((guess - unseen).square().mean().sqrt() for guess in (x_0, rounded))
    noise = (schedule.one_minus_alphas_bar[time] / schedule.alphas_bar[time]).sqrt()
    print(f"t = {time}: noise {noise:.3f}, error of the network {error:.3f}, after rounding {after:.3f}")

# %% [markdown]
# It does not. At $t = 2$ rounding would take away nearly all of its error; at $t = 12$ it helps no more. To the network
# a grey is a real number, and the chain pays for decimal after decimal. In the whole model only (7.7) knows of levels,
# and it comes last: $x_1$ is the image with noise of standard deviation $\sqrt{\beta_1} = 0.01$. Among 256 levels half
# a bin is $1/255 = 0.004$, less than the noise: $x_1$ leaves open which level it was, and (7.7) has half of the work.
# Among 17 levels half a bin is $1/16 = 0.0625$. There $x_1$ is known six times more precisely than anyone needs, and we
# have paid for it.
#
# So do not go as far as $x_1$. Stop at a time $s$ and ask for $x_0$ at once: (7.7) comes in earlier. Leaving
# $x_1, \dots, x_{s-1}$ out of the derivation of lesson 3 gives a bound of the same form,
#
# $$-\log p(x_0) \le L_T + \sum_{t=s+1}^T L_{t-1} + \mathbb E_q\big[-\log p(x_0 \mid x_s)\big]$$
#
# with (7.7) around the estimate $\hat x_0$ of the network. An error of the network is multiplied there by
# $\sqrt{(1-\bar\alpha_s)/\bar\alpha_s}$; take this for $\sigma$. (At $s = 1$ it is 0.01, as before.)

# %%
stops, generator = edges[1:-4], torch.Generator().manual_seed(0)
distortion, guesses = [], {}
for s in stops:
    t = torch.full((len(unseen),), s)
    x_s = ddpm_edu.sample_q(unseen, t, schedule, torch.randn(unseen.shape, generator=generator))
    with torch.no_grad():
        x_0 = ddpm_edu.predict_x0(x_s, t, small(x_s, t), schedule)
    nats = discretized_nll(unseen, x_0, schedule.one_minus_alphas_bar[s] / schedule.alphas_bar[s], 17)
    guesses[s] = x_0
    distortion.append(bits_per_dim(nats.flatten(1).sum(1), unseen.shape).mean())
distortion = torch.stack(distortion)
after = terms["beta"].mean(0).flip(0).cumsum(0).flip(0)  # of this interval and all later ones
rate = after[1 : len(stops) + 1] + last.mean()

# %%
figures.curves(
    torch.tensor(stops),
    {"rate": rate, "distortion": distortion, "their sum": rate + distortion},
    "s, where the chain stops",
    "bits/dim",
    xlog=True,
    alt=figures.described("7.9"),
)

# %%
for index in (0, int((rate + distortion).argmin()), stops.index(80)):
    parts = f"rate {rate[index]:.2f} + distortion {distortion[index]:.2f}"
    print(f"s = {stops[index]}: {parts} = {rate[index] + distortion[index]:.2f} bits/dim")

# %% [markdown]
# The same network, not trained any further, now needs clearly less than the histograms. It knows more than they do. It
# was charged for decimals that 17 levels do not have, on a schedule whose $\beta_1$ suits 256. (Choosing $s$ on the
# images that are measured flatters. The minimum is flat, so it flatters little.)
#
# What do the bits buy? Look at what is known at three stops, $\hat x_0$ from $x_s$:

# %%
rows = {f"from s = {s}": guesses[s][100:110] for s in (12, 80, 224)}
figures.image_rows(
    {"image": unseen[100:110]} | rows,
    alt=figures.described("7.10"),
)

# %% [markdown]
# At $s = 80$ the shapes are there, for half a bit. More than three times as much is then paid for exact greys. The
# paper found the same for CIFAR-10. Bits and eyes want different things. That is how dropping the weights in lesson 3
# could make the bits a little worse and the samples much better.

# %% [markdown]
# ## Bug hunt
#
# Here are (7.7) and (7.9) for the small digits. The line with 255 is that of a widely used implementation, for
# photographs; it came to digits by copying. The second mistake is one that issue lists of public repositories report.
# Find both. Below are two Gaussians whose answers you can work out: one is so wide that the two open ends get half
# each, 1 bit; for the other, the 17 probabilities must add up to 1.


# %%
def bits_as_published(x_0, mean, std):
    """Return bits per dimension of each image."""
    distribution = Normal(mean, std)
    upper = torch.where(x_0 > 0.999, torch.ones_like(x_0), distribution.cdf(x_0 + 1 / 255))
    lower = torch.where(x_0 < -0.999, torch.zeros_like(x_0), distribution.cdf(x_0 - 1 / 255))
    return -(upper - lower).clamp(min=1e-12).log().flatten(1).mean(1)


# %% tags=["nbval-check-output"]
ends, origin = torch.tensor([[-1.0, 1.0]], dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
print(f"very wide, an image of -1 and 1: {bits_as_published(ends, origin, 1e9 + origin).item():.3f} bits/dim, right: 1")
each = bits_as_published(levels[:, None], origin, 0.1 + origin)  # 17 images of one pixel
print(f"17 probabilities, from 2^-bits: they add up to {(2**-each).sum():.3f}, from e^-bits: {(-each).exp().sum():.3f}")

# %%
generator = torch.Generator().manual_seed(0)
near = unseen + 0.05 * torch.randn(unseen.shape, generator=generator)  # a decoder's means, off by 0.05
right = bits_per_dim(discretized_nll(unseen, near, torch.tensor(0.05**2), 17).flatten(1).sum(1), unseen.shape)
published = bits_as_published(unseen, near, torch.tensor(0.05))
print(f"test digits, bits/dim: published {published.mean():.2f}, right {right.mean():.2f}")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# 1. `1 / 255` is half a bin of 256 levels; of 17 it is `1 / 16`. The bins leave gaps between them, and what falls into
#    the gaps is lost: the 17 probabilities $e^{-\text{nats}}$ add up to far less than 1. A good decoder looks bad.
# 2. The logarithm is natural and nothing is divided by $\log 2$: what is called bits is nats, 0.693 where 1 is right.
#    Every model looks better than it is.
#
# The two pull in opposite directions, so that the result can look plausible. (7.8) is the test that finds the first,
# a Gaussian with a known answer the second.
# </details>

# %% [markdown]
# ## Recap
#
# * The Frechet distance is the least mean square between paired Gaussians; it has a floor, and copies go below it.
# * Precision and recall tell bad from missing; only the nearest training images tell new from copied.
# * Bits per dimension count probabilities of bins; the bound splits them into rate and distortion. The chain should
#   stop where the noise is about as wide as a bin.
#
# **Your turn:** write `frechet_distance`, `discretized_nll` and `bits_per_dim` yourself in
# [workbook/07_exercises.ipynb](../workbook/07_exercises.ipynb) (`make lab` puts it there; as shipped, it is
# [exercises/07_evaluation.ipynb](../exercises/07_evaluation.ipynb)). `solution("name")` shows an answer once yours
# has passed, or after three attempts.
#
# **Next:** must it take a thousand steps, and can we say what we want?
# [Lesson 8](08_faster_and_steered.ipynb). The words of this lesson are in [the glossary](../docs/glossary.md).
