# %% [markdown]
# # 5 From a question to a figure in a paper
#
# A question is one file: parameters, what is computed for one seed, an answer, findings, and panels. From that file
# follow runs that can be interrupted, sweeps, comparison, and what a paper needs.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

from neurosim import lab
from neurosim.lab.new import new
from neurosim.plots import new_figure

keep = TemporaryDirectory()
folder = Path(keep.name)
(folder / "mine").mkdir()

# %% [markdown]
# ## A file that runs at once
#
# On a command line: `neurosim new mine/more_input`.

# %%
path = new("mine/more_input", folder)
print(path.read_text().partition("def findings")[0])

# %% [markdown]
# ## Run it, and go on with more seeds
#
# `neurosim run mine/more_input --seeds 4`. Every seed is a task of its own: going from 4 to 6 computes two, and after
# an interruption only what is missing.

# %%
first = lab.run(path, seeds=4, out=folder / "results", progress=False)
more = lab.run(path, seeds=6, out=folder / "results", progress=False)
assert len(list((folder / "results" / "parts" / "mine" / "more_input").glob("*.part"))) == 6
print(more.outcome)

# %%
more.tables["rates"].groupby("drive").rate.agg(["mean", "std"]).round(1)

# %% [markdown]
# ## A sweep
#
# `neurosim sweep mine/more_input --over noise=0.1,0.3 --seeds 3`: one tidy table, one figure.

# %%
table = lab.sweep(path, over={"noise": [0.1, 0.3]}, seeds=3, out=folder / "results", progress=False)
assert set(table.noise) == {0.1, 0.3}
table.groupby(["noise", "drive"]).rate.mean().unstack().round(1)

# %% [markdown]
# ## Compare two runs

# %%
from neurosim.lab.compare import compare

print(compare(first.folder, more.folder))

# %% [markdown]
# ## What a paper needs
#
# `neurosim paper mine/more_input` writes figure, caption, tables, a paragraph for the methods and BibTeX into one
# folder; `neurosim figure mine/more_input --panels A --size nature-1` one figure.

# %%
from neurosim.lab.paper import write_paper

for file in write_paper(more, folder / "paper", panels="A", size="nature-1", folder=folder):
    print(file.name)
print((folder / "paper" / "methods.txt").read_text())

# %% [markdown]
# ## Exercises
#
# **1.** Draw panel A on axes of your own, beside a line of your choice.

# %% tags=["hide-input"]
figure = new_figure("nature-1")
axes = figure.subplots()
caption = lab.draw_panel(more, "A", axes, folder=folder)
axes.axvline(1.0, color="0.6")
assert caption.startswith("rate against drive")
figure

# %% [markdown]
# **2.** Change the drives in the file to 1.2, 1.4, 1.6 and 2.0, and run it again. What happens to the seeds that were
# computed?

# %% tags=["hide-input"]
text = (
    path.read_text()
    .replace("(0.8, 1.0, 1.2, 1.4)", "(1.2, 1.4, 1.6, 2.0)")
    .replace("[1.4] - rates[0.8]", "[2.0] - rates[1.2]")
)
path.write_text(text)
changed = lab.run(path, seeds=4, out=folder / "results", progress=False)
assert changed.folder != first.folder  # other code, other tasks: numbers of two versions never lie side by side
assert set(changed.tables["rates"].drive) == {1.2, 1.4, 1.6, 2.0}
keep.cleanup()
