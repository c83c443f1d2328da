"""Inhibition: what it does to edges, contrast, contours and motion when it comes from neighbours or from one side."""
