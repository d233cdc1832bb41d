#!/bin/sh
# Find a Python of at least 3.11 and hand over to setup.py; nothing else has to be installed.
# The Python of .venv comes first: a course that is set up keeps its Python when a newer one arrives.
cd "$(dirname "$0")/.." || exit 1

got=
for python in .venv/bin/python python3.14 python3.13 python3.12 python3.11 python3; do
    # A file that is there but does not start (a stub, a broken .venv) counts as absent.
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case $version in
        3.1[1-9] | 3.[2-9][0-9]) exec "$python" -I tools/setup.py "$@" ;;
        *) got="$python, which is version $version" ;;
    esac
done

{
    echo "ddpm-edu: expected Python 3.11 or newer, got ${got:-no python3 at all}."
    echo "Debian, Ubuntu: sudo apt install python3 python3-venv | Fedora: sudo dnf install python3 | macOS: brew install python"
    echo "If that gives an older one: conda env create -f environment.yml. Then run the same command again."
} >&2
exit 1
