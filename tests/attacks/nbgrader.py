"""What nbgrader's own tests hand in, written anew: cheating, endless notebooks, side effects.

There, changed test cells are put back before a notebook is judged; here no cell is a test.
"""

import json

from attacks import CHECK, IMPORTS, NEVER, RIGHT, SNR, WRONG, Attack, cells_around, notebook


SHELL = "import IPython.core.interactiveshell as i\ni.InteractiveShell"
# In a cell before a wrong answer.
CHEATS = {
    "traceback-silent": f"{SHELL}.showtraceback = lambda *a, **k: None",
    "traceback-none": f"{SHELL}.showtraceback = None",
    "traceback-syntax": f"{SHELL}.showsyntaxerror = None\nget_ipython().run_cell('1 +')",
    "helpers": (
        "def check(*a, **k): return 'passed'\nhint = progress = solution = check\n"
        "class Passed:\n    status, score, points = 'passed', 1.0, 3\n"
        "run_check = assert_close = assert_equal = lambda *a, **k: Passed()"
    ),
    "asserts-removed": (
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node): return ast.Pass()\n"
        "    def visit_Raise(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(T())"
    ),
    "all-caught": (
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Module(self, node):\n"
        "        made = ast.parse('try: pass\\nexcept BaseException: pass')\n"
        "        made.body[0].body = node.body or made.body[0].body\n"
        "        return ast.fix_missing_locations(made)\n"
        "get_ipython().ast_transformers.append(T())"
    ),
    "lines-dropped": (
        "def dropped(lines): return [l for l in lines if 'check' not in l and 'assert' not in l]\n"
        "get_ipython().input_transformers_post.append(dropped)"
    ),
    "lines-replaced": (
        "get_ipython().input_transformers_cleanup.append(\n"
        "    lambda lines: [l.replace('check(', 'print(\"passed\", ') for l in lines])"
    ),
    "system-exit": "raise SystemExit",
    "system-exit-text": "raise SystemExit('passed')",
    "quit": "quit()",
    "keyboard-interrupt": "raise KeyboardInterrupt",
}
# In a cell before a right answer: it costs nothing.
ENDLESS = {
    "loop": "while True:\n    pass",
    "growing-loop": "x = []\nwhile True:\n    x.append(1)",
    "printing-loop": "while True:\n    print('still here', flush=True)",
    "recursion": "def again(): again()\nagain()",
    "mutual-recursion": "def one(): return two()\ndef two(): return one()\nprint(one())",
    "slow-helper": (
        "import time\ndef slow():\n    time.sleep(5)\n    return True\nassert slow()"
    ),
}  # fmt: skip
HARMLESS = {
    "side-effect": "with open('side-effect.txt', 'w') as file:\n    file.write('a side effect')",
    "side-effect-beside": "open('{submissions}/side-effect.txt', 'w').write('a side effect')",
    "relative-file": "print(open('data.txt').read())",
    "environment": "import os\nassert os.environ['NBGRADER_VALIDATING'] == '1'",
    "failed-assertion": "assert 1 == 2, 'hm'",
    "not-implemented": "raise NotImplementedError",
}


def kinds(answer, kind):
    """Return a notebook whose answer's cell is of another kind."""
    book = notebook([IMPORTS, SNR, answer, CHECK])
    cell = book["cells"][2]
    del cell["outputs"], cell["execution_count"]
    cell["cell_type"] = kind
    return {"work.ipynb": json.dumps(book)}


def of_test_cells(*middle):
    """Return a wrong notebook with something else in the place of the check."""
    return [IMPORTS, SNR, WRONG, *middle]


ATTACKS = [
    *(Attack(f"nbgrader-cheat-{name}", cells_around(code, answer=WRONG), NEVER)
      for name, code in CHEATS.items()),
    *(Attack(f"nbgrader-endless-{name}", cells_around(code)) for name, code in ENDLESS.items()),
    *(Attack(f"nbgrader-{name}", cells_around(code), files={"data.txt": "1 2 3"})
      for name, code in HARMLESS.items()),
    Attack("nbgrader-exit-with-answer", cells_around(answer=f"{WRONG}\nraise SystemExit"), NEVER),
    Attack("nbgrader-right-then-exit", cells_around(answer=f"{RIGHT}\nraise SystemExit")),
    Attack("nbgrader-recursive-answer",
           cells_around(answer="def sample_q(*a): return sample_q(*a)"), "crashed"),
    Attack("nbgrader-printing-answer",
           cells_around(answer="def sample_q(*a):\n    while True: print('still here')"), NEVER),
    Attack("nbgrader-check-emptied", of_test_cells("# " + CHECK), NEVER),
    Attack("nbgrader-check-passes", of_test_cells("assert True\nprint('Success!')"), NEVER),
    Attack("nbgrader-check-of-other", of_test_cells("check('sample_q', ddpm_edu.sample_q)"), NEVER),
    Attack("nbgrader-check-deleted", [IMPORTS, SNR, RIGHT]),
    Attack("nbgrader-answer-as-markdown", sample_q="not_attempted",
           files=kinds(RIGHT, "markdown")),
    Attack("nbgrader-answer-as-raw", sample_q="not_attempted", files=kinds(RIGHT, "raw")),
]  # fmt: skip
