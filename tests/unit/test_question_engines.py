"""Every question that spikes lets one choose the engine, from the folder of engines."""

import pytest
from small_questions import QUESTIONS

from neurosim.engines import choices
from neurosim.lab import ask

SPIKING = [name for name, path in QUESTIONS.items() if "engine" in ask(path).parameters.info()]


def test_some_questions_spike():
    assert {"learning/stdp_competition", "networks/xor_printed"} <= set(SPIKING)


@pytest.mark.parametrize("name", SPIKING)
def test_the_engine_is_chosen_from_the_folder_of_engines(name):
    assert ask(QUESTIONS[name]).parameters.info()["engine"].choices == choices("spiking")
