"""Columns of the tables that the machine code reads, and the values of those that are a choice."""

from enum import IntEnum


class Pop(IntEnum):
    """Columns of the table of populations (whole numbers)."""

    OFFSET = 0
    SIZE = 1
    LAW = 2
    REFRACTORY = 3
    """Steps from a spike to the next step that integrates; 0: input reaches `v` at any time."""
    SUBTRACTS = 4
    ADAPTS = 5
    """Whether the first variable is an adaptation, which a spike raises."""
    FIRST = 6
    LAST = 7
    """Variables FIRST ... LAST - 1 belong to the population."""
    SLOTS = 8
    """Steps whose spikes are remembered."""
    RING = 9
    FLAGS = 10
    OWN = 11
    """Whether its units have constants of their own."""
    OPENS = 12
    """Step in which its window opens, of cells that spike once in a window."""
    CLOSES = 13


class Law(IntEnum):
    """How a population is integrated."""

    EXACT = 0
    RK2 = 1
    EULER = 2
    TIMED = 3
    """Cells that listen, and then spike once in a window."""


class Const(IntEnum):
    """Columns of the table of populations (real numbers), and rows of that of units with constants of their own."""

    RATE = 0
    """exp(-dt/tau_m) (exact), dt/tau_m (rk2; of a unit of its own tau_m, where Brian2 divides) or 1/tau_m (euler)."""
    RESET = 1
    JUMP = 2
    NOISE = 3
    DT = 4
    ROOT = 5
    """Square root of dt."""
    ONE = 6
    """The threshold; of cells with a window that of a cell without drive."""
    HALF = 7
    FALL = 8
    """Decay of the threshold's rise in a step."""
    RISE = 9
    """Rise of the threshold at a spike."""


class Path(IntEnum):
    """Columns of the table of projections."""

    FROM_INPUT = 0
    SOURCE = 1
    POST = 2
    VARIABLE = 3
    """Variable that is fed; -1: the membrane itself."""
    DELAY = 4
    FORM = 5
    WEIGHTS = 6
    """Where the weights begin."""
    POINTERS = 7
    """Where the row pointers of a sparse matrix begin."""
    ENTRIES = 8
    """Where the targets of a sparse matrix begin."""


class Track(IntEnum):
    """Columns of the table of what is recorded over time."""

    OF_V = 0
    """Whether it is v; else a variable."""
    LISTED = 1
    """Whether its units are listed; else they stand one behind the other."""
    FIRST = 2
    """The first unit, or its place in the list."""
    COUNT = 3
    EVERY = 4
    """Steps whose number is a multiple of this are recorded."""
    BEFORE = 5
    """How many such steps were before the run."""
    BEGIN = 6
    """Where its values begin: by step, trial and unit."""


class Form(IntEnum):
    """How weights are stored."""

    DENSE = 0
    SPARSE = 1
    EVEN = 2
    """Sparse, and every unit has the same effect on all its targets: one weight per unit."""
    UNIFORM = 3
    COUNTED = 4
    """No weights here: what arrives in a step is a row of a table, whose column WEIGHTS is the first one."""


class Learn(IntEnum):
    """Columns of the table of projections whose weights change (whole numbers)."""

    N_PRE = 0
    N_POST = 1
    SPARSE = 2
    """Whether connections are listed; else every pair of cells has one."""
    WEIGHTS = 3
    """Where the weights begin, by source, then target; and those of the lists of targets, and of the way back."""
    POINTERS = 4
    BACK_POINTERS = 5
    PRE = 6
    """Where the presynaptic traces begin."""
    POST = 7
    ON_PRE = 8
    """Whether a presynaptic spike changes weights."""
    ON_POST = 9
    X1_TO_ONE = 10
    X2_TO_ONE = 11
    Y1_TO_ONE = 12
    Y2_TO_ONE = 13
    SOFT = 14
    TARGET = 15
    """Number of the population whose spikes are the postsynaptic ones."""


class Amount(IntEnum):
    """Columns of the table of projections whose weights change (real numbers)."""

    GAIN = 0
    """What a weight of 1 s adds to the target."""
    W_MAX = 1
    PRE_CONSTANT = 2
    PRE_LINEAR = 3
    PRE_PRODUCT = 4
    POST_CONSTANT = 5
    POST_LINEAR = 6
    POST_PRODUCT = 7
    X1 = 8
    """Factors by which the traces decay in a step."""
    X2 = 9
    Y1 = 10
    Y2 = 11


class Nap(IntEnum):
    """Columns of the table of populations that says who sleeps."""

    MAY = 0
    """Whether its units may sleep."""
    NAPPING = 1
    """Whether some do; else all are stepped in a row."""
    AWAKE = 2
    """How many are awake, the first ones of a list."""
    TOUCHED = 3
    """How many of those that sleep got input in this step."""
    WORK = 4
    """Since the window began; 1 is a step of one unit where all are stepped in a row."""
    NEXT = 5
    """Step at which somebody asks whether sleeping pays."""
    WAIT = 6
    """Steps until then."""
    MOST = 7
    """How many may be awake where all the others lie down."""
    LIMIT = 8
    """Work of a window above which all are stepped in a row again."""
    SLEPT = 9
    """Steps of units that nobody made, in all trials so far."""
