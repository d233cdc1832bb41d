"""The worker's process: runs a learner's source, and calls its functions on cases when asked to.

It talks over one connection, a number given on its command line, in the messages of `messages.py`;
what the source prints goes elsewhere. `worker_process.py` on the other side of the wall starts it.
"""

import linecache
import sys
from multiprocessing.connection import Connection

from ddpm_edu.checks.worker.function import examine
from ddpm_edu.checks.worker.messages import pack, unpack
from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.checks.worker.observe import describe_error, observe
from ddpm_edu.checks.worker.source import edited, sources
from ddpm_edu.checks.worker.versions import outputs


FILE = "<your notebook>"  # in tracebacks


def serve(connection) -> None:
    """Answer requests until the other side leaves: {"do": one of REQUESTS, ...its arguments}."""
    learner = {"__name__": "__main__"}
    while True:
        try:
            request = unpack(connection.recv_bytes())
        except EOFError:
            return
        answer = REQUESTS[request.pop("do")](learner, **request)
        try:
            connection.send_bytes(pack(answer))
        except ValueError as error:
            connection.send_bytes(pack(describe_error(error)))


def run_source(learner, source):
    """Run the learner's source; return what went wrong, or None."""
    # Tracebacks then show lines, and functions know their source.
    linecache.cache[FILE] = len(source), None, source.splitlines(keepends=True), FILE
    try:
        exec(compile(source, FILE, "exec"), learner)
    except BaseException as error:
        return describe_error(error)
    return None


def examine_function(learner, name, exercise_id, signature):
    """Return what is wrong with a function as it stands, or None."""
    if name not in learner:
        message = f"{name} is not defined: was its cell run?"
        return Failure(FailureKind.NOT_DEFINED, message)
    return examine(exercise_id, signature, learner[name])


def observe_function(learner, name, case, seed, forbidden, seconds, edit=None):
    """Call a function on a case; `edit` is another source for it, or for a helper, if any."""
    function = edited(learner[name], *edit) if edit else learner[name]
    return observe(function, case, seed, forbidden, seconds)


def sources_of_function(learner, name):
    """Return (name, text, first line) of a function and its helpers."""
    return sources(learner[name])


def outputs_of_versions(learner, name, helper, texts, how):
    """Call versions of a function on a case for their outputs alone."""
    return outputs(learner[name], helper, texts, *how)


REQUESTS = {
    "run": run_source,
    "examine": examine_function,
    "observe": observe_function,
    "sources": sources_of_function,
    "outputs": outputs_of_versions,
}

if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
