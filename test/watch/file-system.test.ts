import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { eventSupportOf, eventSupportOfType } from '../../src/watch/file-system.ts';

describe('eventSupportOfType', () => {
  it.each([
    [0x6969, 'never', 'nfs'],
    [0xff534d42, 'never', 'cifs'],
    // The same number as a signed one.
    [0xff534d42 - 2 ** 32, 'never', 'cifs'],
    [0x01021997, 'never', '9p'],
    [0x65735546, 'doubtful', 'fuse'],
    [0xef53, 'yes', 'local'],
    [0x01021994, 'yes', 'local'],
    [0x794c7630, 'yes', 'local'],
  ] as const)('%i: %s, %s', (type, events, name) => {
    expect(eventSupportOfType(type)).toEqual({ events, type: name });
  });
});

describe('eventSupportOf', () => {
  it('relies on events of a local directory, and says nothing of one that is not there', async () => {
    expect(await eventSupportOf(tmpdir())).toMatchObject({ events: 'yes' });
    expect(await eventSupportOf('/nowhere/at/all')).toBeUndefined();
  });
});
