"""Which device to compute on."""

import torch


def choose_device(name: str = "auto") -> str:
    """Give the device to use: the one named, or with "auto" the fastest there is.

    Raises:
        ValueError: a device that is not there; the message says which are.
    """
    found = [kind for kind, there in (("cuda", torch.cuda), ("mps", torch.mps)) if there.is_available()] + ["cpu"]
    if name == "auto":
        return found[0]
    if name.split(":")[0] not in found:
        raise ValueError(f"--device: wanted auto or one of {', '.join(found)}, saw {name!r}")
    return name
