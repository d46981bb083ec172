#!/bin/sh
# Makes the secrets that compose.yaml names, with values of chance, in a directory that only its owner can enter. They are made once:
# the password is the database's from its first start on. `admin` may write, `executor` only read.
# Usage: sh docs/examples/compose-secrets.sh [DIRECTORY]
set -eu
dir=${1:-secrets}
mkdir -m 700 "$dir"
chance() { od -An -v -tx1 -N24 /dev/urandom | tr -d ' \n'; }
password=$(chance)
reader=$(chance)
printf '%s' "$password" >"$dir/database_password"
printf 'postgres://packwatch:%s@postgres/packwatch' "$password" >"$dir/database_url"
printf 'executor:read:%s\nadmin:write:%s\n' "$reader" "$(chance)" >"$dir/tokens"
printf '%s' "$reader" >"$dir/executor_token"
# In the containers the user has the number 1000. Files of its own must be closed to others, files of others open to it.
if [ "$(id -u)" = 1000 ]; then mode=600; else mode=644; fi
chmod "$mode" "$dir"/*
