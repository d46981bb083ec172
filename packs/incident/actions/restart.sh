#!/bin/sh
# Parameters: dotenv lines on stdin. The unit name is checked before it reaches a command line.
set -eu
unit=
while IFS='=' read -r name value || [ -n "$name" ]; do
  case "$name" in
    unit) unit=$(printf '%s' "$value" | tr -d "\"'") ;;
  esac
done
case "$unit" in
  '' | -* | *[!A-Za-z0-9@._:-]*)
    echo "not a unit name: $unit" >&2
    exit 64
    ;;
esac
systemctl restart "$unit"
