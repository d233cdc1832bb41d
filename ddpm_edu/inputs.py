"""Bad input becomes a lesson: which argument, what was seen, what was wanted.

The names of arguments are a contract in this library (x_t is an image, t is a time), so one
decorator can check them all. It sits outermost, before any shape-checking of the test suite.
"""

import functools
import inspect
import math
import numbers
import operator

import numpy as np
import torch


IMAGES = frozenset({"x_0", "x_t", "x_prev", "eps", "noise", "mean", "eps_cond", "eps_uncond"})
MOMENTS = frozenset({"mean_1", "mean_2", "variance", "variance_1", "variance_2"})  # of Gaussians, of any shape
FIRST_TIME = {"t": 1, "t_prev": 0}  # the clean image, time 0, may be a target but never a start


def checked(function, check=None):
    """Check images, times, schedule, sizes of a call by their names; raise ValueError before computing.

    Another check of the mapping from names to values takes the place of `check_inputs` when given.
    """
    names = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        (check or check_inputs)(dict(zip(names, args, strict=False)) | kwargs)
        return function(*args, **kwargs)

    return wrapper


def check_inputs(given):
    """Check a mapping from argument names to values; names that mean nothing here pass."""
    schedule = given.get("schedule")
    if "schedule" in given and not hasattr(schedule, "betas"):
        seen = type(schedule).__name__
        raise ValueError(f"schedule: wanted a NoiseSchedule, saw a {seen}; use NoiseSchedule(linear_schedule(1000))")
    images = {name: value for name, value in given.items() if name in IMAGES and value is not None}
    first = check_images(images, schedule)
    for name in FIRST_TIME.keys() & given.keys():
        check_times(name, given[name], *(() if first is None else (first.shape[0], first.device)))
        if schedule:
            check_device("schedule", schedule.betas.device, name, given[name].device)
            check_range(name, given[name], FIRST_TIME[name], schedule.num_timesteps)
    if FIRST_TIME.keys() <= given.keys() and (given["t_prev"] >= given["t"]).any():
        row = int((given["t_prev"] >= given["t"]).nonzero()[0])
        seen = f"t_prev = {int(given['t_prev'][row])} at t = {int(given['t'][row])}"
        raise ValueError(f"t_prev: wanted times before t, saw {seen} in row {row}")
    for name, image in images.items():
        check_finite(name, image)
    check_moments({name: value for name, value in given.items() if name in MOMENTS}, first)
    check_request(given, schedule)


def check_images(images, schedule):
    """Check that all are floating-point batches alike; give the first one, or None."""
    for name, image in images.items():
        if not isinstance(image, torch.Tensor):
            raise ValueError(f"{name}: wanted a floating-point tensor (B, ...), saw a {type(image).__name__}")
        if not image.is_floating_point():
            raise ValueError(
                f"{name}: wanted a floating-point tensor with values scaled to [-1, 1], saw {image.dtype}; "
                f"for 0..255 images use {name}.float() / 127.5 - 1"
            )
        if image.ndim == 0:
            raise ValueError(f"{name}: wanted a batch (B, ...), saw a tensor with no dimension")
    if not images:
        return None
    (first, reference), *others = images.items()
    for name, image in others:
        for what in ("shape", "dtype"):
            wanted, seen = getattr(reference, what), getattr(image, what)
            if seen != wanted:
                wanted, seen = (tuple(value) if what == "shape" else value for value in (wanted, seen))
                raise ValueError(f"{name}: wanted the {what} of {first}, {wanted}, saw {seen}")
        check_device(name, image.device, first, reference.device)
    if schedule:
        check_device("schedule", schedule.betas.device, first, reference.device)
    return reference


def check_device(name, device, reference_name, wanted):
    if device != wanted:
        raise ValueError(
            f"{name}: wanted on {wanted}, where {reference_name} is, saw it on {device}; use {name}.to({str(wanted)!r})"
        )


def check_times(name, t, size="B", device=None):
    """Check that t has a whole number for each row of a batch, if its size is known."""
    wanted = f"{name}: wanted a torch.long tensor of shape ({size},), one time per row"
    if not isinstance(t, torch.Tensor):
        raise ValueError(f"{wanted}, saw {type(t).__name__} {t!r}; use torch.full(({size},), t)")
    if t.dtype not in (torch.int64, torch.int32):
        raise ValueError(f"{wanted}, saw {t.dtype}")
    if t.ndim != 1 or t.shape[0] != size != "B":
        raise ValueError(f"{wanted}, saw shape {tuple(t.shape)}")
    if device is not None:
        check_device(name, t.device, "the batch", device)


def check_range(name, t, first, last):
    if not t.numel():
        return
    low, high = (int(value) for value in torch.aminmax(t))
    if low < first or high > last:
        seen = low if low < first else high
        raise ValueError(f"{name}: wanted times in {first}..{last} (time is 1..T, 0 is the clean image), saw {seen}")


def check_finite(name, image):
    if not image.isfinite().all():
        count = int((~image.isfinite()).sum())
        raise ValueError(f"{name}: wanted finite values, saw {count} NaN or infinite of {image.numel()}")


def check_moments(moments, image=None):
    """Check means and variances: that their shapes broadcast, against an image to no more than its shape."""
    shape = () if image is None else tuple(image.shape)
    for name, value in moments.items():
        check_moment(name, value)
        try:
            joint = np.broadcast_shapes(shape, tuple(value.shape))  # torch's own imports sympy first
        except ValueError:
            joint = None
        if joint is None or (image is not None and joint != shape):
            raise ValueError(f"{name}: wanted a shape that broadcasts with {shape}, saw {tuple(value.shape)}")
        shape = joint


def check_moment(name, value):
    """Check a floating-point tensor of any shape; what is called a variance must be positive."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        seen = value.dtype if isinstance(value, torch.Tensor) else f"a {type(value).__name__}"
        raise ValueError(f"{name}: wanted a floating-point tensor, saw {seen}")
    check_finite(name, value)
    if name.startswith("variance") and (value <= 0).any():
        raise ValueError(f"{name}: wanted positive variances, saw {value.min().item():g}")


def check_request(given, schedule):
    """Check what a schedule or a sampler is asked for."""
    if "num_timesteps" in given and not is_whole(given["num_timesteps"]):
        raise ValueError(f"num_timesteps: wanted a whole number T >= 1, saw {given['num_timesteps']!r}")
    if {"num_timesteps", "num_steps"} <= given.keys():
        last, steps = given["num_timesteps"], given["num_steps"]
        if not is_whole(steps) or steps > last:
            raise ValueError(f"num_steps: wanted a whole number in 1..{last}, saw {steps!r}")
    if "num_levels" in given and (not is_whole(given["num_levels"]) or given["num_levels"] < 2):
        raise ValueError(f"num_levels: wanted a whole number >= 2, saw {given['num_levels']!r}")
    if "eta" in given and not (is_number(given["eta"]) and 0 <= given["eta"] <= 1):
        raise ValueError(f"eta: wanted a number in [0, 1], saw {given['eta']!r}")
    if "guidance" in given and not is_number(given["guidance"]):
        raise ValueError(f"guidance: wanted a finite number, saw {given['guidance']!r}")
    if "image_noise_steps_to_keep" in given:
        last, keep = schedule.num_timesteps, given["image_noise_steps_to_keep"]
        if not is_whole(keep) or keep > last:
            raise ValueError(f"image_noise_steps_to_keep: wanted a whole number in 1..{last}, saw {keep!r}")
    if "shape" in given:
        shape, model = given["shape"], given.get("model")
        if not isinstance(shape, (tuple, list)) or not shape or not all(map(is_whole, shape)):
            raise ValueError(f"shape: wanted (B, ...) of positive whole numbers, saw {shape!r}")
        parameter = next(model.parameters(), None) if isinstance(model, torch.nn.Module) else None
        if parameter is not None:
            check_device("schedule", schedule.betas.device, "the model", parameter.device)


def is_whole(number):
    """Tell whether a number is whole and positive; numpy's integers are."""
    try:
        return operator.index(number) >= 1
    except TypeError:
        return False


def is_number(value):
    """Tell whether a value is a finite real number; numpy's are."""
    return isinstance(value, numbers.Real) and math.isfinite(value)
