"""Learning: what Hebb's rule and spike timing make of weights, and what keeps them in bounds."""
