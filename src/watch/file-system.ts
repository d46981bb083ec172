// Which kind of file system a root lies on, and whether events can be relied on there.
import { statfs } from 'node:fs/promises';
import { platform } from 'node:os';

/** `never`: changes made elsewhere bring no event here, whatever local ones do. `doubtful`: it depends on what is behind it. */
export type EventSupport = { readonly events: 'yes' | 'doubtful' | 'never'; readonly type: string };

/** `f_type` of statfs(2), for those whose files others change without this kernel's knowledge. */
const remote: Readonly<Record<number, string>> = {
  26985: 'nfs',
  20859: 'smb',
  4283649346: 'cifs',
  4266872130: 'smb2',
  16914839: '9p',
  12805120: 'ceph',
  1397113167: 'afs',
  198183888: 'lustre',
  1952539503: 'ocfs2',
  18225520: 'gfs2',
  2020557398: 'vboxsf',
  3133910204: 'vmhgfs',
};
const fuse = 0x65735546;

/** Asks the system; one that numbers its file systems otherwise is taken to have events. Undefined: there is nothing to ask about. */
export async function eventSupportOf(path: string): Promise<EventSupport | undefined> {
  if (platform() !== 'linux') return { events: 'yes', type: 'local' };
  return statfs(path).then(
    ({ type }) => eventSupportOfType(type),
    () => undefined, // the pass says what is wrong with the root
  );
}

/** Pure part. */
export function eventSupportOfType(type: number): EventSupport {
  // The call returns a signed number on some machines.
  const unsigned = type >>> 0;
  const name = remote[unsigned];
  if (name !== undefined) return { events: 'never', type: name };
  return unsigned === fuse ? { events: 'doubtful', type: 'fuse' } : { events: 'yes', type: 'local' };
}
