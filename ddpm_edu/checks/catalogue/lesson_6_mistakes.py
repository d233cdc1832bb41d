"""Mistakes people make in Algorithm 2, each as the function that makes it."""

import torch

from ddpm_edu.checks.exercise import Misconception
from ddpm_edu.objective import mean_from_noise, predict_x0
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.sampling import deviation, sample_p, sample_p_unclipped
from ddpm_edu.schedule import at


def wrong_step(eps_of=None, mean_of=mean_from_noise, noise_of=None):
    """Build a step that is right but for the part given: the model call, the mean or the noise."""

    def step(model, x_t, t, schedule, clipping=False):
        eps = eps_of(model, x_t, t) if eps_of else model(x_t, t)
        spread = noise_of(x_t, t, schedule, eps) if noise_of else deviation(x_t, t, schedule, None)
        mean = mean_of(x_t, t, eps, schedule) if mean_of else clipped_mean(x_t, t, eps, schedule)
        return (mean + spread).detach()

    return step


def scaled(variance, noise=torch.randn_like):
    """Give noise of a variance that is looked up, and none at t = 1."""
    return lambda x_t, t, schedule, eps: at(variance(schedule), t, x_t).sqrt() * noise(x_t) * at_later_steps(x_t, t)


def at_later_steps(x_t, t):
    return (t > 1).to(x_t.dtype).reshape(-1, *(1,) * (x_t.ndim - 1))


def eq_11(coefficient):
    """Build Eq. 11 with another factor before eps."""
    return lambda x_t, t, eps, s: (x_t - coefficient(x_t, t, s) * eps) / at(s.alphas, t, x_t).sqrt()


def one_for_all(x_t):
    return torch.randn(x_t.shape[1:], dtype=x_t.dtype).expand(x_t.shape)


def first_decides(model, x_t, t, schedule, clipping=False):
    mean = sample_p(model, x_t, t, schedule, clipping, noise=torch.zeros_like(x_t))
    return mean if t[0] == 1 else mean + deviation(x_t, t[:1].expand(len(t)), schedule, None)


def beta_everywhere(x_t, t, schedule, eps):
    return at(schedule.betas, t, x_t).sqrt() * torch.randn_like(x_t)


def posterior(schedule):
    return schedule.posterior_variance


NOISE = (
    ("variance_as_deviation", "You scaled the noise by the variance; the standard deviation is its square root.",
     lambda x_t, t, s, eps: at(s.posterior_variance, t, x_t) * torch.randn_like(x_t)),
    ("no_noise", "You returned the mean; Algorithm 2 adds sigma_t z in every step but the last.",
     lambda x_t, t, s, eps: torch.zeros_like(x_t)),
    ("eps_as_noise", "You used the predicted noise again as z; z is drawn anew in every step.",
     lambda x_t, t, s, eps: at(s.posterior_variance, t, x_t).sqrt() * eps),
    ("beta_variance", "Your sigma_t^2 is beta_t; this exercise asks for the posterior variance of Eq. 7.",
     scaled(lambda s: s.betas)),
    ("noise_at_last_step", "You add noise at t = 1 too (with sigma_t^2 = beta_t); the last step has none.",
     beta_everywhere),
    ("one_noise_for_all", "All images share one noise; draw it with the shape of x_t.", scaled(posterior, one_for_all)),
    ("uniform_noise", "Your z is uniform (rand); Algorithm 2 wants Gaussian noise (randn).",
     scaled(posterior, torch.rand_like)),
)  # fmt: skip

MEAN_11 = (
    ("alpha_under_root", "You divided by sqrt(1 - alpha_t); Eq. 11 has 1 - alpha_bar_t under the root.",
     eq_11(lambda x, t, s: at(s.betas, t, x).sqrt())),
    ("no_root", "You divided by 1 - alpha_bar_t; Eq. 11 divides by its square root.",
     eq_11(lambda x, t, s: at(s.betas, t, x) / at(s.one_minus_alphas_bar, t, x))),
    ("root_of_beta", "You multiplied eps by sqrt(beta_t); Eq. 11 has beta_t itself in the numerator.",
     eq_11(lambda x, t, s: (at(s.betas, t, x) / at(s.one_minus_alphas_bar, t, x)).sqrt())),
    ("plus_sign", "You added the predicted noise; Eq. 11 subtracts it.",
     eq_11(lambda x, t, s: -at(s.betas, t, x) / at(s.one_minus_alphas_bar, t, x).sqrt())),
    ("all_noise_at_once", "You removed all the noise in one step; Eq. 11 removes beta_t / sqrt(1 - alpha_bar_t) of it.",
     eq_11(lambda x, t, s: at(s.one_minus_alphas_bar, t, x).sqrt())),
    ("no_rescaling", "You left out the factor 1 / sqrt(alpha_t) before the bracket of Eq. 11.",
     lambda x, t, eps, s: mean_from_noise(x, t, eps, s) * at(s.alphas, t, x).sqrt()),
    ("rescaled_by_alpha_bar", "You divided the bracket of Eq. 11 by sqrt(alpha_bar_t); it is sqrt(alpha_t).",
     lambda x, t, eps, s: mean_from_noise(x, t, eps, s) * (at(s.alphas, t, x) / at(s.alphas_bar, t, x)).sqrt()),
)  # fmt: skip


def clipped_mean(x_t, t, eps, schedule, low=-1.0, high=1.0):
    return posterior_mean(predict_x0(x_t, t, eps, schedule).clamp(low, high), x_t, t, schedule)


MEAN_CLIPPED = (
    ("clips_x_t", "You clipped x_t; what lies in [-1, 1] is the estimate of x_0.",
     lambda x, t, eps, s: clipped_mean(x.clamp(-1, 1), t, eps, s)),
    ("clips_eps", "You clipped the predicted noise; what lies in [-1, 1] is the estimate of x_0.",
     lambda x, t, eps, s: posterior_mean(predict_x0(x, t, eps.clamp(-1, 1), s), x, t, s)),
    ("clips_to_0_1", "You clipped x_0 to [0, 1]; images lie in [-1, 1] here.",
     lambda x, t, eps, s: clipped_mean(x, t, eps, s, low=0.0)),
    ("never_clips", "You did not clip the estimate of x_0.", mean_from_noise),
)  # fmt: skip


def missing_else(model, x_t, t, schedule, clipping=True):
    model(x_t, t)
    return sample_p_unclipped(model, x_t, t, schedule)


def called_twice(model, x_t, t, schedule, clipping=True):
    model(x_t, t)
    return sample_p(model, x_t, t, schedule, clipping)


def with_clipping(wrong, right=sample_p_unclipped):
    """Make a wrong step of sample_p: wrong when clipping, right otherwise."""
    return lambda model, x_t, t, schedule, clipping=True: (wrong if clipping else right)(model, x_t, t, schedule)


def entry(name, message, function):
    return Misconception(name, message, function)


SHIFTED = "You called the model with t - 1; it was trained with the time of x_t."
FIRST = "t[0] decides for the whole batch; each row has its own t."
TWICE = "The model is called twice; once is enough, and half the time."
ELSE = "The unclipped mean overwrites the clipped one: an `else:` is missing."


def shifted_call(model, x_t, t):
    return model(x_t, t - 1)


STEP = (
    *(entry(name, message, wrong_step(noise_of=part)) for name, message, part in NOISE),
    *(entry(name, message, wrong_step(mean_of=part)) for name, message, part in MEAN_11),
    entry("shifted_time", SHIFTED, wrong_step(eps_of=shifted_call)),
    entry("first_row_decides", FIRST, first_decides),
)
CLIPPED_STEP = (
    *(entry(name, message, with_clipping(wrong_step(mean_of=part))) for name, message, part in MEAN_CLIPPED),
    entry("missing_else", ELSE, missing_else),
    entry("called_twice", TWICE, called_twice),
    *(
        entry(name, message, with_clipping(wrong_step(None, None, part), wrong_step(noise_of=part)))
        for name, message, part in NOISE
    ),
    entry("first_row_decides", FIRST, lambda model, x, t, s, clipping=True: first_decides(model, x, t, s, clipping)),
)
REPAIR = tuple(
    mistake for mistake in CLIPPED_STEP if mistake.id in ("missing_else", "called_twice", "first_row_decides")
)


def wrong_chain(times=lambda T: range(T, 0, -1), start=torch.randn, step=sample_p, kept=lambda t, k: t <= k):
    """Build Algorithm 2 that is right but for the part given."""

    def chain(model, shape, schedule, image_noise_steps_to_keep=1):
        x, images_list = start(shape, dtype=schedule.betas.dtype), []
        for t in times(schedule.num_timesteps):
            x = step(model, x, torch.full(shape[:1], t), schedule)
            if kept(t, image_noise_steps_to_keep):
                images_list.append(x.cpu())
        return images_list

    return chain


def keeping(change):
    """Build a chain that hands over the right states changed."""
    right = wrong_chain()
    return lambda model, shape, schedule, k=1: change(right(model, shape, schedule, k + 1), k)


CHAIN = (
    entry("uniform_start", "x_T is drawn by rand; Algorithm 2 begins with Gaussian noise, randn.",
          wrong_chain(start=torch.rand)),
    entry("one_start_for_all", "All images begin with the same x_T; draw it with the whole shape.",
          wrong_chain(start=lambda shape, dtype: one_for_all(torch.empty(shape, dtype=dtype)))),
    entry("ascending", "The loop runs from 1 to T; the reverse process goes from T down to 1.",
          wrong_chain(times=lambda T: range(1, T + 1), kept=lambda t, k: False)),
    entry("stops_at_2", "The loop stops at t = 2, so x_1 is returned as x_0.",
          wrong_chain(times=lambda T: range(T, 1, -1), kept=lambda t, k: t <= k + 1)),
    entry("starts_below_T", "The loop starts at T - 1; x_T is denoised with t = T.",
          wrong_chain(times=lambda T: range(T - 1, 0, -1))),
    entry("unclipped", "The steps do not clip; call sample_p with its default clipping.",
          wrong_chain(step=sample_p_unclipped)),
    entry("keeps_one_more", "One state too many is kept: x_0 counts as one of the k.", keeping(lambda s, k: s)),
    entry("reversed_states", "The states come in reverse; x_0 is the last of the list.",
          keeping(lambda s, k: s[-k:][::-1])),
    entry("only_the_last", "Only the last state is kept, whatever image_noise_steps_to_keep says.",
          keeping(lambda s, k: s[-1:])),
)  # fmt: skip
