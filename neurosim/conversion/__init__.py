"""Trained networks in and out, their translation into spiking cells, and a diagnosis of that translation."""

from neurosim.conversion.calibration import Translation as Translation
from neurosim.conversion.diagnosis import Diagnosis as Diagnosis
from neurosim.conversion.diagnosis import diagnose as diagnose
from neurosim.conversion.files import export_network as export_network
from neurosim.conversion.imported import ImportedNetwork as ImportedNetwork
from neurosim.conversion.importer import import_network as import_network
from neurosim.conversion.nir_graphs import from_nir as from_nir
from neurosim.conversion.nir_graphs import to_nir as to_nir
from neurosim.conversion.result import Conversion as Conversion
from neurosim.conversion.spiking import convert as convert
from neurosim.conversion.timed_result import TimedConversion as TimedConversion
from neurosim.registry import exports

__all__, __dir__ = exports(globals())
