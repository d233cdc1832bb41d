"""Cases at the end of what is legal: few and many steps, axes of every number, numbers at limits.

They follow by rule from the names of an exercise's arguments; numbers at limits are in
the other files edges_*.py.
"""

import functools
from dataclasses import replace

import torch

from ddpm_edu.checks.catalogue.edges_early import DISORDERED, EARLY
from ddpm_edu.checks.catalogue.edges_flow import FLOW
from ddpm_edu.checks.catalogue.edges_late import LATE
from ddpm_edu.checks.catalogue.edges_measures import MEASURES
from ddpm_edu.checks.catalogue.inputs import early_schedule, normal, source
from ddpm_edu.checks.exercise import Case, Exercise, Probe
from ddpm_edu.schedule import NoiseSchedule, linear_schedule


DATA = ("x_0", "x_t", "x_prev", "eps", "noise", "eps_cond", "eps_uncond")
AXES = (
    "Cases with two and four axes held; the data may have any number of them: reshape what is "
    "looked up by the number of axes of x"
)
NUMBERS = (
    "Cases with more steps and more axes held: an axis of length 1 may have been dropped "
    "(squeeze), a number of axes assumed, or a time that a schedule of one step does not have"
)
LONG = (
    "Cases with at most 1000 steps, and with more axes, held: a number of steps may be written "
    "down where schedule.num_timesteps belongs, or the last axis be taken for one of the data; "
    "here it is that of the rows"
)
FAINT = (
    "Cases with data of one size held: here all but the first of them are 0, so that its factor "
    "shows, however small it is. A clamp or a small number that is added may have changed it"
)
DISORDER = (
    "Cases with rising betas held; a schedule may have them in any order: each time has its own "
    "entry of the tables, none is the smallest, the largest or sorted"
)
COARSE = (
    "Cases where the data and the schedule have one dtype held; the result has the dtype of the "
    "data, here float64, and the schedule's tables are float32"
)


def edges(exercise: Exercise, cases: list[Case], seed: int) -> list[Case]:
    """Return cases at the end of what is legal.

    Args:
        exercise: whose cases they are.
        cases: its own; one with all arguments is the pattern.
        seed: of the numbers.
    """
    own = {**EARLY, **LATE, **MEASURES, **FLOW}.get(exercise.id)
    found = own(cases, seed) if own else []
    names = [part.split("=")[0].strip() for part in exercise.signature.strip("()").split(",")]
    of_values = [case for case in cases if case.compare == "values"]
    pattern = max(of_values, key=lambda case: len(case.arguments))
    if names == ["t", "schedule"]:  # ratios of every size, none of them a difference
        pattern = replace(pattern, tolerance=(2e-9, 1e-20))
    if pattern.noise == "zeros":  # which would hide what the noise is multiplied by
        pattern = replace(pattern, noise="ones")
    of_data = (
        {*names} & {*DATA} and {*names} & {"schedule", "guidance"} and "optimizer" not in names
    )
    if not of_data and names != ["t", "schedule"]:
        return found
    kind = early_schedule if exercise.lesson < 3 else NoiseSchedule
    one, some, long, zigzag = schedules(kind)
    forms = [
        ("a single number, and a schedule of one step", (1,), [1], one, NUMBERS),
        ("data of five axes", (2, 1, 3, 2, 1), [1, 13], some, AXES),
    ]
    if "t" in names:
        forms.append(
            ("plain numbers, at the last times of 2500 steps", (4,), [2500, 1, 2001, 2499], long,
             LONG)
        )  # fmt: skip
        forms.append(("betas in no order", (4,), [7, 1, 3, 6], zigzag, DISORDER))
    generator = source(seed)
    for name, shape, times, schedule, reason in forms:
        given = numbers(generator, pattern, shape, times, schedule)
        arguments = {key: given[key] for key in pattern.arguments}
        found.append(replace(pattern, name=name, arguments=arguments, reason=reason))
        if "clipping" in arguments and len(shape) == 1:  # the other way through the function
            name, arguments = f"clipping=False: {name}", {**arguments, "clipping": False}
            found.append(replace(pattern, name=name, arguments=arguments, reason=reason))
    if of_data and "schedule" in names:
        axes = next(case for case in found if case.reason == AXES)
        coarse = axes.arguments["schedule"].to(dtype=torch.float32)
        arguments = {**axes.arguments, "schedule": coarse}
        found.append(
            replace(pattern, name="float64 data, a float32 schedule", arguments=arguments,
                    reason=COARSE, tolerance=(1e-3, 1e-5), gradients=())
        )  # fmt: skip
        found += [alone(case) for case in found if case.reason == DISORDER and is_of_several(case)]
    return found


def is_of_several(case):
    return len(case.arguments.keys() & {*DATA}) > 1


def alone(case):
    """Keep the first of the data of a case; the others become 0."""
    _, *others = [name for name in case.arguments if name in DATA]
    zeros = {name: torch.zeros_like(case.arguments[name]) for name in others}
    name = f"{', '.join(zeros)} = 0: {case.name}"
    arguments = {**case.arguments, **zeros}
    return replace(case, name=name, arguments=arguments, reason=FAINT, tolerance=(2e-9, 1e-20))


@functools.cache
def schedules(kind):
    """Return schedules of one step, of some, of more than the usual number, and of no order."""
    tables = (
        linear_schedule(1, 0.2, 0.2),
        linear_schedule(13, 2e-3, 0.3),
        linear_schedule(2500, 1e-5, 0.02),
        torch.tensor(DISORDERED, dtype=torch.float64),
    )
    return [kind(betas, dtype=torch.float64) for betas in tables]


def numbers(generator, pattern, shape, times, schedule):
    """Fill the arguments of a case with data of a shape, at times of a schedule."""
    given = dict(pattern.arguments)
    for name in given.keys() & {*DATA}:
        given[name] = None
    for name in DATA:  # in one order, whatever a set's
        if name in given:
            given[name] = normal(generator, *shape)
    given["t"] = torch.tensor(times)
    if "eta" in given:
        given["eta"] = 0.5
    if "t_prev" in given:
        given["t_prev"] = torch.tensor([time // 3 for time in times])
    if "schedule" in given:
        given["schedule"] = schedule
        retime(given)
    return given


def retime(given):
    """Let the model know how many steps there are."""
    if isinstance(given.get("model"), Probe):
        options = {**given["model"].options, "num_timesteps": given["schedule"].num_timesteps}
        given["model"] = Probe(given["model"].name, options)
