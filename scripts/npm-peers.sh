#!/bin/sh
# Installs the npm packages of a folder, as its lock says, where Node and npm are. Without them, or where npm fails, it
# says that their tests are skipped, and that is all; with WSINSPECT_REQUIRE_PEERS=1 it is a failure.
#
# Usage: scripts/npm-peers.sh FOLDER
set -u
folder=$1
stamp=$folder/node_modules/.installed

give_up() {
    echo "$1: what needs the packages of $folder is left out." >&2
    [ "${WSINSPECT_REQUIRE_PEERS:-}" = 1 ] && exit 1
    exit 0
}

[ -f "$stamp" ] && cmp -s "$stamp" "$folder/package-lock.json" && exit 0
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || give_up 'Node and npm are not installed'

# Node trusts a list of its own; a company's authority is in the system's.
system_authorities=/etc/ssl/certs/ca-certificates.crt
if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -f "$system_authorities" ]; then
    export NODE_EXTRA_CA_CERTS="$system_authorities"
fi
npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 >/dev/null ||
    give_up 'npm failed'
cp "$folder/package-lock.json" "$stamp"
