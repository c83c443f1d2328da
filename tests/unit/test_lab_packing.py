"""What `lab.once` keeps on disk comes back as it was, or is refused."""

import numpy as np
import pandas as pd
import pytest

from neurosim.lab.packing import pack, unpack
from neurosim.lab.store import read_part, write_part
from neurosim.params import ParameterError


def there_and_back(value, path):
    write_part(path, *pack(value, "once"))
    return unpack(*read_part(path))


@pytest.mark.parametrize("kind", [None, object, "string", "category"])
def test_words_in_a_data_frame_survive_the_way_to_disk(kind, tmp_path):
    frame = pd.DataFrame({"rate": [1.5, np.nan], "count": [1, 2], "on": [True, False]})
    frame["word"] = pd.Series(["a", ""], dtype=kind) if kind else ["a", ""]
    again = there_and_back({"frame": frame}, tmp_path / "x.part")["frame"]
    assert list(again) == list(frame)
    assert list(again.word) == ["a", ""]
    assert [again[name].dtype for name in ("rate", "count", "on")] == [np.float64, np.int64, np.bool_]
    np.testing.assert_array_equal(again.rate, [1.5, np.nan])
    # Rows that were chosen from a larger frame are counted anew.
    assert list(there_and_back(frame[frame["count"] == 2], tmp_path / "y.part").index) == [0]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            pd.DataFrame({"word": ["a", None]}),
            r"once: column 'word': got float, expected numbers or a text in every row",
        ),
        (
            pd.DataFrame({"picture": [np.eye(2), np.eye(2)]}),
            r"once: column 'picture': got ndarray, expected numbers or",
        ),
        (pd.DataFrame({"when": pd.to_datetime(["2026-01-01"])}), r"once: column 'when': got Timestamp"),
        (pd.DataFrame({"x": [1.0]}, index=pd.Index(["a"])), "once: got a data frame with an index of its own"),
        (pd.DataFrame({"x": [1.0]}, index=pd.Index([3], name="seed")), r"once: .*index.*expected reset_index\(\)"),
        (pd.DataFrame([[1.0, 2.0]], columns=["x", "x"]), r"once: got the column 'x' twice"),
    ],
)
def test_a_data_frame_that_would_come_back_otherwise_is_refused(frame, message):
    with pytest.raises(ParameterError, match=message):
        pack(frame, "once")
