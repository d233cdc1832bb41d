"""Wrong answers as learners write them, on no list: what is said of them is true."""

import textwrap

import pytest
from judging import CATALOGUE
from sources import defined

from ddpm_edu.checks.run import run_check


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]
IMPORTS = "import math, random\nimport torch\nfrom ddpm_edu import *\n"
NOISED = """
t = torch.randint(1, schedule.num_timesteps + 1, (len(x_0),))
noise = torch.randn_like(x_0)
x_t = sample_q(x_0, t, schedule, noise)
t = torch.randint(1, schedule.num_timesteps + 1, (len(x_0),))
loss = torch.nn.functional.mse_loss(model(x_t, t), noise)
optimizer.zero_grad()
loss.backward()
optimizer.step()
return loss.item()"""
DDIM = """
now, prev = (sample_by_t(schedule.alphas_bar, time, x_t.shape) for time in (t, t_prev))
x_0 = (x_t - (1 - now).sqrt() * eps) / now.sqrt()
sigma = eta * {}.sqrt()
z = torch.randn_like(x_t) if noise is None else noise
return prev.sqrt() * x_0 + (1 - prev - sigma**2).sqrt() * eps + sigma * z"""
TRACES = "torch.trace(cov_1) + torch.trace(cov_2)"
# Exercise, body of the answer, what is said, what must not be said.
ANSWERS = (
    ("sample_by_t", "return t[values].reshape(-1, *[1] * (len(x_shape) - 1))",
     "what stands before them a table: values[t]", "dtype long"),
    ("train_step", NOISED, "You drew the times twice", "uniform"),
    ("sample_timesteps",
     "return torch.tensor([random.randint(1, schedule.num_timesteps) for _ in range(batch_size)])",
     "nothing was drawn by torch", "Diagnosis"),
    ("ddim_step", DDIM.format("sample_by_t(schedule.posterior_variance, t, x_t.shape)"),
     "Your factor of the noise is not right", "e-1"),
    ("ddim_step", DDIM.format("((1 - prev) / (1 - now) * (1 - prev / now))"),
     "upside down", "or, with the same values"),
    ("cumulative_alphas", "bar = [betas[0] * 0]\nfor beta in betas[1:]:\n"
     "    bar.append(bar[-1] * (1 - beta))\nreturn 1 - betas, torch.stack(bar)",
     "began a product with 0", "or, with the same values"),
    ("cumulative_alphas", "alphas = 1 - betas\nreturn alphas, 1 / alphas.cumprod(0)",
     "Your entry t of alphas_bar is 1 / alpha_bar_t", "1 * alphas"),
    ("self_attention", "scores = q @ k.mT / math.sqrt(q.shape[-1])\n"
     "return scores.softmax(-1).softmax(-1) @ v", "`.softmax(...)` is too much", "log_softmax"),
    # LAPACK would end the process over the root of a negative number.
    ("frechet_distance", "roots = torch.linalg.eigvals(cov_1.sqrt() @ cov_2.sqrt()).real.sum()\n"
     f"return (mean_1 - mean_2).square().sum() + {TRACES} - 2 * roots",
     "a number became NaN or infinite before it", "Diagnosis: You"),
    ("frechet_distance", "roots = torch.linalg.eigvals(cov_1 @ cov_2).real.sqrt().sum()\n"
     f"return (mean_1 - mean_2).square().sum() + {TRACES} - 2 + roots", "expected 8.",
     "Diagnosis: You"),
)  # fmt: skip


def answer(name, body):
    signature = CATALOGUE[name].signature
    return defined(f"{IMPORTS}\ndef {name}{signature}:\n{textwrap.indent(body, '    ')}\n", name)


@pytest.mark.parametrize(("name", "body", "said", "not_said"), ANSWERS)
def test_what_is_said_is_true(name, body, said, not_said):
    report = run_check(name, answer(name, body))
    assert report.status in ("wrong", "crashed")
    assert said in report.feedback
    assert not_said not in report.feedback
