"""Mistakes on no list about batches: times that depend on each other, rows that decide for others.

Each wrong answer is the course's own solution with a few words exchanged.
"""

import pytest
import torch
from judging import freely
from unseen import judged

from ddpm_edu import NoiseSchedule, linear_schedule, stratified_timesteps
from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging.independence import dependent
from ddpm_edu.checks.run import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
DRAWN = (
    "torch.randint(1, last + 1, (batch_size,), generator=generator, device=schedule.betas.device)"
)
HALF = "torch.randint(1, last + 1, ((batch_size + 1) // 2,), generator=generator)"
TIMES = [
    (f"{DRAWN}.sort().values", "alike (sorted, or shared in pairs)"),
    (f"{DRAWN}.sort(descending=True)[0]", "alike (sorted, or shared in pairs)"),
    (f"{HALF}.repeat(2)[:batch_size]", "alike (sorted, or shared in pairs)"),
    (f"{HALF}.repeat_interleave(2)[:batch_size]", "alike (sorted, or shared in pairs)"),
    (f"torch.cat([h := {HALF}, last + 1 - h])[:batch_size]", "opposite (antithetic)"),
    (f"torch.stack([h := {HALF}, last + 1 - h], 1).flatten()[:batch_size]", "antithetic"),
    (f"torch.cat([h := {HALF}, last + 1 - h.flip(0)])[:batch_size]", "antithetic"),
    (
        "((torch.arange(batch_size) + torch.rand(batch_size, generator=generator)) / batch_size"
        " * last).long().clamp(max=last - 1) + 1",
        "stratified or evenly spaced",
    ),
]


@pytest.mark.parametrize(("drawn", "words"), TIMES)
def test_times_that_depend_on_each_other_are_told(drawn, words):
    report = judged("sample_timesteps", {DRAWN: drawn})
    assert report.status == "wrong"
    assert "the times of a batch are not independent" in report.feedback
    assert words in report.feedback


ROW = "t = ddpm_edu.sample_timesteps(len(x_0), schedule)"
IN_A_STEP = [
    (f"{ROW}.sort().values", "the times are sorted"),
    ("h = ddpm_edu.sample_timesteps(len(x_0) // 2 + 1, schedule)\n    "
     "t = torch.cat([h, h])[: len(x_0)]", "rows share the time of another"),
    ("h = ddpm_edu.sample_timesteps(len(x_0) // 2 + 1, schedule)\n    "
     "t = torch.cat([h, schedule.num_timesteps + 1 - h])[: len(x_0)]", "are t and T + 1 - t"),
]  # fmt: skip


@pytest.mark.parametrize(("drawn", "words"), IN_A_STEP)
def test_times_of_a_step_that_depend_on_each_other_are_told(drawn, words):
    report = judged("train_step", {ROW: drawn})
    assert report.status == "wrong"
    assert any(words in (text or "") for _, text in report.cases)


def test_strata_are_fine_in_a_step_as_its_docstring_says():
    drawn = "t = ddpm_edu.stratified_timesteps(len(x_0), schedule)"
    assert judged("train_step", {ROW: drawn}).status == "passed"


@pytest.mark.parametrize(("n", "last"), [(1200, 20), (1000, 5), (600, 2), (20, 1000), (20, 9)])
def test_independent_times_are_never_called_dependent(n, last):
    generator = torch.Generator().manual_seed(n)
    for _ in range(200):
        times = torch.randint(1, last + 1, (n,), generator=generator)
        assert dependent(times, last, counts_too=n > 20) is None


def test_strata_are_called_so_only_where_they_are_wrong():
    times = stratified_timesteps(1200, NoiseSchedule(linear_schedule(20)))
    assert "stratified" in dependent(times, 20).text
    times = stratified_timesteps(20, NoiseSchedule(linear_schedule(1000)))
    assert dependent(times, 1000, counts_too=False) is None
    assert "evenly spaced" in dependent(torch.arange(7, 1000, 50), 1000, counts_too=False).text


ONE_DECIDES = "one row may decide for all"
CLAMP = "x_0 = predict_x0(x_t, t, model(x_t, t), schedule).clamp(-1, 1)"
X_0 = "x_0 = predict_x0(x_t, t, model(x_t, t), schedule)\n    x_0 = "
SQUEEZED = "an axis of length 1 may have been dropped"
ROWS = [
    ("sample_p", {CLAMP: f"{X_0}x_0.clamp(-1, 1) if x_0[0].abs().max() > 1 else x_0"}, ONE_DECIDES),
    ("sample_p", {CLAMP: f"{X_0}x_0.clamp(-1, 1) if x_0[-1].abs().max() > 1 else x_0"},
     ONE_DECIDES),
    ("sample_p", {CLAMP: f"{X_0}x_0.clamp(-1, 1) if (x_0.abs().flatten(1).amax(1) > 1).all() "
     "else x_0"}, ""),
    ("sample_p", {"+ variance.sqrt()": "+ (t[-1] > 1) * variance.sqrt()"}, ""),
    ("sample_p_unclipped", {"mean + ": "mean if (t == 1).any() else mean + "}, ""),
    ("sample_p_unclipped", {"variance.sqrt()": "variance.max().sqrt()"}, ""),
    ("sample_q", {"alpha_bar.sqrt()": "alpha_bar.min().sqrt()"}, ""),
    ("ddim_step", {"sigma = eta": "sigma = (t_prev[-1] > 0) * eta"}, ONE_DECIDES),
    ("sample_q", {"+ (1 - alpha_bar).sqrt() * noise": "+ (1 - alpha_bar).sqrt() * noise if "
     "x_0[0].abs().max() > 1 else x_0"}, ONE_DECIDES),
    ("mean_from_noise", {"(x_t - ": "(x_t * (1 if x_t[0].std() > 0.2 else 2) - "}, ONE_DECIDES),
    ("snr", {"schedule.alphas_bar[t]": "schedule.alphas_bar[t].squeeze()"}, SQUEEZED),
    ("vlb_weight", {"return beta": "return beta.squeeze()", "(2 * alpha": "(2 * alpha.squeeze()",
     "(1 - alpha_bar))": "(1 - alpha_bar.squeeze()))"}, SQUEEZED),
    ("guided_noise", {"eps_cond - ": "eps_cond.squeeze() - "}, ""),
    ("bits_per_dim", {"return nats": "return nats.squeeze()"}, SQUEEZED),
    ("sampling", {"images.cpu()": "images.cpu().squeeze(0)"}, SQUEEZED),
    ("sample_timesteps", {"return ": "return 1 * ", "device)": "device).squeeze()"}, "shape ()"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exchanges", "words"), ROWS)
def test_a_row_that_decides_for_others_is_seen(name, exchanges, words):
    report = judged(name, exchanges)
    assert report.status in ("wrong", "crashed")
    assert words in report.feedback


def test_a_derived_case_that_fails_costs_a_part_of_the_points_and_names_no_misconception():
    report = judged(*ROWS[0][:2])
    assert report.misconception is None
    assert 0.9 < report.score < 1
    assert report.cases[-1][0] == "rows in another order"


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOGUE)
def test_the_courses_own_functions_hold_in_derived_cases_of_every_seed(name):
    for seed in range(3):
        exercise = CATALOGUE[name]
        report = freely(exercise, lambda *given: exercise.reference(*given), seed)  # noqa: B023
        assert report.status == "passed", report.feedback
        assert run_check(name, lambda *given: None).status != "passed"
