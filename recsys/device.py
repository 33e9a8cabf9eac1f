"""Device choice: CUDA, then MPS, then the CPU, by what a device can compute.

Training multiplies sparse matrices in compressed rows (CSR), which some devices do not support;
there it runs on the CPU. Serving multiplies dense matrices only and may use any device.
"""

from __future__ import annotations

import functools
import logging
import os
import platform
from collections.abc import Callable
from pathlib import Path

from recsys.errors import SettingsError

__all__ = ["accelerator_likely", "serving_device", "supports_sparse_csr", "training_device"]

logger = logging.getLogger(__name__)

# files of the drivers of NVIDIA, NVIDIA in WSL, and AMD
DRIVERS = ("/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")


def accelerator_likely() -> bool:
    """Return whether this computer seems to have an accelerator, without importing torch.

    Importing torch takes a second and 180 MB, which a server without an accelerator saves.
    """
    windows = Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvcuda.dll")
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return apple or any(Path(path).exists() for path in (*DRIVERS, windows))


def serving_device(wanted: str = "auto") -> str:
    """Return the device that computes recommendations.

    Args:
        wanted: ``cuda``, ``mps`` or ``cpu``; or ``auto`` for the first of them that is available.

    Returns:
        ``cuda``, ``mps`` or ``cpu``.

    Raises:
        SettingsError: the device is unknown or not available.
    """
    if wanted == "cpu" or (wanted == "auto" and not accelerator_likely()):
        return "cpu"
    import torch  # noqa: PLC0415 - see accelerator_likely

    available: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "cpu": lambda: True,
    }
    if wanted == "auto":
        return next(name for name, is_available in available.items() if is_available())
    if wanted not in available:
        raise SettingsError(f"There is no device {wanted!r}; choose auto, cuda, mps or cpu.")
    if not available[wanted]():
        raise SettingsError(f"The device {wanted} is not available here; choose auto or cpu.")
    return wanted


def training_device(wanted: str = "auto") -> str:
    """Return the device that trains a model: the requested one, or the CPU without sparse products.

    A warning says when the CPU replaces an accelerator.

    Args:
        wanted: ``cuda``, ``mps`` or ``cpu``; or ``auto`` for the first of them that is available.

    Returns:
        ``cuda``, ``mps`` or ``cpu``.

    Raises:
        SettingsError: the device is unknown or not available.
    """
    device = serving_device(wanted)
    if device == "cpu" or supports_sparse_csr(device):
        return device
    logger.warning(
        "The device %s cannot multiply sparse matrices in compressed rows (CSR), so the training "
        "runs on the CPU.",
        device,
    )
    return "cpu"


@functools.cache
def supports_sparse_csr(device: str) -> bool:
    """Return whether torch multiplies sparse CSR matrices on a device; a small one is tried."""
    import torch  # noqa: PLC0415 - see accelerator_likely

    try:
        indices = torch.tensor([0, 1], dtype=torch.int32, device=device)
        unit = torch.ones(1, device=device)
        matrix = torch.sparse_csr_tensor(indices, indices[:1], unit, (1, 1), check_invariants=False)
        product = torch.addmm(unit[:, None], matrix, unit[:, None])
    except (RuntimeError, AssertionError, TypeError):  # torch raises any of these
        return False
    return product.item() == 2.0
