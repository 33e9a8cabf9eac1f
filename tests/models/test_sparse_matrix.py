"""Sparse products equal dense algebra, for all shapes and numbers of threads."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recsys.models.csr import BLOCK_BYTES, column_blocks, outer_values, transpose
from recsys.models.sparse_matrix import SparseMatrix


def random_matrix(seed, height, width, share):
    draw = np.random.default_rng(seed)
    dense = draw.standard_normal((height, width)) * (draw.random((height, width)) < share)
    rows, columns = np.nonzero(dense)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=height))])
    parts = starts.astype(np.int32), columns.astype(np.int32), dense[rows, columns]
    matrix = SparseMatrix(*(torch.from_numpy(part) for part in parts), width)
    return matrix, torch.from_numpy(dense)


shapes = {
    "seed": st.integers(0, 1000), "height": st.integers(1, 40), "width": st.integers(1, 40),
    "share": st.sampled_from([0.0, 0.1, 0.9]), "d": st.integers(1, 19),
}  # fmt: skip


@given(**shapes)
def test_the_product_equals_the_dense_product(seed, height, width, share, d):
    matrix, dense = random_matrix(seed, height, width, share)
    x = torch.randn(width, d, dtype=torch.float64)
    y = torch.randn(height, d, dtype=torch.float64)
    torch.testing.assert_close(matrix.multiply(x), dense @ x)
    torch.testing.assert_close(matrix.multiply(x, 0.5, y, -2.0), 0.5 * dense @ x - 2 * y)


@given(**shapes)
def test_some_rows_of_a_product_have_the_bits_of_the_full_product(seed, height, width, share, d):
    matrix, _ = random_matrix(seed, height, width, share)
    x, y = torch.randn(width, d).double(), torch.randn(height, d).double()
    draw = np.random.default_rng(seed)
    rows = torch.from_numpy(draw.permutation(height)[: draw.integers(0, height + 1)])
    full = matrix.multiply(x, 0.5, y, -2.0)
    assert torch.equal(matrix.multiply(x, 0.5, y, -2.0, rows), full[rows])


@given(**shapes, block_bytes=st.integers(1, 400))
def test_column_blocks_change_no_bit(seed, height, width, share, d, block_bytes):
    matrix, _ = random_matrix(seed, height, width, share)
    x, y = torch.randn(width, d).double(), torch.randn(height, d).double()
    rows = torch.from_numpy(np.random.default_rng(seed).permutation(height)[: height // 2 + 1])
    full, some = matrix.multiply(x, 0.5, y, -2.0), matrix.multiply(x, 0.5, y, -2.0, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recsys.models.csr.BLOCK_BYTES", block_bytes)
        patch.setattr("recsys.models.csr.MIN_ROW_ENTRIES", 0)
        assert torch.equal(matrix.multiply(x, 0.5, y, -2.0), full)
        assert torch.equal(matrix.multiply(x, 0.5, y, -2.0, rows), some)


def test_column_blocks_change_no_bit_of_the_product_of_constant_width(monkeypatch):
    matrix, _ = random_matrix(7, 50, 80, 0.4)
    matrix = matrix.with_values(matrix.values.float())
    x, y = torch.randn(80, 64), torch.randn(50, 64)
    unblocked = matrix.multiply(x, 0.5, y, -2.0)
    monkeypatch.setattr("recsys.models.csr.BLOCK_BYTES", 9 * 64 * 4)
    monkeypatch.setattr("recsys.models.csr.MIN_ROW_ENTRIES", 0)
    assert torch.equal(matrix.multiply(x, 0.5, y, -2.0), unblocked)


def test_blocks_have_equal_sizes_and_are_used_only_where_rows_have_enough_entries():
    per_row, width = 256, 325_000
    ends = column_blocks(width, per_row, rows=342_500, entries=218_000_000)
    assert ends[-1] == width
    assert np.diff(ends, prepend=0).max() * per_row <= BLOCK_BYTES
    assert len(column_blocks(70_839, per_row, rows=70_839, entries=1_620_256)) == 1  # Gowalla
    assert (
        len(column_blocks(9_000, per_row, rows=9_000, entries=2_000_000)) == 1
    )  # in the cache anyway


@given(**shapes)
def test_the_row_sparse_product_treats_the_other_rows_as_zero(seed, height, width, share, d):
    matrix, dense = random_matrix(seed, height, width, share)
    draw = np.random.default_rng(seed)
    rows = torch.from_numpy(draw.permutation(width)[: draw.integers(0, width + 1)])
    x_rows = torch.randn(rows.numel(), d, dtype=torch.float64)
    x = torch.zeros(width, d, dtype=torch.float64)
    x[rows] = x_rows
    torch.testing.assert_close(matrix.multiply_row_sparse(x_rows, rows, 0.5), 0.5 * dense @ x)


@pytest.mark.parametrize("d", [1, 8, 32, 47, 48, 64, 65])
def test_the_product_is_right_for_every_width(d):
    matrix, dense = random_matrix(5, 30, 30, 0.3)
    x, rows = torch.randn(30, d, dtype=torch.float64), torch.arange(30)
    torch.testing.assert_close(matrix.multiply(x), dense @ x)
    torch.testing.assert_close(matrix.multiply_row_sparse(x, rows), dense @ x)


@given(**shapes)
def test_dot_products_and_their_gradients_equal_dense_algebra(seed, height, width, share, d):
    matrix, dense = random_matrix(seed, height, width, share)
    rows, columns = torch.nonzero(dense, as_tuple=True)
    ours = [torch.randn(n, d, dtype=torch.float64, requires_grad=True) for n in (height, width)]
    theirs = [x.detach().clone().requires_grad_() for x in ours]
    dots = matrix.dot_products(*ours)
    expected = (theirs[0] @ theirs[1].T)[rows, columns]
    torch.testing.assert_close(dots, expected)
    weights = torch.randn_like(dots)
    (dots * weights).sum().backward()
    (expected * weights).sum().backward()
    for x, expected_x in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x.grad, expected_x.grad)


@given(**shapes)
def test_outer_values_are_the_outer_product_at_the_entries(seed, height, width, share, d):
    matrix, dense = random_matrix(seed, height, width, share)
    row_factors, column_factors = torch.randn(height).double(), torch.randn(width).double()
    starts, columns = matrix.starts.numpy(), matrix.columns.numpy()
    values = outer_values(
        starts, columns, row_factors.numpy(), column_factors.numpy(), torch.float64
    )
    expected = torch.outer(row_factors, column_factors) * (dense != 0)
    torch.testing.assert_close(matrix.with_values(values).to_dense(), expected)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_transpose_orders_the_entries_as_a_stable_sort_does(threads):
    matrix, _ = random_matrix(6, 200, 90, 0.1)
    columns = matrix.columns.numpy()
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        starts, rows, order = transpose(matrix.starts.numpy(), columns, 90)
    finally:
        torch.set_num_threads(before)
    expected = np.argsort(columns, kind="stable")
    np.testing.assert_array_equal(order, expected)
    lengths = matrix.starts.diff().numpy()
    np.testing.assert_array_equal(rows, np.repeat(np.arange(200), lengths)[expected])
    counts = np.bincount(columns, minlength=90)
    np.testing.assert_array_equal(starts, np.concatenate([[0], np.cumsum(counts)]))


@given(**shapes)
def test_transpose_and_elimination_of_zeros_keep_the_matrix(seed, height, width, share, d):
    matrix, dense = random_matrix(seed, height, width, share)
    torch.testing.assert_close(matrix.transposed().to_dense(), dense.T)
    with_zeros = matrix.with_values(matrix.values * (matrix.values > 0))
    without_zeros = with_zeros.without_zeros()
    assert (without_zeros.values != 0).all()
    torch.testing.assert_close(without_zeros.to_dense(), with_zeros.to_dense())


def test_the_bits_do_not_depend_on_the_number_of_threads():
    matrix, _ = random_matrix(3, 300, 300, 0.2)
    matrix = matrix.with_values(matrix.values.float())
    x = torch.randn(300, 64)
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(matrix.multiply(x))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*results)


@pytest.mark.parametrize("slices", [1, 3])
def test_a_column_slice_of_x_multiplies_as_its_copy_does(slices):
    matrix, dense = random_matrix(4, 20, 20, 0.3)
    x = torch.randn(20, 9, dtype=torch.float64)
    for part in x.chunk(slices, dim=1):
        torch.testing.assert_close(matrix.multiply(part), dense @ part)
