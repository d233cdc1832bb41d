"""Which dtype a result has, for every exercise: its docstring says it, and the check holds it."""

import functools
import inspect
import re

import pytest
import torch
from judging import IDS, solution_of

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging.dtypes import rounding
from ddpm_edu.checks.run import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")

WHOLE, EITHER = "long", "in float32 or float64"  # no argument sets them
TABLE, NUMBER, CHAIN = "in float64", "a float.", "float32 as the schedule is"
DISTANCE = "a tensor in the dtype of mean_1 or in float64, or a Python float"
IN_PLACE = None  # returns nothing; the weights keep their dtype
# Exercise -> what its docstring says of the dtype; one word: "in the dtype of" that argument.
RULES = {
    "linear_schedule": TABLE,
    "cumulative_alphas": "betas",
    "sample_by_t": "values",
    "step_q": "x_prev",
    "sample_q": "x_0",
    "cosine_schedule": TABLE,
    "snr": "schedule",
    "product_of_gaussians": "mean_a",
    "posterior_variance": "schedule",
    "posterior_mean": "x_0",
    "kl_gaussians": "mean_1",
    "predict_x0": "x_t",
    "mean_from_noise": "x_t",
    "compute_loss": "x_0",
    "vlb_weight": "schedule",
    "timestep_embedding": EITHER,
    "residual_block_forward": "x",
    "self_attention": "q",
    "unet_forward": "x_t",
    "sample_timesteps": WHOLE,
    "train_step": NUMBER,
    "update_ema": IN_PLACE,
    "sample_p_unclipped": "x_t",
    "sample_p": "x_t",
    "sampling": CHAIN,
    "repair_sampler": "x_t",
    "frechet_distance": DISTANCE,
    "discretized_nll": "x_0",
    "bits_per_dim": "nats",
    "ddim_timesteps": WHOLE,
    "ddim_step": "x_t",
    "guided_noise": "eps_cond",
    **dict.fromkeys(("velocity", "flow_loss"), "x_0"),
    "velocity_from_noise": "x_t",
    "heun_step": "x_s",
}
OF_AN_ARGUMENT = [name for name in IDS if (RULES[name] or WHOLE).isidentifier()]
OF_AN_ARGUMENT = [name for name in OF_AN_ARGUMENT if RULES[name] not in (WHOLE, IN_PLACE)]
ROUNDED = [name for name in IDS if RULES[name] != WHOLE]
HELD = [(name, way) for name in ROUNDED for way in (torch.float16, torch.float32)]
FULL = {EITHER: "float32", CHAIN: "float32"}  # the digits that are expected; else float64


def returned(name, change):
    """Make the right answer that changes its tensors, its number or its weights at the end."""
    answer = solution_of(name)

    def apply(value):
        if isinstance(value, (list, tuple)):
            return type(value)(map(apply, value))
        if isinstance(value, float):
            return change(torch.tensor(value, dtype=torch.float64)).item()
        return change(value) if isinstance(value, torch.Tensor) else value

    @functools.wraps(answer)
    def function(*arguments, **named):
        result = apply(answer(*arguments, **named))
        if name in ("train_step", "update_ema"):
            with torch.no_grad():
                for weight in arguments[0].parameters():
                    weight.copy_(change(weight))
        return result

    return function


def cast(name, dtype):
    return returned(name, lambda value: value.to(dtype))


def first_finding(name, function, seed=1):
    report = run_check(name, function, seed)
    assert report.status == "wrong", report.feedback
    return next(line for line in report.feedback.splitlines() if line.startswith("First: "))


def test_there_is_a_rule_for_every_exercise():
    assert list(RULES) == IDS


@pytest.mark.parametrize("name", [name for name in IDS if RULES[name] is not IN_PLACE])
def test_the_docstring_says_it(name):
    rule = RULES[name]
    words = f"in the dtype of {'the ' * (rule == 'schedule')}{rule}"
    words = words if name in OF_AN_ARGUMENT else rule
    returns = re.split(r"Returns:|of `sample_p`", inspect.getdoc(solution_of(name)))[1]
    assert re.search(rf"\b{re.escape(words)}(?!\w)", " ".join(returns.split()))


@pytest.mark.parametrize("name", OF_AN_ARGUMENT)
def test_a_result_of_another_dtype_than_the_argument_is_refused_in_words(name):
    whose = "the schedule's tables" if RULES[name] == "schedule" else RULES[name]
    source = "schedule.betas" if RULES[name] == "schedule" else RULES[name]
    finding = first_finding(name, cast(name, torch.float32))
    assert f"expected float64, got float32: the result has the dtype of {whose}" in finding
    assert f"Look for .float(), and for a tensor made without dtype={source}.dtype" in finding
    finding = first_finding(name, cast(name, torch.float64))
    assert finding.startswith("First: float32: ")
    assert f"expected float32, got float64: the result has the dtype of {whose}" in finding
    assert f".to({source}.dtype) at the end" in finding


@pytest.mark.parametrize("name", ["linear_schedule", "cosine_schedule"])
def test_a_table_in_torchs_default_dtype_is_refused_and_named(name):
    report = run_check(name, cast(name, torch.float32))
    assert "expected float64, got float32: no argument sets the dtype" in report.feedback
    assert "Write dtype=torch.float64 in torch.linspace" in report.feedback
    assert report.misconception == "float32"
    assert report.score == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", [name for name in IDS if RULES[name] == EITHER])
def test_either_is_right_where_the_docstring_says_so(name, dtype):
    assert run_check(name, cast(name, dtype)).status == "passed"
    finding = first_finding(name, cast(name, torch.float16))
    assert "expected float32 or float64, got float16: no argument sets the dtype" in finding


def test_a_distance_may_have_more_digits_than_its_arguments_but_not_fewer():
    assert run_check("frechet_distance", cast("frechet_distance", torch.float64)).status == "passed"
    finding = first_finding("frechet_distance", cast("frechet_distance", torch.float32))
    assert "expected float64, got float32: the result has the dtype of mean_1" in finding


def test_a_chain_is_in_the_dtype_of_the_schedule():
    assert run_check("sampling", cast("sampling", torch.float32)).status == "passed"
    finding = first_finding("sampling", cast("sampling", torch.float64))
    assert "item 0: expected float32, got float64" in finding
    assert ".to(schedule.betas.dtype) at the end" in finding


@pytest.mark.parametrize("name", [name for name in IDS if RULES[name] == WHOLE])
def test_times_that_are_no_whole_numbers_are_refused_in_words(name):
    finding = first_finding(name, cast(name, torch.float64))
    assert "expected int64, got float64: these are whole numbers; .long() makes them so" in finding


@pytest.mark.slow
@pytest.mark.parametrize(("name", "coarse"), HELD, ids=lambda value: str(value).split(".")[-1])
def test_a_result_that_was_rounded_on_the_way_is_refused_in_words(name, coarse):
    full = FULL.get(RULES[name], "float64")
    if coarse == torch.float16 and name in ("residual_block_forward", "unet_forward"):
        full = "float32"  # as their first case
    rounded = returned(name, lambda value: value.to(coarse).to(value.dtype))
    if f"torch.{full}" == str(coarse):
        assert run_check(name, rounded).status == "passed", "it has no more digits"
        return
    found = f"expected numbers with the digits of {full}, got numbers that all fit into"
    assert f"{found} {str(coarse).removeprefix('torch.')}: they" in first_finding(name, rounded)


@pytest.mark.parametrize("name", ["linear_schedule", "cosine_schedule"])
def test_a_table_made_in_float32_and_cast_is_refused_in_words(name):
    [made] = [m.function for m in CATALOGUE[name].misconceptions if m.id == "float32"]
    finding = first_finding(name, lambda *given: made(*given).double())
    assert "got numbers that all fit into float32: they were rounded on the way" in finding


@pytest.mark.parametrize("name", ["sample_q", "sample_p", "cosine_schedule", "frechet_distance"])
def test_a_result_that_is_all_zero_is_not_called_rounded(name):
    found = run_check(name, returned(name, torch.zeros_like)).cases
    assert not any("rounded" in text for _, text in found if text)


def test_a_single_number_that_was_given_in_float32_is_no_rounded_table():
    def cosine_schedule(num_timesteps, s=0.008, max_beta=0.999):
        table = solution_of("cosine_schedule")(num_timesteps, s, 1.0)
        return torch.minimum(table, torch.tensor(max_beta))

    assert run_check("cosine_schedule", cosine_schedule).status == "passed"


def test_data_that_float16_holds_up_to_rounding_are_no_rounded_data():
    assert rounding(torch.tensor([0.1, 0.7]), torch.tensor([0.1, 0.7]).half().float())
    data = torch.tensor([0.25, 0.5])  # as a chain returns that ends in such points
    assert rounding(data * (1 + 1e-6), data) == ""
