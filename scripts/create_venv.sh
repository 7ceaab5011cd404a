#!/bin/sh
# Make a virtual environment with the first Python ≥ 3.11 that can, and say so in one sentence if none can.
# usage: create_venv.sh FOLDER      ($PYTHON, if set, is the only candidate)
set -u
folder=$1

if "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

found=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
    found=$candidate
    if "$candidate" -m venv --clear "$folder" >/dev/null 2>&1 && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
        exit 0
    fi
done

rm -rf "$folder"
if [ -n "$found" ]; then
    echo "$found cannot make a virtual environment here; on Debian and Ubuntu, install the package python3-venv and run make again." >&2
else
    echo "Digit Lab needs Python 3.11 or newer and found none; install it from https://www.python.org/downloads or name it: make run PYTHON=/path/to/python3." >&2
fi
exit 1
