#!/bin/sh
# Makes a virtual environment, unless there is one whose Python still runs and is new enough.
#
# Usage: scripts/make-venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

if ! "$folder/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then
    echo "Making $folder with $python ..." >&2
    "$python" -m venv --clear "$folder"
fi
