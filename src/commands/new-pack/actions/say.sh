#!/bin/sh
# Parameters: lines `name=value` on stdin.
set -eu
while IFS='=' read -r name value || [ -n "$name" ]; do
  case "$name" in
    text) printf '%s\n' "$value" ;;
  esac
done
