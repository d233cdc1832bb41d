"""Promise 2: no right answer loses points, whatever else is in the notebook."""

import json

from attacks import CHECK, IMPORTS, RIGHT, SNR, WRONG, Attack, cells_around, notebook


CELLS = cells_around()
BOOK = notebook(CELLS)
BESIDE = {
    "warning": "import warnings, sys\nwarnings.warn('careful')\nprint('x', file=sys.stderr)",
    "error": "1 / 0",
    "syntax": "def broken(:\n    pass",
    "exit": "exit()",
    "kernel-killed": "import os\nos._exit(1)",
    "kernel-segfault": "import ctypes\nctypes.string_at(0)",
    "memory": "hoard = bytearray(3 * 2**30)",
    "slow": "import time\ntime.sleep(100)",
    "input": "name = input('your name?')",
    "getpass": "import getpass\ngetpass.getpass()",
    "debugger": "import pdb\npdb.set_trace()",
    "plot": "import matplotlib.pyplot as plt\n%matplotlib inline\nplt.plot([1, 2])\nplt.show()",
    "widget-backend": "%matplotlib widget",
    "window": "%matplotlib qt",
    "widgets": "import ipywidgets\nipywidgets.interact(lambda x: x, x=3)",
    "await": "import asyncio\nawait asyncio.sleep(0.01)",
    "tqdm": "from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)): pass",
    "time-magic": "%%time\nx = 1",
    "bash": "%%bash\necho hello",
    "shell": "!ls /\nfiles = !ls /",
    "pip": "%pip install --quiet a-package-that-is-not-there",
    "colab": "from google.colab import drive\ndrive.mount('/content/drive')",
    "kaggle": "import os\nfor name in os.listdir('/kaggle/input'): print(name)",
    "download": (
        "import urllib.request\nurllib.request.urlopen('https://example.org/data.zip', timeout=5)"
    ),
    "loop": "total = 0\nfor i in range(10**5): total += i",
    "threads": "torch.set_num_threads(4)\nx = torch.randn(300, 300) @ torch.randn(300, 300)",
    "writes-file": "open('notes.txt', 'w').write('mine')\nprint(open('notes.txt').read())",
    "cd": "%cd /",
    "star": "from ddpm_edu import *",
    "long-output": "for i in range(10**5): print(i)",
    "dynamic-input": "get_ipython().run_line_magic('who', '')",
    "daemon": "import subprocess\nsubprocess.Popen(['sleep', '1000'])",
}
ANSWERS = {
    "decorated": "@torch.no_grad()\n" + RIGHT,
    "typed": RIGHT.replace("x_0,", "x_0: torch.Tensor,"),
    "lambda": (
        "sample_q = lambda x_0, t, s, n: (lambda a: a.sqrt() * x_0 + (1 - a).sqrt() * n)(\n"
        "    s.alphas_bar[t].view(-1, *[1] * (x_0.ndim - 1)))"
    ),
    "power": RIGHT.replace("a.sqrt()", "a ** 0.5"),
    "prints": RIGHT.replace("    return", "    print('here')\n    return"),
    "warns": RIGHT.replace("    return", "    import warnings; warnings.warn('x')\n    return"),
    "given-functions": (
        "from ddpm_edu import sample_by_t\ndef sample_q(x_0, t, schedule, noise):\n"
        "    a = sample_by_t(schedule.alphas_bar, t, x_0.shape)\n"
        "    return a.sqrt() * x_0 + (1 - a).sqrt() * noise"
    ),
    "the-librarys-lines": (
        "from ddpm_edu.schedule import at\ndef sample_q(x_0, t, schedule, noise=None):\n"
        "    noise = torch.randn_like(x_0) if noise is None else noise\n"
        "    alpha_bar_t = at(schedule.alphas_bar, t, x_0)\n"
        "    one_minus_alpha_bar_t = at(schedule.one_minus_alphas_bar, t, x_0)\n"
        "    return alpha_bar_t.sqrt() * x_0 + one_minus_alpha_bar_t.sqrt() * noise"
    ),
    "with-example": RIGHT + "\n\nsample_q(1, 2, 3, 4)",
    "timed": "%%time\n" + RIGHT,
    "unicode": RIGHT.replace("a.sqrt()", "α.sqrt()").replace("    a =", "    α = a ="),
}
FORMATS = {
    "bom": b"\xef\xbb\xbf" + json.dumps(BOOK).encode(),
    "utf16": json.dumps(BOOK).encode("utf-16"),
    "crlf": json.dumps(BOOK, indent=1).replace("\n", "\r\n").encode(),
    "lines": json.dumps(notebook([source.splitlines(True) for source in CELLS])).encode(),
    "kernelspec": json.dumps(
        BOOK | {"metadata": {"kernelspec": {"name": "conda-env-x", "display_name": "?"}}}
    ).encode(),
    "vscode": json.dumps(
        BOOK | {"metadata": {"vscode": {"interpreter": {"hash": "1"}}, "language_info": {}}}
    ).encode(),
    "odd-metadata": json.dumps(
        BOOK
        | {
            "cells": [
                cell | {"metadata": {"collapsed": "yes", "tags": 3}} for cell in BOOK["cells"]
            ]
        }
    ).encode(),
    "no-metadata": json.dumps({"cells": BOOK["cells"], "nbformat": 4}).encode(),
    "same-ids": json.dumps(
        BOOK | {"cells": [cell | {"id": "a"} for cell in BOOK["cells"]]}
    ).encode(),
    "format-3": json.dumps(
        {
            **{"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}},
            "worksheets": [
                {
                    "cells": [
                        {"cell_type": "code", "input": source, "outputs": [], "language": "python"}
                        for source in CELLS
                    ]
                }
            ],
        }
    ).encode(),
    "skip-tags": json.dumps(
        BOOK
        | {
            "cells": [
                cell | {"metadata": {"tags": ["nbval-skip"]}, "source": "# NBVAL_SKIP\n" + source}
                for cell, source in zip(BOOK["cells"], CELLS, strict=True)
            ]
        }
    ).encode(),
}
ATTACKS = [
    *(Attack(f"honest-{name}", cells_around(code)) for name, code in BESIDE.items()),
    *(Attack(f"honest-{name}", cells_around(answer=code)) for name, code in ANSWERS.items()),
    *(Attack(f"honest-{name}", files={"a.ipynb": book}) for name, book in FORMATS.items()),
    Attack("honest-reordered", [CHECK, RIGHT, SNR, IMPORTS]),
    # What follows a failed check runs, as under `ddpm-edu check`; an unknown name stops its cell.
    Attack("honest-mended", [IMPORTS, SNR, f"{WRONG}\n{CHECK}\n{RIGHT}"]),
    Attack("honest-misspelt", [IMPORTS, SNR, RIGHT, f"check('sampleq', 0)\n{WRONG}"]),
    Attack("honest-in-one-cell", ["\n\n".join(CELLS)]),
    Attack("honest-other-name", [IMPORTS, SNR, RIGHT.replace("sample_q", "mine"),
                                 "check('sample_q', mine)"]),
    Attack("honest-deleted", [*CELLS, "del sample_q, snr"]),
    Attack("honest ünïcode and space's", CELLS),
    Attack("=honest+1", CELLS),
    Attack("h" * 250, CELLS),
    Attack("honest-deep", files={"a/b/work.ipynb": json.dumps(BOOK)}),
]  # fmt: skip
