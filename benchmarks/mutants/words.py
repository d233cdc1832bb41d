"""What stands in for what: operators, functions, constants, and what is put around values."""

import ast


OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.FloorDiv)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
# A function and those that one may confuse it with.
EXCHANGED = {
    "sqrt": ("square", "abs", "log", "exp", "rsqrt"),
    "square": ("sqrt", "abs"),
    "log": ("log2", "log10", "log1p", "exp"),
    "cos": ("sin", "tan"),
    "sin": ("cos",),
    "cumprod": ("cumsum", "cummax"),
    "linspace": ("logspace",),
    "softmax": ("log_softmax", "sigmoid"),
    "erfc": ("erf",),
    "sum": ("mean", "prod", "max"),
    "mean": ("sum", "median"),
    "round": ("floor", "ceil", "trunc"),
    "clamp": ("clamp_",),
    "randn_like": ("rand_like", "ones_like", "zeros_like"),
    "randn": ("rand", "ones", "zeros"),
    "mse_loss": ("l1_loss", "smooth_l1_loss", "huber_loss"),
    "silu": ("relu", "gelu", "mish", "sigmoid"),
    "pixel_shuffle": ("pixel_unshuffle",),
    "pixel_unshuffle": ("pixel_shuffle",),
    "mul_": ("mul", "div_", "add_"),
    "add_": ("add", "sub_", "mul_"),
    "svdvals": ("eigvalsh",),
    "eigh": ("svd", "eig"),
    "trace": ("sum", "det"),
    "prod": ("sum",),
    "no_grad": ("enable_grad",),
    "reshape": ("expand",),
    "predict_x0": ("mean_from_noise",),
    "mean_from_noise": ("predict_x0",),
    "sample_p": ("sample_p_unclipped",),
    "norm_1": ("norm_2",),
    "norm_2": ("norm_1",),
    "skip_1": ("skip_2",),
    "skip_2": ("skip_1",),
    "down_1": ("up_1", "down_2"),
    "up_1": ("up_2",),
    "up_2": ("up_1",),
    "upsample": ("downsample",),
    "T": ("H",),
    "parameters": ("buffers",),
    "num_timesteps": ("__len__()",),
}
CONSTANTS = {
    int: ("0", "1", "2", "3", "-1", "-2", "{} + 1", "{} - 1", "0.5"),
    float: ("0.0", "1.0", "2.0", "{} * 2", "{} / 2", "{} * 1.001", "{} * 1e4", "{} / 1e4", "-{}"),
    bool: ("not {}",),
    type(None): ("1.0",),
}
# Kind of value -> family -> what is put in its place.
WRAPS = {
    "numbers": {
        "root": ("{}.sqrt()", "{} ** 2", "{} ** 0.25"),
        "negation": ("-{}", "1 - {}", "1 / {}", "{}.abs()", "{} - 1"),
        "factor": ("2 * {}", "{} / 2", "{} * 1.00001"),
        "function": ("{}.log()", "{}.exp()", "{}.sin()", "{}.round()"),
        "precision": (
            *("{}.float()", "{}.float().double()", "{}.half().double()", "{}.double()"),
            *("{}.bfloat16().to({}.dtype)", "torch.tensor({}.tolist())"),
        ),
        "clamp": (
            *("{}.clamp(-1, 1)", "{}.clamp(0, 1)", "{}.clamp(min=0)", "{}.clamp(min=1e-5)"),
            *("{}.clamp(min=1e-12)", "{}.clamp(max=1 - 1e-6)", "{}.nan_to_num()"),
        ),
        "epsilon": ("{} + 1e-12", "{} + 1e-8", "{} + 1e-5"),
        "row": (
            *("{}[:1]", "{}[-1:]", "{}[0]", "{}.flip(0)", "{}.roll(1, 0)"),
            *("{}[:1].expand_as({})", "{}.sort(dim=0).values"),
        ),
        "shape": (
            *("{}.squeeze()", "{}.squeeze(0)", "{}.squeeze(-1)", "{}.flatten()", "{}[None]"),
            *("{}.mT", "{}.unsqueeze(-1)", "{}.reshape({}.shape[::-1])", "{}.flatten(1)"),
        ),
        "reduction": (
            *("{}.mean()", "{}.sum()", "{}.mean(0)", "{}.mean(0, keepdim=True)", "{}.amax()"),
            *("{}.mean(-1, keepdim=True)", "{}.amin()", "{}.cumsum(0)", "{}.prod()"),
        ),
        "stand-in": ("torch.zeros_like({})", "torch.ones_like({})", "torch.randn_like({})"),
        "gradient": ("{}.detach()", "({} + {}.detach()) / 2", "{}.clone()"),
    },
    "times": {
        "index": (
            *("{} - 1", "{} + 1", "{} * 0", "{} * 0 + 1", "({} - 1).clamp(min=0)"),
            *("{}.clamp(min=1)", "{}.clamp(max=1000)", "{}.clamp(max=2000)", "{} // 2", "-{}"),
        ),
        "row": (
            *("{}[:1].expand_as({})", "{}[-1:].expand_as({})", "{}.flip(0)", "{}.sort().values"),
            *("{}.max().expand_as({})", "{}.min().expand_as({})", "{}[0]", "{}[:1]"),
        ),
        "precision": ("{}.float()", "{}.int()", "{}.short().long()", "{}.half().long()"),
        "shape": ("{}.squeeze()", "{}[:, None]"),
    },
    "mask": {"negation": ("~{}",), "row": ("{}.any()", "{}.all()", "{}[:1]")},
    "whole": {"constant": ("{} - 1", "{} + 1", "{} // 2", "2 * {}", "1", "0", "2", "-1")},
    "real": {"constant": ("{} * 2", "{} / 2", "-{}", "1 - {}", "1.0", "0.0", "{} ** 0.5", "{} ** 2",
                          "round({}, 6)", "int({})")},
    "truth": {"negation": ("not {}", "True", "False")},
    "shape": {"shape": ("{}[1:]", "{}[:-1]", "{}[::-1]", "{}[:1]", "{}[:2]", "(*{}, 1)")},
}  # fmt: skip
