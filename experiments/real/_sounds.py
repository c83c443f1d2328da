"""Sounds for the pitch trackers: harmonic tones with a known pitch, in noise."""

import functools

import numpy as np

import neurosim as ns

NETWORKS = {"tiny": "CREPE tiny", "full": "CREPE full"}
NOISE = 0.3
"""Standard deviation of the noise, over that of the tone."""


@functools.cache
def tracker(size):
    """A pitch tracker, read once."""
    from neurosim.real.pitch_tracker import pitch_tracker

    return pitch_tracker(size)


def sounds(seed, frames, noise=NOISE):
    """Frames of harmonic tones in white noise, (frames, 1024), and the pitch of each in Hz (from 80 to 640)."""
    from neurosim.real.pitch_tracker import RATE, WINDOW, framed

    rng = ns.randomness.stream(seed, "stimulus", "sounds")
    pitches = 80.0 * 2.0 ** rng.uniform(0, 3, frames)
    time = np.arange(WINDOW) / RATE
    harmonics = np.arange(1, 9)
    strength, phase = rng.uniform(0.2, 1.0, (frames, 8)) / harmonics, rng.uniform(0, 2 * np.pi, (frames, 8))
    waves = np.sin(2 * np.pi * pitches[:, None, None] * harmonics[:, None] * time + phase[..., None])
    tones = (strength[..., None] * waves).sum(axis=1)
    tones /= tones.std(axis=1, keepdims=True)
    tones += noise * rng.standard_normal(tones.shape)
    return np.concatenate([framed(tone) for tone in tones]), pitches
