"""A user of its own for code in a sandbox that root makes.

The kernel never limits how many processes root has, in a sandbox either. Where root judges, the
sandbox has a second user therefore, nobody's outside, and workers are that one.
"""

import os
import pathlib
import sys

import IPython
import numpy
import torch


OWN, NOBODY = 1000, 65534  # inside, outside
ROOT_ALONE, WITH_OWN = "0 0 1\n", f"0 0 1\n{OWN} {NOBODY} 1\n"


def is_wanted(parts) -> bool:
    """Tell whether root judges here, and everybody may read what a worker imports.

    Args:
        parts: files and folders that are seen one by one.
    """
    if os.geteuid() != 0:
        return False
    packages = [pathlib.Path(module.__file__ or "") for module in (torch, numpy, IPython, os)]
    each = [file for part in parts for file in (part, *part.rglob("*"))]
    return all(map(all_may_read, [pathlib.Path(sys.executable).resolve(), *packages, *each]))


def all_may_read(path: pathlib.Path) -> bool:
    """Tell whether everybody may read a file, or read and enter a folder."""
    needed = 0o5 if path.is_dir() else 0o4
    return path.stat().st_mode & needed == needed


def give_users(pid: int) -> int:
    """Write which users the namespace of a process has, which waits for them.

    Returns:
        The one that workers are: 0 where a second one cannot be had, as in some containers.
    """
    for text, user in ((WITH_OWN, OWN), (ROOT_ALONE, 0)):
        try:
            for kind in ("uid_map", "gid_map"):
                with open(f"/proc/{pid}/{kind}", "w", encoding="ascii") as file:
                    file.write(text)
            return user
        except PermissionError:
            if not user:
                raise
    raise AssertionError("not reached")
