"""Functions of smalldiffusion in the place of a learner's: their code, our signatures.

Its data are x_t / sqrt(alpha_bar_t), whose noise has the deviation sigma_t, and so are its tables;
they are computed from ours. What is left out differs by design: schedules in float32, draws without
a generator, a block to which the time is added.
"""

from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional as F


def sigma_at(t, schedule, x=None):
    """Look up sigma, the deviation of the noise, for each row; without x as it is."""
    from smalldiffusion.diffusion import sigmas_from_betas

    sigma = sigmas_from_betas(schedule.betas)[t]
    return sigma if x is None else sigma.reshape(-1, *(1,) * (x.ndim - 1))


def network(answer, changed=lambda network: network, inner=None, **own):
    """Return a network of theirs that answers what it is told to."""
    from smalldiffusion import ModelMixin

    class Network(nn.Module, ModelMixin):
        def forward(self, x, sigma, cond=None):
            return answer(x, sigma)

    made = changed(Network)()
    for name, value in {"inner": inner, **own}.items():
        setattr(made, name, value)
    return made


def alphas_of_sigma(betas):
    from smalldiffusion.diffusion import sigmas_from_betas
    from smalldiffusion.model import alpha

    return 1 - betas, alpha(sigmas_from_betas(betas))


def snr(t, schedule):
    return sigma_at(t, schedule) ** -2


def embedding(t, dim, max_period=10_000):
    from smalldiffusion.model import timestep_embedding

    return F.pad(timestep_embedding(t, dim, max_period), (0, dim % 2))


def attention(q, k, v):
    from smalldiffusion.model import Attention

    def beside(x):
        return x.transpose(1, 2).flatten(2)  # (B, N, heads * D)

    layer = Attention(q.shape[-1], q.shape[1])
    layer.qkv = layer.proj = nn.Identity()
    mixed = layer(torch.cat([beside(q), beside(k), beside(v)], dim=2))
    return mixed.unflatten(2, q.shape[1::2]).transpose(1, 2)


def get_loss(model, x_0, t, schedule, noise):
    from smalldiffusion import Scaled

    scaled = network(lambda x_t, _: model(x_t, t), Scaled)
    return scaled.get_loss(x_0, sigma_at(t, schedule, x_0), noise)


def velocity(x_0, eps, t, schedule):
    from smalldiffusion import PredV

    def target():
        return lambda v, _: v  # what a prediction would be compared with

    predicting = network(lambda *_: None, PredV)
    return predicting.get_loss(x_0, sigma_at(t, schedule, x_0), eps, loss=target)


def train(model, optimizer, x_0, schedule):
    from smalldiffusion import Scaled, Schedule, training_loop

    sigmas = sigma_at(torch.arange(len(schedule.betas)), schedule)

    def answer(x_t, sigma):
        return model(x_t, torch.searchsorted(sigmas, sigma.flatten()))

    accelerator = SimpleNamespace(
        prepare=lambda network, _, loader: (network, optimizer, loader),
        backward=torch.Tensor.backward,
    )
    scaled = network(answer, Scaled, model)
    steps = training_loop([x_0], scaled, Schedule(sigmas[1:]), accelerator, epochs=1)
    (loss,) = [step.loss.item() for step in steps]
    return loss


def step(x, sigmas, predicting, mu):
    """Take a step of theirs with one row; what goes in and comes out is scaled as ours."""
    from smalldiffusion import samples
    from smalldiffusion.model import alpha

    x = x / alpha(sigmas[0]).sqrt()
    # An accelerator is asked only where to put an x_T, and this x is there.
    moved = next(samples(predicting, sigmas, mu=mu, xt=x[None], accelerator=True))
    return moved * alpha(sigmas[1]).sqrt()


@torch.no_grad()
def ancestral(model, x_t, t, schedule, clipping=True):
    from smalldiffusion import PredX0

    bound = 1 if clipping else torch.inf

    def clean(eps):
        return lambda x, sigma: (x - sigma * eps).clamp(-bound, bound)

    sigmas = torch.stack([sigma_at(t, schedule), sigma_at(t - 1, schedule)], dim=1)
    rows = [
        step(row, pair, network(clean(eps), PredX0, input_dims=row.shape), mu=0.5)
        for row, pair, eps in zip(x_t, sigmas, model(x_t, t), strict=True)
    ]
    return torch.cat(rows).to(x_t.dtype)


def ancestral_unclipped(model, x_t, t, schedule):
    return ancestral(model, x_t, t, schedule, clipping=False)


def share_of_noise(eta, now, then):
    """Return the mu whose noise is that of eta: their sigma_p^(1 - mu) is then / now^mu."""
    kept = then.square() - eta**2 * then.square() * (1 - (then / now).square())
    if eta == 0 or then == 0:
        return 0.0
    return (kept.sqrt() / then).log() / (kept.sqrt() / now).log()


def ddim(x_t, t, t_prev, eps, schedule, eta=0.0, noise=None):
    sigmas = torch.stack([sigma_at(t, schedule), sigma_at(t_prev, schedule)], dim=1)
    rows = []
    for row, pair in enumerate(sigmas):
        given = {} if noise is None else {"rand_input": lambda _, row=row: noise[row, None]}
        predicting = network(lambda *_, row=row: eps[row, None], input_dims=x_t.shape[1:], **given)
        rows.append(step(x_t[row], pair, predicting, share_of_noise(eta, *pair)))
    return torch.cat(rows).to(x_t.dtype)


def classifier_free(eps_cond, eps_uncond, guidance):
    both = torch.cat([eps_cond, eps_uncond])
    labels, sigma = torch.zeros(len(eps_cond)), torch.ones(())
    guided = network(lambda x, _: both[: len(x)], cond_embed=SimpleNamespace(null_cond=10))
    return guided.predict_eps_cfg(eps_cond, sigma, labels, guidance)


IN_SIGMA = [
    ("cumulative_alphas", alphas_of_sigma),
    ("snr", snr),
    ("timestep_embedding", embedding),
    ("self_attention", attention),
    ("compute_loss", get_loss),
    ("velocity", velocity),
    ("train_step", train),
    ("sample_p", ancestral),
    ("repair_sampler", ancestral),
    ("sample_p_unclipped", ancestral_unclipped),
    ("ddim_step", ddim),
    ("guided_noise", classifier_free),
]
