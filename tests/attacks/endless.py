"""Promise 3: the batch always ends. What hangs or eats the machine costs its own exercise alone."""

from attacks import CHECK, IMPORTS, NEVER, RIGHT, SNR, Attack, cells_around


def inside(*lines):
    """Return a `sample_q` that does this before it answers."""
    head, body = RIGHT.split("\n", 1)
    return "\n".join([head, *(f"    {line}" for line in lines), body])


# In the answer: it fails, the other exercise passes.
IN_THE_ANSWER = {
    "loop": ["while True: pass"],
    "swallows": [
        "while True:", "    try:", "        while True: pass", "    except BaseException: pass",
    ],
    "sleep": ["import time", "time.sleep(10**6)"],
    "no-alarm": [
        "import signal, time", "signal.signal(signal.SIGALRM, signal.SIG_IGN)",
        "signal.setitimer(signal.ITIMER_REAL, 0)", "time.sleep(10**6)",
    ],
    "no-signals": [
        "import signal, time", "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
        "time.sleep(10**6)",
    ],
    "in-c": ["10 ** 10 ** 9"],
    "stopped": ["import os, signal", "os.kill(os.getpid(), signal.SIGSTOP)"],
    "deadlock": [
        "import threading", "lock = threading.Lock()", "lock.acquire()", "lock.acquire()",
    ],
    "fork-bomb": ["import os", "while True: os.fork()"],
    "threads": [
        "import threading, time",
        "while True: threading.Thread(target=time.sleep, args=(99,)).start()",
    ],
    "memory": ["hoard = []", "while True: hoard.append(bytearray(2**24))"],
    "tensor": ["torch.ones(2**33)"],
    "shared-memory": [
        "import mmap", "m = mmap.mmap(-1, 2**31)", "for i in range(0, 2**31, 4096): m[i] = 1",
    ],
    "children-memory": [
        "import os, time", "for _ in range(8):", "    if os.fork() == 0:",
        "        x = bytearray(2**27)", "        time.sleep(100)", "time.sleep(100)",
    ],
    "disk": ["with open('big', 'wb') as f:", "    while True: f.write(bytes(2**20))"],
    "files": [
        "n = 0", "while True:", "    open(f'/tmp/{n}', 'w').write('x' * 5000)", "    n += 1",
    ],
    "shm-files": [
        "n = 0", "while True:", "    open(f'/dev/shm/{n}', 'wb').write(bytes(2**22))", "    n += 1",
    ],
    "descriptors": ["files = []", "while True: files.append(open('/dev/null'))"],
    "recursion": ["import sys", "sys.setrecursionlimit(10**9)", "return sample_q(x_0, t, 0, 0)"],
    "finalizer": [
        "class Slow:", "    def __del__(self):", "        while True: pass", "Slow()",
    ],
    "exec": ["import os", "os.execv('/bin/sleep', ['sleep', '1000'])"],
    "daemon-left": [
        "import os, time", "if os.fork() == 0:", "    os.setsid()", "    time.sleep(1000)",
        "os._exit(0)",
    ],
    "closed": ["import os", "os.closerange(0, 1024)"],
    "asks": ["input()"],
    "pipe-full": [
        "import os", "r, w = os.pipe()", "while True: os.write(w, bytes(2**16))",
    ],
    "kills-all": ["import os", "os.kill(-1, 9)", "os._exit(0)"],
    "yields": ["return iter(int, 1)"],
}  # fmt: skip
# In a cell of its own: it costs nothing.
IN_A_CELL = {
    "loop": "while True: pass",
    "swallows": ("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    "fork-bomb": "import os\nwhile True: os.fork()",
    "disk": "f = open('/tmp/big', 'wb')\nwhile True: f.write(bytes(2**20))",
    "output": "while True: print('x' * 10**6)",
    "raw-output": "import os\nwhile True: os.write(1, b'x' * 10**6)",
    "yes": "!yes",
    "stuck-shell": "%%bash\ntrap '' TERM INT\nwhile true; do :; done",
    "double-fork": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(1000)\n    os._exit(0)"
    ),
    "thread-left": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()"
    ),
    "half-message": (
        "import os\nfor number in range(3, 10):\n    try: os.write(number, b'\\x00\\xff')\n"
        "    except OSError: pass"
    ),
    "regex": "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')",
}
ATTACKS = [
    *(Attack(f"end-{name}", cells_around(answer=inside(*lines)), NEVER)
      for name, lines in IN_THE_ANSWER.items()),
    *(Attack(f"end-cell-{name}", cells_around(code)) for name, code in IN_A_CELL.items()),
    # Its own mistake, told as what it is.
    Attack("end-plain-recursion", cells_around(answer=inside("return sample_q(x_0, t, 0, 0)")),
           NEVER, words="RecursionError: maximum recursion depth exceeded"),
    Attack("end-cell-plain-recursion", cells_around("def f(n): return f(n + 1)\nf(0)"),
           words="RecursionError: maximum recursion depth exceeded"),
    Attack("end-killers", [*cells_around(), *["import os\nos._exit(1)"] * 8]),
    Attack("end-after-check", [IMPORTS, SNR, RIGHT, CHECK, "while True: pass", "while True: pass"]),
]  # fmt: skip
