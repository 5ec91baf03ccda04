"""The commands about trust: make a key, sign with it, and check what somebody published."""

from pathlib import Path

import click

from pipeline.cli_options import PATH, option, out_option, site_option


@click.command("keygen")
@click.argument("file", type=PATH, default="signing-key.pem")
@out_option
@site_option
def keygen(file: Path, out: Path, site: Path) -> None:
    """Make a key to sign models with: FILE and FILE.pub.

    FILE is the private key. Only you can read it: keep it secret, and keep a copy of it in a safe place. FILE.pub is
    the public key, printed as the line to give to <sketch-classifier key="...">.
    """
    from pipeline.signing.keys import make_key, one_line, public_path, require_outside

    require_outside(file, site, out)
    public = make_key(file)
    click.echo(f"The private key is in {file}: keep it secret. The public key is in {public_path(file)}:", err=True)
    click.echo(one_line(public))


@click.command("sign")
@click.argument("target", metavar="NAME|FOLDER")
@option("--key", type=PATH, required=True, help="File with the private key.")
@click.option("--version", help="Version of the model.  [default: the live one]")
@out_option
@site_option
def sign(target: str, key: Path, version: str | None, out: Path, site: Path) -> None:
    """Sign a model, or the folder of an export.

    A model is signed on the site and in the store. The signature is a file beside the folder that it signs,
    FOLDER.sig, in the format of OpenSSF model-signing, with a higher counter than the model's earlier ones.
    """
    from pipeline.signing.targets import sign_target

    files, counter = sign_target(target, key, version=version, site=site, out=out)
    for file in files:
        click.echo(f"{file} counter {counter}")
