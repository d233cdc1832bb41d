"""Misconceptions about Heun's step."""

from ddpm_edu.checks.catalogue.misconceptions.flow_loss import along_columns, first_row
from ddpm_edu.checks.catalogue.misconceptions.forward import spoiled
from ddpm_edu.checks.catalogue.templates import same, variations
from ddpm_edu.checks.exercise import Misconception
from ddpm_edu.flow import rowwise


def step(
    x=same,
    length=lambda s, s_prev: s_prev - s,
    shaped=rowwise,
    start=lambda s, s_prev: s,
    ahead=lambda x, h, first: x + h * first,
    end=lambda s, s_prev: s_prev,
    told=same,
    slope=lambda first, second: (first + second) / 2,
    moved=lambda x, h, slope, first: x + h * slope,
    before_all=lambda model, x, s: None,
    after=same,
):
    """Build heun_step from its length, both slopes, their mean and what it is added to."""

    def function(model, x_s, s, s_prev):
        x_now, h = x(x_s), shaped(length(s, s_prev), x_s)
        before_all(model, x_now, s)
        first = model(x_now, told(start(s, s_prev)))
        second = model(ahead(x_now, h, first), told(end(s, s_prev)))
        return after(moved(x_now, h, slope(first, second), first))

    return function


def euler(model, x_s, s, s_prev):
    return x_s + rowwise(s_prev - s, x_s) * model(x_s, s)


COMBINED = (
    ("second_only", "You took the second velocity alone; Heun's step takes the mean of both.",
     {"slope": lambda first, second: second}),
    ("first_only", "You called the model twice and took the first velocity alone: Euler's step.",
     {"slope": lambda first, second: first}),
    ("sum", "You added both velocities; halve their sum, since both are for the whole step.",
     {"slope": lambda first, second: first + second}),
    ("difference", "You subtracted one velocity from the other; take the mean of both.",
     {"slope": lambda first, second: (first - second) / 2}),
    ("second_where_it_began",
     "You took the second velocity at x_s; it is that at the point where Euler's step arrives.",
     {"ahead": lambda x, h, first: x}),
    ("second_half_way", "You took the second velocity half way; Heun takes it at the end.",
     {"ahead": lambda x, h, first: x + h / 2 * first}),
    ("second_at_s", "You asked for the second velocity at s; where the step arrives it is s_prev.",
     {"end": lambda s, s_prev: s}),
    ("first_at_s_prev", "You asked for the first velocity at s_prev; x_s goes with s.",
     {"start": lambda s, s_prev: s_prev}),
    ("added_to_the_end",
     "You added the mean to where Euler's step arrives; it starts again from x_s.",
     {"moved": lambda x, h, slope, first: x + h * first + h * slope}),
    ("wrong_way", "You multiplied by s - s_prev; towards the data s falls: s_prev - s.",
     {"length": lambda s, s_prev: s - s_prev}),
    ("first_row_decides", "You used the first row's times for the whole batch; each has its own.",
     {"shaped": first_row}),
    ("along_columns",
     "s_prev - s was not reshaped, and multiplied columns where B equals W; "
     "shape it (B, 1, ..., 1).",
     {"shaped": along_columns}),
)  # fmt: skip
# Rare, or so wrong that a second misconception would not show.
ALONE = (
    ("midpoint",
     "You took the velocity in the middle of the step; Heun takes the mean of both ends.",
     {"ahead": lambda x, h, first: x + h / 2 * first, "end": lambda s, s_prev: (s + s_prev) / 2,
      "slope": lambda first, second: second}),
    ("half_the_length", "You halved the length of the step and the sum of the velocities as well.",
     {"length": lambda s, s_prev: (s_prev - s) / 2}),
    ("to_the_end", "Your step goes to s = 0; it goes to s_prev.",
     {"length": lambda s, s_prev: -s}),
    ("not_multiplied", "You did not multiply by the length of the step, s_prev - s.",
     {"moved": lambda x, h, slope, first: x - slope}),
    ("told_thousandths", "You told the model 1000 s; this one is told s itself, in [0, 1].",
     {"told": lambda s: 1000 * s}),
    ("told_the_rest", "You told the model 1 - s; it is told s.", {"told": lambda s: 1 - s}),
    ("called_three_times",
     "The model is called three times; keep the first velocity, and call it twice.",
     {"before_all": lambda model, x, s: model(x, s)}),
    ("clamped_ahead", "You clamped the point of the second velocity; noisy data leave [-1, 1].",
     {"ahead": lambda x, h, first: (x + h * first).clamp(-1, 1)}),
    ("clamped", "You clamped the result to [-1, 1]; noisy data leave that range, and must.",
     {"after": lambda x: x.clamp(-1, 1)}),
    ("in_place", "You changed x_s in place; the caller still needs it.", {"x": spoiled}),
)  # fmt: skip
EULER = Misconception(
    "euler",
    "This is Euler's step, with one call of the model; Heun asks for the velocity at the end, too.",
    euler,
)
STEP = (EULER, *variations(step, *COMBINED, alone=ALONE))
