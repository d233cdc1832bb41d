"""Generators that are not drawn from as they are, and calls that remember, on no list.

Each wrong answer is the course's own solution with a few words exchanged.
"""

import pytest
from judging import check_in
from unseen import judged, source_with

from ddpm_edu.checks.worker_process import Worker


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
GENERATORS = [
    ({"return torch.randint": "generator.manual_seed(0) if generator else None\n    return torch.ra"
      "ndint"}, "the generator given was seeded anew"),
    ({"return torch.randint": "if generator: generator.manual_seed(generator.initial_seed())\n    "
      "return torch.randint"}, "the generator given was seeded anew"),
    ({"generator=generator": "generator=generator and torch.Generator().manual_seed(1)"},
     "should have changed generator"),
    ({"generator=generator": "generator=generator or torch.Generator().manual_seed(0)"},
     "every call draws the same numbers"),
    ({"return torch.randint": "generator = torch.Generator() if generator is None else generator\n"
      "    return torch.randint"}, "every call draws the same numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("exchanges", "words"), GENERATORS)
def test_a_generator_that_is_not_drawn_from_as_it_is_is_told(exchanges, words):
    report = judged("sample_timesteps", exchanges)
    assert report.status == "wrong"
    assert words in report.feedback


OWN = "torch.randn(x_t.shape, generator=torch.Generator().manual_seed(0), dtype=x_t.dtype)"
FORKED = (
    "def seeded(x):\n    with torch.random.fork_rng():\n        torch.manual_seed(0)\n"
    "        return torch.randn_like(x)\n"
)
SAME = "every call draws the same numbers"
KEPT = "something is kept from one call to the next"
REMEMBER = [
    ("sample_p", {"torch.randn_like(x_t)": OWN}, "", SAME),
    ("sample_p_unclipped", {"torch.randn_like(x_t)": OWN}, "", SAME),
    ("sample_p_unclipped", {"torch.randn_like(x_t)": "seeded(x_t)"}, FORKED, SAME),
    ("ddim_step", {"torch.randn_like(x_t)": OWN}, "", SAME),
    ("train_step", {"torch.randn_like(x_0)": OWN.replace("x_t", "x_0")}, "", SAME),
    ("sampling", {"torch.randn(shape, device=device)":
     "torch.randn(shape, generator=torch.Generator().manual_seed(0), device=device)"}, "", SAME),
    ("sample_q", {"alpha_bar = ": "alpha_bar = CACHE.setdefault((x_0.shape, x_0.dtype), "
     , "x_0.shape)\n": "x_0.shape))\n"}, "CACHE = {}", KEPT),
    ("posterior_variance", {"noise = 1 - schedule.alphas_bar":
     "key = len(schedule.betas), schedule.betas.dtype\n"
     "    noise = CACHE.setdefault(key, 1 - schedule.alphas_bar)"}, "CACHE = {}", KEPT),
    ("cumulative_alphas", {"alphas = 1 - betas": "alphas = CACHE.setdefault((betas.shape, "
     "betas.dtype), 1 - betas)"}, "CACHE = {}", KEPT),
    ("self_attention", {"scores = q @": "q = CACHE.setdefault((q.shape, q.dtype), q)\n    "
     "scores = q @"}, "CACHE = {}", KEPT),
    ("timestep_embedding", {"t[:, None]": "CACHE.setdefault((len(t), dim), t)[:, None]"},
     "CACHE = {}", KEPT),
    ("linear_schedule", {"betas = torch.linspace(beta_start, beta_end, num_timesteps, "
     "dtype=torch.float64)": "betas = CACHE.setdefault(num_timesteps, torch.linspace(beta_start, "
     "beta_end, num_timesteps, dtype=torch.float64))"}, "CACHE = {}", KEPT),
    ("velocity", {"return ": "COUNT.append(0)\n    return (len(COUNT) < 6) * "},
     "COUNT = []", KEPT),
    ("bits_per_dim", {"return nats": "return CACHE.setdefault((nats.shape, nats.dtype), nats)"},
     "CACHE = {}", KEPT),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exchanges", "above", "words"), REMEMBER)
def test_a_call_that_remembers_is_told(name, exchanges, above, words):
    report = judged(name, exchanges, above)
    assert report.status in ("wrong", "crashed")
    assert words in report.feedback
    assert report.misconception is None


def test_an_own_generator_that_goes_on_from_call_to_call_is_fine():
    own = OWN.replace("torch.Generator().manual_seed(0)", "OWN")
    above = "OWN = torch.Generator().manual_seed(0)"
    assert judged("sample_p", {"torch.randn_like(x_t)": own}, above).status == "passed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "exchanges", "above", "words"),
    [
        ("predict_x0", {"* eps)": "* (eps + eps.detach()) / 2)"}, "", "0.5 times"),
        ("sampling", {"device = ": "model.eval()\n    device = "}, "", "left in eval mode"),
        REMEMBER[0],
        REMEMBER[6],
    ],
)
def test_another_process_tells_the_same(name, exchanges, above, words):
    with Worker(source_with(name, exchanges, above)) as worker:
        there = check_in(worker, name)
    assert words in there.feedback
    here = judged(name, exchanges, above)  # its source is not at hand: no edit of it is told
    assert (there.status, there.score, there.cases) == (here.status, here.score, here.cases)
    told = [
        line for line in there.feedback.splitlines() if not line.startswith("Diagnosis: in line")
    ]
    assert told == here.feedback.splitlines()
