#!/bin/sh
# Gradescope runs this once, to build the image in which submissions are judged.
set -eu
cd /autograder/source

export DEBIAN_FRONTEND=noninteractive
apt-get update
# Python of at least 3.11; bubblewrap keeps a submission's code apart from what judges it.
apt-get install -y --no-install-recommends bubblewrap ca-certificates python3 python3-venv
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
fi

for python in python3 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        "$python" -m venv /autograder/venv
        break
    fi
done

# torch for the CPU alone takes a tenth of the disk, and fits into 768 MB of memory.
pip="/autograder/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check"
$pip --index-url https://download.pytorch.org/whl/cpu -r requirements-torch.txt
$pip -r requirements.txt
PYTHONPATH=/autograder/source /autograder/venv/bin/python -m ddpm_edu --version
