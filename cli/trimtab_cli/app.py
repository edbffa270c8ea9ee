"""The command line: finds the commands and says what its exit codes mean."""

import pkgutil
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from trimtab_cli import commands

app = typer.Typer(
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
