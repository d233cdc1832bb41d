"""Wrong answers that try to pass for right ones, in the place of `sample_q`."""

from attacks import RIGHT


INSTEAD = {
    "always-equal": (
        "class Right:\n    def __getattr__(self, name): return lambda *a, **k: self\n"
        "    __eq__ = __le__ = __lt__ = __bool__ = lambda *a: True\n    __hash__ = None\n"
        "def sample_q(x_0, t, schedule, noise): return Right()"
    ),
    "subclass": (
        "class Right(torch.Tensor):\n    @classmethod\n"
        "    def __torch_function__(cls, function, types, args=(), kwargs=None):\n"
        "        return torch.tensor(True)\n"
        "def sample_q(x_0, t, schedule, noise): return x_0.as_subclass(Right)"
    ),
    "nan": "def sample_q(x_0, t, schedule, noise): return x_0 * float('nan')",
    "infinity": "def sample_q(x_0, t, schedule, noise): return x_0 / 0",
    "zeros": "def sample_q(x_0, t, schedule, noise): return torch.zeros_like(x_0)",
    "ones": "def sample_q(x_0, t, schedule, noise): return torch.ones_like(x_0)",
    "input": "def sample_q(x_0, t, schedule, noise): return x_0",
    "own-noise": "def sample_q(x_0, t, schedule, noise): return torch.randn_like(x_0)",
    "mean": (
        "def sample_q(x_0, t, schedule, noise):\n"
        "    return schedule.alphas_bar[t].reshape(-1, *[1] * (x_0.ndim - 1)).sqrt() * x_0"
    ),
    "none": "def sample_q(x_0, t, schedule, noise): return print('right')",
    "text": "def sample_q(x_0, t, schedule, noise): return 'passed'",
    "generator": RIGHT.replace("return", "yield"),
    "coroutine": RIGHT.replace("def", "async def"),
    "complex": RIGHT + " + 0j",
    "half-precision": RIGHT.replace("return ", "return (") + ").half()",
    "meta": RIGHT.replace("return ", "return (") + ").to('meta')",
    "sparse": RIGHT.replace("return ", "return (") + ").to_sparse()",
    "extra-axis": RIGHT.replace("return ", "return (") + ")[None]",
    "in-place": RIGHT.replace("    a =", "    x_0 *= 1.5\n    a ="),
    "expanded": "def sample_q(x_0, *a): return x_0.flatten()[:1].expand(10**12)",
    "recursive": "def sample_q(*a):\n    x = []\n    x.append(x)\n    return x",
    "million-items": "def sample_q(*a): return [0] * 10**7",
    "system-exit": "def sample_q(*a): raise SystemExit(0)",
    "generator-exit": "def sample_q(*a): raise GeneratorExit",
    "own-base-exception": (
        "class Passed(BaseException):\n    def __str__(self): raise self\n"
        "def sample_q(*a): raise Passed"
    ),
    "exit": "import os\ndef sample_q(*a): os._exit(0)",
    "kill": "import os, signal\ndef sample_q(*a): os.kill(os.getpid(), signal.SIGKILL)",
    "segfault": "import ctypes\ndef sample_q(*a): ctypes.string_at(0)",
    "call-count": (
        "calls = []\ndef sample_q(x_0, t, schedule, noise):\n    calls.append(1)\n"
        "    a = schedule.alphas_bar[t].reshape(-1, *[1] * (x_0.ndim - 1))\n"
        "    return a.sqrt() * x_0 + (1 - a).sqrt() * noise if len(calls) < 3 else x_0"
    ),
    "reference": "from ddpm_edu import sample_q",
    "reference-called": "def sample_q(*a): return ddpm_edu.sample_q(*a)",
    "reference-partial": "import functools\nsample_q = functools.partial(ddpm_edu.sample_q)",
    "reference-thread": (
        "import threading\ndef sample_q(*a):\n    found = []\n    thread = threading.Thread(\n"
        "        target=lambda: found.append(ddpm_edu.sample_q(*a)))\n"
        "    thread.start()\n    thread.join()\n    return found[0]"
    ),
    "reference-unwatched": (
        "import sys\ndef sample_q(*a):\n    sys.setprofile(None)\n    return ddpm_edu.sample_q(*a)"
    ),
    "reference-hidden": (
        "from ddpm_edu.checks.worker.call_detector import CallDetector\n"
        "CallDetector.__call__ = lambda *a: None\ndef sample_q(*a): return ddpm_edu.sample_q(*a)"
    ),
    "reference-code": (
        "import types, inspect\nfound = inspect.unwrap(ddpm_edu.sample_q)\n"
        "code = found.__code__.replace(co_name='mine', co_firstlineno=7)\n"
        "sample_q = types.FunctionType(code, found.__globals__, 'sample_q', found.__defaults__)"
    ),
    "reference-source": (
        "import inspect, ddpm_edu.forward\n"
        "text = inspect.getsource(inspect.unwrap(ddpm_edu.forward.sample_q))\n"
        "exec(text[text.index('def '):], vars(ddpm_edu.forward), globals())"
    ),
    "checked-other": "def other(*a): return 0\ndef sample_q(*a): ...\ncheck('sample_q', other)",
}
