"""What a network answers: outputs, predictions and accuracy of a feed-forward circuit of static units."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.activations.sigmoid import Sigmoid
from neurosim.cells.base import Cell
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit
from neurosim.decisions import NO_ANSWER, accuracy, winners
from neurosim.gate import named_as, shown
from neurosim.params import Array, ParameterError, finite
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import Stimulus

TASKS = ("classes", "binary", "labels", "values", "")
"""What the outputs stand for: logits of classes, the probability of the second of two classes, probabilities of labels
that do not exclude each other, values, or unknown."""


class Predictor:
    """A network that answers; a subclass has `circuit`, `cells`, `task` (one of `TASKS`) and `classes`.

    `classes` are the names of the classes in the order of the output units, None where they are the numbers from 0 on.
    """

    circuit: Circuit
    cells: Mapping[str, Cell]
    task: str
    classes: Array | None

    def outputs(self, inputs: Any) -> Array:
        """Activities of the last population.

        Shapes
            inputs (trials, channels), or a dictionary of such arrays by input -> (trials, units)
        Raises:
            ParameterError: inputs that do not fit, a recurrent circuit, or cells that are no static units.
        """
        spiking = next((name for name, cell in self.cells.items() if not isinstance(cell, Unit)), None)
        if spiking is not None:
            raise ParameterError(
                f"outputs: cells[{spiking!r}]: got {type(self.cells[spiking]).__name__}, expected static units; use "
                "simulate(), which takes a duration"
            )
        order = self.circuit.order()
        if order is None:
            raise ParameterError("outputs: got a recurrent circuit, expected a feed-forward one with a last population")
        given = constant_inputs(inputs, self.circuit, "outputs: inputs")
        run = simulate(self.circuit, self.cells, given, progress=False)
        with named_as("outputs: inputs"):
            return run.checked_rates(order[-1])

    def predict(self, inputs: Any) -> Any:
        """The class of every trial; for a network of values the values themselves.

        A trial without an answer (see [decide][neurosim.decisions.decide]) has the class number -1; where classes have
        names of their own, its place holds None, and the array is one of objects.

        Shapes
            (trials, channels) -> (trials,); (trials, units) for values and for labels that do not exclude each other
        Raises:
            ParameterError: as `outputs`, or a single output of which nobody knows what it stands for.
        """
        found = self.outputs(inputs)
        if self.task == "values":
            return found
        if self.task == "labels":
            return (found > 0.5).astype(np.intp)
        numbers = winners(self._scores(found, "predict"))
        if self.classes is None:
            return numbers
        if (numbers != NO_ANSWER).all():
            return self.classes[numbers]
        named = self.classes[numbers].astype(object)
        named[numbers == NO_ANSWER] = None
        return named

    def predict_proba(self, inputs: Any) -> Array:
        """Probability of every class: softmax of the logits, or the logistic output and its complement.

        Shapes
            (trials, channels) -> (trials, classes)
        Raises:
            ParameterError: as `outputs`, or outputs that are not known to be logits or probabilities.
        """
        found = self.outputs(inputs)
        if self._binary(found):
            return np.concatenate([1.0 - found, found], axis=1)
        if self.task != "classes":
            raise ParameterError(
                f"predict_proba: the outputs of this network are {_MEANING[self.task]}, expected those of a classifier "
                "(outputs() gives them as they are)"
            )
        scaled = np.exp(found - found.max(axis=1, keepdims=True))
        probabilities: Array = scaled / scaled.sum(axis=1, keepdims=True)
        return probabilities

    def accuracy(self, inputs: Any, labels: Any) -> float:
        """Fraction of the trials whose class is found; no answer is a wrong answer.

        Shapes
            inputs (trials, channels), labels (trials,): class numbers, or names where the classes have names
        Raises:
            ParameterError: as `outputs`, labels that are no classes, or a network of values or of labels that do not
                exclude each other.
        """
        if self.task in ("values", "labels"):
            raise ParameterError(
                f"accuracy: the outputs of this network are {_MEANING[self.task]}, expected a classifier; compare "
                "predict() with the targets"
            )
        scores = self._scores(self.outputs(inputs), "accuracy")
        return accuracy(scores, labels if self.classes is None else self._numbers(labels))

    def _binary(self, outputs: Array) -> bool:
        last = self.cells[(self.circuit.order() or ("",))[-1]].transfer
        return outputs.shape[1] == 1 and (self.task == "binary" or (self.task == "" and last == Sigmoid()))

    def _scores(self, outputs: Array, where: str) -> Array:
        """Outputs with one column per class."""
        if self._binary(outputs):
            return np.concatenate([1.0 - outputs, outputs], axis=1)
        if outputs.shape[1] < 2:
            raise ParameterError(
                f"{where}: got a network with one output that is no probability, expected two classes or more; "
                "outputs() gives its values"
            )
        return outputs

    def _numbers(self, labels: Any) -> Any:
        """Class numbers of labels that are names."""
        names = self.classes
        assert names is not None
        try:
            given = np.asarray(labels)
        except ValueError:
            raise ParameterError(
                "accuracy: labels: got rows that differ in length, expected one label per trial"
            ) from None
        if given.ndim != 1:
            raise ParameterError(f"accuracy: got labels of shape {given.shape}, expected one for every trial")
        order = {name: k for k, name in enumerate(names.tolist())}
        unknown = next((label for label in given.tolist() if label not in order), None)
        if unknown is not None or np.ma.is_masked(labels):
            raise ParameterError(
                f"accuracy: labels: got {'a masked entry' if unknown is None else shown(unknown)}, expected one of the "
                f"network's classes {', '.join(map(repr, order))}"
            )
        return np.array([order[label] for label in given.tolist()], dtype=np.intp)


_MEANING = {
    "classes": "logits", "binary": "probabilities", "labels": "labels that do not exclude each other",
    "values": "values", "": "not known to be logits",
}  # fmt: skip


def constant_inputs(inputs: Any, circuit: Circuit, where: str) -> Stimulus:
    """Inputs of a network: a constant stimulus as it is, or (trials, channels) of the only input.

    Raises:
        ParameterError: a stimulus of spikes or frames, or an array where there are several inputs.
    """
    if isinstance(inputs, Stimulus):
        if inputs.encoding != "constant" or inputs.frame is not None:
            raise ParameterError(f"{where}: got a {inputs.encoding} stimulus, expected the network's constant inputs")
        return inputs
    if isinstance(inputs, Mapping):
        with named_as(where):
            return Stimulus({name: finite(values, "Hz", str(name)) for name, values in inputs.items()})
    names = [part.name for part in circuit.inputs]
    if len(names) != 1:
        raise ParameterError(f"{where}: got one array, expected one for each of {', '.join(names) or 'no input'}")
    values = finite(inputs, "Hz", where)
    with named_as(where):
        return Stimulus({names[0]: values})
