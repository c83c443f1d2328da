"""What every rule in the folder must satisfy, whoever wrote it."""

import pytest

from neurosim import plasticity
from neurosim.contracts import check_component
from neurosim.plasticity import RateRule, SpikeRule

KNOWN = plasticity.known()
RATE = {name: cls() for name, cls in KNOWN.items() if issubclass(cls, RateRule)}
VARIANTS = {
    **RATE,
    "Hebb-fast": plasticity.Hebb(learning_rate=0.7),
    "Oja-among-neurons": plasticity.Oja(learning_rate=0.3, reference=40.0),
}


def each(table):
    return pytest.mark.parametrize("name", sorted(table))


def test_everything_in_the_folder_is_tested():
    assert {"Hebb", "Oja"} <= set(RATE)
    for cls in KNOWN.values():
        assert issubclass(cls, RateRule | SpikeRule), f"{cls.__name__} derives from neither RateRule nor SpikeRule"


@each({**KNOWN, **VARIANTS})
def test_it_keeps_the_contract_of_its_family(name):
    assert len(check_component(VARIANTS[name] if name in VARIANTS else KNOWN[name])) >= 25
