"""Cases and observations as plain bytes: a JSON head, then its tensors as safetensors. Nothing here can run code.

A message is what `pack` makes of nested dicts, lists, tuples, numbers, words, tensors and the dataclasses below;
`unpack` gives it back, or a ValueError for anything else.
"""

import dataclasses
import json
import struct

import safetensors.torch
import torch

from ddpm_edu.checks.arguments import EarlySchedule
from ddpm_edu.checks.caller import Failure, Observation
from ddpm_edu.checks.exercise import Case, Probe
from ddpm_edu.checks.noise import Draw
from ddpm_edu.checks.plain import Described
from ddpm_edu.checks.probes import Call
from ddpm_edu.schedule import NoiseSchedule


RECORDS = {record.__name__: record for record in (Case, Probe, Observation, Failure, Draw, Call, Described)}
SCHEDULES = {"NoiseSchedule": NoiseSchedule, "EarlySchedule": EarlySchedule}
DTYPES = {str(dtype): dtype for dtype in (torch.float32, torch.float64)}
DEEPEST = 20


def pack(value) -> bytes:
    """Turn a value into bytes."""
    tensors = {}
    head = json.dumps(flat(value, tensors)).encode()
    return struct.pack("<I", len(head)) + head + safetensors.torch.save(tensors)


def unpack(message: bytes):
    """Turn bytes back into the value.

    Raises:
        ValueError: bytes that `pack` did not make.
    """
    try:
        (size,) = struct.unpack_from("<I", message)
        tensors = safetensors.torch.load(bytes(message[4 + size :]))
        return full(json.loads(message[4 : 4 + size]), tensors)
    except (struct.error, safetensors.SafetensorError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"message: wanted what pack made, saw {type(error).__name__}: {error}") from None


def flat(value, tensors):
    """Give a value as JSON can hold it: anything that JSON lacks becomes {"kind": ...}."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, torch.Tensor):
        tensors[str(len(tensors))] = value.detach().contiguous().clone()
        return {"kind": "tensor", "number": len(tensors) - 1}
    if isinstance(value, NoiseSchedule):
        betas = flat(value.exact_betas, tensors)
        return {"kind": type(value).__name__, "betas": betas, "dtype": str(value.betas.dtype)}
    if type(value) is list:
        return [flat(item, tensors) for item in value]
    if type(value) in (tuple, frozenset, torch.Size):
        kind = "frozenset" if type(value) is frozenset else "tuple"
        return {"kind": kind, "items": [flat(item, tensors) for item in value]}
    if type(value) is dict:
        return {"kind": "dict", "items": {name: flat(item, tensors) for name, item in value.items()}}
    if type(value) in RECORDS.values():
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"kind": type(value).__name__, "items": {name: flat(item, tensors) for name, item in fields.items()}}
    raise ValueError(f"message: wanted plain data, saw a {type(value).__name__}")


def full(value, tensors, depth=0):
    """Give back what `flat` was given."""
    if depth > DEEPEST:
        raise ValueError(f"message: wanted at most {DEEPEST} levels, saw more")
    if type(value) is list:
        return [full(item, tensors, depth + 1) for item in value]
    if type(value) is not dict:
        return value
    kind = value["kind"]
    if kind == "tensor":
        return tensors[str(value["number"])]
    if kind in SCHEDULES:
        return SCHEDULES[kind](full(value["betas"], tensors, depth + 1), dtype=DTYPES[value["dtype"]])
    if kind in ("tuple", "frozenset"):
        return {"tuple": tuple, "frozenset": frozenset}[kind](full(item, tensors, depth + 1) for item in value["items"])
    items = {name: full(item, tensors, depth + 1) for name, item in value["items"].items()}
    return items if kind == "dict" else RECORDS[kind](**items)
