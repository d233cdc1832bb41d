"""What can be said of an answer before it is called: is it a function, with the arguments wanted, and is it written?"""

import dis
import inspect

from ddpm_edu.checks.caller import Failure
from ddpm_edu.checks.plain import kind


NOT_WRITTEN = Failure("NotWritten", "it does nothing")
NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP", "COPY_FREE_VARS"}


def examine(name: str, signature: str, function) -> Failure | None:
    """Give what is wrong with an answer as it stands, or None when it can be called.

    Args:
        name: of the exercise.
        signature: wanted, as the learner would write it.
        function: what was handed in.
    """
    wanted = f"wanted a function {name}{signature}"
    if inspect.isclass(function):
        return Failure("NotAFunction", f"{wanted}, saw the class {function.__name__}")
    if not callable(function):
        return Failure(
            "NotAFunction",
            f"{wanted}, saw {'None' if function is None else kind(function)}; write check({name!r}, {name})",
        )
    if does_nothing(function):
        return NOT_WRITTEN
    try:
        seen = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # some callables have no signature to read
    try:
        seen.bind(*arguments(signature))
    except TypeError as error:
        own_name = getattr(function, "__name__", "one")
        return Failure("OtherArguments", f"{wanted}, saw {own_name}{seen}: {error}")
    return None


def arguments(signature):
    return [part.split("=")[0].strip() for part in signature.strip("()").split(",")]


def does_nothing(function) -> bool:
    """Tell a body of `pass` or `...` from an answer: it only loads a constant and returns it."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    loaded = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return {step.opname for step in steps} <= NOTHING and loaded[-1:] in ([None], [...])
