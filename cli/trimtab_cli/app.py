"""The command line: finds the commands and says what its exit codes mean."""

import os
import pkgutil
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from trimtab_cli import commands


class _Commands(TyperGroup):
    """The commands; a reader that has heard enough, such as ``head``, is no fault."""

    def invoke(self, ctx: Any) -> Any:
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
            return answer
        except BrokenPipeError:
            # What is still buffered would be written, and fail, when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        except SystemExit as end:
            if isinstance(end.__context__, BrokenPipeError):  # Rich's way to say the same
                raise typer.Exit from None
            raise


app = typer.Typer(
    cls=_Commands,
    name="trimtab",
    help="Trimtab restarts stopped ECS tasks, right-sizes task definitions and shifts capacity providers, "
    "and explains each decision. Exit codes: 0 done, 1 the answer is no, 2 wrong input, 3 AWS refused.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback that shows local variables could show secrets of a task.
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        typer.echo(version("trimtab"))
    except PackageNotFoundError:
        typer.echo("not installed as a package")
    raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and stop."),
    ] = False,
) -> None:
    """Hold the options of all commands; its presence also keeps a single command a subcommand."""


def _register_commands() -> None:
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        loaded = import_module(f"{commands.__name__}.{module.name}")
        name = module.name.replace("_", "-")
        if isinstance(group := getattr(loaded, "app", None), typer.Typer):
            app.add_typer(group, name=name)
        elif command := getattr(loaded, module.name, None):
            app.command(name=name)(command)


_register_commands()


def main() -> None:
    """Run the command line; the entry point of the installed ``trimtab`` command."""
    app()


if __name__ == "__main__":
    main()
