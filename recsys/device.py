"""Which device computes: CUDA, then MPS, then the CPU. Looks for an accelerator without torch."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.errors import SettingsError

if TYPE_CHECKING:
    import torch

__all__ = ["accelerator_likely", "choose_device"]


def accelerator_likely() -> bool:
    """Say quickly, without importing torch, whether asking torch is worth its second."""
    nvidia = any(
        Path(p).exists() for p in ("/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/dxg")
    )
    return nvidia or (platform.system() == "Darwin" and platform.machine() == "arm64")


def choose_device(wanted: str = "auto") -> torch.device:
    """Return the device to compute on.

    Args:
        wanted: a device by name, or ``auto`` for the first that is there of CUDA, MPS, CPU.

    Raises:
        SettingsError: the name is none, or the device is not there.
    """
    import torch  # noqa: PLC0415 - a second and 180 MB that a CPU server never needs

    there: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "cpu": lambda: True,
    }
    if wanted == "auto":
        return torch.device(next(name for name, check in there.items() if check()))
    if wanted not in there:
        raise SettingsError(f"There is no device {wanted!r}; choose auto, cuda, mps or cpu.")
    if not there[wanted]():
        raise SettingsError(f"The device {wanted} is not available here; choose auto or cpu.")
    return torch.device(wanted)
