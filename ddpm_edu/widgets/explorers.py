"""Widgets that compute while the slider moves: the forward process, schedules, the posterior."""

import torch

from ddpm_edu import figures
from ddpm_edu.forward import sample_q
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.schedule import NoiseSchedule, cosine_schedule, linear_schedule
from ddpm_edu.widgets.core import explore, tiles


KINDS = ["linear", "linear in the root", "cosine"]
JUMP, STEP = "from x_0, by the jump", "from x_t, by the step"
PRODUCT = "their product: the posterior"


def forward_scrubber(images, schedules, alt):
    """Noise images to a time t with a slider, under one of several schedules; noise is kept fixed.

    Args:
        images: (N, 1, H, W) in [-1, 1].
        schedules: name -> NoiseSchedule, all with the same T.
        alt: what the pictures show.
    """
    import ipywidgets

    last = next(iter(schedules.values())).num_timesteps
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))

    def noised(schedule, t):
        if t == 0:
            return images
        return sample_q(images, torch.full((len(images),), t), schedules[schedule], noise)

    def draw(schedule, t):
        alpha_bar_t = schedules[schedule].alphas_bar[t].item()
        of_x_0, of_eps = alpha_bar_t**0.5, (1 - alpha_bar_t) ** 0.5
        caption = f"t = {t}: signal √ᾱ = {of_x_0:.4f}, noise √(1-ᾱ) = {of_eps:.4f}"
        return tiles(noised(schedule, t)), caption

    name = next(iter(schedules))
    times = [round(last * share) for share in (0, 0.1, 0.25, 0.5, 0.75, 1)]
    still = figures.image_rows({f"{name}, t = {t}": noised(name, t) for t in times}, alt)
    controls = {
        "schedule": ipywidgets.Dropdown(options=[*schedules], description="schedule"),
        "t": ipywidgets.IntSlider(last // 4, 0, last, description="t"),
    }
    explore(controls, draw, still.data, alt)


def schedule_editor(alt, num_timesteps=1000):
    r"""Change a schedule and see $\beta_t$, $\bar\alpha_t$ and the signal-to-noise ratio follow.

    Args:
        alt: what the curves show.
        num_timesteps: T.
    """
    import ipywidgets

    t = torch.arange(1, num_timesteps + 1)

    def betas(kind, beta_1, beta_T):
        if kind == "cosine":
            return cosine_schedule(num_timesteps)
        if kind == "linear":
            return linear_schedule(num_timesteps, beta_1, beta_T)
        return linear_schedule(num_timesteps, beta_1**0.5, beta_T**0.5).square()

    def tables(kind, beta_1, beta_T):
        schedule = NoiseSchedule(betas(kind, beta_1, beta_T), dtype=torch.float64)
        alphas_bar = schedule.alphas_bar[1:]
        ratios = alphas_bar / schedule.one_minus_alphas_bar[1:]
        return schedule, {"beta": schedule.betas[1:], "alpha_bar": alphas_bar, "SNR": ratios}

    def draw(kind, beta_1, beta_T):
        schedule, values = tables(kind, beta_1, beta_T)
        end, where = schedule.alphas_bar[-1].sqrt(), crossing(values["SNR"])
        caption = f"At t = T the signal √ᾱ is {end:.2g}; SNR is 1 at t = {where}"
        return live.draw({title: {"yours": y} for title, y in values.items()}), caption

    paper = tables("linear", 1e-4, 0.02)[1]
    first = {title: {"the paper's": y, "yours": y} for title, y in paper.items()}
    limits = {"beta": (1e-6, 1), "alpha_bar": (0, 1), "SNR": (1e-6, 1e5)}
    live = figures.LivePanels(t, first, "t", limits, ylog=("beta", "SNR"))
    powers = {"base": 10, "step": 0.05, "readout_format": ".2e"}
    controls = {
        "kind": ipywidgets.Dropdown(options=KINDS, description="schedule"),
        "beta_1": ipywidgets.FloatLogSlider(1e-4, min=-5, max=-2, description="beta_1", **powers),
        "beta_T": ipywidgets.FloatLogSlider(0.02, min=-3, max=-0.5, description="beta_T", **powers),
    }
    explore(controls, draw, live.draw({}), alt)


def crossing(ratios):
    """Return the first time at which the noise is stronger than the signal, as text."""
    below = (ratios < 1).nonzero()
    return str(below[0].item() + 1) if len(below) else "no t"


def posterior_explorer(schedule, alt):
    r"""Move $x_0$, $x_t$ and t, and see the two Gaussians of Bayes' rule and their product.

    Args:
        schedule: of T steps.
        alt: what the curves show.
    """
    import ipywidgets

    exact, last = schedule.to(dtype=torch.float64), schedule.num_timesteps
    x = torch.linspace(-3, 3, 601, dtype=torch.float64)

    def bell(mean, variance):
        # of height 1, so that widths can be compared
        return torch.exp(-((x - mean) ** 2) / (2 * variance))

    def draw(x_0, x_t, t):
        start, end, time = (torch.tensor([value]) for value in (float(x_0), float(x_t), t))
        mean = posterior_mean(start.double(), end.double(), time, exact).item()
        alpha_t, alpha_bar_prev = exact.alphas[t].item(), exact.alphas_bar[t - 1].item()
        variance = exact.posterior_variance[t].item()
        curves = {
            JUMP: bell(alpha_bar_prev**0.5 * x_0, exact.one_minus_alphas_bar[t - 1]),
            STEP: bell(x_t / alpha_t**0.5, exact.betas[t] / alpha_t),
            PRODUCT: bell(mean, variance),
        }
        caption = f"posterior: mean {mean:.3f}, standard deviation {variance**0.5:.3f}"
        return live.draw({"": curves}), caption

    first = {name: bell(0, 1) for name in (JUMP, STEP, PRODUCT)}
    live = figures.LivePanels(x, {"": first}, "x at time t-1")
    controls = {
        "x_0": ipywidgets.FloatSlider(0.8, min=-1, max=1, step=0.05, description="x_0"),
        "x_t": ipywidgets.FloatSlider(-0.5, min=-2, max=2, step=0.05, description="x_t"),
        "t": ipywidgets.IntSlider(last // 4, 2, last, description="t"),
    }
    explore(controls, draw, draw(0.8, -0.5, last // 4)[0], alt)
