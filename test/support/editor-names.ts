// File names that editors and tools leave beside a workflow `x.yaml`, told apart by contract: a name that ends in `.yaml` or
// `.yml` and does not begin with a dot is a file of the author's, all else is litter.

/** Never a workflow file. */
export const editorNames: readonly string[] = [
  // vim
  ...[
    '4913',
    '.x.yaml.swp',
    '.x.yaml.swo',
    '.x.yaml.swx',
    'x.yaml.swp',
    'x.yaml~',
    '.x.yaml.un~',
    '.x.yaml~',
    'x.yaml.orig~',
  ],
  // emacs
  ...['#x.yaml#', '.#x.yaml', 'x.yaml.~1~', 'x.yaml.~undo-tree~', '#%scratch%#'],
  // nano, kate, gedit, geany, joe, mcedit
  ...[
    '.x.yaml.nano',
    'x.yaml.save',
    'x.yaml.save.1',
    '.x.yaml.kate-swp',
    '.goutputstream-A1B2C3',
    'x.yaml.bak',
    'x.yaml~1',
  ],
  // JetBrains, VS Code, Sublime, Eclipse, Visual Studio
  ...[
    'x.yaml___jb_tmp___',
    'x.yaml___jb_old___',
    'x.yaml___jb_bak___',
    'x.yaml.vsctmp',
    '.subl1a2.tmp',
    'x.yaml.TMP',
    'x~RF1a2b.TMP',
  ],
  // atomic writers of many languages
  ...[
    'x.yaml.tmp',
    'x.yaml.temp',
    'x.yaml.new',
    'x.yaml.old',
    'x.yaml.1234567890',
    '.x.yaml.tmp-123',
    'x.yaml.atomic',
    'x.tmp',
  ],
  // downloads and copies
  ...[
    'x.yaml.part',
    'x.yaml.crdownload',
    'x.yaml.download',
    'x.yaml.filepart',
    '.x.yaml.AbC123',
    '.~tmp~',
    'x.yaml.aria2',
  ],
  // git, patch, svn, package managers
  ...[
    'x.yaml.lock',
    'x.yaml.orig',
    'x.yaml.rej',
    'x.yaml.mine',
    'x.yaml.r12',
    'x.yaml.rpmnew',
    'x.yaml.dpkg-dist',
    'x.yaml.ucf-old',
  ],
  // sed, syncers, network file systems, office programs
  ...[
    'sedAbC123',
    '.syncthing.x.yaml.tmp',
    '.nfs000000000123',
    '.fuse_hidden0001',
    '.~lock.x.yaml#',
    '.x.yaml.icloud',
  ],
  // desktops
  ...['.DS_Store', '._x.yaml', 'Thumbs.db', 'desktop.ini', '.directory', 'Icon\r'],
  // hidden, or of another kind
  ...['.x.yaml', '.x.yml', '..x.yaml', 'x.yaml.gz', 'x.json', 'yaml', '.yaml', 'README.md'],
];

/** Litter to a person, and yet the author's as far as anybody can tell: told of as files. */
export const workflowNames: readonly string[] = [
  ...[
    'x_BACKUP_123.yaml',
    'x_LOCAL_123.yaml',
    'x.BASE.123.yaml',
    'x (copy).yaml',
    'x - Copy.yaml',
    '~x.yaml',
  ],
  ...['x.orig.yaml', 'x.sync-conflict-20240101-000000.yaml', '#x.yaml', 'x.tmp.yml', '$x.yaml'],
];
