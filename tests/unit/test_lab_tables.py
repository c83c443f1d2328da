"""Tables come back from disk exactly as they were computed."""

import json

import numpy as np
import pandas as pd
import pytest

from neurosim.lab.tables import load_tables, save_tables
from neurosim.params import ParameterError


def test_floats_words_and_truth_values_survive_the_disk(tmp_path):
    rng = np.random.default_rng(3)
    # Random bit patterns are the hardest floats to print: any shortened decimal would come back as another number.
    bits = rng.integers(0, 2**63, size=2000, dtype=np.uint64).view(np.float64)
    floats = np.concatenate(
        [bits[np.isfinite(bits)], [0.1 + 0.2, 5e-324, 1.7976931348623157e308, np.nan, np.inf, -np.inf]]
    )
    n = len(floats)
    table = pd.DataFrame(
        {
            "float": floats,
            "int": rng.integers(-(2**62), 2**62, size=n),
            "flag": rng.random(n) > 0.5,
            "word": np.resize(["None", "NA", "nan", "", "1", "a,b", 'say "x"', "µ"], n),
        }
    )
    columns = {"t": {name: ("1", name) for name in table}, "arrays": {"a": ("1", "an array")}}
    save_tables(tmp_path, {"t": table, "arrays": {"a": np.eye(2)}}, columns)
    back = load_tables(tmp_path)
    np.testing.assert_array_equal(back["t"]["float"].to_numpy(), floats)
    for name in ("int", "flag", "word"):
        assert back["t"][name].tolist() == table[name].tolist()
        assert back["t"][name].dtype.kind == table[name].dtype.kind
    np.testing.assert_array_equal(back["arrays"]["a"], np.eye(2))


def test_every_column_is_described_beside_the_table(tmp_path):
    save_tables(tmp_path, {"t": pd.DataFrame({"x": [1.5]})}, {"t": {"x": ("Hz", "a rate")}})
    assert json.loads((tmp_path / "t.json").read_text()) == {
        "table": "t",
        "rows": 1,
        "columns": {"x": {"unit": "Hz", "meaning": "a rate", "type": "float"}},
    }


X = pd.DataFrame({"x": [1.5]})
DESCRIBED = {"t": {"x": ("Hz", "a rate")}}


@pytest.mark.parametrize(
    ("tables", "columns", "words"),
    [
        ({}, {}, "returned no table"),
        ({"t": X}, {}, "column 'x' has no unit and meaning"),
        ({"t": X.rename(columns={"x": "y"})}, DESCRIBED, "column 'y' has no unit"),
        ({"t": X}, {"t": {**DESCRIBED["t"], "z": ("1", "z")}}, "describes 'z', which is not in the table"),
        ({"t": X}, {**DESCRIBED, "u": {}}, "the table 'u', which compute"),
        ({"t": X.set_index(pd.Index(["a"]))}, DESCRIBED, "its index would be lost"),
        ({"t": {"x": [1.5]}}, DESCRIBED, "got dict, expected a pandas DataFrame"),
        ({"arrays": {"x": np.array([object()])}}, {"arrays": DESCRIBED["t"]}, "array 'x': got Python objects"),
    ],
)
def test_what_could_not_be_read_back_or_understood_is_refused(tmp_path, tables, columns, words):
    with pytest.raises(ParameterError, match=words):
        save_tables(tmp_path, tables, columns)
