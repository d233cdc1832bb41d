"""Time what a step of sampling costs beside the model: ours, and what one would use instead."""

import contextlib
import io
import statistics
import time

import denoising_diffusion_pytorch.denoising_diffusion_pytorch as lucidrains
import torch
from denoising_diffusion_pytorch import GaussianDiffusion
from diffusers import DDPMScheduler
from post import post_sampling

from ddpm_edu import NoiseSchedule, linear_schedule, sampling


T, THREADS, TURNS = 1000, 2, 7
SHAPES = [(16, 1, 8, 8), (64, 1, 28, 28)]
SCHEDULE = NoiseSchedule(linear_schedule(T))
# at the small shape; at the large one, where noise is most of the cost
TARGET_US, TARGET_RATIO = 20, 1.4


# a model that returns its input, so that all that is timed is the sampler
def model(x_t, t):
    return x_t


class Stub(torch.nn.Module):
    """The same model with what lucidrains' GaussianDiffusion asks of one."""

    channels = out_dim = 1
    self_condition = random_or_learned_sinusoidal_cond = False

    def forward(self, x_t, t, self_condition=None):
        return x_t


def ours(shape):
    return lambda: sampling(model, shape, SCHEDULE, progress=False)


def ours_with_bar(shape):
    def run():
        with contextlib.redirect_stderr(io.StringIO()):
            sampling(model, shape, SCHEDULE)

    return run


def diffusers(shape):
    scheduler = DDPMScheduler(
        num_train_timesteps=T, beta_schedule="linear", variance_type="fixed_small"
    )
    scheduler.set_timesteps(T)

    @torch.no_grad()
    def run():
        x_t = torch.randn(shape)
        for t in scheduler.timesteps:
            x_t = scheduler.step(model(x_t, t), t, x_t).prev_sample

    return run


def lucidrains_loop(shape):
    lucidrains.tqdm = lambda steps, **_: steps  # its bar cannot be turned off
    diffusion = GaussianDiffusion(
        Stub(), image_size=shape[-1], timesteps=T, objective="pred_noise", beta_schedule="linear"
    )
    return lambda: diffusion.p_sample_loop(shape)


def the_post(shape):
    return lambda: post_sampling(model, shape)


@torch.no_grad()
def draw_noise(shape):
    for _ in range(T):
        torch.randn(shape)


def noise_alone(shape):
    return lambda: draw_noise(shape)


CONTENDERS = {
    "noise alone": noise_alone,
    "ddpm_edu": ours,
    "ddpm_edu, with bar": ours_with_bar,
    "the post": the_post,
    "lucidrains": lucidrains_loop,
    "diffusers": diffusers,
}


def microseconds_per_step(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) / T * 1e6


def measure(shape):
    """Return the median cost of a step, in microseconds, for every contender."""
    runs = {name: make(shape) for name, make in CONTENDERS.items()}
    for run in runs.values():
        run()  # warm up
    # all run in one process and take turns, so that a machine that slows down slows down for all
    turns = [{name: microseconds_per_step(run) for name, run in runs.items()} for _ in range(TURNS)]
    return {name: statistics.median(turn[name] for turn in turns) for name in runs}


def main():
    torch.set_num_threads(THREADS)
    for shape in SHAPES:
        cost = measure(shape)
        print(f"sampler, {shape}, T = {T}, {THREADS} threads, median of {TURNS} turns")
        print(f"{'':20}{'us/step':>9}{'x noise':>9}{'x ours':>9}")
        for name, us in cost.items():
            print(f"{name:20}{us:9.1f}{us / cost['noise alone']:9.2f}{us / cost['ddpm_edu']:9.2f}")
    print(f"target of ddpm_edu: <= {TARGET_US} us at {SHAPES[0]}, ", end="")
    print(f"<= {TARGET_RATIO} x noise at {SHAPES[1]}\n")


if __name__ == "__main__":
    main()
