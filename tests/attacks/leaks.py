"""Promises 5 and 6: nothing leaks, and the score does not depend on when or where it is given."""

from attacks import NEVER, RIGHT, Attack, cells_around


MARKER = "S3CRET-M4RKER"  # in the environment, the home folder and a neighbour's notebook
# What is told of an error is short: the place where the secret is.
TELL = (
    "found = str(found)\nat = found.find('M4RK' + 'ER')\n"
    "raise ValueError(found[max(at - 100, 0):at + 100] if at >= 0 else found[:200])"
)
READS = {
    "environment": "import os\nfound = dict(os.environ)",
    "proc-environ": (
        "import glob\nfound = ''\nfor path in glob.glob('/proc/*/environ'):\n"
        "    try: found += open(path).read()\n    except OSError: pass"
    ),
    "cmdline": (
        "import glob\nfound = ''.join(open(p).read() for p in glob.glob('/proc/*/cmdline'))"
    ),
    "home": (
        "import os, glob\nfound = []\nfor home in ('/root', '/home', os.path.expanduser('~')):\n"
        "    for here, _, names in os.walk(home):\n        for name in names:\n"
        "            if 'python' not in here and 'pyenv' not in here:\n"
        "                try: found.append(open(os.path.join(here, name)).read()[:99])\n"
        "                except (OSError, UnicodeDecodeError): pass\nfound = str(found)[-1500:]"
    ),
    "neighbours": "import glob\nfound = [open(p).read() for p in glob.glob('{submissions}/*/*')]",
    "results": "import glob\nfound = [open(p).read() for p in glob.glob('{results}/*')]",
    "parents": "import glob\nfound = glob.glob('/proc/1/root{submissions}/*')[0]",
    "memory": (
        "found = ''\nmaps = open('/proc/self/maps').read().splitlines()\n"
        "with open('/proc/self/mem', 'rb', 0) as memory:\n    for line in maps:\n"
        "        if '[stack]' in line or '[heap]' in line:\n"
        "            begin, end = (int(n, 16) for n in line.split()[0].split('-'))\n"
        "            memory.seek(begin)\n            data = memory.read(end - begin)\n"
        "            if b'S3CRET-' + b'M4RKER' in data: found = 'S3CRET-' + 'M4RKER'"
    ),
}
# Each must fail: the cell raises if it works.
MUST_FAIL = {
    "network": "import socket\nsocket.create_connection(('127.0.0.1', {port}), 3)",
    "udp": "import socket\nsocket.socket(2, 2).sendto(b'x', ('192.0.2.1', 53))",
    "dns": "import socket\nsocket.getaddrinfo('example.org', 80)",
    "metadata": (
        "import urllib.request\nurllib.request.urlopen('http://169.254.169.254/', timeout=3)"
    ),
    "write-neighbour": "open('{submissions}/control-right/work.ipynb', 'w')",
    "write-results": "open('{results}/grades.csv', 'a')",
    "write-usr": "open('/usr/lib/x', 'w')",
    "write-python": "import torch\nopen(torch.__file__, 'a')",
    "write-package": "open(ddpm_edu.__file__, 'a')",
    "core-pattern": "open('/proc/sys/kernel/core_pattern', 'w').write('x')",
    "sysrq": "open('/proc/sysrq-trigger', 'w').write('h')",
    "mount": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.mount(b'none', b'/tmp', b'tmpfs', 0, None): raise OSError(ctypes.get_errno())"
    ),
    "namespace": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.unshare(0x10000000): raise OSError(ctypes.get_errno())"
    ),
    "setuid": "import os\nos.setuid(1)",
    "setuid-root": "import os\nos.setuid(0) if os.getuid() else open('/root')",
    "chroot": "import os\nos.chroot('/tmp')",
    "docker": "import socket\nsocket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')",
    "solutions": "import glob\nopen(glob.glob('{package}/../solutions/*.ipynb')[0])",
    "catalogue": "open('{package}/checks/catalogue/lesson_1.py')",
    "judging": "import ddpm_edu.checks.judging",
    "kill-judge": "import os\nos.kill({judge}, 9)",
}
CONTAMINATION = "import os\nassert not os.path.exists('/tmp/seen')\nopen('/tmp/seen', 'w').close()"
STEADY = {
    "seeds": "torch.manual_seed(3)\nimport random, numpy\nrandom.seed(1)\nnumpy.random.seed(1)",
    "default-dtype": "torch.set_default_dtype(torch.float64)",
    "no-gradients": "torch.set_grad_enabled(False)",
    "deterministic": "torch.use_deterministic_algorithms(True)",
    "four-threads": "torch.set_num_threads(4)",
    "warnings-as-errors": "import warnings\nwarnings.simplefilter('error')",
    "recursion-limit": "import sys\nsys.setrecursionlimit(200)",
}
ATTACKS = [
    *(Attack(f"leak-{name}", cells_around(f"{code}\n{TELL}")) for name, code in READS.items()),
    *(Attack(f"refuse-{name}", cells_around(code)) for name, code in MUST_FAIL.items()),
    Attack("leak-contamination-1", cells_around(CONTAMINATION)),
    Attack("leak-contamination-2", cells_around(CONTAMINATION + "\n")),
    *(Attack(f"steady-{name}", cells_around(code)) for name, code in STEADY.items()),
    Attack(
        "leak-in-feedback",
        cells_around(
            answer=RIGHT.replace("    return", "    raise OSError('<script>')\n    return")
        ),
        NEVER,
    ),
]
