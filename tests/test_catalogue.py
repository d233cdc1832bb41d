"""The catalogue proves itself: every mistake is named, every right answer passes, whatever the seed."""

import itertools
import math

import pytest
import torch
from judging import ACCEPTED, IDS, MISTAKES, freely, verdict_on_mistake

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.run import exercises, run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
VARIANTS = [(name, number) for name in IDS for number in range(len(ACCEPTED[name]))]
CURRICULUM = [
    ("linear_schedule", 2),
    ("cumulative_alphas", 2),
    ("sample_by_t", 2),
    ("step_q", 2),
    ("sample_q", 3),
    ("cosine_schedule", 3),
    ("snr", 1),
    ("product_of_gaussians", 3),
    ("posterior_variance", 2),
    ("posterior_mean", 4),
    ("kl_gaussians", 2),
    ("predict_x0", 2),
    ("mean_from_noise", 3),
    ("compute_loss", 3),
    ("vlb_weight", 2),
    ("timestep_embedding", 3),
    ("residual_block_forward", 3),
    ("self_attention", 3),
    ("unet_forward", 4),
    ("sample_timesteps", 1),
    ("train_step", 3),
    ("update_ema", 2),
    ("sample_p_unclipped", 4),
    ("sample_p", 4),
    ("sampling", 4),
    ("repair_sampler", 3),
    ("frechet_distance", 3),
    ("discretized_nll", 4),
    ("bits_per_dim", 1),
    ("ddim_timesteps", 2),
    ("ddim_step", 4),
    ("guided_noise", 2),
    ("velocity", 2),
]


def test_the_catalogue_has_the_exercises_of_the_curriculum_in_course_order():
    assert [(e.id, e.points) for e in exercises()] == CURRICULUM
    assert [e.lesson for e in exercises()] == sorted(e.lesson for e in exercises())


def test_there_are_enough_mistakes_and_their_messages_differ():
    assert len(MISTAKES) == len(set(MISTAKES)) >= 160
    for exercise in exercises():
        messages = [mistake.message for mistake in exercise.misconceptions]
        assert len(set(messages)) == len(messages)
        assert all(message.endswith(".") for message in messages)


@pytest.mark.parametrize("name", IDS)
def test_an_exercise_is_complete(name):
    exercise = CATALOGUE[name]
    assert len(exercise.hints) == 3
    assert all(exercise.hints)
    assert exercise.title
    assert exercise.equation
    assert 1 <= exercise.difficulty <= 5
    assert 5 <= exercise.minutes <= 30
    assert len(ACCEPTED[name]) >= 3
    assert (
        list(exercise.cases(0)[0].arguments)
        == [part.split("=")[0].strip() for part in exercise.signature.strip("()").split(",")][
            : len(exercise.cases(0)[0].arguments)
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "mistake_id"), MISTAKES)
def test_a_mistake_is_rejected_and_named(name, mistake_id):
    report = verdict_on_mistake(name, mistake_id)
    assert report.status in ("wrong", "crashed")
    assert report.score < 1
    assert report.misconception == mistake_id, report.feedback
    mistake = next(m for m in CATALOGUE[name].misconceptions if m.id == mistake_id)
    assert mistake.message in report.feedback


@pytest.mark.parametrize(("name", "number"), VARIANTS)
def test_a_right_answer_passes(name, number):
    report = run_check(name, ACCEPTED[name][number])
    assert (report.status, report.score, report.points) == ("passed", 1.0, CATALOGUE[name].points), report.feedback


def changed(change):
    """Make an answer that gives something else of the form that is right."""

    def apply(value):
        if isinstance(value, (list, tuple)):
            return type(value)(map(apply, value))
        return change(value) if isinstance(value, torch.Tensor) else float(change(torch.tensor(value)))

    return lambda reference: lambda *arguments: apply(reference(*arguments))


TRIVIAL = {
    "zeros": changed(torch.zeros_like),
    "ones": changed(torch.ones_like),
    "NaN": changed(lambda value: value.double().mul(math.nan).to(value.dtype)),
    "random": changed(lambda value: torch.rand(value.shape).mul(5).to(value.dtype)),
    "the mean of what is right": changed(
        lambda value: value.double().mean().expand(value.shape).to(value.dtype) if value.numel() > 1 else value + 1
    ),
    "the input": lambda reference: lambda *arguments: next(a for a in reversed(arguments) if torch.is_tensor(a)),
}
WITHOUT_TENSORS = ("linear_schedule", "cosine_schedule", "ddim_timesteps", "sampling", "update_ema", "sample_timesteps")


@pytest.mark.parametrize("trivial", TRIVIAL)
@pytest.mark.parametrize("name", IDS)
def test_a_trivial_answer_is_rejected(name, trivial):
    exercise = CATALOGUE[name]
    if name == "update_ema":  # it returns nothing; a trivial one does nothing
        report = run_check(name, lambda ema_model, model, decay: print(trivial))
    elif trivial == "the input" and name in WITHOUT_TENSORS:
        report = run_check(name, lambda *arguments: arguments[0])
    else:
        report = freely(exercise, TRIVIAL[trivial](exercise.reference))
    assert report.status in ("wrong", "crashed"), report.feedback
    assert report.score <= 0.5, report.feedback


@pytest.mark.slow
def test_verdicts_do_not_depend_on_the_seed():
    """Each of 100 seeds tries a right answer to every second exercise, and a mistake in every third, in turn."""
    for seed, (place, name) in itertools.product(range(1, 101), enumerate(IDS)):
        if (seed + place) % 2 == 0:
            variant = ACCEPTED[name][seed // 2 % len(ACCEPTED[name])]
            assert run_check(name, variant, seed).status == "passed", (name, seed)
        if (seed + place) % 3 == 0:
            mistake = CATALOGUE[name].misconceptions[seed % len(CATALOGUE[name].misconceptions)]
            assert run_check(name, mistake.function, seed).misconception == mistake.id, (name, mistake.id, seed)
