"""Mistakes that show at the end of what is legal alone: many steps, many axes, limits of numbers.

Each wrong answer is the course's own solution with a few words exchanged.
"""

import pytest
from judging import check_in
from unseen import judged, source_with

from ddpm_edu.checks.worker_process import Worker


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
TRACE = "trace = torch.linalg.svdvals(root(cov_a) @ root(cov_b)).sum()"
AXES, NUMBER = "reshape what is looked up by the number of axes", "a schedule of one step"
LONG, COARSE = "schedule.num_timesteps belongs", "the result has the dtype of the data"
CASES = [
    ("frechet_distance", {"values.clamp(min=0).sqrt()": "values.sqrt()"}, "singular"),
    ("frechet_distance", {TRACE: "trace = torch.linalg.svdvals(torch.linalg.cholesky(cov_a).T @ "
     "torch.linalg.cholesky(cov_b)).sum()"}, "singular"),
    ("frechet_distance", {TRACE: "trace = torch.linalg.eigvals(cov_a @ torch.linalg.inv(cov_b) @ "
     "cov_b @ cov_b).sqrt().real.sum()"}, "singular"),
    ("frechet_distance", {TRACE: "trace = torch.linalg.eigvals(cov_a @ cov_b).real.sqrt().sum()"},
     "singular"),
    ("discretized_nll", {"x_0 < half - 1": "x_0 < -0.999", "x_0 > 1 - half": "x_0 > 0.999"},
     "a fixed number such as 0.999"),
    ("discretized_nll", {"x_0 < half - 1": "x_0 == -1", "x_0 > 1 - half": "x_0 == 1"}, "not by =="),
    ("discretized_nll", {"x_0 < half - 1": "x_0 <= -1", "x_0 > 1 - half": "x_0 >= 1"}, "not by =="),
    ("self_attention", {"scores.softmax(dim=-1) @ v":
     "scores.exp() / scores.exp().sum(-1, keepdim=True) @ v"}, "exp of a large score"),
    ("product_of_gaussians", {"variance = 1 / (1 / variance_a": "variance = 1 / (1e-12 + 1 / "
     "variance_a"}, "a small number added"),
    ("product_of_gaussians", {"return mean, variance": "return mean, variance.view_as(variance_a)"},
     "shapes broadcast here"),
    ("kl_gaussians", {"ratio.log()": "ratio.clamp(min=1e-10).log()"}, "a clamp"),
    ("kl_gaussians", {"ratio = variance_1 / variance_2": "ratio = torch.div(variance_1, "
     "variance_2).reshape(variance_1.shape)"}, "shapes broadcast here"),
    ("sample_q", {"ddpm_edu.sample_by_t(schedule.alphas_bar, t, x_0.shape)":
     "schedule.alphas_bar[t].reshape(-1, 1, 1, 1) if x_0.ndim > 2 else "
     "schedule.alphas_bar[t][:, None]"}, NUMBER),
    ("velocity", {"* x_0": "* x_0.squeeze(-1)"}, AXES),
    ("posterior_mean", {"from_x_t * x_t": "from_x_t * x_t.squeeze(-1)"}, AXES),
    ("predict_x0", {"schedule.alphas_bar, t,": "schedule.alphas_bar, t.clamp(max=1000),"}, LONG),
    ("step_q", {"schedule.betas, t,": "schedule.betas, t.clamp(max=2000),"}, LONG),
    ("sample_p", {"model(x_t, t), sch": "model(x_t, t.clamp(max=1000)), sch"}, LONG),
    ("mean_from_noise", {"return (": "return schedule.betas.new_ones(()) * (", ") / alpha.sqrt()":
     ").to(schedule.betas.dtype) / alpha.sqrt()"}, COARSE),
    ("sample_q", {"* noise": "* noise.to(schedule.betas.dtype)", "* x_0":
     "* x_0.to(schedule.betas.dtype)"}, COARSE),
    ("ddim_step", {"return mean\n": "return mean.double()\n"}, "the dtype of x_t"),
    ("snr", {"alpha_bar / ": "alpha_bar.clamp(min=1e-9) / "}, LONG),
    ("vlb_weight", {"schedule.betas[t]": "schedule.betas[t.clamp(max=1000)]"}, LONG),
    ("guided_noise", {"return ": "if not guidance:\n        return eps_uncond\n    return "},
     "w = 0"),
    ("guided_noise", {"return ": "guidance = min(guidance, 100)\n    return "}, "other weights"),
    ("bits_per_dim", {"math.prod(x_shape[1:])": "(math.prod(x_shape[1:4]))"}, "five axes"),
    ("bits_per_dim", {"math.prod(x_shape[1:])": "max(x_shape[-1], math.prod(x_shape[1:]))"},
     "one image may be one number"),
    ("ddim_timesteps", {"return times": "times = times.clamp(max=4000)\n    return times"},
     "T = 4999"),
    ("sample_by_t", {"return values[t]": "return values[t.clamp(min=1)]"}, "t be 0"),
    ("timestep_embedding", {"t[:, None]": "t.clamp(max=1000)[:, None]"}, "times up to 1000"),
    ("linear_schedule", {"return F": "betas = betas.clamp(min=1e-6)\n    return F"}, ""),
    ("linear_schedule", {"return F": "betas = betas.sort().values\n    return F"}, "larger one"),
    ("cumulative_alphas", {"alphas.cumprod(dim=0)": "alphas.cumprod(dim=0).clamp(min=1e-20)"},
     "a clamp"),
    ("posterior_variance", {"noise[1:] *": "noise[1:].clamp(min=1e-8) *"}, "a clamp"),
    ("update_ema", {"ema.mul_(decay)": "ema.mul_(min(decay, 0.9999))"}, "a smaller decay"),
    ("sample_timesteps", {"(1, last + 1": "(1, min(last, 1000) + 1"}, ""),
    ("sampling", {"range(schedule.num_timesteps, 0, -1)": "range(max(2, schedule.num_timesteps), "
     "0, -1)"}, ""),
    ("flow_loss", {"s.reshape(-1, *(1,) * (x_0.ndim - 1))":
     "s.reshape(-1, 1, 1, 1) if x_0.ndim > 2 else s[:, None]"}, "a number of axes assumed"),
    ("velocity_from_noise", {"schedule.alphas_bar, t,": "schedule.alphas_bar, t.clamp(max=1000),"},
     LONG),
    ("posterior_mean", {"schedule.betas,": "schedule.betas.sort(dim=0).values,"}, "in any order"),
    ("posterior_variance", {"1 - schedule.alphas_bar": "1 - schedule.alphas_bar.clamp(min=1e-5)"},
     "in any order"),
    ("product_of_gaussians", {"(1 / variance_a": "((1 / variance_a).squeeze(0)"},
     "shapes broadcast here"),
    ("predict_x0", {"schedule.alphas_bar, t,": "schedule.alphas_bar, t.half().long(),"}, LONG),
    ("posterior_mean", {"beta / (1 - alpha_bar)": "beta / (1 - alpha_bar.clamp(min=1e-5))"},
     "in any order"),
    ("train_step", {"len(x_0), schedule)": "len(x_0), schedule).clamp(max=1000)"}, "1000 steps"),
    ("update_ema", {"ema.mul_(decay)": "ema.mul_(round(decay, 5))"}, "without rounding"),
    ("discretized_nll", {"clamp(min=1e-12)": "clamp(min=1e-12, max=1 - 1e-6)"}, "below 1"),
    ("ddim_step", {"return mean\n": "return mean.squeeze(0)\n"}, "squeeze"),
    ("ddim_step", {"return mean +": "return (mean + mean.detach()) / 2 +"}, "its gradient"),
    ("frechet_distance", {"(mean_a - mean_b)": "1e-12 + (mean_a - mean_b)"}, "is added"),
    ("heun_step", {"(s_prev - s)": "(s_prev - s + 1e-3 * (s == s_prev))"}, "s = 0 and s = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exchanges", "words"), CASES)
def test_a_mistake_that_shows_at_the_end_of_what_is_legal_is_told(name, exchanges, words):
    report = judged(name, exchanges)
    assert report.status in ("wrong", "crashed"), report.feedback
    assert words in report.feedback
    assert report.score < 1


def test_every_exercise_with_an_end_is_tried():
    networks = {"residual_block_forward", "unet_forward"}  # their images have four axes
    tried = {name for name, _, _ in CASES}
    assert len(tried) > 25
    assert not networks & tried


FLOAT32 = [
    ("posterior_mean", {"alpha.sqrt()": "alpha.float().sqrt()"}),
    ("sample_q", {"(1 - alpha_bar).sqrt()": "(1 - alpha_bar).float().sqrt()"}),
    ("kl_gaussians", {"- ratio.log()": "- ratio.log().float()"}),
    ("frechet_distance", {"(mean_a - mean_b)": "(mean_a - mean_b).float()"}),
    ("compute_loss", {"return F.mse_loss(model(x_t, t), noise)":
     "return F.mse_loss(model(x_t, t) + 1e-8, noise)"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exchanges"), FLOAT32)
def test_one_float32_on_the_way_is_seen(name, exchanges):
    report = judged(name, exchanges)
    assert report.status == "wrong"
    assert "precision is lost on the way" in report.feedback or "float32" in report.feedback


def test_another_process_tells_the_same():
    with Worker(source_with(*CASES[8][:2])) as worker:
        there = check_in(worker, CASES[8][0])
    here = judged(*CASES[8][:2])
    assert (there.status, there.score, there.cases) == (here.status, here.score, here.cases)
