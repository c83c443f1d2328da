"""Real networks: what networks that others trained on language, pictures and sound say of the same claims."""
