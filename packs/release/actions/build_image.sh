#!/bin/sh
# Parameters: dotenv lines on stdin. Progress goes to stderr, so that stdout is one JSON object.
set -eu
dir=
image=
while IFS='=' read -r name value || [ -n "$name" ]; do
  value=$(printf '%s' "$value" | tr -d "\"'")
  case "$name" in
    dir) dir=$value ;;
    image) image=$value ;;
  esac
done
case "$image" in
  '' | -* | *[!A-Za-z0-9_./:@-]*)
    echo "not an image: $image" >&2
    exit 64
    ;;
esac
docker build --tag "$image" -- "$dir" >&2
docker push "$image" >&2
digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "$image")
printf '{"image":"%s","digest":"%s"}\n' "$image" "${digest#*@}"
