// Names are sorted by their bytes, whatever the strings of the language make of them.
import { expect, it } from 'vitest';
import { byteOrder } from '../../src/load/scan.ts';

const pieces = ['a', 'b', 'Z', '-', 'é', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '😀', '𐀀'];
const texts = ['', ...pieces, ...pieces.flatMap((first) => pieces.map((second) => first + second))];

it('is the order of the bytes for each two of many names', () => {
  for (const a of texts)
    for (const b of texts) {
      const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(byteOrder(a, b)), `${a} and ${b}`).toBe(order);
    }
});
