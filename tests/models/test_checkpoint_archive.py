"""Uploaded checkpoints: a damaged zip is refused in one sentence, and nothing is stored."""

import io
import zipfile
import zlib

import numpy as np
import pytest

from recsys.errors import CheckpointError
from recsys.models.checkpoint import load_checkpoint, save_checkpoint
from recsys.models.checkpoint_archive import pack_checkpoint, unpack_checkpoint
from tests.models.checkpoints import made_checkpoint


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "m"
    save_checkpoint(folder, made_checkpoint(["ann", "bob"]))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def zipped(files, compression):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def refused(folder, data):
    with pytest.raises(CheckpointError) as error:
        unpack_checkpoint({"upload.zip": data}, folder)
    assert str(error.value).endswith("Nothing was stored.")
    assert "\n" not in str(error.value)
    assert str(folder.parent) not in str(error.value)
    assert list(folder.parent.iterdir()) == []
    return str(error.value)


COMPRESSIONS = {
    "stored": zipfile.ZIP_STORED, "deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}  # fmt: skip


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_zip_of_any_compression_is_unpacked(tmp_path, files, compression):
    data = zipped(files, COMPRESSIONS[compression])
    unpacked = unpack_checkpoint({"upload.ZIP": data}, tmp_path / "m")
    assert {path.name: path.read_bytes() for path in (tmp_path / "m").iterdir()} == files
    assert unpacked.content_hash == load_checkpoint(tmp_path / "m").content_hash


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_zip_with_flipped_bytes_is_refused_or_unpacks_to_the_same(tmp_path, files, compression):
    """Each bit of the file may be read by another part of the unpacker and fail differently."""
    data = zipped(files, COMPRESSIONS[compression])
    rng = np.random.default_rng(0)
    refusals = 0
    for place in rng.choice(len(data), 150, replace=False):
        damaged = bytearray(data)
        damaged[place] ^= int(rng.integers(1, 256))
        folder = tmp_path / f"at-{place}" / "m"
        folder.parent.mkdir(exist_ok=True)
        message = None
        try:
            unpack_checkpoint({"upload.zip": bytes(damaged)}, folder)
        except CheckpointError as error:
            message = str(error)
        if message is None:  # a byte that means nothing, such as a time
            unpacked = {path.name: path.read_bytes() for path in folder.iterdir()}
            assert unpacked == {name: files[name] for name in unpacked}
        else:
            refusals += 1
            assert message.endswith("Nothing was stored.")
            assert list(folder.parent.iterdir()) == []
    assert refusals > 50


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_zip_that_was_cut_off_is_refused(tmp_path, files, share):
    data = zipped(files, zipfile.ZIP_DEFLATED)
    message = refused(tmp_path / "m", data[: int(len(data) * share)])
    assert "upload.zip is no readable zip file" in message


def test_damaged_deflate_data_is_refused(tmp_path, files):
    data = bytearray(zipped(files, zipfile.ZIP_DEFLATED))
    first = data.index(b"card.json") + len("card.json")
    data[first : first + 200] = bytes(byte ^ 0xFF for byte in data[first : first + 200])
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive, pytest.raises(zlib.error):
        archive.read("card.json")
    assert "no readable zip file" in refused(tmp_path / "m", bytes(data))


def test_an_encrypted_zip_is_refused(tmp_path, files):
    data = bytearray(zipped(files, zipfile.ZIP_STORED))
    data[6] |= 1  # the encryption flag of the first member, in its header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refused(tmp_path / "m", bytes(data))


def test_a_zip_that_holds_a_file_twice_is_refused(tmp_path, files):
    twice = {**files, "folder/card.json": files["card.json"]}
    message = refused(tmp_path / "m", zipped(twice, zipfile.ZIP_STORED))
    assert "holds card.json twice" in message


def test_a_full_disk_is_one_sentence(tmp_path, files):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "other").write_text("")
    with pytest.raises(CheckpointError, match=r"cannot be written.*Nothing was stored"):
        unpack_checkpoint(files, tmp_path / "m")


def test_a_replaced_checkpoint_is_packed_as_flat_files(tmp_path, files):
    for seed in (1, 0):
        save_checkpoint(tmp_path / "m", made_checkpoint(["ann", "bob"], seed=seed))
    unpack_checkpoint({"m.zip": pack_checkpoint(tmp_path / "m")}, tmp_path / "copy")
    assert {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir()} == files


def test_a_folder_without_a_checkpoint_cannot_be_packed(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        pack_checkpoint(tmp_path)
