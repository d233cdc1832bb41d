"""Wrong answers that are in no catalogue, as learners write them, and what is to be said of them.

Each is (exercise, answer, words): all of the words must stand in the feedback.
"""

import torch
from torch.nn.functional import pad

from ddpm_edu import sample_by_t as at


def previous(s):
    return pad(s.alphas_bar[:-1], (1, 0), value=1.0)


def tables(s, t, x):
    """Return alpha, alpha_bar, alpha_bar_{t-1} and beta at each row's t."""
    return [at(v, t, x.shape) for v in (s.alphas, s.alphas_bar, previous(s), s.betas)]


def jump(signal, noise):
    """Build sample_q or step_q from both factors, of (a, ab, p, b)."""

    def function(x, t, s, n):
        letters = tables(s, t, x)
        return signal(*letters) * x + noise(*letters) * n

    return function


def of_noise(combine):
    """Build predict_x0 or mean_from_noise from what is done with (x, e, a, ab, b)."""

    def function(x_t, t, eps, s):
        a, ab, _, b = tables(s, t, x_t)
        return combine(x_t, eps, a, ab, b)

    return function


def posterior(x_0, x_t):
    """Build posterior_mean from its two factors, of (a, ab, p, b)."""

    def function(x0, xt, t, s):
        letters = tables(s, t, x0)
        return x_0(*letters) * x0 + x_t(*letters) * xt

    return function


def velocity(eps, x_0):
    """Build velocity from its two factors, of (a, ab, p, b)."""
    return posterior(x_0, eps)


def root(a, ab, p, b):
    return ab.sqrt()


def rest(a, ab, p, b):
    return (1 - ab).sqrt()


def right_x_0(a, ab, p, b):
    return p.sqrt() * b / (1 - ab)


def right_x_t(a, ab, p, b):
    return a.sqrt() * (1 - p) / (1 - ab)


def ddim(x_0=None, direction=None, scale=None):
    """Build ddim_step from the estimate of x_0, the factor of eps, and that of the noise."""

    def function(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None):
        now, prev = (at(schedule.alphas_bar, times, x_t.shape) for times in (t, t_prev))
        sigma = eta * ((1 - prev) / (1 - now) * (1 - now / prev)).sqrt()
        clean = (x_t - (1 - now).sqrt() * eps) / now.sqrt()
        z = torch.randn_like(x_t) if noise is None else noise
        first = x_0(now, prev) if x_0 else prev.sqrt()
        second = direction(now, prev, sigma) if direction else (1 - prev - sigma**2).sqrt()
        third = scale(now, prev, sigma) if scale else sigma
        return first * clean + second * eps + third * z

    return function


RIGHT_NOISE, RIGHT_SIGNAL = "the noise is right", "x_0 is right"
UNLISTED = (
    ("sample_q", jump(lambda a, ab, p, b: ab ** 2, rest),
     ("factor of x_0 is alpha_bar_t^2; Eq. 4 has sqrt(alpha_bar_t)", RIGHT_NOISE)),
    ("sample_q", jump(lambda a, ab, p, b: ab ** 0.25, rest),
     ("factor of x_0 is not right: at t = 500 it is 0.5", RIGHT_NOISE)),
    ("sample_q", jump(root, lambda a, ab, p, b: (1 + ab).sqrt()),
     ("factor of the noise is sqrt(1 + alpha_bar_t); Eq. 4 has sqrt(1 -", RIGHT_SIGNAL)),
    ("sample_q", jump(lambda a, ab, p, b: a, lambda a, ab, p, b: b),
     ("factor of x_0 is alpha_t;", "factor of the noise is beta_t;")),
    ("sample_q", jump(lambda a, ab, p, b: 1 - ab, lambda a, ab, p, b: ab),
     ("factor of x_0 is 1 - alpha_bar_t;", "factor of the noise is alpha_bar_t;")),
    ("sample_q", jump(lambda a, ab, p, b: ab.rsqrt(), rest),
     ("factor of x_0 is 1 / sqrt(alpha_bar_t);", RIGHT_NOISE)),
    ("sample_q", jump(root, lambda a, ab, p, b: -(1 - ab).sqrt()),
     ("factor of the noise is -sqrt(1 - alpha_bar_t);", RIGHT_SIGNAL)),
    ("sample_q", jump(root, lambda a, ab, p, b: (1 - p).sqrt()),
     ("factor of the noise is sqrt(1 - alpha_bar_{t-1});", RIGHT_SIGNAL)),
    ("sample_q", jump(lambda a, ab, p, b: 0, rest),
     ("factor of x_0 is 0;", RIGHT_NOISE)),
    ("sample_q", jump(root, lambda a, ab, p, b: 2 * (1 - ab).sqrt()),
     ("factor of the noise is 2 sqrt(1 - alpha_bar_t);", RIGHT_SIGNAL)),
    ("step_q", jump(lambda a, ab, p, b: a.sqrt(), lambda a, ab, p, b: b ** 2),
     ("factor of the noise is beta_t^2; Eq. 2 has sqrt(beta_t)", "x_prev is right")),
    ("step_q", jump(lambda a, ab, p, b: b.sqrt(), lambda a, ab, p, b: b.sqrt()),
     ("factor of x_prev is sqrt(beta_t);", RIGHT_NOISE)),
    ("step_q", jump(lambda a, ab, p, b: a.sqrt(), rest),
     ("factor of the noise is sqrt(1 - alpha_bar_t);", "x_prev is right")),
    ("step_q", jump(lambda a, ab, p, b: 1 + b, lambda a, ab, p, b: b / 2),
     ("factor of x_prev is 1 + beta_t;", "factor of the noise is beta_t / 2;")),
    ("posterior_mean", posterior(lambda a, ab, p, b: p - b, right_x_t),
     ("factor of x_0 is alpha_t - (1 - alpha_bar_{t-1});", "x_t is right")),
    ("posterior_mean", posterior(lambda a, ab, p, b: p * b.sqrt() / (1 - ab), right_x_t),
     ("factor of x_0 is sqrt(beta_t) alpha_bar_{t-1} / (1 - alpha_bar_t);", "x_t is right")),
    ("posterior_mean", posterior(right_x_0, lambda a, ab, p, b: a * (1 - p) / (1 - ab).sqrt()),
     ("factor of x_t is alpha_t (1 - alpha_bar_{t-1}) / sqrt(1 - alpha_bar_t);", RIGHT_SIGNAL)),
    ("posterior_mean",
     posterior(lambda a, ab, p, b: p * b**2 / (1 - ab),
               lambda a, ab, p, b: a**2 * (1 - p) / (1 - ab)),
     ("factor of x_0 is beta_t^2 alpha_bar_{t-1} / (1 - alpha_bar_t);",
      "factor of x_t is alpha_t^2 (1 -")),
    ("posterior_mean",
     posterior(lambda a, ab, p, b: ab.sqrt() * b.sqrt() / (1 - ab),
               lambda a, ab, p, b: ab * (1 - p) / (1 - ab)),
     ("factor of x_0 is sqrt(beta_t) sqrt(alpha_bar_t) / (1 - alpha_bar_t);",
      "factor of x_t is alpha_bar_t (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t);")),
    ("posterior_mean", posterior(lambda a, ab, p, b: (1 - b).sqrt() * b / (1 - ab), right_x_t),
     ("factor of x_0 is beta_t sqrt(alpha_t) / (1 - alpha_bar_t);", "x_t is right")),
    ("predict_x0", of_noise(lambda x, e, a, ab, b: (x - (1 - ab) * e) / ab),
     ("factor of x_t is 1 / alpha_bar_t; Eq. 15 has 1 / sqrt(alpha_bar_t)",
      "factor of eps is -(1 - alpha_bar_t) / alpha_bar_t;")),
    ("predict_x0", of_noise(lambda x, e, a, ab, b: x / ab - (1 / ab - 1).sqrt() * e),
     ("factor of x_t is 1 / alpha_bar_t;", "eps is right")),
    ("predict_x0", of_noise(lambda x, e, a, ab, b: x / ab.sqrt() - (1 / ab - 1) * e),
     ("factor of eps is -(1 - alpha_bar_t) / alpha_bar_t;", "x_t is right")),
    ("predict_x0", of_noise(lambda x, e, a, ab, b: x / ab.sqrt() - (1 - ab.sqrt()) * e),
     ("factor of eps is -(1 - sqrt(alpha_bar_t));", "x_t is right")),
    ("mean_from_noise", of_noise(lambda x, e, a, ab, b: (x - b.sqrt() / (1 - ab) * e) / a),
     ("factor of x_t is 1 / alpha_t; Eq. 11 has 1 / sqrt(alpha_t)",
      "factor of eps is -sqrt(beta_t) / (alpha_t (1 - alpha_bar_t));")),
    ("mean_from_noise",
     of_noise(lambda x, e, a, ab, b: (x - b ** 2 / (1 - ab).sqrt() * e) / a.sqrt()),
     ("factor of eps is -beta_t^2 / (sqrt(alpha_t) sqrt(1 - alpha_bar_t));", "x_t is right")),
    ("mean_from_noise", of_noise(lambda x, e, a, ab, b: (x + b / ab * e) * a),
     ("factor of x_t is alpha_t;", "factor of eps is beta_t / alpha_bar_{t-1};")),
    ("mean_from_noise", of_noise(lambda x, e, a, ab, b: x / a.sqrt() - b / (1 - ab) / a * e),
     ("factor of eps is -beta_t / (alpha_t (1 - alpha_bar_t));", "x_t is right")),
    ("velocity", velocity(lambda a, ab, p, b: ab**2, lambda a, ab, p, b: -(1 - ab).sqrt()),
     ("factor of eps is alpha_bar_t^2; Sec. 4 has sqrt(alpha_bar_t)", RIGHT_SIGNAL)),
    ("velocity", velocity(lambda a, ab, p, b: b / 2 - ab, lambda a, ab, p, b: -(1 - ab).sqrt()),
     ("factor of eps is beta_t / 2 - alpha_bar_t; Sec. 4 has sqrt(alpha_bar_t)", RIGHT_SIGNAL)),
    ("velocity", velocity(lambda a, ab, p, b: a, lambda a, ab, p, b: b),
     ("factor of eps is alpha_t;", "factor of x_0 is beta_t;")),
    ("velocity_from_noise", of_noise(lambda x, e, a, ab, b: (1 + (1 / ab - 1).sqrt()) * e - x / ab),
     ("factor of x_t is -1 / alpha_bar_t; Eq. 9.9 has -1 / sqrt(alpha_bar_t)", "eps is right")),
    ("guided_noise", lambda c, u, w: (1 + 2 * w) * c - w * u,
     ("factor of eps_cond is 1 + 2 w; Eq. 6 has 1 + w", "eps_uncond is right")),
    ("guided_noise", lambda c, u, w: (1 + w) * c - w**2 * u,
     ("factor of eps_uncond is -w^2; Eq. 6 has -w", "eps_cond is right")),
    ("guided_noise", lambda c, u, w: (w * c - u) / 2,
     ("factor of eps_cond is w / 2;", "factor of eps_uncond is -1 / 2;")),
    ("ddim_step", ddim(x_0=lambda now, prev: prev**2),
     ("factor of the estimate of x_0 is alpha_bar_{t_prev}^2; Eq. 12 has sqrt(alpha_bar_{t_prev})",
      "eps is right", RIGHT_NOISE)),
    ("ddim_step",
     ddim(direction=lambda now, prev, sigma: 1 - prev - sigma**2,
          scale=lambda now, prev, sigma: sigma**2),
     ("factor of eps is 1 - alpha_bar_{t_prev} - sigma_t^2;", "factor of the noise is sigma_t^2;",
      "the estimate of x_0 is right")),
    ("ddim_step", ddim(direction=lambda now, prev, sigma: (1 - now).sqrt()),
     ("factor of eps is sqrt(1 - alpha_bar_t);", RIGHT_NOISE)),
    ("snr", lambda t, s: s.alphas_bar[t] ** 2 / (1 - s.alphas_bar[t]),
     ("Your result is alpha_bar_t^2 / (1 - alpha_bar_t); it should be alpha_bar_t / (1 -",)),
    ("snr", lambda t, s: s.alphas_bar[t] / 1 - s.alphas_bar[t] ** 2,
     ("Your result is alpha_bar_t (1 - alpha_bar_t);",)),
    ("vlb_weight", lambda t, s: s.betas[t] ** 2 / (4 * s.alphas[t] * (1 - s.alphas_bar[t])),
     ("Your result is beta_t^2 / (4 alpha_t (1 - alpha_bar_t)); Eq. 12 has beta_t / (2 alpha_t",)),
    ("vlb_weight", lambda t, s: s.betas[t] ** 2 / 2 * s.alphas[t] * (1 - s.alphas_bar[t]),
     ("Your result is beta_t^2 alpha_t (1 - alpha_bar_t) / 2;",)),
    ("posterior_variance",
     lambda s: (1 - previous(s)).sqrt() / (1 - s.alphas_bar).clamp(min=1e-12) * s.betas,
     ("Your entry t is beta_t sqrt(1 - alpha_bar_{t-1}) / (1 - alpha_bar_t); Eq. 7 has beta_t",)),
    ("cumulative_alphas", lambda betas: (1 - betas, (1 - betas).cumprod(0) ** 2),
     ("Your entry t of alphas_bar is alpha_bar_t^2;", "alphas is right")),
    ("cumulative_alphas", lambda betas: (1 + betas, (1 - betas).cumprod(0)),
     ("Your entry t of alphas is 1 + beta_t;",)),
    ("linear_schedule",
     lambda T, a=1e-4, b=0.02: pad(torch.linspace(a, b, T, dtype=torch.float64), (1, 0)) * 2,
     ("Your entry t is 2 beta_t; Sec. 4 has beta_t",)),
    ("linear_schedule",
     lambda T, a=1e-4, b=0.02: pad(torch.linspace(a, b, T, dtype=torch.float64), (1, 0)).sqrt(),
     ("Your entry t is sqrt(beta_t);",)),
)  # fmt: skip
