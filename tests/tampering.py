"""What the findings of an experiment say, and tables with one thing falsified: both for the experiments' own tests."""

import numpy as np


def failed(findings):
    """The names of the checks that fail."""
    return {finding.id for finding in findings if finding.verdict == "fails"}


def verdicts(findings):
    """The verdict of every finding, by its name."""
    return {finding.id: finding.verdict for finding in findings}


def claims(findings):
    """The verdict on every claim, by its name."""
    return {finding.id: finding.verdict for finding in findings if finding.kind == "claim"}


def verdict(experiment, tables, name):
    """The verdict of the one finding of this name."""
    (found,) = (finding.verdict for finding in experiment.findings(tables) if finding.id == name)
    return found


def changed(tables, table, column, rule, rows=None):
    """The tables with one column of one of them falsified, everywhere or in the rows of a query or of a function."""
    wrong = tables[table].copy()
    if wrong[column].dtype.kind in "biu":  # whole numbers may become others
        wrong[column] = wrong[column].astype(float)
    chosen = np.ones(len(wrong), dtype=bool) if rows is None else rows(wrong) if callable(rows) else wrong.eval(rows)
    assert np.any(chosen)
    # The rule is a function of the column, an expression of several columns, or simply the new value.
    if callable(rule):
        rule = rule(wrong.loc[chosen, column])
    elif isinstance(rule, str):
        rule = wrong.loc[chosen].eval(rule)
    wrong.loc[chosen, column] = rule
    return {**tables, table: wrong}


def falsified(t, table, column, value, rows=None):
    """The tables of a question with a value put into one column, everywhere or in the rows of a query."""
    wrong = getattr(t, table).copy()
    chosen = np.ones(len(wrong), dtype=bool) if rows is None else wrong.eval(rows)
    assert np.any(chosen)
    wrong[column] = wrong[column].mask(chosen, value)
    return type(t)(**{**vars(t), table: wrong})


def verdict_of(question, t, name):
    """The verdict of the one finding of this name."""
    (found,) = (finding.verdict for finding in question.findings(t) if finding.id == name)
    return found
