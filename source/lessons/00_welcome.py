# %% [markdown]
# # 0. Welcome
#
# **Question.** What will I be able to build?
#
# *About 20 minutes. You need Python, a little torch, Gaussians and the chain rule; no GPU, no internet.*

# %%
from functools import partial
from pathlib import Path

import torch
from IPython.display import Markdown

import ddpm_edu
from ddpm_edu import figures, load_pretrained, widgets
from ddpm_edu.checks import run_check
from ddpm_edu.course.paths import section_of_readme
from ddpm_edu.cli.doctor import examine
from ddpm_edu.proofs import prove

# %% [markdown]
# Run a cell with Shift+Enter. First the doctor: it looks at everything that the course needs and names what is missing,
# with the command that fixes it.

# %%
findings = examine(Path(".."))
print(f"{len(findings)} things looked at")
print(*[finding for finding in findings if not finding.fine] or ["all is well"], sep="\n")

# %% [markdown]
# ## The picture first
#
# The ten digits below have been drawn by nobody. A network, trained in minutes on a laptop, made them out of noise.

# %%
model = load_pretrained("mnist5k")
schedule = model.schedule
network = partial(model, labels=torch.arange(10).repeat(2))  # told which digit each image is to become
print(f"{sum(p.numel() for p in model.parameters()):,} numbers, {schedule.num_timesteps} steps from noise to digit")

# %%
torch.manual_seed(1)
x = torch.randn(10, 1, 28, 28).repeat(2, 1, 1, 1)  # ten images of noise, each twice
states = {1000: x}
for t in range(1000, 0, -1):
    x = ddpm_edu.sample_p(network, x, torch.full((20,), t), schedule)
    states[t - 1] = x

# %%
figures.image_rows(
    {f"t = {t}": states[t][10:] for t in (1000, 600, 300, 100, 0)},
    alt=figures.described("0.1"),
)

# %% [markdown]
# The loop above is Algorithm 2 of the paper this course is about: *Denoising Diffusion Probabilistic Models* by Ho,
# Jain and Abbeel ([arXiv 2006.11239](https://arxiv.org/abs/2006.11239), 2020). In words: for $t = 1000, \dots, 1$, ask
# the network which part of the image is noise, take a little of it away, and add a little fresh noise. At the end of
# lesson 6 you will have written `sample_p`, and by then know why each symbol in it is there.
#
# > **Predict.** The loop ran twenty images: ten of pure noise, each of them twice, with different fresh noise on the
# > way. (The network was told which digit each is to become.) How alike are the two images that began as one?

# %%
alike = widgets.Prediction(
    "the same image", "the same digit, written differently", "they share as little as any two digits"
)

# %%
figures.image_rows(
    {"one run": states[0][10:], "the other": states[0][:10]},
    alt=figures.described("0.2"),
)

# %%
alike.compare(
    "the same digit, written differently",
    {
        "the same image": "the fresh noise of all the steps decides most of it. Without it both would be the same "
        "image; lesson 8 samples that way.",
        "the same digit, written differently": "the label fixes the digit; its strokes are decided on the way, "
        "by the fresh noise.",
        "they share as little as any two digits": "the label is the same, so each pair shows one and the same digit.",
    },
)

# %% [markdown]
# Not every drawing succeeds: see the lower 4.
#
# Drag the slider, or click it and use the arrow keys: when does a digit begin to show?

# %%
times = [1000, 900, 800, 700, 600, 500, *range(400, 0, -25), 10, 0]
widgets.reverse_scrubber(
    {"ten digits on their way out of noise": [states[t][10:] for t in times]},
    times,
    alt=figures.described("0.3"),
)

# %% [markdown]
# ## Nothing has to be believed
#
# Lessons derive what they use. Each numbered equation is followed by a cell that compares both of its sides: algebra
# *proves* it, numbers and random draws *check* it. Here is the first, on which all of lesson 1 rests. Mix a pixel $x$
# with noise $z$, independent of it, in these proportions, with a $\beta$ between 0 and 1:
#
# $$\operatorname{Var}\left[\sqrt{1-\beta}\;x + \sqrt{\beta}\;z\right] = 1
# \qquad\text{if}\quad \operatorname{Var}[x] = \operatorname{Var}[z] = 1 \tag{0.1}$$
#
# Variances of independent terms add, and a factor goes in squared: $(1-\beta)\cdot 1 + \beta\cdot 1 = 1$. However often
# noise is mixed in like this, nothing grows. In random draws, with an $x$ that is no Gaussian but 1 or -1:

# %% tags=["nbval-check-output"]
betas = torch.tensor([0.0001, 0.02, 0.5, 0.9])
signs = torch.randint(2, (100_000, 4), generator=torch.Generator().manual_seed(0)) * 2.0 - 1
z = torch.randn(100_000, 4, generator=torch.Generator().manual_seed(1))
mixed = (1 - betas).sqrt() * signs + betas.sqrt() * z
prove("0.1", mixed**2, torch.ones(4), false_alarm=1e-6)  # the mean is 0, so the variance is the mean square

# %% [markdown]
# The line says what was compared and how sure it is: a true equation fails for one seed in a million. A false one
# shows both sides: drop the first `.sqrt()` in the cell and see. What a cell with the tag `nbval-check-output` prints
# is the same on every machine, and `make test` compares it.
#
# ## You write it, the course checks it
#
# Each lesson from 1 to 8 has a notebook of exercises in `workbook/`, `01_exercises.ipynb` and so on. They are your own
# copies, as is this lesson if `make lab` opened it; `make update` brings a new version and keeps every answer. You fill
# in a function, run `check` in the cell below it, and hear what is wrong, not just that something is.
# Here is an answer with one slip to [`snr`](../ddpm_edu/forward.py), whose symbols lesson 1 explains:


# %% tags=["nbval-check-output"]
def snr(t, schedule):
    return schedule.alphas_bar[t] / (1 - schedule.alphas[t])


print(run_check("snr", snr).feedback)

# %% [markdown]
# `hint("snr")` gives the next of three hints, `solution("snr")` opens after a pass or three attempts, and `progress()`
# shows how far you are. In a terminal: `ddpm-edu progress`.
#
# ## One notation for five
#
# Papers, posts and libraries write the same things differently. Keep this table at hand; every row is explained in the
# lessons. [The formula sheet](../docs/formulas.md) has all equations of the library on one page,
# [the glossary](../docs/glossary.md) all words.

# %%
Markdown(section_of_readme("One notation for five"))

# %% [markdown]
# ## Bug hunt
#
# Every lesson ends with a bug that was really published. This one is in many scripts that save samples. Ten images,
# turned into bytes 0 to 255 for a file in two ways; the second way is how it was done. They are taken one step before
# the end, because the library's last step hides the bug:

# %%
samples = states[1][10:]
right, wrong = samples.clamp(-1, 1), samples
as_bytes = {
    name: ((images + 1) * 127.5).to(torch.int64) % 256 for name, images in {"right": right, "published": wrong}.items()
}
figures.image_rows(
    {name: images / 127.5 - 1 for name, images in as_bytes.items()},
    alt=figures.described("0.4"),
)

# %%
print(f"values from {samples.min():.3f} to {samples.max():.3f}")

# %% [markdown]
# <details><summary>What is wrong (click)</summary>
#
# Samples leave [-1, 1] a little: the range is printed above. A byte cannot leave 0 to 255: 256 becomes 0 and -1
# becomes 255, so the whitest pixels turn black and the blackest white. Clamp first, then convert. (`% 256` stands for
# what a conversion to `uint8` does on most machines.) The sampler is innocent. The library's `sample_p` clamps in its
# last step, but not every sampler does.
# </details>

# %% [markdown]
# ## Recap
#
# * Algorithm 2 is a loop of a thousand small steps from noise to image; you will write it.
# * Every numbered equation is proven or checked where it stands, every answer is checked and its mistake named.
# * Time runs from 1 to T, entry 0 of every table is the clean image, images lie in [-1, 1].
#
# **Next:** how does an image become noise? [Lesson 1](01_forward_process.ipynb) starts there.
