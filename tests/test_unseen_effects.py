"""Mistakes on no list, whose values are right: gradients and side effects.

Each wrong answer is the course's own solution with a few words exchanged, or a function around it.
"""

import functools

import pytest
import torch
from judging import ACCEPTED, solution_of
from unseen import judged, source_with

from ddpm_edu.checks.run import run_check


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
GRADIENTS = [
    ("compute_loss", {"return F.mse_loss(model(x_t, t), noise)":
     "loss = F.mse_loss(model(x_t, t), noise)\n    return (loss + loss.detach()) / 2"},
     "0.5 times"),
    ("compute_loss", {"return F.mse_loss(model(x_t, t), noise)":
     "e = model(x_t, t) - noise\n    return (e * e.detach()).mean()"}, "0.5 times"),
    ("compute_loss", {"F.mse_loss(model(x_t, t), noise)":
     "F.mse_loss(model(x_t, t), noise) + 0 * 1 + (model.slope - model.slope.detach())"}, "slope"),
    ("kl_gaussians", {"ratio - 1 - ratio.log()": "ratio.detach() - 1 - ratio.log()"}, "variance_1"),
    ("kl_gaussians", {"(mean_1 - mean_2)": "(mean_1 - mean_2.detach())"}, "mean_2 is not: it is"),
    ("self_attention", {"scores.softmax(dim=-1) @ v": "scores.softmax(dim=-1).detach() @ v"},
     "to q is"),
    ("self_attention", {"scores = q @": "scores = q.data @"}, "respect to q is not: it is zero"),
    ("residual_block_forward", {"return block.skip(x)": "return block.skip(x.detach())"},
     "to x is"),
    ("residual_block_forward", {"F.silu(time_embedding)": "F.silu(time_embedding).detach()"},
     "time_embedding"),
    ("unet_forward", {"torch.cat([x, skip_2]": "torch.cat([x, skip_2.detach()]"}, "unet"),
    ("unet_forward", {"e = unet.time_mlp(embedding)": "e = unet.time_mlp(embedding).detach()"},
     "time_mlp"),
    ("predict_x0", {"* eps)": "* (eps + eps.detach()) / 2)"}, "eps is not: it is 0.5 times"),
    ("predict_x0", {"(x_t - ": "(x_t.detach() - "}, "x_t is not: it is zero"),
    ("mean_from_noise", {"* eps)": "* torch.tensor(eps.tolist(), dtype=eps.dtype))"}, "eps"),
    ("velocity", {"* x_0": "* x_0.detach()"}, "x_0"),
    ("posterior_mean", {"from_x_0 * x_0": "from_x_0 * x_0.data"}, "x_0"),
    ("guided_noise", {"* eps_uncond": "* eps_uncond.detach()"}, "eps_uncond"),
    ("sample_q", {"* x_0": "* (0.5 * x_0 + 0.5 * x_0.detach())"}, "0.5 times"),
    ("ddim_step", {"predict_x0(x_t, t, eps, schedule) +": "predict_x0(x_t.detach(), t, eps, "
     "schedule) +"}, "x_t is not: it is zero"),
    ("ddim_step", {"direction * eps": "direction * eps.detach()"}, "eps is not"),
    ("discretized_nll", {"-probability.clamp": "-(0.5 * probability + 0.5 * probability.detach())"
     ".clamp"}, "mean is not: it is 0.5 times"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exchanges", "words"), GRADIENTS)
def test_a_right_value_with_a_wrong_gradient_is_told(name, exchanges, words):
    report = judged(name, exchanges)
    assert report.status == "wrong"
    assert "the result is right, but its gradient with respect to" in report.feedback
    assert words in report.feedback
    assert "detached" in report.feedback


@pytest.mark.parametrize("name", ["kl_gaussians", "self_attention", "unet_forward"])
def test_a_result_that_is_to_be_trained_through_carries_gradients(name):
    report = run_check(name, torch.no_grad()(solution_of(name)))
    assert "carries no gradients, so a model cannot learn from it" in report.feedback


@pytest.mark.parametrize("name", ["sample_q", "velocity", "predict_x0", "posterior_mean"])
def test_no_gradient_at_all_is_fine_where_nothing_is_trained_through_it(name):
    assert run_check(name, torch.no_grad()(solution_of(name))).status == "passed"


def around(name, change, after=True):
    """Make the right answer that also does something to its arguments."""
    answer = solution_of(name)

    @functools.wraps(answer)
    def function(*arguments, **named):
        if not after:
            change(*arguments)
        result = answer(*arguments, **named)
        if after:
            change(*arguments)
        return result

    return function


def renew(model, *_):
    for name, weight in list(model._parameters.items()):
        setattr(model, name, torch.nn.Parameter(weight.detach().clone()))


def renew_inside(ema_model, *_):
    ema_model.inner.weight = torch.nn.Parameter(ema_model.inner.weight.detach().clone())


def set_rate(model, optimizer, *_):
    optimizer.param_groups[0]["lr"] *= 0.99


def forget(model, optimizer, *_):
    optimizer.state.clear()


def spy(model, *_):
    model.register_forward_hook(lambda *given: None)


EFFECTS = [
    ("train_step", lambda model, *_: model.eval(), "model is left in eval mode"),
    ("train_step", renew, "model.height was replaced by another object"),
    ("train_step", set_rate, "optimizer.param_groups[0]['lr'] is "),
    ("train_step", lambda m, o, *_: o.add_param_group({"params": [torch.zeros(1)]}), "optimizer"),
    ("train_step", forget, "optimizer.state"),
    ("train_step", lambda m, o, x_0, *_: x_0.requires_grad_(), "x_0.requires_grad is True"),
    ("train_step", spy, "a hook stays on model"),
    ("update_ema", lambda ema, *_: ema.eval(), "ema_model is left in eval mode"),
    ("update_ema", lambda ema, model, *_: model.eval(), "model is left in eval mode"),
    ("update_ema", renew_inside, "ema_model.inner.weight was replaced by another object"),
    ("sampling", lambda model, *_: model.eval(), "model is left in eval mode"),
    ("sampling", lambda model, *_: model.requires_grad_(False), "model.height"),
    ("sample_p", lambda model, *_: model.eval(), "model is left in eval mode"),
    ("sample_p", spy, "a hook stays on model"),
    ("compute_loss", lambda model, *_: model.eval(), "model is left in eval mode"),
    ("residual_block_forward", lambda block, *_: block.eval(), "block is left in eval mode"),
    ("residual_block_forward", lambda block, *_: block.norm_1.eval(), "block.norm_1 is left in"),
    ("residual_block_forward", lambda block, x, e: x.requires_grad_(), "x.requires_grad is True"),
    ("unet_forward", lambda unet, *_: unet.eval(), "unet is left in eval mode"),
    ("unet_forward", spy, "a hook stays on unet"),
    ("self_attention", lambda q, k, v: v.requires_grad_(), "v.requires_grad is True"),
    ("predict_x0", lambda x_t, t, eps, s: eps.requires_grad_(), "eps.requires_grad is True"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "words"), EFFECTS)
def test_what_is_left_changed_in_arguments_is_told(name, change, words):
    report = run_check(name, around(name, change))
    assert report.status == "wrong"
    assert words in report.feedback


def test_backward_inside_a_loss_is_told():
    exchange = {"return F.mse_loss": "loss = F.mse_loss"}
    code = source_with("compute_loss", exchange)
    names = {}
    exec(code.rstrip() + "\n    loss.backward(retain_graph=True)\n    return loss\n", names)
    report = run_check("compute_loss", names["compute_loss"])
    assert "model.height holds a gradient after the call: calling backward()" in report.feedback


def restored(model, run):
    before = model.training
    model.eval()
    try:
        return run()
    finally:
        model.train(before)


def test_a_mode_that_is_put_back_is_fine():
    sampling = ACCEPTED["sampling"][0]
    function = lambda model, *rest: restored(model, lambda: sampling(model, *rest))  # noqa: E731
    assert run_check("sampling", function).status == "passed"
