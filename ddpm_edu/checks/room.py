"""The other process: it runs a learner's source and calls its functions on cases. It knows no answer.

It talks over one connection, a number given on its command line, in the bytes of wire.py; what the source prints
goes elsewhere. Started by spawned.py.
"""

import sys
from multiprocessing.connection import Connection

from ddpm_edu.checks.caller import Failure, describe, observe
from ddpm_edu.checks.function import examine
from ddpm_edu.checks.wire import pack, unpack


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
            connection.send_bytes(pack(describe(error)))


def run(learner, source):
    """Run the learner's source; give what went wrong, or None."""
    try:
        exec(compile(source, "<your notebook>", "exec"), learner)
    except BaseException as error:
        return describe(error)
    return None


def look(learner, name, signature):
    """Say what is wrong with a function as it stands, or None."""
    if name not in learner:
        return Failure("NotDefined", f"{name} is not defined: was its cell run?")
    return examine(name, signature, learner[name])


def call(learner, name, case, seed, spellings, seconds):
    """Call a function on a case."""
    return observe(learner[name], case, seed, spellings, seconds)


REQUESTS = {"run": run, "look": look, "call": call}

if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
