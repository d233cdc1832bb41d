"""Of what kind is each expression of a solution? Seen by running it, so that edits make sense."""

import ast
import copy
import linecache

import torch

from ddpm_edu.checks.worker.arguments import make
from ddpm_edu.checks.worker.noise import ControlledNoise
from ddpm_edu.checks.worker.observe import quiet_bars
from ddpm_edu.course.answers import solution_with_imports


RECORDER = "_recorded"


def function_of(program: str, name: str):
    """Run a program and return the function of this name."""
    names, file = {}, f"<{name}>"
    # So that the source is at hand, as that of a notebook's cell is.
    linecache.cache[file] = (len(program), None, program.splitlines(keepends=True), file)
    exec(compile(program, file, "exec"), names)
    return names[name]


def parsed(name: str) -> tuple[str, ast.FunctionDef]:
    """Return the lines above a solution, and the solution without annotations and docstring."""
    tree = ast.parse("\n".join(solution_with_imports(name)))
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    above = [node for node in tree.body if node is not function]
    function.returns = None
    for argument in function.args.args:
        argument.annotation = None
    if ast.get_docstring(function):
        del function.body[0]
    # What was in brackets or not, and on which line, makes no difference.
    return "\n".join(map(ast.unparse, above)), ast.parse(ast.unparse(function)).body[0]


def kind_of(value) -> str:
    """Name the kind of a value, as far as edits depend on it."""
    if isinstance(value, torch.Tensor):
        if value.dtype == torch.bool:
            return "mask"
        return "numbers" if value.is_floating_point() else "times"
    for kind, types in KINDS.items():
        if isinstance(value, types):
            return kind
    return "other"


KINDS = {"truth": bool, "whole": int, "real": float, "shape": tuple}


class Recording(ast.NodeTransformer):
    """Put a call that records around every expression whose value is used."""

    def __init__(self, numbers):
        self.numbers = numbers

    def generic_visit(self, node):
        number = self.numbers.get(id(node))
        node = super().generic_visit(node)
        is_slice = isinstance(node, ast.Tuple) and any(isinstance(e, ast.Slice) for e in node.elts)
        is_value = isinstance(node, ast.expr) and not isinstance(node, (ast.Starred, ast.Slice))
        is_value = is_value and not is_slice
        if not is_value or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            return node
        return ast.Call(ast.Name(RECORDER, ast.Load()), [ast.Constant(number), node], [])


def kinds_of(above: str, function: ast.FunctionDef, exercise) -> dict[int, str]:
    """Return number of a node in `ast.walk` order -> kind of its value, where it has one."""
    found = {}

    def record(number, value):
        found.setdefault(number, kind_of(value))
        return value

    tree = copy.deepcopy(function)
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    tree.body = [Recording(numbers).visit(statement) for statement in tree.body]
    program = f"{above}\n{ast.unparse(ast.fix_missing_locations(tree))}"
    names = {RECORDER: record}
    exec(program, names)
    for case in exercise.cases(0):
        with ControlledNoise(case.noise), quiet_bars():
            names[exercise.id](*make(case.arguments, case.device).values())
    return found
