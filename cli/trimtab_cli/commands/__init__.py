"""One module per command; app.py finds them by name.

Module ``explain`` offers either a function ``explain``, which becomes the command, or a Typer ``app``,
which becomes a group of commands. Modules are imported on every start: slow packages are imported
inside the command.
"""
