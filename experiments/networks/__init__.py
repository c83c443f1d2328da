"""Networks: what biases, depth and conversion to spikes do to trained networks."""
