"""Plots: functions that take and return Axes, in one style, from arrays and tables alone."""

from neurosim.plots.circuits import Link as Link
from neurosim.plots.circuits import plot_circuit as plot_circuit
from neurosim.plots.curves import plot_band as plot_band
from neurosim.plots.curves import plot_curves as plot_curves
from neurosim.plots.curves import plot_trace as plot_trace
from neurosim.plots.curves import plot_transfer as plot_transfer
from neurosim.plots.distributions import plot_histogram as plot_histogram
from neurosim.plots.distributions import plot_points_with_intervals as plot_points_with_intervals
from neurosim.plots.distributions import plot_tradeoff as plot_tradeoff
from neurosim.plots.figure import StyledFigure as StyledFigure
from neurosim.plots.figure import axis_label as axis_label
from neurosim.plots.figure import despine as despine
from neurosim.plots.figure import label_panels as label_panels
from neurosim.plots.figure import new_figure as new_figure
from neurosim.plots.figure import save_figure as save_figure
from neurosim.plots.figure import tidy as tidy
from neurosim.plots.matrices import plot_filters as plot_filters
from neurosim.plots.matrices import plot_heatmap as plot_heatmap
from neurosim.plots.matrices import plot_matrix as plot_matrix
from neurosim.plots.populations import Panels as Panels
from neurosim.plots.populations import plot_population as plot_population
from neurosim.plots.rasters import plot_image as plot_image
from neurosim.plots.rasters import plot_psth as plot_psth
from neurosim.plots.rasters import plot_raster as plot_raster
from neurosim.plots.style import OKABE_ITO as OKABE_ITO
from neurosim.plots.style import RUNGS as RUNGS
from neurosim.plots.style import WIDTHS_MM as WIDTHS_MM
from neurosim.plots.style import SeriesStyle as SeriesStyle
from neurosim.plots.style import activation_style as activation_style
from neurosim.plots.style import figure_size as figure_size
from neurosim.plots.style import series_style as series_style
from neurosim.plots.style import style as style
from neurosim.registry import exports

__all__, __dir__ = exports(globals())
