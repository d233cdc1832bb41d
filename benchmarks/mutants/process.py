"""A process of its own for edits on trial: they may take long, or end it."""

import multiprocessing

import jaxtyping


SECONDS = 60  # for one edit; its calls have limits of their own


def work(pipe):
    """Try programs that come through a pipe, one after the other."""
    import resource

    import torch

    from benchmarks.mutants.trial import tried

    jaxtyping.config.update("jaxtyping_disable", True)  # as learners have it
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    while (given := pipe.recv()) is not None:
        pipe.send(tried(*given))


class OneProcess:
    """Try edits in a process that is replaced when one takes too long or ends it."""

    def __init__(self):
        self.context, self.process = multiprocessing.get_context("spawn"), None

    def tried(self, mutant, explained: bool = True) -> dict:
        if self.process is None:
            self.pipe, there = self.context.Pipe()
            self.process = self.context.Process(target=work, args=(there,), daemon=True)
            self.process.start()
            there.close()
        try:
            self.pipe.send((mutant.exercise, mutant.program, explained))
            if self.pipe.poll(SECONDS):
                return self.pipe.recv()
        except (EOFError, OSError):
            pass
        self.end()
        return {"status": "timed_out", "how": "error", "misconception": None}

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.join()
        self.process = None
