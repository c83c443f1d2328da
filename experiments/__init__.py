"""One question per file; `python -m experiments list` shows them, `run` answers, `report` makes one page of all."""
