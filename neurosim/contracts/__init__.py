"""What every activation, cell, rule, homeostasis, motif and engine must do, as checks to run on your own."""

from neurosim.contracts.component import check_component as check_component
from neurosim.contracts.running import BrokenContractError as BrokenContractError
from neurosim.contracts.running import Check as Check
