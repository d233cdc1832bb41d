"""Run every benchmark of this folder in turn: each is a module with a main()."""

import importlib
import os
import pathlib
import sys

import ddpm_edu  # noqa: F401  before torch: it says how torch's threads wait


def main():
    import torch

    folder = pathlib.Path(__file__).parent
    names = sys.argv[1:] or sorted(
        path.stem for path in folder.glob("*.py") if path != pathlib.Path(__file__)
    )
    print(f"{os.cpu_count()} cores, torch {torch.__version__}, ", end="")
    print(f"{torch.get_num_threads()} threads unless said\n")
    for name in names:
        benchmark = importlib.import_module(name)
        if hasattr(benchmark, "main"):
            benchmark.main()


if __name__ == "__main__":
    main()
