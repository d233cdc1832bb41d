"""The worker's process: runs a learner's code, and calls its functions on cases when asked to.

It talks over one connection, a number given on its command line, in the messages of `messages.py`;
what the source prints goes elsewhere. `worker_process.py` on the other side of the wall starts it.
"""

import linecache
import sys
from multiprocessing.connection import Connection
from typing import Any

from ddpm_edu.checks.worker.answers import CALLS, CHECKED, NAMES, answer, is_former
from ddpm_edu.checks.worker.function import examine
from ddpm_edu.checks.worker.messages import pack, unpack
from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.checks.worker.observe import describe_error, observe
from ddpm_edu.checks.worker.source import edited, sources
from ddpm_edu.checks.worker.time_limit import TimeLimit
from ddpm_edu.checks.worker.versions import outputs


FILE = "<your notebook>"  # in tracebacks


class Learner:
    """What a learner's code has made so far.

    `functions` are those to be judged by the names the judge asks for, where they differ from those
    in the namespace.
    """

    def __init__(self):
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.functions: dict[str, Any] = {}
        self.shell = None

    def has(self, name):
        return name in self.functions or name in self.namespace

    def function(self, name):
        return self.functions[name] if name in self.functions else self.namespace[name]


def serve(connection) -> None:
    """Answer requests until the other side leaves: {"do": one of REQUESTS, ...its arguments}."""
    learner = Learner()
    while True:
        try:
            request = unpack(connection.recv_bytes())
        except EOFError:
            return
        answered = REQUESTS[request.pop("do")](learner, **request)
        try:
            connection.send_bytes(pack(answered))
        except ValueError as error:
            connection.send_bytes(pack(describe_error(error)))


def run_source(learner, source):
    """Run the learner's source; return what went wrong, or None."""
    # Tracebacks then show lines, and functions know their source.
    linecache.cache[FILE] = len(source), None, source.splitlines(keepends=True), FILE
    try:
        exec(compile(source, FILE, "exec"), learner.namespace)
    except BaseException as error:
        return describe_error(error)
    return None


def open_notebook(learner, folder, names):
    """Get ready to run cells, in a folder; calls of `check` only note what they check."""
    from ddpm_edu.checks.worker.shell import the_shell

    NAMES.update(names)
    for name, call in CALLS.items():
        setattr(sys.modules["ddpm_edu.checks"], name, call)
    learner.shell = the_shell(learner.namespace)
    learner.namespace = learner.shell.user_ns
    sys.path.insert(0, folder)  # as in Jupyter: modules beside the notebook


def run_cell(learner, source, seconds):
    """Run a cell of a notebook; return how that went."""
    from ddpm_edu.checks.worker import shell

    return shell.run_cell(learner.shell, source, seconds)


def find_answer(learner, name, parts, seconds):
    """Find the function that answers an exercise; return the names of those to be judged.

    The second one counts if the first is a stub.
    """
    checked = CHECKED.get(name)
    arguments = name, learner.namespace, checked, parts
    try:
        function = TimeLimit(seconds).call(answer, *arguments)
    except BaseException as error:
        return describe_error(error)
    learner.functions[f"the {name}"] = function
    if checked is None or checked is function or is_former(checked, name):
        return [f"the {name}"]
    learner.functions[f"the checked {name}"] = checked
    return [f"the {name}", f"the checked {name}"]


def examine_function(learner, name, exercise_id, signature):
    """Return what is wrong with a function as it stands, or None."""
    if not learner.has(name):
        message = f"{name} is not defined: was its cell run?"
        return Failure(FailureKind.NOT_DEFINED, message)
    return examine(exercise_id, signature, learner.function(name))


def observe_function(learner, name, case, seed, forbidden, seconds, edit=None):
    """Call a function on a case; `edit` is another source for it, or for a helper, if any."""
    function = edited(learner.function(name), *edit) if edit else learner.function(name)
    return observe(function, case, seed, forbidden, seconds)


def sources_of_function(learner, name):
    """Return (name, text, first line) of a function and its helpers."""
    return sources(learner.function(name))


def outputs_of_versions(learner, name, helper, text, choices, how):
    """Call versions of a function on a case for their outputs alone."""
    return outputs(learner.function(name), helper, text, choices, *how)


REQUESTS = {
    "run": run_source,
    "open": open_notebook,
    "run_cell": run_cell,
    "find": find_answer,
    "examine": examine_function,
    "observe": observe_function,
    "sources": sources_of_function,
    "outputs": outputs_of_versions,
}

if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
