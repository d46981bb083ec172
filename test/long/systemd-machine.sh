#!/bin/bash
# Boots systemd as process 1 of a machine of its own: the file system of this one below a layer in memory, so that nothing of it is
# changed, and a control group of its own. Runs in new namespaces for mounts, processes, names, IPC and control groups, in which
# everything is gone when its first process is.
# Usage: systemd-machine.sh LAYER [FROM=TO]...; LAYER is an empty directory, FROM is seen as TO and cannot be changed there
set -e
layer=$1
shift
mount --make-rprivate /
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work" "$layer/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
for bind in "$@"; do
  mkdir -p "$layer/root${bind#*=}"
  mount --bind "${bind%%=*}" "$layer/root${bind#*=}"
  mount -o remount,ro,bind "$layer/root${bind#*=}"
done
cd "$layer/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for place in dev run tmp etc/systemd/system; do mount -t tmpfs tmpfs "$place"; done
for device in null zero full random urandom tty; do
  mknod -m 666 "dev/$device" c $(stat -c '%Hr %Lr' "/dev/$device")
done
mkdir dev/shm dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
# Nothing is started but what is asked for.
printf '[Unit]\nDefaultDependencies=no\n' >etc/systemd/system/idle.target
mkdir -p old
pivot_root . old
umount -l /old
# In a container systemd leaves that to whoever made it; credentials are handed over by it.
mount --make-rshared /
hostname packwatch-test
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=idle.target --show-status=no
