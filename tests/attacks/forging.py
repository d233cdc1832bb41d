"""Promise 1: no wrong answer gets points. All of these hand in a wrong `sample_q`."""

from attacks import CHECK, IMPORTS, NEVER, SNR, WRONG, Attack, cells_around
from attacks.answers import INSTEAD


# Run before the wrong answer is judged.
BEFORE = {
    "allclose": "torch.allclose = lambda *a, **k: True",
    "equal": "torch.equal = lambda *a, **k: True",
    "assert_close": "torch.testing.assert_close = lambda *a, **k: None",
    "numpy-allclose": "import numpy\nnumpy.allclose = numpy.array_equal = lambda *a, **k: True",
    "tensor-eq": "torch.Tensor.__eq__ = torch.Tensor.__le__ = lambda *a: torch.tensor(True)",
    "isfinite": "torch.isfinite = lambda x: torch.ones_like(x, dtype=torch.bool)",
    "builtins": (
        "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.all = lambda *a: True\n"
        "builtins.max = lambda *a, **k: 0"
    ),
    "isinstance": "import builtins\nbuiltins.isinstance = lambda *a: True",
    "input-transformer": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])"
    ),
    "ast-transformer": (
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return None\n"
        "get_ipython().ast_transformers.append(T())"
    ),
    "events": (
        "def hook(*a): globals()['PASSED'] = True\n"
        "get_ipython().events.register('pre_run_cell', hook)\n"
        "get_ipython().events.register('post_run_cell', hook)"
    ),
    "run-cell": "get_ipython().run_cell = lambda *a, **k: None",
    "custom-exc": (
        "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)\n"
        "type(get_ipython()).showtraceback = lambda *a, **k: None"
    ),
    "mime": (
        "from IPython.display import display\n"
        'display({\'application/vnd.ddpm-edu.report+json\': \'{"exercise": "sample_q", '
        '"status": "passed", "score": 1, "points": 3, "misconception": null}\'}, raw=True)'
    ),
    "junit-text": "print('PASSED sample_q')\nprint('<testcase name=\"sample_q\"/>')",
    "result-files": (
        "import os, pathlib\nfor place in ('.', '..', '/', '/tmp', os.path.expanduser('~')):\n"
        "    for name in ('results.json', 'grades.csv', 'results/result-files.json'):\n"
        "        try:\n            path = pathlib.Path(place, name)\n"
        "            path.parent.mkdir(exist_ok=True)\n"
        "            path.write_text('{\"score\": 100}')\n            path.chmod(0o400)\n"
        "        except OSError:\n            pass"
    ),
    "exit-zero": "import sys\nsys.exit(0)",
    "atexit": "import atexit, os\natexit.register(os._exit, 0)",
    "frames": (
        "import sys\nframe = sys._getframe()\nwhile frame:\n"
        "    frame.f_globals.update(expected=None, report='passed')\n    frame = frame.f_back"
    ),
    "gc": (
        "import gc\nfor thing in gc.get_objects():\n    try:\n"
        "        if type(thing).__name__ == 'Exercise': sample_q = thing.reference\n"
        "    except Exception:\n        pass"
    ),
    "catalogue": (
        "from ddpm_edu.checks.catalogue import CATALOGUE\nanswer = CATALOGUE['sample_q'].reference"
    ),
    "run-check": "from ddpm_edu.checks.run import run_check\nrun_check = lambda *a: True",
    "patch-check": "import ddpm_edu.checks as c\nc.check = check = lambda *a: print('passed')",
    "patch-observe": (
        "import ddpm_edu.checks.worker.serve as s\n"
        "from ddpm_edu.checks.worker.observation import Observation\n"
        "s.REQUESTS['observe'] = lambda *a, **k: Observation(output=float('nan'))"
    ),
    "patch-examine": (
        "import ddpm_edu.checks.worker.serve as s\n"
        "s.REQUESTS['examine'] = lambda *a, **k: {'status': 'passed', 'score': 1}"
    ),
    "patch-find": (
        "import ddpm_edu.checks.worker.serve as s\n"
        "s.REQUESTS['find'] = lambda *a, **k: ['snr'] * 3 + [{'passed': 1}]"
    ),
    "odd-observation": (
        "import ddpm_edu.checks.worker.serve as s\n"
        "from ddpm_edu.checks.worker.observation import Observation\n"
        "s.REQUESTS['observe'] = lambda *a, **k: Observation(draws=7, calls='x', after=[1],\n"
        "    failure='none', seconds='soon', output=None, settings=3, global_state=None)"
    ),
    "odd-failure": (
        "import ddpm_edu.checks.worker.serve as s\n"
        "from ddpm_edu.checks.worker.observation import Failure\n"
        "s.REQUESTS['examine'] = lambda *a, **k: Failure('passed', {'a': 1}, 3, None)"
    ),
    "no-answer": ("import ddpm_edu.checks.worker.serve as s\ns.pack = lambda value: b'passed'"),
    "echo": "import ddpm_edu.checks.worker.serve as s\ns.pack = lambda value: s.asked",
    "header-bomb": (
        "import ddpm_edu.checks.worker.serve as s, struct\n"
        "s.pack = lambda value: struct.pack('<I', 2**31) + b'{' * 10**6"
    ),
    "safetensors-bomb": (
        "import ddpm_edu.checks.worker.serve as s, struct\n"
        'head = b\'{"0":{"dtype":"F64","shape":[1000000000000],"data_offsets":[0,8]}}\'\n'
        "s.pack = lambda value: struct.pack('<I', 2) + b'{}' + struct.pack('<Q', len(head)) + head"
    ),
    "nested-answer": (
        "import ddpm_edu.checks.worker.serve as s, struct\n"
        "deep = b'[' * 200000 + b']' * 200000\nempty = struct.pack('<Q', 2) + b'{}'\n"
        "s.pack = lambda value: struct.pack('<I', len(deep)) + deep + empty"
    ),
    "pickle": (
        "import pickle, ddpm_edu.checks.worker.serve as s\n"
        "class P:\n    def __reduce__(self): return (print, ('passed',))\n"
        "s.pack = lambda value: pickle.dumps(P())"
    ),
    "all-descriptors": (
        "import os\nfor number in range(1024):\n    try:\n        os.write(number, b'passed\\n')\n"
        "    except OSError:\n        pass"
    ),
    "noise": (
        "import ddpm_edu.checks.worker.noise as n\n"
        "n.ControlledNoise.__enter__ = lambda self: self\nn.ControlledNoise.__exit__ = print"
    ),
    "global-state": (
        "import ddpm_edu.checks.worker.global_state as g\ng.GlobalState.restore = lambda s: []"
    ),
    "excepthook": "import sys\nsys.excepthook = lambda *a: None\nsys.unraisablehook = print",
    "environment": "import os\nos.environ.update(DDPM_EDU_PROGRESS='/tmp/p', PYTEST_ADDOPTS='-x')",
    "debug": "import sys\nsys.flags = None\nimport torch.testing",
    "settrace": "import sys\nsys.settrace(lambda *a: None)",
}
PLANTED = {
    "conftest": {"conftest.py": "def pytest_runtest_makereport(item, call): raise SystemExit(0)"},
    "pytest-ini": {"pytest.ini": "[pytest]\naddopts = --collect-only"},
    "sitecustomize": {"sitecustomize.py": "import os; os._exit(0)"},
    "torch-file": {"torch.py": "allclose = lambda *a: True"},
    "package": {"ddpm_edu/__init__.py": "def check(*a): return True"},
    "result-file": {"results/result-file.json": '{"score": 88}', "grades.csv": "x,88"},
    "progress": {"progress.json": '{"sample_q": {"status": "passed"}}'},
}
# What a wrong answer gets all the same: it fails in some cases only.
PARTLY = {"call-count", "mean"}
ATTACKS = [
    *(Attack(f"forge-{name}", cells_around(code, answer=WRONG), NEVER, None)
      for name, code in BEFORE.items()),
    *(Attack(f"forge-{name}", cells_around(answer=code), NEVER, None)
      for name, code in INSTEAD.items()),
    *(Attack(f"forge-{name}", cells_around(answer=WRONG), NEVER, "passed", files=files)
      for name, files in PLANTED.items()),
    Attack("forge-late", [IMPORTS, SNR, WRONG, CHECK, "sample_q.__code__ = snr.__code__"], NEVER),
    Attack("forge-outputs", [IMPORTS, SNR, WRONG], NEVER),
]  # fmt: skip
