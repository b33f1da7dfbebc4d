import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  parseReplicas,
  type Replica,
  renderReplicas,
  selectorsOf,
} from '../../../../src/dataplane/replication/replicas.ts';

const replica = (group: number): Replica => ({
  group,
  address: `198.19.255.${240 + group}`,
  hop: 'eth0',
  flows: { mark: group << 9, mask: 0x1e00, sources: ['198.18.0.0/15', 'fd5a:11:9f::/48'] },
});

test('what is written is read; the order says nothing', () => {
  expect(parseReplicas(renderReplicas([replica(2), replica(1)]))).toEqual([replica(1), replica(2)]);
  expect(renderReplicas([replica(2), replica(1)])).toBe(renderReplicas([replica(1), replica(2)]));
});

test.each([
  ['no list', {}],
  ['no group', [{ ...replica(1), group: 15 }]],
  ['no address', [{ ...replica(1), address: 'x' }]],
  ['a next hop that is none', [{ ...replica(1), hop: 7 }]],
  // It would mean every flow of the node.
  ['a mask of 0', [{ ...replica(1), flows: { ...replica(1).flows, mark: 0, mask: 0 } }]],
  ['no source', [{ ...replica(1), flows: { ...replica(1).flows, sources: [] } }]],
  ['a source that is none', [{ ...replica(1), flows: { ...replica(1).flows, sources: ['198.18.0.0/15', '-F'] } }]],
])('%s is refused', (_what, json) => {
  expect(() => parseReplicas(JSON.stringify(json))).toThrow(SyntaxError);
});

test('the file of an agent of before names no next hop; what one to come adds is left out', () => {
  const { hop: _, ...before } = replica(1);
  expect(parseReplicas(JSON.stringify([before]))).toEqual([before]);
  expect(parseReplicas(JSON.stringify([{ ...replica(1), priority: 7 }]))).toEqual([replica(1)]);
});

test('any text is read, or is a SyntaxError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseReplicas(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    }),
  );
});

test('conntrack is asked for both families', () => {
  const { flows } = replica(1);
  const { mark, mask } = flows;
  expect(selectorsOf(flows)).toEqual([
    { kind: 'marked-source', family: 4, mark, mask, source: '198.18.0.0/15' },
    { kind: 'marked-source', family: 6, mark, mask, source: 'fd5a:11:9f::/48' },
  ]);
});
