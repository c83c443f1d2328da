"""How fast are the engines, measured against C and against the libraries that are installed?

Prediction: units that spike rarely cost little if only the weights of those that spiked are touched; such an engine
stays within a small factor of a program in C that does nothing else, and it beats dense matrix products up to some
tens of per cent of units spiking per step.

Five works, the same network, time step and input for everyone; what came out (spikes of every unit, mean rates) is
compared before any time is. W1: independent LIF cells at drives from 0 to 5. W2: a recurrent network of LIF cells, 80 %
excitatory and 20 % inhibitory, each with synapses onto a tenth of the others, delta synapses, a delay of 1.5 ms, driven
by Poisson sources. W3: a 784-512-256-10 ReLU network as integrate-and-fire units with reset by subtraction, 15 % of the
units active and 0.04 spikes per unit and step. W4: learning without labels as Diehl & Cook have it, 784 Poisson inputs
(a white pixel: 63.75 Hz), 400 LIF cells with thresholds that rise and lateral inhibition, weights by spike times,
normalised after each image of 1,000 steps of 0.5 ms; a whole call of learn(), its input spikes drawn. W5: ReLU rate
units with dense recurrent weights and lateral inhibition. The bound is a C source per work (benchmarks/c),
event-driven where something spikes, in double precision, built with gcc -O3 -march=native where there is a compiler.
Every entrant runs once unmeasured (compilation, caches), then all run in turn, so that a slow moment of the machine
meets everyone; times are medians. A call of simulate() counts whole: checks, input spikes, recording and provenance
included; the C program is handed its arrays. Nothing here asserts an absolute time: machines differ, and other programs
run on them.

Sources: Brunel, J Comput Neurosci 8 (2000) for the network; Rueckauer et al., Front Neurosci 11:682 (2017) for spiking
ReLUs; Diehl & Cook, Front Comput Neurosci 9:99 (2015) for the learner; Stimberg, Brette & Goodman, eLife 8 (2019)
e47314 for Brian2.
"""
