#!/bin/sh
# Pins every dependency, for every Python and system at once: requirements/*.txt from pyproject.toml, and the npm peers.
# Versions that still fit stay as they are, unless --upgrade is given. Nothing of where packages come from is written.
#
# Usage: scripts/lock.sh UV [--upgrade]
set -eu
uv=$1
upgrade=${2:-}
cd "$(dirname "$0")/.."

compile() {
    # shellcheck disable=SC2086 # an empty --upgrade is no argument
    "$uv" pip compile --quiet --universal --python-version 3.12 --no-header --no-annotate --no-emit-index-url \
        $upgrade "$@" >/dev/null
}

# One resolution of everything; the smaller sets are cut from it, so that no two files disagree.
all=requirements/all.txt
trap 'rm -f "$all"' EXIT
[ -n "$upgrade" ] || cat requirements/*.txt 2>/dev/null | sort -u >"$all"
compile pyproject.toml --group build --group dev --group bench --group lock -o "$all"
upgrade=
compile pyproject.toml -c "$all" -o requirements/runtime.txt
for group in build dev bench lock; do
    compile --group "$group" -c "$all" -o "requirements/$group.txt"
done

if command -v npm >/dev/null 2>&1; then
    for folder in tests/peers/node tests/bench/node; do
        npm install --prefix "$folder" --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit \
            --no-fund --silent
    done
fi
