r"""Algorithm 1: draw data, times and noise, and take a gradient step on the predicted noise."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from ddpm_edu.objective import compute_loss
from ddpm_edu.rates import learning_rate, power_decay
from ddpm_edu.schedule import NoiseSchedule


UNLABELLED = 0.1  # share of labels dropped, so that the null label is learned (Ho & Salimans 2022)


def sample_timesteps(
    batch_size: int, schedule: NoiseSchedule, generator: torch.Generator | None = None
) -> Int[Tensor, " b"]:
    r"""Draw independent times for a batch.

    $t \sim \mathrm{Uniform}\{1, \dots, T\}$   (Ho et al. 2020, Algorithm 1, line 3)

    Args:
        batch_size: B.
        schedule: of T steps; its device is that of the times.
        generator: on the schedule's device; torch's own when None.
    Returns:
        (B,) long; both 1 and T are possible.

    >>> from ddpm_edu import linear_schedule
    >>> sample_timesteps(4, NoiseSchedule(linear_schedule(10))).shape
    torch.Size([4])
    """
    size, device = (batch_size,), schedule.betas.device
    return torch.randint(1, schedule.num_timesteps + 1, size, generator=generator, device=device)


def stratified_timesteps(
    batch_size: int, schedule: NoiseSchedule, generator: torch.Generator | None = None
) -> Int[Tensor, " b"]:
    """Draw times one from each of B equal parts of 1..T, so that the loss varies less.

    Each is uniform within its part, its stratum; over a whole batch all times are equally likely,
    as with `sample_timesteps`.

    >>> from ddpm_edu import linear_schedule
    >>> stratified_timesteps(4, NoiseSchedule(linear_schedule(4))).tolist()
    [1, 2, 3, 4]
    """
    position = stratified(batch_size, generator, schedule.betas.device)
    # clamped, since a position just below 1 may round to 1
    return (position * schedule.num_timesteps).long().clamp(max=schedule.num_timesteps - 1) + 1


def stratified(batch_size, generator, device):
    """Draw numbers in [0, 1), one from each of B equal parts, rising."""
    strata = torch.arange(batch_size, device=device)
    return (strata + torch.rand(batch_size, generator=generator, device=device)) / batch_size


def train_step(
    model,
    optimizer: torch.optim.Optimizer,
    x_0: Float[Tensor, " b *dims"],
    schedule: NoiseSchedule,
    labels: Int[Tensor, " b"] | None = None,
    generator: torch.Generator | None = None,
    sample_t=sample_timesteps,
    loss_of=compute_loss,
) -> float:
    r"""Take one optimisation step (Ho et al. 2020, Algorithm 1, lines 2 to 5).

    Args:
        model: model(x_t, t) -> predicted noise; also called with labels= if there are labels.
        optimizer: over the model's parameters.
        x_0: (B, ...) clean data in [-1, 1].
        schedule: of T steps.
        labels: (B,) classes, or None.
        generator: source of times and noise.
        sample_t: sample_timesteps or a function like it.
        loss_of: compute_loss, Eq. 14, or a function like it, of (model, x_0, t, schedule, noise).
    Returns:
        The loss before the step.
    """
    t = sample_t(len(x_0), schedule, generator)
    noise = torch.randn(x_0.shape, generator=generator, device=x_0.device, dtype=x_0.dtype)
    labelled = model if labels is None else partial(model, labels=labels)
    loss = loss_of(labelled, x_0, t, schedule, noise)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def update_ema(ema_model: nn.Module, model: nn.Module, decay: float) -> None:
    r"""Move the averaged weights towards those of the model, in place.

    The average becomes decay * average + (1 - decay) * model.

    Args:
        ema_model: a copy of the model, never trained itself, whose samples are better.
        model: the model in training.
        decay: share of the old average that is kept, 0..1.
    """
    for ema, parameter in zip(ema_model.parameters(), model.parameters(), strict=True):
        ema.lerp_(parameter, 1 - decay)


@dataclass
class Training:
    """What a run carries from step to step: model, average, optimiser, and how far it has come."""

    model: nn.Module
    ema_model: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0
    loss: float = math.nan

    @property
    def core(self) -> nn.Module:
        """The model itself, without the wrapper that shares gradients among processes."""
        return getattr(self.model, "module", self.model)


def train(
    state: Training,
    x_0: Float[Tensor, " n *dims"],
    labels: Int[Tensor, " n"] | None,
    schedule: NoiseSchedule,
    progress,
    batch_size: int = 64,
    seed: int = 0,
    sample_t=stratified_timesteps,
    loss_of=compute_loss,
) -> Iterator[Training]:
    """Run Algorithm 1 until progress(state) reaches 1, yielding the state after every step.

    Randomness depends on (seed, step) alone, so that a run resumed from a saved state repeats
    nothing and skips nothing.

    Args:
        state: where to begin; changed in place.
        x_0: (N, ...) the clean training data, whole, on the device of the model.
        labels: (N,) classes; a tenth of them is replaced by the null label.
        schedule: of T steps.
        progress: progress(state) -> share of the run that is done, 0..1; sets the learning rate.
        batch_size: rows drawn, with replacement, for every step.
        seed: of all draws.
        sample_t, loss_of: as for `train_step`.
    Raises:
        ValueError: the loss is no longer finite.
    """
    begin = time.perf_counter() - state.seconds
    while (done := progress(state)) < 1:
        generator = step_generator(seed, state.step, x_0.device)
        rows = torch.randint(len(x_0), (batch_size,), generator=generator, device=x_0.device)
        batch_labels = None
        if labels is not None:
            batch_labels = drop_labels(labels[rows], state.core.num_classes, generator)
        for group in state.optimizer.param_groups:
            group["lr"] = learning_rate(done)
        state.loss = train_step(
            state.model,
            state.optimizer,
            x_0[rows],
            schedule,
            batch_labels,
            generator,
            sample_t,
            loss_of,
        )
        if not math.isfinite(state.loss):
            raise ValueError(
                f"loss: expected a finite number, got {state.loss} at step {state.step + 1}"
            )
        state.step += 1
        state.seconds = time.perf_counter() - begin
        update_ema(state.ema_model, state.core, power_decay(state.step))
        yield state


def step_generator(seed, step, device):
    """Return the source of all draws of one step."""
    # mixed, since generators whose seeds are close may draw numbers that are alike
    mixed = np.random.SeedSequence((seed, step)).generate_state(1)[0]
    return torch.Generator(device).manual_seed(int(mixed))


def drop_labels(labels, null_label, generator):
    """Replace a share of the labels by the null label."""
    dropped = torch.rand(labels.shape, generator=generator, device=labels.device) < UNLABELLED
    return torch.where(dropped, null_label, labels)
