"""Mistakes of the catalogue in three spellings each, as people write them.

A mistake is written once, in the letters of the tables and with the macros below; three ways of
writing make three programs of it. They differ in how tables are looked up, in functions against
methods and operators, in intermediate names and in the order of factors.
"""

import ast

from ddpm_edu.checks.catalogue import CATALOGUE


WAYS = 3
IMPORTS = """
import math
import torch
import torch.nn.functional as F
import ddpm_edu
from ddpm_edu import sample_q, predict_x0, mean_from_noise, sample_by_t
"""
MACROS = {
    "look": ("ddpm_edu.sample_by_t({0}, {1}, {2}.shape)",
             "{0}[{1}].reshape(-1, *(1,) * ({2}.ndim - 1))",
             "{0}.gather(0, {1}).view(len({1}), *[1] * ({2}.dim() - 1))"),
    "pick": ("{0}[{1}]", "{0}.gather(0, {1})", "torch.index_select({0}, 0, {1})"),
    "front": ("F.pad({0}, (1, 0))", "torch.cat([torch.zeros(1), {0}])",
              "torch.hstack((({0}).new_zeros(1), {0}))"),
    "even": ("torch.linspace({0}, {1}, {2}, dtype=torch.float64)",
             "torch.tensor([{0} + ({1} - ({0})) * k / max({2} - 1, 1) for k in range({2})], "
             "dtype=torch.float64)",
             "{0} + ({1} - ({0})) * torch.linspace(0, 1, {2}, dtype=torch.float64)"),
    "running": ("({0}).cumprod(0)", "torch.cumprod({0}, dim=0)",
                "torch.exp(torch.cumsum(torch.log({0}), dim=0))"),
    "uniform": ("torch.rand_like({0})", "torch.rand({0}.shape, dtype={0}.dtype)",
                "torch.empty_like({0}).uniform_()"),
    "most": ("({0}).clamp(max={1})", "torch.where({0} > {1}, {1}, {0})",
             "torch.clamp_max({0}, {1})"),
    "root": ("({0}).sqrt()", "torch.sqrt({0})", "({0}) ** 0.5"),
    "square": ("({0}) ** 2", "({0}).pow(2)", "torch.square({0})"),
    "log": ("({0}).log()", "torch.log({0})", "-torch.log(1 / ({0}))"),
    "mean": ("({0}).mean()", "torch.mean({0})", "({0}).sum() / ({0}).numel()"),
    "mse": ("F.mse_loss({0}, {1})", "(({0}) - ({1})).pow(2).mean()",
            "torch.nn.MSELoss()({0}, {1})"),
    "products": ("({0}) @ ({1}).transpose(-2, -1)", "torch.matmul({0}, ({1}).mT)",
                 "torch.einsum('bhnd,bhmd->bhnm', {0}, {1})"),
    "soft": ("({0}).softmax(dim={1})", "F.softmax({0}, dim={1})",
             "torch.exp({0}) / torch.exp({0}).sum({1}, keepdim=True)"),
    "mix": ("({0}) @ ({1})", "torch.matmul({0}, {1})",
            "torch.einsum('bhnm,bhmd->bhnd', {0}, {1})"),
    "cat": ("torch.cat([{0}, {1}], dim={2})", "torch.concat(({0}, {1}), {2})",
            "torch.hstack(({0}, {1}))"),
    "drawn": ("torch.randn_like({0})", "torch.randn({0}.shape, dtype={0}.dtype)",
              "torch.empty_like({0}).normal_()"),
    "powers": ("max_period ** ({0})", "torch.exp(math.log(max_period) * ({0}))",
               "torch.pow(torch.tensor(float(max_period), dtype=torch.float64), {0})"),
    "clip": ("({0}).clamp({1}, {2})", "torch.clip({0}, min={1}, max={2})",
             "F.hardtanh({0}, {1}, {2})"),
    "at": ("sample_by_t({0}, {1}, x_t.shape)",
             "({0})[{1}].reshape(-1, *(1,) * (x_t.ndim - 1))",
             "torch.take({0}, {1}).view(len({1}), *[1] * (x_t.dim() - 1))"),
    "gauss": ("torch.randn({0})", "torch.empty({0}).normal_()", "torch.normal(0.0, 1.0, size={0})"),
    "full": ("torch.full(({0},), {1})", "torch.tensor([{1}] * {0})",
             "torch.ones({0}, dtype=torch.long) * ({1})"),
    "down": ("range({0}, {1} - 1, -1)", "reversed(range({1}, {0} + 1))",
             "torch.arange({0}, {1} - 1, -1).tolist()"),
    "every": ("torch.arange({0}, {1}, {2}).flip(0)",
              "torch.tensor(list(range({0}, {1}, {2}))[::-1])",
              "torch.tensor([*reversed(range({0}, {1}, {2}))])"),
    "spread": ("torch.linspace({0}, {1}, {2})", "torch.linspace({1}, {0}, {2}).flip(0)",
             "torch.tensor([{0} + ({1} - ({0})) * i / ({2} - 1) for i in range({2})])"),
    "whole": ("({0}).round().long()", "torch.round({0}).to(torch.int64)",
              "torch.tensor([round(float(value)) for value in {0}])"),
    "column": ("({0})[:, None]", "({0}).unsqueeze(1)", "({0}).reshape(-1, 1)"),
    "times": ("torch.randint({0}, {1}, ({2},), generator={3})",
              "torch.randint(low={0}, high={1}, size=[{2}], generator={3})",
              "torch.randint({1} - {0}, ({2},), generator={3}) + {0}"),
    "put": ("{0}.data.copy_({1})", "setattr({0}, 'data', {1})", "{0}.detach().copy_({1})"),
    "blend": ("{2} * {0} + (1 - {2}) * {1}", "torch.lerp({1}, {0}, {2})",
              "{0} - (1 - {2}) * ({0} - {1})"),
    "size": ("math.prod({0})", "torch.Size({0}).numel()", "int(torch.tensor({0}).prod())"),
}  # fmt: skip
TABLES = {"a": "alphas", "ab": "alphas_bar", "b": "betas", "v": "posterior_variance"}


class Spelling(ast.NodeTransformer):
    """Write macros out in one way; the last way turns factors round."""

    def __init__(self, way):
        self.way = way

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "id", None)
        if name not in MACROS:
            return node
        text = MACROS[name][self.way].format(*map(ast.unparse, node.args))
        return ast.parse(text, mode="eval").body

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if self.way == WAYS - 1 and isinstance(node.op, ast.Mult):
            node.left, node.right = node.right, node.left
        return node


def returned(expression: str, way: int) -> str:
    """Return lines that return an expression: as it is, under a name, or in two parts."""
    tree = ast.parse(expression, mode="eval").body
    if way == 0:
        return f"return {expression}"
    if way == 1 or not isinstance(tree, (ast.BinOp, ast.Tuple)):
        return f"result{way} = {expression}\nreturn result{way}"
    parts = tree.elts if isinstance(tree, ast.Tuple) else [tree.left, tree.right]
    lines = [f"part_{n} = {ast.unparse(part)}" for n, part in enumerate(parts)]
    names = [ast.Name(f"part_{n}") for n in range(len(parts))]
    whole = (
        ast.Tuple(names) if isinstance(tree, ast.Tuple) else ast.BinOp(names[0], tree.op, names[1])
    )
    return "\n".join([*lines, f"return {ast.unparse(whole)}"])


def spelled(exercise_id: str, mistake: str | tuple[str, ...], way: int) -> str:
    """Return a program that makes a mistake, in one of the ways of writing.

    Args:
        exercise_id: whose function it defines.
        mistake: lines; the last one is what is returned, unless it is in a loop. A first line
            "def (...)" has the signature where that is the mistake. Or such lines for each way,
            where people put it in other words altogether.
        way: 0, 1 or 2.
    """
    signature = CATALOGUE[exercise_id].signature
    mistake = mistake if isinstance(mistake, str) else mistake[way]
    if mistake.startswith("def "):
        signature, mistake = mistake.removeprefix("def ").split("\n", 1)
    *before, last = mistake.split("\n")
    if not last.startswith((" ", "return")):
        last = returned(last, way)
    body = "\n".join([*before, last])
    tree = Spelling(way).visit(ast.parse(body))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    x = next((name for name in ("x_t", "x_0", "x_prev", "t") if name in signature), "")
    tables = {name: (table, "t") for name, table in TABLES.items() if "schedule" in signature}
    tables["p"] = "alphas_bar", "t - 1"
    lines = [
        f"{name} = {MACROS['look'][way].format(f'schedule.{table}', f'({t})', x)}"
        for name, (table, t) in tables.items()
        if name in names
    ]
    text = "\n".join([*lines, ast.unparse(ast.fix_missing_locations(tree))])
    indented = "\n".join(f"    {line}" for line in text.splitlines())
    return f"{IMPORTS}\n\ndef {exercise_id}{signature}:\n{indented}\n"
