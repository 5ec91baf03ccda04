"""The commands about trust:

make a key, sign with it, and check what somebody published.
"""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import PATH, Reported, option, site_option, store_option
from pipeline.cli.report import Done, Reporter
from pipeline.errors import CheckFailed
from pipeline.system.progress import to_stderr

if TYPE_CHECKING:
    from pipeline.checking.findings import Report


@click.command("keygen", cls=Reported, example="keygen signing-key.pem")
@click.argument("file", type=PATH, default="signing-key.pem")
@store_option
@site_option
def keygen(file: Path, out: Path, site: Path) -> Done:
    """Make a key to sign models with: FILE and FILE.pub.

    FILE is the private key. Only you can read it: keep it secret, and keep a copy of it
    in a safe place. FILE.pub is the public key, printed as the line to give to
    <sketch-classifier key="...">.
    """
    from pipeline.signing.keys import make_key, one_line, public_path, require_outside

    require_outside(file, site, out)
    line, public_file = one_line(make_key(file)), public_path(file)
    return Done(
        document={
            "private_key_file": str(file),
            "public_key_file": str(public_file),
            "public_key": line,
        },
        text=line,
        note=(
            f"The private key is in {file}: keep it secret. The public key is in"
            f" {public_file}:"
        ),
    )


@click.command("sign", cls=Reported, example="sign mnist-softmax --key signing-key.pem")
@click.argument("target", metavar="NAME|FOLDER")
@option("--key", type=PATH, required=True, help="File with the private key.")
@click.option("--version", help="Version of the model.  [default: the live one]")
@store_option
@site_option
def sign(target: str, key: Path, version: str | None, out: Path, site: Path) -> Done:
    """Sign a model (NAME) or an export (./FOLDER).

    A model is signed on the site and in the store. The signature is a file beside the
    folder that it signs, FOLDER.sig, in the format of OpenSSF model-signing, with a
    higher counter than the model's earlier ones.
    """
    from pipeline.signing.signer import Signer, sign_target
    from pipeline.site.index import former_index
    from pipeline.site.memory import changing

    Signer.read(key, site, out)  # refuses a key before the folders, in which it may be
    expires = former_index(site / "models", to_stderr).expires
    # an old copy of a site is refused: it may show what was taken back
    of_model = Path(target).name == target
    with (
        changing(site, out, progress=to_stderr)
        if of_model
        else contextlib.nullcontext()
    ):
        files, counter = sign_target(
            target, key, version=version, site=site, out=out, expires=expires
        )
    text = "\n".join(f"{file} counter {counter}" for file in files)
    return Done(
        document={"files": [str(file) for file in files], "counter": counter}, text=text
    )


def _remedy(report: "Report") -> str:
    """Name the command that mends what failed its check."""
    if report.kind in ("plain", "export"):
        return "export it again, into another folder: `pipeline export`"
    deployed = Path(report.target, "deployed.json").exists()
    if "://" in report.target or deployed:
        unsigned = all(
            finding.check == "signature"
            for finding in report.findings
            if not finding.passed
        )
        first = (
            "sign your own copy (`pipeline sign NAME --key FILE`), and upload it; "
            if unsigned
            else ""
        )
        where = report.target if deployed else "TARGET"
        return (
            f"{first}`pipeline deploy {where} --verify` replaces what differs from your"
            " site"
        )
    return (
        "publish (`pipeline build`), restore (`pipeline versions prune`) or sign"
        " (`pipeline sign NAME --key FILE`)"
    )


@click.command(
    "check",
    cls=Reported,
    works=True,
    example="check https://example.org/site/ --key signing-key.pem.pub",
)
@click.argument("target", metavar="SITE|FOLDER|FILE|URL")
@click.option(
    "--key",
    help="Public key that must have signed what is live: a file, or the line itself.",
)
@click.option(
    "--run",
    is_flag=True,
    help="Compute the recorded answers again, in stock TensorFlow.js.",
)
@click.option(
    "--model", type=PATH, help="Keras model file to compare the answers with."
)
@click.option(
    "--samples",
    type=PATH,
    help="Inputs for a model's file, in place of random ones: .npz or .npy.",
)
@click.option(
    "--in",
    "runtime",
    metavar="RUNTIME",
    help="Run it in Chromium: tfjs, litert.js or onnxruntime-web.",
)
@click.option(
    "--backend",
    help="Backend of that runtime: cpu, wasm, webgl or webgpu.  [default: wasm]",
)
def check(
    reporter: Reporter,
    target: str,
    key: str | None,
    run: bool,
    model: Path | None,
    **browser: Any,
) -> Done:
    """Check what somebody published, without trusting it.

    TARGET is a site, a store, a model in one of them, a version or an export: a folder,
    or the address of a site, a latest.json or a manifest.json. Every file is compared
    with its manifest, compressed copies with their originals, pointers with each other,
    the signature with the files and the key, and a site's page with what was published.
    Files that nobody vouches for are named. Of an address, it also looks at how the
    host sends a site: types, caching, compression, access for other pages, the
    Content-Security-Policy, and what it answers where there is no file.

    TARGET can also be a model.json that another converter wrote, or its folder; or an
    .onnx or .tflite file, for which the extra [formats] is needed. With --model the
    file is run in stock TensorFlow.js, onnxruntime or LiteRT, and its answers are
    compared with those of the Keras model.

    With --in, it runs as on a page: in headless Chromium, by TensorFlow.js, LiteRT.js
    or onnxruntime-web, whose npm packages are looked for from the current folder on.
    WebGPU needs no GPU, but the result says if there is none.
    """
    from pipeline.checking.check import check_target
    from pipeline.checking.findings import counted

    report = check_target(
        target, key=key, run=run, model=model, progress=reporter.progress, **browser
    )
    failure = None
    if not report.passed:
        failure = CheckFailed(
            f"{target} failed its check:"
            f" {counted(len(report.problems))}.\n\n{report.table()}\n\n"
            f"Do not use it. If it is yours, {_remedy(report)}"
            f"{', or pass the --model that it was made from' if model else ''}."
        )
    return Done(document=report.as_json(), text=str(report), failure=failure)


COMMANDS = (check, keygen, sign)
