"""Labels and order of the methods in the charts."""

import subprocess
import sys

from pages.shared.method_labels import method_label, order_methods
from recsys.models.baselines import BASELINES
from recsys.training.lightgcn_model import LightGCNModel
from recsys.training.softmax_mf import SoftmaxMF


def test_each_method_has_the_label_of_its_class_and_another_one_its_key():
    for name, model in BASELINES.items():
        assert method_label(name) == model.label
    assert method_label(LightGCNModel.name) == "LightGCN"
    assert method_label(SoftmaxMF.name) == "Softmax MF (no graph)"
    assert method_label("layer 2") == "Layer 2 alone"
    assert method_label("of another version") == "of another version"


def test_methods_are_ordered_from_the_strongest_to_the_unregistered():
    methods = ["z", "popularity", "layer 0", "a", "ease", "softmax_mf", "lightgcn", "ease"]
    assert order_methods(methods) == ["lightgcn", "softmax_mf", "ease", "popularity", "a", "z"]


def test_no_label_imports_torch():
    """A page imports the labels at its start."""
    code = (
        "import pages.evaluation.comparison, pages.training.new_run, pages.training.watch_run\n"
        "import sys\nsys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
