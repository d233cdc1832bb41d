"""What a function computes, whatever its names, the order of its statements and its temporaries.

Value numbering: every expression gets a number that follows from its parts, every name stands for
the number of what it was last given. Two functions with one number do the same sums on the same
arguments. Nothing is run.
"""

import ast
from dataclasses import dataclass, field

from ddpm_edu.course.definitions import as_python
from ddpm_edu.course.statements import parsed
from ddpm_edu.grading.value_numbers import Expressions, Number, number_of


def normal_form(code: str, name: str) -> Number | None:
    """Return the number of a function; None where it is not found, or is no Python.

    Args:
        code: of a cell.
        name: of the function that it defines.
    """
    try:
        tree = parsed(as_python(code) or "")
        if tree is None:
            return None
        block = Block({})
        block.run(tree.body)
        return block.names.get(name)
    except (RecursionError, MemoryError, ValueError):  # far nested, too long, or something odd
        return None


@dataclass
class Block(Expressions):
    """Statements as they are read, and what they do besides giving names to values."""

    effects: list[Number] = field(default_factory=list)

    def inner(self, names) -> "Block":
        return Block({**self.names, **names}, self.depth + 1, self.known)

    def run(self, statements) -> Number | None:
        """Read statements; return the number of what they return, if they do."""
        for place, statement in enumerate(statements):
            match statement:
                case ast.Return(value=value):
                    return self.value(value)
                case ast.If() if any(isinstance(node, ast.Return) for node in ast.walk(statement)):
                    return self.either(statement, statements[place + 1 :])
                case ast.With(items=items, body=body):
                    self.enter(items)
                    if result := self.run(body):
                        return result
                case _:
                    getattr(self, f"read_{type(statement).__name__.lower()}", self.other)(statement)
        return None

    def either(self, statement, rest=()) -> Number | None:
        """Read both ways of an `if`, each with what comes after it."""
        condition = self.value(statement.test)
        yes, no = (Block({**self.names}, self.depth, self.known) for _ in range(2))
        results = yes.run([*statement.body, *rest]), no.run([*statement.orelse, *rest])
        for name in yes.names.keys() | no.names.keys():
            one, other = yes.names.get(name, "none"), no.names.get(name, "none")
            self.names[name] = one if one == other else number_of("if", condition, one, other)
        if yes.effects or no.effects:
            self.effects.append(number_of("if", condition, yes.effects, no.effects))
        return number_of("if", condition, *results) if any(results) else None

    def other(self, statement):
        """Take any other statement as it is written, its names replaced by what they stand for."""
        self.effects.append(self.parts(statement))

    def read_if(self, statement):
        self.either(statement)

    def read_assign(self, statement):
        value = self.several(statement.targets[0], statement.value)
        for target in statement.targets:
            self.give(target, value)

    def several(self, target, value):
        """Return the numbers of a, b = c, d each by itself."""
        pairs = (ast.Tuple, ast.List)
        both = isinstance(target, pairs) and isinstance(value, pairs)
        if both and len(target.elts) == len(value.elts):
            return [self.several(*pair) for pair in zip(target.elts, value.elts, strict=True)]
        return self.value(value)

    def read_annassign(self, statement):
        if statement.value is not None:
            self.give(statement.target, self.value(statement.value))

    def read_augassign(self, statement):
        target = statement.target
        sum_of = ast.BinOp(target, statement.op, statement.value)
        self.give(target, self.value(sum_of))

    def stored(self, target, value):
        self.effects.append(number_of("store", self.value(target), value))

    def read_expr(self, statement):
        if not isinstance(statement.value, ast.Constant):
            self.effects.append(self.value(statement.value))

    def read_pass(self, statement):
        """Do nothing."""

    def read_import(self, statement):
        for alias in statement.names:
            if alias.asname:
                self.names[alias.asname] = alias.name

    def read_importfrom(self, statement):
        for alias in statement.names:
            self.names[alias.asname or alias.name] = f"{statement.module}.{alias.name}"

    def read_functiondef(self, statement):
        decorators = [self.value(one) for one in statement.decorator_list]
        made = self.function(statement.args, statement.body)
        self.names[statement.name] = number_of(decorators, made) if decorators else made

    def function(self, arguments, body) -> Number:
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        given += [one for one in (arguments.vararg, arguments.kwarg) if one]
        names = {one.arg: f"given {self.depth} {place}" for place, one in enumerate(given)}
        defaults = [self.value(one) for one in (*arguments.defaults, *arguments.kw_defaults)]
        inside = self.inner(names)
        result = inside.run(body)
        return number_of("function", len(given), defaults, inside.effects, result)

    def value_lambda(self, node):
        return self.function(node.args, [ast.Return(node.body)])

    def read_for(self, statement):
        self.loop(statement, self.value(statement.iter), statement.target)

    def read_while(self, statement):
        self.loop(statement, "while")

    def loop(self, statement, over, target=None):
        """Read a loop once: what is carried from turn to turn is known by its first value."""
        stored = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        stored = {node.id for node in stored if isinstance(node.ctx, ast.Store)}
        first = {name: self.names[name] for name in stored & self.names.keys()}
        inside = self.inner({name: number_of("carried", one) for name, one in first.items()})
        if target is not None:
            inside.give(target, f"item {self.depth}")
        test = None if target is not None else inside.value(statement.test)
        result = inside.run([*statement.body, *statement.orelse])
        turns = sorted((one, inside.names[name]) for name, one in first.items())
        made = number_of("loop", over, test, turns, inside.effects, result)
        for name in stored & inside.names.keys():
            self.names[name] = number_of("after", made, inside.names[name])
        if inside.effects or result:
            self.effects.append(made)

    def enter(self, items):
        for item in items:
            made = number_of("with", self.value(item.context_expr))
            self.effects.append(made)
            if item.optional_vars is not None:
                self.give(item.optional_vars, made)
