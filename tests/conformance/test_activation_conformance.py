"""What every activation in the folder must satisfy, whoever wrote it."""

import pytest

from neurosim import activations
from neurosim.circuits.kernels import Exponential
from neurosim.contracts import check_component

DEFAULTS = {name: cls() for name, cls in activations.known().items()}
VARIANTS = {
    "GELU-tanh": activations.GELU(form="tanh"),
    "ELU-deep": activations.ELU(alpha=2.5, gain=30.0, threshold=0.5, width=0.3),
    "ReLU-shifted": activations.ReLU(gain=40.0, threshold=1.0),
    "Softplus-sharp": activations.Softplus(gain=40.0, threshold=1.0, width=0.05),
    "NoisyReLU-sharp": activations.NoisyReLU(gain=40.0, threshold=1.0, width=0.1),
    "Softmax-cold": activations.Softmax(gain=20.0, temperature=0.3),
    "KWTA-3": activations.KWTA(k=3),
    "LocalResponseNorm-strong": activations.LocalResponseNorm(alpha=0.3, size=3, wrap=True, gain=20.0),
    "LocalResponseNorm-root": activations.LocalResponseNorm(alpha=0.5, beta=0.5, size=9),
    "Sparsemax-warm": activations.Sparsemax(gain=20.0, temperature=3.0),
    "SoftKWTA-3": activations.SoftKWTA(k=3, gain=20.0, temperature=0.3),
    "SoftThreshold-small": activations.SoftThreshold(threshold=0.1, gain=5.0),
    "DivisiveNormalisation-local": activations.DivisiveNormalisation(
        exponent=1.5, sigma=0.3, weight=0.4, kernel=Exponential(length=1.0), topology="line", gain=30.0
    ),
    "Composition-of-winners": activations.Composition(inner=activations.KWTA(k=3), outer=activations.SoftLIF()),
    "LIFCurve-no-refractoriness": activations.LIFCurve(t_ref=0.0, v_reset=0.5),
    "Siegert-noiseless": activations.Siegert(sigma_stat=0.0),
    "Siegert-quiet": activations.Siegert(sigma_stat=1e-3, t_ref=0.0),
    "Siegert-step": activations.Siegert(dt=1e-4, v_reset=-1.0),
    "SoftLIF-sharp": activations.SoftLIF(smoothing=1e-3),
    "MeasuredCurve-saturating": activations.MeasuredCurve(drives=(0.5, 1.0, 3.0, 4.0), rates=(1.0, 5.0, 20.0, 20.0)),
}
CASES = {**DEFAULTS, **VARIANTS}


def test_everything_in_the_folder_is_tested():
    expected = (
        "Identity Step ReLU LeakyReLU PReLU ELU SELU GELU SiLU Softplus Sigmoid Tanh Softmax KWTA LIFCurve Siegert"
    )
    assert set(expected.split()) | {"SoftLIF", "NoisyReLU", "MeasuredCurve"} <= set(DEFAULTS)


def test_curves_that_dip_say_so_and_others_claim_to_be_monotone():
    # Hendrycks & Gimpel (2016) and Elfwing et al. (2018): slopes of -0.129 and -0.0998 at their steepest descent.
    assert activations.GELU().slope_range()[0] == pytest.approx(-0.129, abs=1e-3)
    assert activations.SiLU().slope_range()[0] == pytest.approx(-0.0998, abs=1e-3)
    assert activations.Softplus().slope_range()[0] == activations.LIFCurve().slope_range()[0] == 0.0


@pytest.mark.parametrize("name", CASES)
def test_it_keeps_the_contract_of_its_family(name):
    assert len(check_component(CASES[name])) >= 25
