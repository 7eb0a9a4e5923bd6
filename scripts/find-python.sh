#!/bin/sh
# Prints the path of a Python that can run wsinspect: 3.12 or newer, really running (pyenv's shims may not), and able to
# make virtual environments. Looks at PATH first, then at what pyenv and uv have installed. Newest first, except that a
# `python3` that will do is as good as any other.
#
# Usage: scripts/find-python.sh [MINOR ...]      only Python 3.MINOR, in this order
#
# Exit status: 0 found; 1 none found, with one sentence on standard error that says what to install.
set -u

# Free-threaded builds are left out: the C extensions that wsinspect needs have no wheels for them.
usable() {
    "$1" -c '
import ensurepip, sqlite3, ssl, sys, sysconfig, venv
cpython = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
sys.exit(sys.version_info < (3, 12) or not cpython)
' </dev/null >/dev/null 2>&1
}

take() {
    if usable "$1"; then
        "$1" -c 'import sys; print(sys.executable)'
        exit 0
    fi
}

minors=${*:-14 13 12}

for minor in $minors; do
    command -v "python3.$minor" >/dev/null 2>&1 && take "python3.$minor"
done
[ $# -gt 0 ] || { command -v python3 >/dev/null 2>&1 && take python3; }

home=${HOME:-/}
for minor in $minors; do
    for python in \
        "${PYENV_ROOT:-$home/.pyenv}"/versions/"3.$minor"*/bin/python \
        "${UV_PYTHON_INSTALL_DIR:-${XDG_DATA_HOME:-$home/.local/share}/uv/python}"/cpython-"3.$minor"*/bin/python3; do
        # A pattern that matches nothing stays as it is.
        [ -x "$python" ] && take "$python"
    done
done
if [ $# -eq 0 ] && command -v uv >/dev/null 2>&1; then
    python=$(uv python find --no-project --no-python-downloads '>=3.12' 2>/dev/null) && [ -n "$python" ] && take "$python"
fi

echo 'wsinspect needs Python 3.12 or newer with its venv module, and none was found: install it from your system (Debian,' \
    'Ubuntu: apt install python3.12-venv; Fedora: dnf install python3.13; macOS: brew install python@3.13), with pyenv' \
    '(pyenv install 3.13) or with uv (uv python install 3.13), and run this again.' >&2
exit 1
