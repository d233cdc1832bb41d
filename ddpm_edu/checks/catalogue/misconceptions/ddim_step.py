"""Misconceptions about one step of DDIM."""

import torch

from ddpm_edu.checks.catalogue.misconceptions.forward import along_columns
from ddpm_edu.checks.catalogue.templates import one_row, same, variations
from ddpm_edu.schedule import at


def full_sigma(now, prev):
    """Return Eq. 16 for eta = 1."""
    return ((1 - prev) / (1 - now) * (1 - now / prev)).sqrt()


def estimate(x, eps, now):
    """Return Eq. 15."""
    return (x - (1 - now).sqrt() * eps) / now.sqrt()


def clipped(x, eps, now):
    return estimate(x, eps, now).clamp(-1, 1)


def found_again(x, eps, x_0, now):
    """Return the noise that is in x with this x_0."""
    return (x - now.sqrt() * x_0) / (1 - now).sqrt()


def unless_given(draw):
    """Build the choice of z: what is given, else what (x, eps) -> z draws."""
    return lambda x, given, eps: draw(x, eps) if given is None else given


given_or_drawn = unless_given(lambda x, eps: torch.randn_like(x))


def step(
    table=lambda s: s.alphas_bar,
    times=lambda t, t_prev: (t, t_prev),
    lookup=at,
    eta=same,
    sigma=full_sigma,
    scaled=lambda full, eta: eta * full,
    x_0=estimate,
    shown=lambda x, eps, x_0, now: eps,
    x_0_factor=lambda now, prev: prev.sqrt(),
    direction=lambda now, prev, sigma, full: (1 - prev - sigma**2).sqrt(),
    scale=lambda sigma, full, eta: sigma,
    noise=given_or_drawn,
    default=0.0,
    after=same,
):
    """Build ddim_step; `now`, `prev` are alpha_bar at t, t_prev, and `full` is sigma at eta = 1."""

    def function(x_t, t, t_prev, eps, schedule, given_eta=default, given=None):
        now, prev = (lookup(table(schedule), time, x_t) for time in times(t, t_prev))
        share, full = eta(given_eta), sigma(now, prev)
        added = scaled(full, share)
        clean = x_0(x_t, eps, now)
        mean = x_0_factor(now, prev) * clean
        mean = mean + direction(now, prev, added, full) * shown(x_t, eps, clean, now)
        return after(mean + scale(added, full, share) * noise(x_t, given, eps))

    return function


COMBINED = (
    ("last_target_ab_1",
     "Where t_prev is 0 you took alpha_bar_1; the clean image has alpha_bar_0 = 1, and no noise.",
     {"times": lambda t, t_prev: (t, t_prev.clamp(min=1))}),
    ("one_step_back", "You went to t - 1; the step goes to t_prev, however far that is.",
     {"times": lambda t, t_prev: (t, t - 1)}),
    ("alpha_for_alpha_bar",
     "You used alpha_t; the alpha of the DDIM paper is alpha_bar_t here, the product.",
     {"table": lambda s: s.alphas}),
    ("direction_sigma",
     "You multiplied eps by sigma; Eq. 12 has sqrt(1 - alpha_bar_{t_prev} - sigma^2) there.",
     {"direction": lambda now, prev, sigma, full: sigma}),
    ("direction_not_reduced",
     "You multiplied eps by sqrt(1 - alpha_bar_{t_prev}); take away sigma^2 under the root.",
     {"direction": lambda now, prev, sigma, full: (1 - prev).sqrt()}),
    ("direction_for_eta_1",
     "You left eta out of the sigma under the root before eps; it is the sigma of the noise.",
     {"direction": lambda now, prev, sigma, full: (1 - prev - full**2).sqrt()}),
    ("direction_without_root",
     "You left out the root before eps: sqrt(1 - alpha_bar_{t_prev} - sigma^2).",
     {"direction": lambda now, prev, sigma, full: 1 - prev - sigma**2}),
    ("sigma_without_ratio",
     "Your sigma lacks the factor sqrt((1 - alpha_bar_{t_prev}) / (1 - alpha_bar_t)).",
     {"sigma": lambda now, prev: (1 - now / prev).sqrt()}),
    ("sigma_without_beta",
     "Your sigma lacks the factor sqrt(1 - alpha_bar_t / alpha_bar_{t_prev}).",
     {"sigma": lambda now, prev: ((1 - prev) / (1 - now)).sqrt()}),
    ("sigma_without_root", "Your sigma lacks its square root.",
     {"sigma": lambda now, prev: full_sigma(now, prev) ** 2}),
    ("eta_not_squared",
     "You multiplied sigma^2 by eta; sigma has the factor eta, so sigma^2 has its square.",
     {"scaled": lambda full, eta: eta**0.5 * full}),
    ("eta_ignored", "You left out eta: your step adds all the noise, also for eta = 0.",
     {"eta": lambda eta: 1.0}),
    ("default_eta_1", "Your eta is 1 when none is given; its default is 0, the step without noise.",
     {"default": 1.0}),
    ("unscaled_noise", "You added z unscaled; its factor is sigma.",
     {"scale": lambda sigma, full, eta: float(eta > 0)}),
    ("noise_ignored", "You drew noise of your own although it was given.",
     {"noise": lambda x, given, eps: torch.randn_like(x)}),
    ("noise_not_drawn", "You added no noise when none was given; draw it then.",
     {"noise": unless_given(lambda x, eps: torch.zeros_like(x))}),
    ("x_0_without_root", "In x_0 you divided by alpha_bar_t; Eq. 15 divides by its square root.",
     {"x_0": lambda x, eps, now: (x - (1 - now).sqrt() * eps) / now}),
    ("x_0_noise_without_root",
     "In x_0 you subtracted (1 - alpha_bar_t) eps; Eq. 15 has the square root of that.",
     {"x_0": lambda x, eps, now: (x - (1 - now) * eps) / now.sqrt()}),
    ("clips_x_0",
     "You clipped x_0; this step takes it as it is.",
     {"x_0": clipped}, {"x_0": clipped, "shown": found_again}),
    ("signal_not_scaled", "You added x_0 unscaled; its factor is sqrt(alpha_bar_{t_prev}).",
     {"x_0_factor": lambda now, prev: 1.0}),
    ("signal_without_root", "You scaled x_0 by alpha_bar_{t_prev}; Eq. 12 has its square root.",
     {"x_0_factor": lambda now, prev: prev}),
)  # fmt: skip
# Rare, or so wrong that a second misconception would not show.
ALONE = (
    ("shifted_times", "You looked up t - 1 and t_prev - 1; entry t belongs to time t.",
     {"times": lambda t, t_prev: (t - 1, t_prev - 1)}),
    # Unguarded, the root in sigma is NaN throughout, which many mistakes have in common.
    ("swapped_times", "You swapped t and t_prev.",
     {"times": lambda t, t_prev: (t_prev, t), "sigma": lambda now, prev: torch.zeros_like(now)}),
    ("first_row_decides",
     "You used the times of the first row for the whole batch; each row has its own.",
     {"lookup": one_row}),
    ("along_columns",
     "alphas_bar[t] was not reshaped, and multiplied columns where B equals W; use sample_by_t.",
     {"lookup": along_columns}),
    ("direction_less_sigma", "You subtracted sigma under the root before eps; subtract its square.",
     {"direction": lambda now, prev, sigma, full: (1 - prev - sigma).sqrt()}),
    ("direction_at_t", "You took alpha_bar_t under the root before eps; Eq. 12 has that of t_prev.",
     {"direction": lambda now, prev, sigma, full: (1 - now - sigma**2).sqrt()}),
    ("no_direction", "You left out the term with eps, which points back to x_t.",
     {"direction": lambda now, prev, sigma, full: 0.0}),
    ("direction_subtracted", "You subtracted the term with eps; Eq. 12 adds it.",
     {"direction": lambda now, prev, sigma, full: -(1 - prev - sigma**2).sqrt()}),
    ("sigma_from_t_only",
     "Your sigma is eta sqrt(1 - alpha_bar_t), all the noise at t; Eq. 16 compares t and t_prev.",
     {"sigma": lambda now, prev: (1 - now).sqrt()}),
    ("sigma_inverted",
     "In sigma you have (1 - alpha_bar_t) / (1 - alpha_bar_{t_prev}) upside down.",
     {"sigma": lambda now, prev: ((1 - now) / (1 - prev) * (1 - now / prev)).sqrt()}),
    ("sigma_upside_down",
     "In sigma you have alpha_bar_t / alpha_bar_{t_prev} upside down; 1 minus that is negative.",
     {"sigma": lambda now, prev: ((1 - prev) / (1 - now) * (1 - prev / now)).sqrt()}),
    ("eta_squared_twice", "You multiplied sigma by eta^2; Eq. 16 has eta itself before the roots.",
     {"scaled": lambda full, eta: eta**2 * full}),
    ("never_random", "Your step adds no noise whatever eta is.", {"eta": lambda eta: 0.0}),
    ("eta_only_under_root",
     "You left eta out of the sigma before z, so that noise is added at eta = 0.",
     {"scale": lambda sigma, full, eta: full}),
    ("unscaled_noise_always", "You added z unscaled, even at eta = 0; its factor is sigma.",
     {"scale": lambda sigma, full, eta: 1.0}),
    ("eps_as_noise", "You used the predicted noise again as z; z is drawn anew.",
     {"noise": unless_given(lambda x, eps: eps)}),
    ("uniform_noise", "Your z is uniform (rand); Gaussian noise (randn) is expected.",
     {"noise": unless_given(lambda x, eps: torch.rand_like(x))}),
    ("one_noise_for_all", "All images share one noise; draw it with the shape of x_t.",
     {"noise": unless_given(lambda x, eps: torch.randn_like(x[:1]).expand(x.shape))}),
    ("x_0_not_divided", "In x_0 you did not divide by sqrt(alpha_bar_t), as Eq. 15 does.",
     {"x_0": lambda x, eps, now: x - (1 - now).sqrt() * eps}),
    ("x_t_for_x_0", "You took x_t for x_0; Eq. 12 scales the estimate of x_0.",
     {"x_0": lambda x, eps, now: x}),
    ("signal_at_t", "You scaled x_0 by sqrt(alpha_bar_t); Eq. 12 has that of t_prev.",
     {"x_0_factor": lambda now, prev: now.sqrt()}),
    ("clamped", "You clamped the result to [-1, 1]; noisy data leave that range, and must.",
     {"after": lambda x: x.clamp(-1, 1)}),
)  # fmt: skip
STEP = variations(step, *COMBINED, alone=ALONE)
