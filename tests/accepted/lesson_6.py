"""Right answers to lesson 6 as different learners write them."""

from functools import wraps

import torch
from tqdm.auto import tqdm

from ddpm_edu import mean_from_noise, posterior_mean, predict_x0, sample_by_t
from ddpm_edu import sample_p as library_sample_p


def like(x, value):
    """Shape (B,) so that it multiplies x row by row."""
    return value.view(-1, *[1] * (x.dim() - 1))


def noisy_neighbour(function):
    """Decorate as a learner would who looks on: it prints, and changes nothing."""

    @wraps(function)
    def wrapper(*args, **kwargs):
        print("called", function.__name__)
        return function(*args, **kwargs)

    return wrapper


@torch.no_grad()
def step_with_library(model, x_t, t, schedule):
    mean = mean_from_noise(x_t, t, model(x_t, t), schedule)
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)
    return mean + variance.sqrt() * torch.randn_like(x_t)


def step_with_alpha(model, x_t, t, schedule):
    """Compute all tables from betas; draw before the model is called; a mask for the last step."""
    z = torch.randn(x_t.shape, dtype=x_t.dtype, device=x_t.device)
    z = z * like(x_t, (t > 1).to(x_t.dtype))
    alphas = 1 - schedule.betas
    bar = alphas.cumprod(0)
    a, ab, before = like(x_t, alphas[t]), like(x_t, bar[t]), like(x_t, bar[t - 1])
    mean = (x_t - (1 - a) / torch.sqrt(1 - ab) * model(x_t, t)) / a.sqrt()
    return mean + ((1 - before) / (1 - ab) * (1 - a)).sqrt() * z


def step_by_posterior(model, x_t, t, schedule):
    """Use Eq. 7 at the x_0 of Eq. 15, a root by way of the logarithm, and draws for noisy rows."""
    x_0 = predict_x0(x_t, t, model(x_t, t), schedule)
    result = posterior_mean(x_0, x_t, t, schedule)
    rows = t > 1
    log_variance = schedule.posterior_variance[t[rows]].log()
    result[rows] += like(x_t, (log_variance / 2).exp()) * torch.empty_like(x_t[rows]).normal_()
    return result


def step_in_float64(model, x_t, t, schedule, generator=None):
    """Return early where the whole batch is at its last step, choose row by row elsewhere."""
    eps = model(x_t, t).double()
    beta, bar = (like(x_t, table.double()[t]) for table in (schedule.betas, schedule.alphas_bar))
    mean = (1 - beta).rsqrt() * (x_t.double() - beta * (1 - bar).rsqrt() * eps)
    if (t == 1).all():
        return mean.to(x_t.dtype)
    sigma = like(x_t, schedule.posterior_variance.double()[t]) ** 0.5
    z = torch.normal(0.0, 1.0, x_t.shape, generator=generator).to(x_t.device)
    return torch.where(like(x_t, t > 1), mean + sigma * z, mean).to(x_t.dtype)


def step_in_a_loop(model, x_t, t, schedule):
    """Take one row at a time, after one call of the model."""
    eps, rows = model(x_t, t), []
    for x, e, time in zip(x_t, eps, t.tolist(), strict=True):
        beta, bar = schedule.betas[time], schedule.alphas_bar[time]
        row = (x - beta / (1 - bar) ** 0.5 * e) / (1 - beta) ** 0.5
        if time > 1:
            row = row + schedule.posterior_variance[time] ** 0.5 * torch.randn_like(x)
        rows.append(row)
    return torch.stack(rows)


@torch.no_grad()
def clipped_with_library(model, x_t, t, schedule, clipping=True):
    eps = model(x_t, t)
    if clipping:
        x_0 = torch.clip(predict_x0(x_t, t, eps, schedule), -1.0, 1.0)
        mean = posterior_mean(x_0, x_t, t, schedule)
    else:
        mean = mean_from_noise(x_t, t, eps, schedule)
    variance = sample_by_t(schedule.posterior_variance, t, x_t.shape)
    return mean + torch.sqrt(variance) * torch.randn_like(x_t)


def clipped_one_mean(model, x_t, t, schedule, clipping: bool = True):
    """Use Eq. 7 for both, since without clipping it is Eq. 11."""
    z = torch.randn_like(x_t)
    x_0 = predict_x0(x_t, t, model(x_t, t), schedule)
    if clipping:
        x_0.clamp_(min=-1, max=1)
    mean = posterior_mean(x_0, x_t, t, schedule)
    return mean + like(x_t, schedule.posterior_variance[t].sqrt()) * z


def clipped_by_noise(model, x_t, t, schedule, clipping=True):
    """Find the noise that belongs to the clipped x_0, and use Eq. 11 for both."""
    bar = like(x_t, schedule.alphas_bar.double()[t])
    x, eps = x_t.double(), model(x_t, t).double()
    if clipping:
        x_0 = ((x - (1 - bar).sqrt() * eps) / bar.sqrt()).clamp(-1, 1)
        eps = (x - bar.sqrt() * x_0) / (1 - bar).sqrt()
    exact = schedule.to(dtype=torch.float64)
    sigma = like(x, exact.posterior_variance[t]).sqrt()
    return (mean_from_noise(x, t, eps, exact) + sigma * torch.randn_like(x)).to(x_t.dtype)


@noisy_neighbour
def clipped_written_out(model, x_t, t, schedule, clipping=True, low=-1.0, high=1.0):
    a, b = like(x_t, schedule.alphas[t]), like(x_t, schedule.betas[t])
    bar, before = like(x_t, schedule.alphas_bar[t]), like(x_t, schedule.alphas_bar[t - 1])
    eps = model(x_t, t)
    x_0 = x_t / bar.sqrt() - (1 / bar - 1).sqrt() * eps
    x_0 = torch.minimum(torch.maximum(x_0, torch.tensor(low).to(x_t)), torch.tensor(high).to(x_t))
    from_x_0 = (before.sqrt() * b * x_0 + a.sqrt() * (1 - before) * x_t) / (1 - bar)
    mean = from_x_0 if clipping else (x_t - b / (1 - bar).sqrt() * eps) / a.sqrt()
    z = torch.randn_like(x_t)
    z[t == 1] = 0
    return mean + (b * (1 - before) / (1 - bar)) ** 0.5 * z


class Sampler:
    """A callable that keeps its options."""

    def __init__(self, noise=torch.randn_like):
        self.noise = noise

    def __call__(self, model, x_t, t, schedule, clipping=True):
        with torch.no_grad():
            eps = model(x_t, t)
            if not clipping:
                mean = mean_from_noise(x_t, t, eps, schedule)
            else:
                x_0 = predict_x0(x_t, t, eps, schedule).clamp(-1, 1)
                mean = posterior_mean(x_0, x_t, t, schedule)
            if bool((t == 1).all()):
                return mean
            sigma = sample_by_t(schedule.posterior_variance, t, x_t.shape).sqrt()
            return torch.addcmul(mean, sigma, self.noise(x_t))


@torch.no_grad()
def chain_with_bar(model, shape, schedule, image_noise_steps_to_keep=1):
    x_t = torch.randn(shape, dtype=schedule.betas.dtype, device=schedule.betas.device)
    images_list = []
    for t in tqdm(range(schedule.num_timesteps, 0, -1), desc="sampling timestep"):
        x_t = library_sample_p(model, x_t, torch.full((shape[0],), t, device=x_t.device), schedule)
        if t <= image_noise_steps_to_keep:
            images_list.append(x_t.cpu())
    return images_list


def chain_that_cuts(model, shape, schedule, image_noise_steps_to_keep=1):
    """Keep all states, and return the last of them."""
    states = [torch.empty(shape, dtype=schedule.betas.dtype).normal_()]
    for t in reversed(range(1, len(schedule.betas))):
        with torch.no_grad():
            times = torch.tensor([t] * shape[0])
            states.append(library_sample_p(model, states[-1], times, schedule, True))
    return states[-image_noise_steps_to_keep:]


def chain_with_noise_first(model, shape, schedule, image_noise_steps_to_keep=1, extra="unused"):
    noise = torch.randn(schedule.num_timesteps, *shape)
    with torch.no_grad():
        x, states = torch.randn(*shape), []
        for t in range(schedule.num_timesteps, 0, -1):
            x = library_sample_p(model, x, torch.full(shape[:1], t), schedule, noise=noise[t - 1])
            states.append(x)
    return states[-image_noise_steps_to_keep:]


def chain_written_out(model, shape, schedule, image_noise_steps_to_keep=1):
    """Write the step into the loop, with numbers for the tables, and no noise in the last."""
    x, kept = torch.randn(shape), []
    with torch.inference_mode():
        for t in range(schedule.num_timesteps, 0, -1):
            times = torch.ones(shape[0], dtype=torch.long) * t
            x_0 = predict_x0(x, times, model(x, times), schedule).clamp(-1, 1)
            x = posterior_mean(x_0, x, times, schedule)
            if t > 1:
                x = x + schedule.posterior_variance[t].item() ** 0.5 * torch.randn(shape)
            kept = [*kept, x.clone()][-image_noise_steps_to_keep:]
    return kept


STEPS = [step_with_library, step_with_alpha, step_by_posterior, step_in_float64, step_in_a_loop]
CLIPPED = [clipped_with_library, clipped_one_mean, clipped_by_noise, clipped_written_out, Sampler()]
ACCEPTED = {
    "sample_p_unclipped": STEPS,
    "sample_p": CLIPPED,
    "sampling": [chain_with_bar, chain_that_cuts, chain_with_noise_first, chain_written_out],
    "repair_sampler": CLIPPED,
}
