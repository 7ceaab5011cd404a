"""Commands with damaged files and strange arguments, in this very process."""

import io
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random

from core.__main__ import BAD_INPUT, main
from soak.fuzzed import specimens
from soak.fuzzed.files import check_sentence
from soak.mutations import mutated, strange_word


def feed_command(random: Random) -> None:
    """Exit code 0 or 2, and sentences, for whatever is typed."""
    with tempfile.TemporaryDirectory() as folder:
        model, picture = Path(folder) / "model.safetensors", Path(folder) / "a.png"
        model.write_bytes(mutated(random.choice(specimens.models()), specimens.models(), random))
        picture.write_bytes(specimens.picture("PNG"))
        word = strange_word(random).replace("\0", "")
        arguments = random.choice(
            (
                ["predict", "--run", str(model), str(picture)],
                ["predict", "--run", word, str(picture)],
                ["predict", "--run", "demo", f"{folder}/{word}"],
                ["activations", "--run", str(model), str(picture)],
                ["ablate", "--run", str(model), "--units", word],
                ["doctor", "--run", str(model)],
                ["correct", "--run", str(model), f"--label={word}", str(picture)],
                ["correct", f"--remove={word}"],
                [
                    "export",
                    "--run",
                    str(model),
                    "--format",
                    random.choice(("json", "report", word)),
                    "--out",
                    f"{folder}/o",
                ],
                ["import", str(model), f"--title={word}"],
                ["import", f"{folder}/{word}", f"--class-names={word}"],
                ["download", f"{word}x", f"--mirror={word}"],
            )
        )
        said, told = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(told):
            try:
                code = main(arguments)
            except SystemExit as end:
                # argparse’s own way out.
                code = int(end.code or 0)
    assert code in (0, BAD_INPUT), (code, arguments)
    if code == BAD_INPUT:
        check_sentence(told.getvalue())
    assert "Traceback" not in said.getvalue() + told.getvalue(), arguments
