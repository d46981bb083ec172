#!/bin/sh
# Parameters: dotenv lines on stdin. The target is checked, so that it cannot become an option of make.
set -eu
dir=
target=
while IFS='=' read -r name value || [ -n "$name" ]; do
  value=$(printf '%s' "$value" | tr -d "\"'")
  case "$name" in
    dir) dir=$value ;;
    target) target=$value ;;
  esac
done
case "$target" in
  '' | -* | *[!A-Za-z0-9_.-]*)
    echo "not a target: $target" >&2
    exit 64
    ;;
esac
exec make -C "$dir" "$target"
