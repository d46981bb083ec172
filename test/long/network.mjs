// Hosts of a test's own: network namespaces on one bridge, whose address is the database's. What is cut is lost without a word to
// either side, one way or both: a neighbour is looked for where nobody lives. Needs root and iproute2.
import { spawnSync } from 'node:child_process';

const wrong = '02:00:00:00:00:fe';

function ip(...args) {
  const ran = spawnSync('ip', args, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`ip ${args.join(' ')}: ${ran.stderr ?? ''}${ran.error ?? ''}`);
}

/** `through(at)` is what a daemon on host `at` is started with. Undefined, and one line that says why, where this is refused. */
export function createNetwork(count) {
  const id = process.pid % 10_000;
  const subnet = `10.213.${process.pid % 250}`;
  const bridge = `pwb${id}`;
  const hosts = Array.from({ length: count }, (_, at) => ({
    ...{ space: `pw-${id}-${at}`, port: `pw${id}v${at}`, address: `${subnet}.${at + 11}` },
    ...{ mac: `02:00:00:00:01:0${at}`, name: `host-${at}` },
  }));
  const server = { address: `${subnet}.1`, mac: '02:00:00:00:00:01' };

  const leadTo = (host, isRight) =>
    ip('-n', host.space, 'neigh', 'replace', server.address, 'lladdr', isRight ? server.mac : wrong, ...at);
  const leadBack = (host, isRight) =>
    ip(
      ...['neigh', 'replace', host.address, 'lladdr', isRight ? host.mac : wrong],
      ...['dev', bridge, 'nud', 'permanent'],
    );
  const at = ['dev', 'eth0', 'nud', 'permanent'];

  const remove = () => {
    // What was never made is not there.
    for (const { space, port } of hosts) {
      spawnSync('ip', ['link', 'del', port]);
      spawnSync('ip', ['netns', 'del', space]);
    }
    spawnSync('ip', ['link', 'del', bridge]);
  };
  process.on('exit', remove);
  try {
    ip('link', 'add', bridge, 'address', server.mac, 'type', 'bridge');
    ip('addr', 'add', `${server.address}/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
    for (const host of hosts) {
      ip('netns', 'add', host.space);
      ip('link', 'add', host.port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.space);
      ip('link', 'set', host.port, 'master', bridge, 'up');
      ip('-n', host.space, 'link', 'set', 'eth0', 'address', host.mac, 'up');
      ip('-n', host.space, 'link', 'set', 'lo', 'up');
      ip('-n', host.space, 'addr', 'add', `${host.address}/24`, 'dev', 'eth0');
      leadTo(host, true);
      leadBack(host, true);
    }
  } catch (error) {
    remove();
    process.stdout.write(`refused here: network namespaces (${error.message.trim()})\n`);
    return undefined;
  }

  const faults = {
    'to the database': (host) => leadTo(host, false),
    'from the database': (host) => leadBack(host, false),
    both(host) {
      leadTo(host, false);
      leadBack(host, false);
    },
    cable: (host) => ip('link', 'set', host.port, 'down'),
  };
  return {
    address: server.address,
    subnet: `${subnet}.0/24`,
    kinds: Object.keys(faults),
    through(number) {
      const { space, name } = hosts[number];
      return ['ip', 'netns', 'exec', space, 'unshare', '-u', 'sh', '-c', 'hostname "$0" && exec "$@"', name];
    },
    cut: (number, kind) => faults[kind](hosts[number]),
    heal(number) {
      const host = hosts[number];
      ip('link', 'set', host.port, 'up');
      leadTo(host, true);
      leadBack(host, true);
    },
    remove,
  };
}
