"""What every homeostasis in the folder must satisfy, whoever wrote it."""

import pytest

from neurosim import homeostasis
from neurosim.contracts import check_component

KNOWN = homeostasis.known()
each = pytest.mark.parametrize("name", sorted(KNOWN))


@each
def test_it_keeps_the_contract_of_its_family(name):
    assert len(check_component(KNOWN[name])) >= 25
