"""What a conversion returns: the spiking circuit, and how to speak to it and read it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.conversion.calibration import Translation
from neurosim.params import Array, ParameterError, instance, real
from neurosim.prediction import constant_inputs
from neurosim.recording import Recording
from neurosim.registry import lookup
from neurosim.stimuli.stimulus import Encoding, Stimulus

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Conversion:
    """A spiking circuit that stands for a network of static units.

    Args:
        circuit: the spiking circuit; without the output population where that is read by a static unit.
        cells: its cells.
        layers: the translation of every spiking population, in feed-forward order.
        source: the network's circuit, `source_cells` its units.
        readout: "static": output = activation(weights * decoded activity of the last spiking populations + bias);
            "spiking": the output population spikes, and a common offset that keeps its logits positive is taken off.
        offset: that offset, in the network's activity (0 for a static readout).
        encoding: how inputs arrive.
        input_unit: the network's input per Hz (1 for constant input, which is no rate).
    """

    circuit: Circuit
    cells: Mapping[str, Cell]
    layers: tuple[Translation, ...]
    source: Circuit
    source_cells: Mapping[str, Cell]
    readout: str
    offset: float
    encoding: Encoding
    input_unit: float

    @property
    def output(self) -> str:
        """Name of the network's last population."""
        order = self.source.order()
        assert order is not None
        return order[-1]

    def layer(self, population: str) -> Translation:
        """The translation of one population."""
        return lookup("spiking population", population, {part.population: part for part in self.layers})

    def stimulus(self, inputs: Any) -> Stimulus:
        """The network's inputs (trials, channels) as the spiking circuit receives them."""
        given = constant_inputs(inputs, self.source, "conversion: inputs")
        if self.encoding == "constant":
            return given
        return Stimulus({k: x / self.input_unit for k, x in given.rates.items()}, self.encoding, None, given.identity)

    def decode(self, rates: Mapping[str, Array]) -> dict[str, Array]:
        """Rates in Hz of the spiking populations as activities of the network."""
        given = self._of_every_population(rates, "Hz", "rates", "rates by population, such as recording.rates")
        found = {part.population: part.unit * given[part.population] for part in self.layers}
        if self.readout == "spiking":
            found[self.output] = found[self.output] - self.offset
        return found

    def read(self, recording: Recording) -> Array:
        """The network's output (trials, units) from a run of the spiking circuit."""
        return self.read_rates(instance(recording, Recording, "Conversion.read: recording").rates)

    def read_rates(self, rates: Mapping[str, Array]) -> Array:
        """The same from rates in Hz by population, such as those of a part of a run."""
        return self.output_of(self.decode(rates))

    def _of_every_population(self, values: Any, unit: str, what: str, expected: str) -> dict[str, Array]:
        """Arrays (trials, units) of all spiking populations."""
        instance(values, Mapping, f"Conversion: {what}", f"a mapping of {expected}")
        found = {}
        for name in self.cells:
            if name not in values:
                raise ParameterError(f"Conversion: {what}: got none of {name!r}, expected those of every population")
            array = real(values[name], unit, f"Conversion: {what}[{name!r}]")
            if array.ndim != 2 or array.shape[1] != self.circuit.sizes[name]:
                raise ParameterError(
                    f"Conversion: {what}[{name!r}]: got shape {array.shape}, expected (trials, "
                    f"{self.circuit.sizes[name]})"
                )
            found[name] = array
        return found

    def output_of(self, activity: Mapping[str, Array]) -> Array:
        """The network's output from the activities of its spiking populations."""
        activity = self._of_every_population(
            activity, "1", "activity", "activities by population, such as decode gives"
        )
        if self.readout == "spiking":
            return activity[self.output]
        drive: Any = self.source.population(self.output).bias
        for p in self.source.onto(self.output):
            drive = drive + p.apply(activity[p.pre])
        transfer = self.source_cells[self.output].transfer
        assert transfer is not None
        result: Array = transfer(np.asarray(drive))
        return result

    def to_frame(self) -> "pd.DataFrame":
        """The translations as a table, one row per spiking population."""
        import pandas as pd

        return pd.DataFrame([dataclasses.asdict(part) for part in self.layers])

    def __repr__(self) -> str:
        parts = "; ".join(
            f"{part.population}: {part.kind}, scale {part.scale:.4g} at {part.peak:.4g} Hz, "
            f"residual {part.residual:.2g}, clipped {100 * part.clipped:.2g} %"
            for part in self.layers
        )
        return f"Conversion({parts}; readout {self.readout}, {self.encoding} input)"
