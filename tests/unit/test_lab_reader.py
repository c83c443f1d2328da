"""Words of a command line: an unknown option is told the nearest one, in every command."""

import pytest

from neurosim.lab.reader import reader
from neurosim.params import ParameterError


@pytest.fixture
def words():
    made = reader("neurosim run")
    made.add_argument("names", nargs="*")
    made.add_argument("--quick", action="store_true")
    made.add_argument("--jobs", type=int, default=1)
    return made


def test_what_is_known_is_read(words):
    given = words.parse_args(["bars", "--quick", "--jobs", "2"])
    assert (given.names, given.quick, given.jobs) == (["bars"], True, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--qick"], r"no option of neurosim run is named '--qick'; did you mean '--quick'\?"),
        (["bars", "--jbos=3"], r"no option of neurosim run is named '--jbos'; did you mean '--jobs'\?"),
        (["--jobs", "many"], "neurosim run: argument --jobs: invalid int value: 'many'"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_nearest_name(words, arguments, message):
    with pytest.raises(ParameterError, match=message):
        words.parse_args(arguments)
