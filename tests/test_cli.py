"""The command line as a user meets it: pictures, or one line that says what was wrong."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ddpm_edu import NoiseSchedule, UNet, __version__, linear_schedule, save_model
from ddpm_edu.data import ASSETS


COMMAND = Path(sys.executable).parent / "ddpm-edu"


def run(*arguments, **options):
    """Run the command in a process of its own, as a user does."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=200, **options
    )


def test_sample_writes_digits_and_how_they_came_about(tmp_path):
    done = run(
        "sample", "--data", "digits", "--num", 10, "--steps-to-keep", 100, "--out", tmp_path / "a b"
    )
    assert done.returncode == 0, done.stderr
    assert "sampling timestep: 100%" in done.stderr
    assert sizes(tmp_path / "a b") == {
        "samples.png": (8 * 84 + 4, 2 * 84 + 4),
        "filmstrip.png": (10 * 84 + 4, 4 * 84 + 4),
    }


def sizes(folder):
    found = {}
    for path in folder.iterdir():
        with Image.open(path) as picture:
            found[path.name] = picture.size
    return found


@pytest.fixture(scope="module")
def quick_weights(tmp_path_factory):
    """Return weights that sample in ten steps; that they were never trained does not matter."""
    path = tmp_path_factory.mktemp("weights") / "quick.safetensors"
    save_model(UNet((1, 8, 8), (8, 16), 1), NoiseSchedule(linear_schedule(10)), path)
    return path


def test_a_quiet_command_shows_no_bar(quick_weights, run_here, tmp_path):
    options = ["--weights", quick_weights, "--out", tmp_path]
    assert "sampling timestep" in run_here("sample", *options).stderr
    done = run_here("sample", *options, "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "samples.png" in done.stdout


def test_the_version_is_shown(run_here):
    done = run_here("--version")
    assert (done.returncode, done.stdout) == (0, f"ddpm-edu {__version__}\n")


def test_check_says_that_it_is_no_grader(run_here):
    assert "not for marks" in " ".join(run_here("check", "--help").stdout.split())


def test_the_same_seed_gives_the_same_picture(quick_weights, tmp_path, run_here):
    options = ["--weights", quick_weights]
    for seed, name in ((1, "a"), (1, "b"), (2, "c")):
        assert (
            run_here("sample", *options, "--seed", seed, "--out", tmp_path / name).returncode == 0
        )
    a, b, c = ((tmp_path / name / "samples.png").read_bytes() for name in "abc")
    assert a == b != c


def cut_short(folder):
    content = (ASSETS / "digits.safetensors").read_bytes()
    (folder / "cut.safetensors").write_bytes(content[:1000])
    return folder / "cut.safetensors"


MISTAKES = {
    "unknown data": (["sample", "--data", "mnist5"], "did you mean 'mnist5k'"),
    "unknown data to train on": (
        ["train", "--data", "minst", "--steps", 1],
        "did you mean 'mnist'",
    ),
    "too few states": (
        ["sample", "--data", "digits", "--steps-to-keep", 0],
        "expected a whole number in 1..1000, got 0",
    ),
    "too many states": (
        ["sample", "--data", "digits", "--steps-to-keep", 1001],
        "in 1..1000, got 1001",
    ),
    "no such device": (["sample", "--device", "tpu"], "--device: expected auto or one of"),
    "no such class": (["sample", "--label", 10], "--label: expected 0..9, got 10"),
    "no images": (["sample", "--num", 0], "Invalid value for '--num'"),
    "no batch": (["train", "--batch-size", 0, "--steps", 1], "batch size: expected"),
    "time and steps": (
        ["train", "--minutes", 1, "--steps", 5],
        "expected --minutes or --steps, got both: --minutes 1 and --steps 5",
    ),
    "no time": (["train", "--minutes", 0], "length: expected positive minutes or steps"),
    "negative time": (["train", "--minutes", -1], "length: expected positive minutes or steps"),
}


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, words, tmp_path, run_here):
    done = run_here(*arguments, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [["sample", "--data", "digits"], ["train", "--data", "digits", "--steps", 1]]
)
def test_an_out_folder_that_cannot_be_written_is_told_before_any_work(command, tmp_path, run_here):
    (tmp_path / "file").touch()
    done = run_here(*command, "--out", tmp_path / "file" / "out")
    assert done.returncode == 2
    assert "expected a folder that can be written, got: Not a directory" in done.stderr
    assert "sampling timestep" not in done.stderr


def test_weights_cut_short_are_refused(tmp_path, run_here):
    done = run_here("sample", "--weights", cut_short(tmp_path), "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "expected a complete safetensors file" in done.stderr


@pytest.mark.skipif(
    not shutil.which("bwrap"), reason="a small disk is made with bubblewrap, which is not installed"
)
@pytest.mark.parametrize(
    ("size", "command"),
    [
        (8192, ["sample", "--num", "64", "--steps-to-keep", "1", "--weights"]),
        (1_000_000, ["train", "--data", "digits", "--steps", "2", "--batch-size", "2"]),
    ],
)
def test_a_full_disk_is_told_and_leaves_nothing_half_written(
    size, command, quick_weights, tmp_path
):
    command = [*command, str(quick_weights)] if command[-1] == "--weights" else command
    (tmp_path / "disk").mkdir()
    inside = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--size", str(size)]
    inside += ["--tmpfs", str(tmp_path / "disk"), "sh", "-c"]
    words = shlex.join([str(COMMAND), *command, "--out", str(tmp_path / "disk")])
    script = f"{words}; echo code $?; ls -A {shlex.quote(str(tmp_path / 'disk'))}"
    done = subprocess.run([*inside, script], capture_output=True, text=True, timeout=200)
    code, *left = done.stdout.split("code ")[1].split()
    assert code == "2", done.stderr
    assert "no space left" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert set(left) <= {"losses.csv"}, "what is there is whole"


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "ddpm_edu.cli", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "doctor" in done.stdout
