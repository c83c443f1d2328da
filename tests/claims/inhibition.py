"""Tables under which the rules of the chapter on inhibition say yes, no and nothing."""

TABLES = {}
