"""Device choice by capability, with faked devices."""

import logging

import pytest
import torch

from recsys import device as devices
from recsys.device import serving_device, supports_sparse_csr, training_device
from recsys.errors import SettingsError


@pytest.fixture
def fake(monkeypatch):
    """Fake the devices that torch finds; sparse products fail on the given ones."""

    def install(available, without_sparse=()):
        monkeypatch.setattr(devices, "accelerator_likely", lambda: bool(available))
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in available)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in available)
        monkeypatch.setattr(devices, "supports_sparse_csr", lambda name: name not in without_sparse)

    return install


def test_training_falls_back_to_the_cpu_on_a_device_without_sparse_products(fake, caplog):
    fake({"mps"}, without_sparse={"mps"})
    with caplog.at_level(logging.WARNING):
        assert training_device() == "cpu"
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "mps" in record.getMessage()
    assert "training runs on the CPU" in record.getMessage()
    assert training_device("mps") == "cpu"


def test_serving_uses_a_device_without_sparse_products(fake):
    fake({"mps"}, without_sparse={"mps"})
    assert serving_device() == serving_device("mps") == "mps"


def test_training_uses_an_accelerator_that_multiplies_sparse_matrices(fake, caplog):
    fake({"mps"})
    assert training_device() == "mps"
    fake({"cuda", "mps"})
    assert training_device() == serving_device() == "cuda"
    assert training_device("cpu") == "cpu"
    assert caplog.records == []


def test_without_an_accelerator_everything_runs_on_the_cpu(fake):
    fake(set())
    assert training_device() == serving_device() == "cpu"


@pytest.mark.parametrize("choose", [training_device, serving_device])
def test_an_unknown_or_missing_device_is_refused(fake, choose):
    fake(set())
    with pytest.raises(SettingsError, match="no device 'tpu'"):
        choose("tpu")
    with pytest.raises(SettingsError, match="mps is not available"):
        choose("mps")


@pytest.fixture
def fresh():
    """Forget what earlier tests found out about the devices, and what this one does."""
    supports_sparse_csr.cache_clear()
    yield
    supports_sparse_csr.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_the_capability_is_tried_and_not_assumed(monkeypatch):
    assert supports_sparse_csr("cpu")
    supports_sparse_csr.cache_clear()

    def unsupported(*_args, **_kwargs):
        raise NotImplementedError("Could not run 'aten::empty.memory_format' with SparseCsrMPS")

    monkeypatch.setattr(torch, "sparse_csr_tensor", unsupported)
    assert not supports_sparse_csr("cpu")
    monkeypatch.undo()
    assert not supports_sparse_csr("cpu")  # tried once


@pytest.mark.usefixtures("fresh")
def test_a_device_that_torch_lacks_does_not_support_it():
    assert not supports_sparse_csr("no such device")
