"""Messages between judge and worker: a JSON head, then tensors as safetensors.

A message is what `pack` makes of nested dicts, lists, tuples, numbers, words, tensors and the
dataclasses below; `unpack` returns it, or raises ValueError for anything else. Nothing runs code.
"""

import dataclasses
import json
import struct
from typing import Any

import safetensors.torch
import torch

from ddpm_edu.checks.exercise import Case, Probe
from ddpm_edu.checks.worker.observation import (
    Described,
    Draw,
    Failure,
    FailureKind,
    ModelCall,
    Observation,
)
from ddpm_edu.checks.worker.partial_schedule import PartialSchedule
from ddpm_edu.schedule import NoiseSchedule


RECORDS = {
    record.__name__: record
    for record in (Case, Probe, Observation, Failure, Draw, ModelCall, Described)
}
DTYPES = {str(dtype): dtype for dtype in (torch.float32, torch.float64)}
DEEPEST = 20
LARGEST_HEAD = 2**23  # bytes; tensors are not in it


def pack(value) -> bytes:
    """Turn a value into bytes.

    Raises:
        ValueError: something in it is not plain data.
    """
    tensors = {}
    head = json.dumps(to_json(value, tensors)).encode()
    return struct.pack("<I", len(head)) + head + safetensors.torch.save(tensors)


def unpack(message: bytes) -> Any:
    """Turn bytes back into the value.

    Raises:
        ValueError: bytes that `pack` did not make.
    """
    try:
        (size,) = struct.unpack_from("<I", message)
        if size > LARGEST_HEAD:
            raise ValueError(f"a head of {size} bytes")
        tensors = safetensors.torch.load(bytes(message[4 + size :]))
        return from_json(json.loads(message[4 : 4 + size]), tensors)
    except MALFORMED as error:
        got = f"{type(error).__name__}: {error}"
        raise ValueError(f"message: expected what pack made, got {got}") from None


MALFORMED = (
    struct.error,
    safetensors.SafetensorError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
)


def to_json(value, tensors):
    """Return a value as JSON can hold it: anything that JSON lacks becomes {"kind": ...}."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, torch.Tensor):
        tensors[str(len(tensors))] = value.detach().contiguous().clone()
        return {"kind": "tensor", "number": len(tensors) - 1}
    if isinstance(value, NoiseSchedule):
        betas, dtype = to_json(value.exact_betas, tensors), str(value.betas.dtype)
        missing = value.missing if isinstance(value, PartialSchedule) else None
        return {"kind": "schedule", "betas": betas, "dtype": dtype, "missing": missing}
    if type(value) is FailureKind:
        return {"kind": "failure", "value": value.value}
    if type(value) is list:
        return [to_json(item, tensors) for item in value]
    if type(value) in (tuple, frozenset, torch.Size):
        kind = "frozenset" if type(value) is frozenset else "tuple"
        return {"kind": kind, "items": [to_json(item, tensors) for item in value]}
    if type(value) is dict:
        return {"kind": "dict", "items": to_json_items(value, tensors)}
    if type(value) in RECORDS.values():
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"kind": type(value).__name__, "items": to_json_items(fields, tensors)}
    raise ValueError(f"message: expected plain data, got a {type(value).__name__}")


def to_json_items(items, tensors):
    return {name: to_json(item, tensors) for name, item in items.items()}


def from_json(value, tensors, depth=0):
    """Return what `to_json` was given."""
    if depth > DEEPEST:
        raise ValueError(f"more than {DEEPEST} levels")
    if type(value) is list:
        return [from_json(item, tensors, depth + 1) for item in value]
    if type(value) is not dict:
        return value
    kind = value["kind"]
    if kind == "tensor":
        return tensors[str(value["number"])]
    if kind == "schedule":
        return schedule_from(value, from_json(value["betas"], tensors, depth + 1))
    if kind == "failure":
        return FailureKind(value["value"])
    if kind in ("tuple", "frozenset"):
        items = [from_json(item, tensors, depth + 1) for item in value["items"]]
        return tuple(items) if kind == "tuple" else frozenset(items)
    items = {name: from_json(item, tensors, depth + 1) for name, item in value["items"].items()}
    return items if kind == "dict" else RECORDS[kind](**items)


def schedule_from(value, betas):
    dtype = DTYPES[value["dtype"]]
    if value["missing"] is None:
        return NoiseSchedule(betas, dtype=dtype)
    return PartialSchedule(betas, dtype=dtype, missing=value["missing"])
