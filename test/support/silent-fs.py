# A directory served by a file system of its own, which stops answering for as long as a file exists, like one over the network whose
# server is gone. Usage: silent-fs.py SOURCE MOUNTPOINT STOPFILE; needs fusepy and the right to mount. Reads only.
import os
import sys
import time

import fusepy


class Silent(fusepy.Operations):
    access = None

    def __init__(self, source, stop):
        self.source = source
        self.stop = stop

    def __call__(self, operation, path, *rest):
        while os.path.exists(self.stop):
            time.sleep(0.02)
        return super().__call__(operation, self.source + path, *rest)

    def getattr(self, path, handle=None):
        stats = os.lstat(path)
        names = ("st_atime", "st_ctime", "st_gid", "st_ino", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid")
        return {name: getattr(stats, name) for name in names}

    def readdir(self, path, handle):
        return [".", "..", *os.listdir(path)]

    def readlink(self, path):
        return os.readlink(path)

    def open(self, path, flags):
        return os.open(path, os.O_RDONLY)

    def read(self, path, size, offset, handle):
        return os.pread(handle, size, offset)

    def release(self, path, handle):
        os.close(handle)


source, mountpoint, stop = sys.argv[1:]
fusepy.FUSE(Silent(source, stop), mountpoint, foreground=True, use_ino=True, attr_timeout=0, entry_timeout=0)
