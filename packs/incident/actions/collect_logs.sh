#!/bin/sh
# Parameters: dotenv lines on stdin. At most 2,000 lines, newest last.
set -eu
unit=
minutes=15
while IFS='=' read -r name value || [ -n "$name" ]; do
  value=$(printf '%s' "$value" | tr -d "\"'")
  case "$name" in
    unit) unit=$value ;;
    minutes) minutes=$value ;;
  esac
done
case "$unit" in
  '' | -* | *[!A-Za-z0-9@._:-]*)
    echo "not a unit name: $unit" >&2
    exit 64
    ;;
esac
case "$minutes" in
  '' | *[!0-9]*)
    echo "not a number of minutes: $minutes" >&2
    exit 64
    ;;
esac
journalctl --unit "$unit" --since "-${minutes}min" --lines 2000 --output json --no-pager
