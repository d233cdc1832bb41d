#!/bin/sh
# Try the course with another Python: `make try PYTHON=python3.13`. It takes 6 GB and minutes.
# An empty environment and a copy of the tracked files go to a temporary folder: there the wheel
# is used as a learner would, then the quick tests run as `make quick` runs them. Nothing is left.
cd "$(dirname "$0")/.." || exit 1
set -eu

python=${1:-}
version=$("$python" -c 'import sys; print("Python", sys.version)' 2>/dev/null) || version=
[ -n "$version" ] || {
    echo "ddpm-edu: expected a Python, as in \`make try PYTHON=python3.13\`, got '$python'." >&2
    exit 2
}
unset PYTHONPATH
place=$(mktemp -d "${TMPDIR:-/tmp}/ddpm-edu-XXXXXX")
trap 'rm -rf "$place"' EXIT
trap 'exit 1' INT TERM
started=$(date +%s)

step() {
    echo "--- $(($(date +%s) - started)) s: $*"
}

pip() {
    .venv/bin/python -m pip --disable-pip-version-check "$@" >"$place/pip.log" 2>&1 || {
        tail -n 20 "$place/pip.log" >&2
        exit 1
    }
}

step "$version, an empty environment"
mkdir "$place/course" "$place/elsewhere"
venv=$place/course/.venv
"$python" -m venv "$venv"
git ls-files -z >"$place/files"
tar -cf - --null -T "$place/files" | tar -xf - -C "$place/course"

step "the wheel"
cd "$place/course"
pip wheel --no-deps --wheel-dir "$place" .
pip install -c constraints.txt "$(ls "$place"/*.whl)[lab]"
step "$(du -sh .venv | cut -f1) on disk"

cd "$place/elsewhere" # where nothing but the wheel has the course
"$venv/bin/ddpm-edu" --version
"$venv/bin/ddpm-edu" doctor
"$venv/bin/ddpm-edu" check "$venv/share/ddpm-edu/solutions/01_forward_process.ipynb"
step "the first green check"

cd "$place/course"
make quick ARGS=-rs
step "all of it works"
