"""``trimtab lab serve``: the simulated account behind a port of this machine."""

import signal
from typing import Annotated

import typer

app = typer.Typer(
    help="The laboratory: a simulated AWS account, for trying things out.", no_args_is_help=True
)


@app.callback()
def _group() -> None:
    """Keep ``serve`` a subcommand although it is the only one."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 4599,
    seed: Annotated[int, typer.Option(help="All chance comes from it.")] = 7,
    speed: Annotated[float, typer.Option(min=0, help="Simulated seconds that pass in a second.")] = 1.0,
    fleet: Annotated[bool, typer.Option(help="With the demo's fleet, people and weather in it.")] = True,
) -> None:
    """Answer AWS SDKs on 127.0.0.1 with a simulated account until Ctrl-C.

    Any SDK or the AWS CLI works with AWS_ENDPOINT_URL set to the printed address and any credentials.
    """
    from trimtab_cli.demo.events import book
    from trimtab_cli.demo.scene import Scene
    from trimtab_lab.account import make_lab
    from trimtab_lab.http import serve as serve_lab

    lab = make_lab(seed)
    if fleet:
        scene = Scene(lab, {}, {})
        scene.build()
        book(scene, days=14)
    try:
        server = serve_lab(lab, port, speed)
    except OSError as fault:
        typer.echo(
            f"cannot listen on 127.0.0.1:{port}: {fault.strerror}. Try another --port, or 0.", err=True
        )
        raise typer.Exit(2) from None
    typer.echo(f"export AWS_ENDPOINT_URL={server.url} AWS_DEFAULT_REGION={lab.region}")
    typer.echo("Any credentials will do. Ctrl-C ends it; nothing is kept.", err=True)
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        server.close()
