"""The command line as a user meets it: pictures, or one line that says what was wrong."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ddpm_edu import NoiseSchedule, UNet, doctor, linear_schedule, save_model
from ddpm_edu.data import ASSETS


COMMAND = Path(sys.executable).parent / "ddpm-edu"


def run(*arguments, **options):
    return subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=200, **options)


def test_sample_writes_digits_and_how_they_came_about(tmp_path):
    done = run("sample", "--data", "digits", "--num", 10, "--steps-to-keep", 100, "--out", tmp_path / "a b")
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
    """Give weights that sample in ten steps; that they were never trained does not matter here."""
    path = tmp_path_factory.mktemp("weights") / "quick.safetensors"
    save_model(UNet((1, 8, 8), (8, 16), 1), NoiseSchedule(linear_schedule(10)), path)
    return path


def test_the_same_seed_gives_the_same_picture(quick_weights, tmp_path):
    options = ["--weights", quick_weights]
    for seed, name in ((1, "a"), (1, "b"), (2, "c")):
        assert run("sample", *options, "--seed", seed, "--out", tmp_path / name).returncode == 0
    a, b, c = ((tmp_path / name / "samples.png").read_bytes() for name in "abc")
    assert a == b != c


def cut_short(folder):
    content = (ASSETS / "digits.safetensors").read_bytes()
    (folder / "cut.safetensors").write_bytes(content[:1000])
    return folder / "cut.safetensors"


MISTAKES = {
    "unknown data": (["sample", "--data", "mnist5"], "did you mean 'mnist5k'"),
    "unknown data to train on": (["train", "--data", "minst", "--steps", 1], "did you mean 'mnist'"),
    "too few states": (["sample", "--data", "digits", "--steps-to-keep", 0], "wanted a whole number in 1..1000, saw 0"),
    "too many states": (["sample", "--data", "digits", "--steps-to-keep", 1001], "in 1..1000, saw 1001"),
    "no such device": (["sample", "--device", "tpu"], "--device: wanted auto or one of"),
    "no such class": (["sample", "--label", 10], "--label: wanted 0..9, saw 10"),
    "no images": (["sample", "--num", 0], "Invalid value for '--num'"),
    "no batch": (["train", "--batch-size", 0, "--steps", 1], "batch size: wanted"),
    "no time": (["train", "--minutes", 0], "length: wanted positive minutes or steps"),
    "negative time": (["train", "--minutes", -1], "length: wanted positive minutes or steps"),
}


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, words, tmp_path):
    done = run(*arguments, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["sample", "--data", "digits"], ["train", "--data", "digits", "--steps", 1]])
def test_an_out_folder_that_cannot_be_written_is_told_before_any_work(command, tmp_path):
    (tmp_path / "file").touch()
    done = run(*command, "--out", tmp_path / "file" / "out")
    assert done.returncode == 2
    assert "wanted a folder that can be written, saw: Not a directory" in done.stderr
    assert "sampling timestep" not in done.stderr


def test_weights_cut_short_are_refused(tmp_path):
    done = run("sample", "--weights", cut_short(tmp_path), "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "wanted a complete safetensors file" in done.stderr


@pytest.mark.skipif(not shutil.which("bwrap"), reason="a small disk is made with bubblewrap, which is not installed")
@pytest.mark.parametrize(
    ("size", "command"),
    [
        (8192, ["sample", "--num", "64", "--steps-to-keep", "1", "--weights"]),
        (1_000_000, ["train", "--data", "digits", "--steps", "2", "--batch-size", "2"]),
    ],
)
def test_a_full_disk_is_told_and_leaves_nothing_half_written(size, command, quick_weights, tmp_path):
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


def test_doctor_finds_this_installation_well():
    done = run("doctor", cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stdout
    assert "all is well" in done.stdout
    for subject in ("python", "device", "notebook kernel", "ipywidgets", "data mnist5k", "weights digits", "workbook"):
        assert f"ok   {subject}" in done.stdout


def test_doctor_names_what_is_missing_and_the_command_that_mends_it(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "NEEDED", ("no-such-package",))
    monkeypatch.setattr("ddpm_edu.data.ASSETS", tmp_path)
    monkeypatch.setattr("ddpm_edu.pretrained.ASSETS", tmp_path)
    (tmp_path / "workbook").touch()  # a file where a folder is wanted
    ill = {finding.subject: finding for finding in doctor.examine(tmp_path) if not finding.fine}
    assert ill.keys() >= {"no-such-package", "data digits", "weights mnist5k", "workbook"}
    assert ill["no-such-package"].mend == "make lab"
    assert "git checkout" in ill["data digits"].mend
    assert "MEND" in str(ill["workbook"])


def test_the_package_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "ddpm_edu.cli", "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "doctor" in done.stdout
