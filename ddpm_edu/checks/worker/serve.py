"""The worker's process: runs a learner's source, and calls its functions on cases when asked to.

It talks over one connection, a number given on its command line, in the messages of `messages.py`;
what the source prints goes elsewhere. `worker_process.py` on the other side of the wall starts it.
"""

import sys
from multiprocessing.connection import Connection

from ddpm_edu.checks.worker.function import examine
from ddpm_edu.checks.worker.messages import pack, unpack
from ddpm_edu.checks.worker.observation import Failure, FailureKind
from ddpm_edu.checks.worker.observe import describe_error, observe


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
    try:
        exec(compile(source, "<your notebook>", "exec"), learner)
    except BaseException as error:
        return describe_error(error)
    return None


def examine_function(learner, name, exercise_id, signature):
    """Return what is wrong with a function as it stands, or None."""
    if name not in learner:
        message = f"{name} is not defined: was its cell run?"
        return Failure(FailureKind.NOT_DEFINED, message)
    return examine(exercise_id, signature, learner[name])


def observe_function(learner, name, case, seed, forbidden, seconds):
    """Call a function on a case."""
    return observe(learner[name], case, seed, forbidden, seconds)


REQUESTS = {"run": run_source, "examine": examine_function, "observe": observe_function}

if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
