"""Misconceptions about one step of Algorithm 2, and the template of one with clipping too."""

import torch

from ddpm_edu.checks.catalogue.misconceptions.noised_again import NOISED_AGAIN, noised_again
from ddpm_edu.checks.catalogue.templates import before, one_row, same, variations
from ddpm_edu.objective import mean_from_noise, predict_x0
from ddpm_edu.posterior import posterior_mean
from ddpm_edu.schedule import at


def right_call(model, x_t, t):
    return model(x_t, t)


def called(times):
    """Build a call of the model that is made several times."""
    return lambda model, x_t, t: [model(x_t, t) for _ in range(times)][-1]


def sigma(variance=lambda s: s.posterior_variance, lookup=at, root=torch.sqrt):
    """Build the factor of the noise: (schedule, t, x) -> (B, 1, ..., 1)."""
    return lambda schedule, t, x: root(lookup(variance(schedule), t, x))


POSTERIOR = sigma()


def step(
    call=right_call,
    mean=mean_from_noise,
    sigma=POSTERIOR,
    noise=lambda x, eps: torch.randn_like(x),
    inputs=lambda x, eps: (x, eps),
    clip=lambda x_0: x_0.clamp(-1, 1),
    clipped=None,
    default=True,
    after=same,
):
    """Build one step; its mean is `mean`, or with clipping `clipped`, made by `clip` if None."""

    def mean_of_clipped(x, t, eps, schedule):
        return posterior_mean(clip(predict_x0(x, t, eps, schedule)), x, t, schedule)

    def function(model, x_t, t, schedule, clipping=default):
        eps = call(model, x_t, t)
        x, shown = inputs(x_t, eps)
        mean_of = (clipped or mean_of_clipped) if clipping else mean
        x_prev = mean_of(x, t, shown, schedule) + sigma(schedule, t, x_t) * noise(x_t, eps)
        return after(x_prev).detach()

    return function


def unclipped(**parts):
    """Build the step of sample_p_unclipped."""
    return step(default=False, **parts)


def eq_11(
    numerator=lambda s: s.betas,
    root=lambda s: (1 - s.alphas_bar).sqrt(),
    scale=lambda s: s.alphas.sqrt(),
):
    """Build Eq. 11 from its three tables."""

    def mean(x, t, eps, s):
        return (x - at(numerator(s) / root(s), t, x) * eps) / at(scale(s), t, x)

    return mean


NOISE = (
    ("variance_as_deviation",
     "You scaled the noise by the variance; the standard deviation is its square root.",
     {"sigma": sigma(root=same)}),
    ("no_noise", "You returned the mean; Algorithm 2 adds sigma_t z in every step but the last.",
     {"noise": lambda x, eps: torch.zeros_like(x)}),
    ("eps_as_noise", "You used the predicted noise again as z; z is drawn anew in every step.",
     {"noise": lambda x, eps: eps}),
    ("beta_variance",
     "Your sigma_t^2 is beta_t; this exercise asks for the posterior variance of Eq. 7.",
     {"sigma": sigma(lambda s: torch.cat([s.betas.new_zeros(2), s.betas[2:]]))}),
    ("noise_at_last_step",
     "You add noise at t = 1 too (with sigma_t^2 = beta_t); the last step has none.",
     {"sigma": sigma(lambda s: s.betas)}),
    ("first_row_decides",
     "t[0] decides for the whole batch whether noise is added; each row has its own t.",
     {"sigma": lambda s, t, x: POSTERIOR(s, t, x) * float(t[0] != 1)}),
)  # fmt: skip
# The rare ones are tried alone: every pair takes time.
RARE_NOISE = (
    ("first_row_variance",
     "The variance at t[0] is used for the whole batch; each row has its own t.",
     {"sigma": sigma(lookup=one_row)}),
    ("variance_of_t_2_at_t_1",
     "At t = 1 you used the variance of t = 2, as clipped log-variances do; it is 0 there.",
     {"sigma":
      sigma(lambda s: torch.cat([s.posterior_variance[[2, 2]], s.posterior_variance[2:]]))}),
    ("noise_at_t_1_too", "You add noise at t = 1 too; Algorithm 2 sets z = 0 there.",
     {"sigma": sigma(lambda s: torch.cat([s.betas[:2], s.posterior_variance[2:]]))}),
    ("unscaled_noise", "You added the noise unscaled; its standard deviation is sigma_t.",
     {"sigma": lambda s, t, x: at((s.posterior_variance > 0).to(x.dtype), t, x)}),
    ("forward_noise",
     "You scaled the noise by sqrt(1 - alpha_bar_t), which is Eq. 4, the way forward.",
     {"sigma": sigma(lambda s: (1 - s.alphas_bar) * (s.posterior_variance > 0))}),
    ("next_variance", "You looked the variance up at t + 1; entry t belongs to time t.",
     {"sigma": sigma(lambda s: torch.cat([s.posterior_variance[1:], s.posterior_variance[-1:]]))}),
    ("previous_variance", "You looked the variance up at t - 1; entry t belongs to time t.",
     {"sigma": sigma(lambda s: before(s.posterior_variance))}),
    ("one_noise_for_all", "All images share one noise; draw it with the shape of x_t.",
     {"noise": lambda x, eps: torch.randn_like(x[:1]).expand(x.shape)}),
    ("one_number_for_an_image", "Each image has a single random number; draw one for every value.",
     {"noise":
      lambda x, eps: torch.randn(len(x), *(1,) * (x.ndim - 1), dtype=x.dtype).expand(x.shape)}),
    ("one_number_for_all", "All values share a single random number; draw one for each.",
     {"noise": lambda x, eps: torch.randn(1, dtype=x.dtype).expand(x.shape)}),
    ("any_row_decides",
     "One row at t = 1 decides that no row gets noise; each row has its own t.",
     {"sigma": lambda s, t, x: POSTERIOR(s, t, x) * float((t != 1).all())}),
    ("uniform_noise", "Your z is uniform (rand); Algorithm 2 wants Gaussian noise (randn).",
     {"noise": lambda x, eps: torch.rand_like(x)}),
    ("noise_subtracted_from_mean",
     "You divided the noise by sqrt(alpha_t) too; sigma_t z stands outside the bracket.",
     {"sigma": sigma(lambda s: s.posterior_variance / s.alphas)}),
)  # fmt: skip
MEAN = (
    ("alpha_under_root",
     "You divided by sqrt(1 - alpha_t); Eq. 11 has 1 - alpha_bar_t under the root.",
     {"mean": eq_11(root=lambda s: s.betas.sqrt())}),
    ("no_root", "You divided by 1 - alpha_bar_t; Eq. 11 divides by its square root.",
     {"mean": eq_11(root=lambda s: 1 - s.alphas_bar)}),
    ("root_of_beta",
     "You multiplied eps by sqrt(beta_t); Eq. 11 has beta_t itself in the numerator.",
     {"mean": eq_11(lambda s: s.betas.sqrt())}),
    ("plus_sign", "You added the predicted noise; Eq. 11 subtracts it.",
     {"mean": eq_11(lambda s: -s.betas)}),
    ("all_noise_at_once",
     "You removed all the noise in one step; Eq. 11 removes beta_t / sqrt(1 - alpha_bar_t) of it.",
     {"mean": eq_11(lambda s: 1 - s.alphas_bar)}),
    ("no_rescaling", "You left out the factor 1 / sqrt(alpha_t) before the bracket of Eq. 11.",
     {"mean": eq_11(scale=lambda s: torch.ones_like(s.betas))}),
)  # fmt: skip
RARE_MEAN = (
    ("alpha_in_numerator",
     "You multiplied eps by alpha_t; Eq. 11 has 1 - alpha_t, which is beta_t.",
     {"mean": eq_11(lambda s: s.alphas)}),
    ("rescaled_by_alpha", "You divided the bracket of Eq. 11 by alpha_t; it is sqrt(alpha_t).",
     {"mean": eq_11(scale=lambda s: s.alphas)}),
    ("multiplied_by_root",
     "You multiplied the bracket of Eq. 11 by sqrt(alpha_t); it is divided by it.",
     {"mean": eq_11(scale=lambda s: s.alphas.rsqrt())}),
    ("rescaled_by_alpha_bar",
     "You divided the bracket of Eq. 11 by sqrt(alpha_bar_t); it is sqrt(alpha_t).",
     {"mean": eq_11(scale=lambda s: s.alphas_bar.sqrt())}),
    ("x_0_returned", "You returned the estimate of x_0; one step goes back to x_{t-1} only.",
     {"mean": predict_x0}),
    ("noised_again", NOISED_AGAIN, *noised_again(predict_x0)),
)  # fmt: skip
CALL = (
    ("shifted_time", "You called the model with t - 1; it was trained with the time of x_t.",
     {"call": lambda model, x, t: model(x, t - 1)}),
)  # fmt: skip
RARE_CALL = (
    ("scaled_time", "You called the model with t / T; it was trained with whole times 1..T.",
     {"call": lambda model, x, t: model(x, t / model.num_timesteps)},
     {"call": lambda model, x, t: model(x, t.to(x.dtype) / model.num_timesteps)},
     {"call": lambda model, x, t: model(x, (t / model.num_timesteps).to(x.dtype))},
     {"call": lambda model, x, t: model(x, t.double() / model.num_timesteps)}),
    ("float_time", "You called the model with times as floats; it is given whole ones, dtype long.",
     {"call": lambda model, x, t: model(x, t.float())},
     {"call": lambda model, x, t: model(x, t.to(x.dtype))},
     {"call": lambda model, x, t: model(x, t.double())}),
    ("one_time_given",
     "You called the model with one time for the batch; it wants t of shape (B,).",
     {"call": lambda model, x, t: model(x, t[:1])}),
    ("called_twice",
     "The model is called more than once; once is enough: keep its prediction under a name.",
     *({"call": called(times)} for times in (2, 3, 4))),
    ("model_not_called", "The model is never called; its prediction is the eps of Eq. 11.",
     {"call": lambda model, x, t: torch.randn_like(x)}),
)  # fmt: skip
STEP = variations(unclipped, *NOISE, *MEAN, *CALL, alone=(*RARE_NOISE, *RARE_MEAN, *RARE_CALL))
