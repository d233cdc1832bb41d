"""Numbers for the values of expressions: equal for equal sums of equal parts."""

import ast
import hashlib
from dataclasses import dataclass, field


MOST_NODES = 20_000  # that are read of an answer: after an `if` that returns all is read twice
Number = str
TURNED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
IN_ANY_ORDER = (ast.Eq, ast.NotEq)


def number_of(*parts) -> Number:
    """Return the number of something with these parts."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass
class Known:
    """What is known of the numbers of an answer.

    Args:
        left: nodes that may still be read.
        sums: number -> (sign, number) of its terms.
        products: number -> (power, number) of its factors.
    """

    left: int = MOST_NODES
    sums: dict[Number, list] = field(default_factory=dict)
    products: dict[Number, list] = field(default_factory=dict)


@dataclass
class Expressions:
    """Expressions as they are read.

    Args:
        names: name -> number of its value; what is not in it is from elsewhere.
        depth: how many functions and loops are around it.
        known: shared by all parts of an answer.
    """

    names: dict[str, Number]
    depth: int = 0
    known: Known = field(default_factory=Known)

    def value(self, node) -> Number:
        """Return the number of an expression.

        Raises:
            ValueError: too much was read already.
        """
        self.known.left -= 1
        if self.known.left < 0:
            raise ValueError(f"expected an answer of at most {MOST_NODES} nodes")
        return getattr(self, f"value_{type(node).__name__.lower()}", self.parts)(node)

    def parts(self, node) -> Number:
        """Return the number of any syntax: its kind and the numbers of its parts."""
        if isinstance(node, list):
            return number_of(*map(self.value, node))
        if not isinstance(node, ast.AST):
            return number_of(node)
        fields = [(name, self.value(part)) for name, part in ast.iter_fields(node) if name != "ctx"]
        return number_of(type(node).__name__, fields)

    def value_name(self, node):
        return self.names.get(node.id, node.id)

    def value_constant(self, node):
        is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return number_of(float(node.value) if is_number else node.value)

    def value_binop(self, node):
        """Take a - b for a + -b, and a / b for a * 1/b; both go in any order."""
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add | ast.Sub):
            return self.sum_of((1, left), (-1 if isinstance(node.op, ast.Sub) else 1, right))
        if isinstance(node.op, ast.Mult | ast.Div):
            return self.product_of((1, left), (-1 if isinstance(node.op, ast.Div) else 1, right))
        return number_of(type(node.op).__name__, left, right)

    def value_unaryop(self, node):
        if isinstance(node.op, ast.USub):
            return self.sum_of((-1, self.value(node.operand)))
        return self.parts(node)

    def sum_of(self, *parts) -> Number:
        """Return the number of a sum of (sign, number), whose parts may be sums themselves."""
        sums = self.known.sums
        terms = [(a * b, one) for a, part in parts for b, one in sums.get(part, [(1, part)])]
        if len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]
        made = number_of("sum", sorted(terms))
        sums[made] = terms
        return made

    def product_of(self, *parts) -> Number:
        """Return the number of a product of (power, number); signs are put before it."""
        sign, factors = 1, []
        for power, part in parts:
            match self.known.sums.get(part):
                case [(-1, positive)]:
                    sign, part = -sign, positive
            found = self.known.products.get(part, [(1, part)])
            factors += [(power * inner, one) for inner, one in found]
        made = number_of("product", sorted(factors))
        self.known.products[made] = factors
        return self.sum_of((sign, made))

    def value_compare(self, node):
        """Write a > b as b < a."""
        sides = [self.value(node.left), *map(self.value, node.comparators)]
        kinds = [type(op) for op in node.ops]
        if len(kinds) == 1 and kinds[0] in TURNED:
            kinds, sides = [TURNED[kinds[0]]], sides[::-1]
        if len(kinds) == 1 and kinds[0] in IN_ANY_ORDER:
            sides = sorted(sides)
        return number_of("compare", [kind.__name__ for kind in kinds], sides)

    def value_ifexp(self, node):
        return number_of("if", *map(self.value, (node.test, node.body, node.orelse)))

    def value_call(self, node):
        options = sorted((one.arg or "**", self.value(one.value)) for one in node.keywords)
        return number_of("call", self.value(node.func), [*map(self.value, node.args)], options)

    def value_namedexpr(self, node):
        value = self.names[node.target.id] = self.value(node.value)
        return value

    def comprehension(self, node):
        """Read what is run through, then what is made of each item."""
        inside, over = type(self)({**self.names}, self.depth + 1, self.known), []
        for one in node.generators:
            over.append(inside.value(one.iter))
            inside.give(one.target, f"item {inside.depth} {len(over)}")
            over += map(inside.value, one.ifs)
        made = [part for name, part in ast.iter_fields(node) if name != "generators"]
        return number_of(type(node).__name__, over, *map(inside.value, made))

    value_listcomp = value_setcomp = value_dictcomp = value_generatorexp = comprehension

    def give(self, target, value):
        """Note what a target stands for from now on."""
        match target:
            case ast.Name(id=name):
                self.names[name] = value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for place, part in enumerate(parts):
                    one = value[place] if isinstance(value, list) else None
                    self.give(part, one or number_of("part", value, place))
            case ast.Starred(value=part):
                self.give(part, number_of("rest", value))
            case ast.Subscript(value=ast.Name(id=name), slice=place):
                old, place = self.names.get(name, name), self.value(place)
                self.names[name] = number_of("changed", old, place, value)
            case _:
                self.stored(target, value)

    def stored(self, target, value):
        """Note a value that is stored where no name stands."""
