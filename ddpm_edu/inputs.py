"""Bad input becomes a lesson: which argument, what was expected, what was got.

The names of arguments are a contract in this library (x_t is an image, t is a time), so one
decorator can check them all. The contract:

* Images (B, ...) of one call have one shape and one dtype; times (B,) have an entry for each row.
* All tensors of one call and the schedule are on one device.

The decorator sits outermost, before any shape-checking of the test suite.
"""

import functools
import inspect

import numpy as np
import torch

from ddpm_edu.arguments import (
    check_device,
    check_finite,
    check_moment,
    check_range,
    check_shares,
    check_times,
    is_number,
    is_whole,
)


IMAGES = frozenset(
    {"x_0", "x_1", "x_t", "x_s", "x_prev", "eps", "noise", "mean", "eps_cond", "eps_uncond"}
)
# mean and variance of Gaussians, of any shape
MOMENTS = frozenset({"mean_1", "mean_2", "variance", "variance_1", "variance_2"})
FIRST_TIME = {"t": 1, "t_prev": 0}  # the clean image, time 0, may be a target but never a start
SHARES = ("s", "s_prev")  # times of a straight path, in [0, 1]
RAISES = """
    ValueError: the shape, dtype, device or values of an argument, or of what a model returns, do
        not fit; the message says what was expected and what was got."""


def checked(function, check=None):
    """Check the arguments of every call by their names, and raise ValueError before computing.

    Another check of the mapping from names to values takes the place of `check_inputs` when given;
    without one, the docstring gets the `Raises:` that all these functions share.
    """
    names = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        (check or check_inputs)(dict(zip(names, args, strict=False)) | kwargs)
        return function(*args, **kwargs)

    if check is None and function.__doc__:  # python -OO strips docstrings
        wrapper.__doc__ = with_raises(function.__doc__)
    return wrapper


def with_raises(docstring):
    """Return a docstring with RAISES in its `Raises:` section, which comes before the examples."""
    text, prompt, examples = inspect.cleandoc(docstring).partition("\n\n>>> ")
    before, _, special_errors = text.partition("\nRaises:")
    return f"{before}\nRaises:{RAISES}{special_errors}{prompt}{examples}"


def check_inputs(given):
    """Check a mapping from argument names to values; names that mean nothing here pass."""
    schedule = given.get("schedule")
    if "schedule" in given and not hasattr(schedule, "betas"):
        raise ValueError(
            f"schedule: expected a NoiseSchedule, got a {type(schedule).__name__}; "
            "use NoiseSchedule(linear_schedule(1000))"
        )
    images = {name: value for name, value in given.items() if name in IMAGES and value is not None}
    first = check_images(images, schedule)
    size, device = (None, None) if first is None else (len(first), first.device)
    for name in FIRST_TIME.keys() & given.keys():
        check_times(name, given[name], size, device)
        if schedule is not None:
            check_device("schedule", schedule.betas.device, name, given[name].device)
            check_range(name, given[name], FIRST_TIME[name], schedule.num_timesteps)
    if FIRST_TIME.keys() <= given.keys():
        check_order(given["t"], given["t_prev"])
    for name in SHARES:
        if name in given and first is not None:  # cosine_schedule has an offset called s
            check_shares(name, given[name], size, device)
    # after the shapes and devices, whose errors are cheaper to find
    for name, image in images.items():
        check_finite(name, image)
    check_moments({name: value for name, value in given.items() if name in MOMENTS}, first)
    check_request(given, schedule)


def check_images(images, schedule):
    """Check that all are floating-point batches alike; return the first one, or None."""
    for name, image in images.items():
        if not isinstance(image, torch.Tensor):
            raise ValueError(
                f"{name}: expected a floating-point tensor (B, ...), got a {type(image).__name__}"
            )
        if not image.is_floating_point():
            raise ValueError(
                f"{name}: expected a floating-point tensor with values scaled to [-1, 1], "
                f"got {image.dtype}; for 0..255 images use {name}.float() / 127.5 - 1"
            )
        if image.ndim == 0:
            raise ValueError(f"{name}: expected a batch (B, ...), got a tensor with no dimension")
    if not images:
        return None
    (first, reference), *others = images.items()
    for name, image in others:
        if image.shape != reference.shape:
            expected, got = tuple(reference.shape), tuple(image.shape)
            raise ValueError(f"{name}: expected the shape of {first}, {expected}, got {got}")
        if image.dtype != reference.dtype:
            expected, got = reference.dtype, image.dtype
            raise ValueError(f"{name}: expected the dtype of {first}, {expected}, got {got}")
        check_device(name, image.device, first, reference.device)
    if schedule is not None:
        check_device("schedule", schedule.betas.device, first, reference.device)
    return reference


def check_order(t, t_prev):
    """Check that every row goes to an earlier time."""
    wrong = t_prev >= t
    if wrong.any():
        row = int(wrong.nonzero()[0])
        got = f"t_prev = {int(t_prev[row])} at t = {int(t[row])}"
        raise ValueError(f"t_prev: expected times before t, got {got} in row {row}")


def check_moments(moments, image=None):
    """Check that means and variances broadcast, against an image to no more than its shape."""
    shape = () if image is None else tuple(image.shape)
    for name, value in moments.items():
        check_moment(name, value)
        try:
            # not torch.broadcast_shapes, which imports sympy first
            joint = np.broadcast_shapes(shape, tuple(value.shape))
        except ValueError:
            joint = None
        if joint is None or (image is not None and joint != shape):
            raise ValueError(
                f"{name}: expected a shape that broadcasts with {shape}, got {tuple(value.shape)}"
            )
        shape = joint


def check_request(given, schedule):
    """Check the numbers that a schedule or a sampler is called with."""
    if "num_timesteps" in given and not is_whole(given["num_timesteps"]):
        got = repr(given["num_timesteps"])
        raise ValueError(f"num_timesteps: expected a whole number T >= 1, got {got}")
    if {"num_timesteps", "num_steps"} <= given.keys():
        check_count("num_steps", given["num_steps"], given["num_timesteps"])
    elif "x_1" in given and not is_whole(given["num_steps"]):  # of a time that is no whole number
        raise ValueError(f"num_steps: expected a whole number >= 1, got {given['num_steps']!r}")
    if "image_noise_steps_to_keep" in given:
        name = "image_noise_steps_to_keep"
        check_count(name, given[name], schedule.num_timesteps)
    if "num_levels" in given and (not is_whole(given["num_levels"]) or given["num_levels"] < 2):
        raise ValueError(f"num_levels: expected a whole number >= 2, got {given['num_levels']!r}")
    if "eta" in given and not (is_number(given["eta"]) and 0 <= given["eta"] <= 1):
        raise ValueError(f"eta: expected a number in [0, 1], got {given['eta']!r}")
    if "guidance" in given and not is_number(given["guidance"]):
        raise ValueError(f"guidance: expected a finite number, got {given['guidance']!r}")
    if "shape" in given:
        check_shape(given["shape"])
        model = given.get("model")
        parameter = next(model.parameters(), None) if isinstance(model, torch.nn.Module) else None
        if parameter is not None:
            check_device("schedule", schedule.betas.device, "the model", parameter.device)


def check_count(name, count, last):
    if not is_whole(count) or count > last:
        raise ValueError(f"{name}: expected a whole number in 1..{last}, got {count!r}")


def check_shape(shape):
    if not isinstance(shape, (tuple, list)) or not shape or not all(map(is_whole, shape)):
        raise ValueError(f"shape: expected (B, ...) of positive whole numbers, got {shape!r}")
