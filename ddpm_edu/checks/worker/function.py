"""What can be said of an answer before it is called: is it a function, with the right arguments?"""

import dis
import inspect

from ddpm_edu.checks.worker.observation import Failure, FailureKind, describe


NOT_ATTEMPTED = Failure(FailureKind.NOT_ATTEMPTED, "it does nothing")
# What Python compiles a body of `pass` or `...` to, in the versions that the course supports.
OPCODES_OF_A_STUB = {
    "RESUME",
    "NOP",
    "LOAD_CONST",
    "RETURN_VALUE",
    "RETURN_CONST",
    "POP_TOP",
    "COPY_FREE_VARS",
}


def examine(name: str, signature: str, function) -> Failure | None:
    """Return what is wrong with an answer as it stands, or None when it can be called.

    Args:
        name: of the exercise.
        signature: the one expected, as the learner would write it.
        function: what was handed in.
    """
    expected = f"expected a function {name}{signature}"
    if inspect.isclass(function):
        return Failure(FailureKind.NOT_A_FUNCTION, f"{expected}, got the class {function.__name__}")
    if not callable(function):
        got = "None" if function is None else describe(function)
        message = f"{expected}, got {got}; write check({name!r}, {name})"
        return Failure(FailureKind.NOT_A_FUNCTION, message)
    if does_nothing(function):
        return NOT_ATTEMPTED
    try:
        own_signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # some callables have no signature to read
    if in_another_order(own_signature, argument_names(signature)):
        message = f"{expected}, got the same arguments in another order: {own_signature}"
        return Failure(FailureKind.OTHER_ARGUMENTS, message)
    try:
        own_signature.bind(*argument_names(signature))
    except TypeError as error:
        own_name = getattr(function, "__name__", "one")
        message = f"{expected}, got {own_name}{own_signature}: {error}"
        return Failure(FailureKind.OTHER_ARGUMENTS, message)
    return None


def in_another_order(own_signature, expected):
    """Tell whether a function has the arguments expected, and not in their order."""
    own = list(own_signature.parameters)[: len(expected)]
    return own != expected and sorted(own) == sorted(expected)


def argument_names(signature):
    return [part.split("=")[0].strip() for part in signature.strip("()").split(",")]


def does_nothing(function) -> bool:
    """Tell a body of `pass` or `...`, which only returns a constant, from an answer."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    loaded = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return {step.opname for step in steps} <= OPCODES_OF_A_STUB and loaded[-1:] in ([None], [...])
