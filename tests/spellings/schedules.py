"""Lesson 1, tables: evenly growing betas, their running product, betas from a cosine."""

EVEN = "betas = even(beta_start, beta_end, num_timesteps)\n"
STEPS = "front(beta_start + step * torch.arange({}, dtype=torch.float64))"
LINEAR = {
    "no_entry_0": "even(beta_start, beta_end, num_timesteps)",
    "entry_0_is_beta_1": EVEN + "cat(betas[:1], betas, 0)",
    "zero_at_the_end": EVEN + "cat(betas, torch.zeros(1), 0)",
    "t_plus_1_betas": "even(beta_start, beta_end, num_timesteps + 1)",
    "from_zero": "even(0, beta_end, num_timesteps + 1)",
    "linear_in_the_root": "front(square(even(beta_start**0.5, beta_end**0.5, num_timesteps)))",
    "log_spaced": "logs = even(math.log(beta_start), math.log(beta_end), num_timesteps)\n"
    "front(torch.exp(logs))",
    "end_excluded": "step = (beta_end - beta_start) / num_timesteps\n"
    + STEPS.format("num_timesteps"),
    "start_excluded": "step = (beta_end - beta_start) / num_timesteps\n"
    + STEPS.format("1, num_timesteps + 1"),
    "both_ends_excluded": "step = (beta_end - beta_start) / (num_timesteps + 1)\n"
    + STEPS.format("1, num_timesteps + 1"),
    "swapped_ends": "front(even(beta_end, beta_start, num_timesteps))",
    "fixed_ends": "front(even(0.0001, 0.02, num_timesteps))",
    "float32": (
        "front(torch.linspace(beta_start, beta_end, num_timesteps))",
        "rise = torch.linspace(0, 1, num_timesteps)\nbetas = (beta_end - beta_start) * rise\n"
        "front(beta_start + betas)",
        "k = torch.arange(num_timesteps)\nrise = k / max(num_timesteps - 1, 1)\n"
        "front(beta_start + rise * (beta_end - beta_start))",
    ),
}

ALPHAS = "alphas = 1 - betas\n"
TABLES = ALPHAS + "bar = running(alphas)\n"
LOOP = ALPHAS + "bar = torch.ones_like(betas)\n"
CUMULATIVE = {
    "sum_of_alphas": ALPHAS + "alphas, alphas.cumsum(0)",
    "product_of_betas": "1 - betas, torch.cumprod(betas, 0)",
    "alphas_are_betas": "betas, torch.cumprod(betas, 0)",
    "roots": "alphas = root(1 - betas)\nalphas, alphas.cumprod(0)",
    "root_of_product": ALPHAS + "alphas, root(alphas.cumprod(0))",
    "swapped_results": ALPHAS + "alphas.cumprod(0), alphas",
    "only_alphas_bar": "(1 - betas).cumprod(0)",
    "one_minus_sum": "1 - betas, 1 - betas.cumsum(0)",
    "exponential": ALPHAS + "alphas, torch.exp(-betas.cumsum(0))",
    "product_of_all": (
        ALPHAS + "alphas, alphas.prod().repeat(len(betas))",
        ALPHAS + "alphas, torch.full_like(betas, torch.prod(alphas))",
        LOOP + "for alpha in alphas:\n    bar = bar * alpha\nalphas, bar",
    ),
    "shifted_product": (
        TABLES + "alphas, cat(bar[:1], bar[:-1], 0)",
        TABLES + "alphas, F.pad(bar[:-1], (1, 0), value=1)",
        LOOP
        + "for t in range(1, len(betas)):\n    bar[t] = bar[t - 1] * alphas[t - 1]\nalphas, bar",
    ),
    "product_from_the_end": (
        ALPHAS + "alphas, running(alphas.flip(0)).flip(0)",
        ALPHAS + "alphas, torch.stack([alphas[t:].prod() for t in range(len(alphas))])",
        ALPHAS + "backwards = torch.flip(alphas, dims=[0])\n"
        "alphas, torch.flip(torch.cumprod(backwards, 0), dims=[0])",
    ),
    "betas_returned": TABLES + "betas, bar",
    "product_before_one_minus": ALPHAS + "bar = 1 - torch.cumprod(betas, 0)\nalphas, bar",
    "last_product_only": (
        ALPHAS + "alphas, alphas.prod()",
        ALPHAS + "alphas, torch.cumprod(alphas, 0)[-1]",
        ALPHAS + "bar = 1\nfor alpha in alphas:\n    bar = bar * alpha\nalphas, bar",
    ),
    "entry_0_zero": (
        ALPHAS + "alphas, front(running(alphas[1:]))",
        TABLES + "bar[0] = 0\nalphas, bar",
        TABLES + "bar = torch.hstack((torch.zeros(1), bar[1:]))\nalphas, bar",
    ),
    "rolled": (
        TABLES + "alphas, bar.roll(1)",
        TABLES + "alphas, torch.roll(bar, shifts=1, dims=0)",
        TABLES + "alphas, cat(bar[-1:], bar[:-1], 0)",
    ),
    "no_entry_0": "alphas = 1 - betas[1:]\nalphas, running(alphas)",
}

COSINE = """T = num_timesteps
t = torch.arange(T + 1, dtype=torch.float64)
f = square(torch.cos((t / T + s) / (1 + s) * math.pi / 2))
bar = f / f[0]
betas = 1 - bar[1:] / bar[:-1]
betas = most(betas, max_beta)
front(betas)"""


def cosine(old: str, new: str) -> str:
    """Return the right answer with one part of it exchanged."""
    assert old in COSINE, old
    return COSINE.replace(old, new)


BETAS_OF = "1 - bar[1:] / bar[:-1]"
CAPPED = "betas = most(betas, max_beta)\n"
REST = f"betas = {BETAS_OF}\n{CAPPED}front(betas)"
MISTAKES = {
    "linear_schedule": LINEAR,
    "cumulative_alphas": CUMULATIVE,
    "cosine_schedule": {
        "no_square": cosine("square(torch.cos(", "(torch.cos("),
        "no_quarter_turn": cosine(" * math.pi / 2", ""),
        "half_a_turn": cosine("math.pi / 2", "math.pi"),
        "no_s": cosine("(t / T + s) / (1 + s)", "t / T"),
        "s_not_divided": cosine("(t / T + s) / (1 + s)", "(t / T + s)"),
        "s_alone_divided": cosine("(t / T + s) / (1 + s)", "t / T + s / (1 + s)"),
        "no_cap": cosine(CAPPED, ""),
        "fixed_cap": cosine("max_beta", "0.999"),
        "not_divided_by_f0": cosine(f"bar = f / f[0]\nbetas = {BETAS_OF}",
                                    "earlier = cat(torch.ones(1), f[1:-1], 0)\n"
                                    "betas = 1 - f[1:] / earlier"),
        "linspace_off_by_one": cosine("torch.arange(T + 1,", "torch.linspace(0, T, T,"),
        "steps_for_T": cosine("t / T + s", "t / len(t) + s"),
        "returns_alphas_bar": cosine(REST, "1 * bar"),
        "no_entry_0": cosine("front(betas)", "1 * betas"),
        "entry_0_is_beta_1": cosine("front(betas)", "cat(betas[:1], betas, 0)"),
        "zero_at_the_end": cosine("front(betas)", "cat(betas, torch.zeros(1), 0)"),
        "fixed_s": cosine("(t / T + s) / (1 + s)", "(t / T + 0.008) / 1.008"),
        "differences": cosine(BETAS_OF, "-torch.diff(bar)"),
        "inverted_ratio": cosine(BETAS_OF, "1 - bar[:-1] / bar[1:]"),
        "float32": cosine(", dtype=torch.float64", ""),
        "always_one": cosine(REST, "most(1 - bar, max_beta)"),
    },
}  # fmt: skip
