#!/bin/bash
# Runs a command as a container engine would, as process 1: on a file system that it cannot change (`ro`) or of its own (`rw`), as the
# user with the number 1000, without any right beyond. Runs in new namespaces for mounts and processes. The base is this machine's file
# system below a layer in memory, since images cannot be had.
# Usage: container.sh LAYER ro|rw [FROM=TO[:ro]]... -- COMMAND...; LAYER is an empty directory
set -e
layer=$1 mode=$2
shift 2
mount --make-rprivate /
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work" "$layer/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
root=$layer/root
for place in tmp run srv home var/tmp; do mount -t tmpfs -o mode=755 tmpfs "$root/$place"; done
chmod 1777 "$root/tmp"
printf '127.0.0.1 localhost packwatch postgres\n' >"$root/etc/hosts"
closed=()
while [ "$1" != -- ]; do
  from=${1%%=*} to=${1#*=} only=
  case $to in *:ro) to=${to%:ro} only=1 ;; esac
  if [ -d "$from" ]; then mkdir -p "$root$to"; else mkdir -p "$(dirname "$root$to")" && touch "$root$to"; fi
  mount --bind "$from" "$root$to"
  [ -z "$only" ] || closed+=("$root$to")
  shift
done
shift
# Last: one may be mounted below another.
for place in "${closed[@]}"; do mount -o remount,ro,bind "$place"; done
cd "$root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount --rbind /dev dev
mkdir -p old
pivot_root . old
umount -l /old
rmdir /old
[ "$mode" = rw ] || mount -o remount,ro /
cd /app
exec setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
