import { describe, expect, it } from 'vitest';
import { createJoiner, endedBetween, isOfThisNode, knowsLess } from '../../../src/agent/join-pods.ts';
import type { Pod } from '../../../src/api/pod.ts';

const pod = (uid: string, podIPs: readonly string[], hostNetwork = false): Pod => ({
  metadata: {
    namespace: 'shop',
    name: uid,
    uid,
    resourceVersion: '1',
    creationTimestamp: '2030-01-01T00:00:00Z',
    labels: {},
  },
  spec: { hostNetwork },
  status: { phase: 'Running', podIPs },
});
const current = (addresses: Readonly<Record<string, readonly string[]>>) => ({
  addresses: new Map(Object.entries(addresses)),
  isCurrent: true,
});
const addressesOf = (pods: readonly Pod[]) => pods.map(({ status }) => status.podIPs);

describe('Pods joined with sandboxes', () => {
  it('have the addresses of their ready sandboxes, before and after their status says so', () => {
    const pods = [pod('starting', []), pod('running', ['10.0.0.3']), pod('stopped', ['10.0.0.4'])];
    const word = current({ starting: ['10.0.0.4'], running: ['10.0.0.3'], unknown: ['10.0.0.5'] });
    expect(addressesOf(createJoiner()(pods, word))).toEqual([['10.0.0.4'], ['10.0.0.3'], []]);
  });

  it("are the same objects where nothing changed, and those on their node's network always", () => {
    const join = createJoiner();
    const pods = [pod('same', ['10.0.0.2']), pod('other', []), pod('host', ['192.0.2.11'], true)];
    const first = join(pods, current({ same: ['10.0.0.2'], other: ['10.0.0.3'] }));
    expect([first[0], first[2]]).toEqual([pods[0], pods[2]]);
    expect(first[0]).toBe(pods[0]);
    expect(first[2]).toBe(pods[2]);
    const again = join(pods, current({ same: ['10.0.0.2'], other: ['10.0.0.3'] }));
    expect(again[1]).toBe(first[1]);
    expect(again[1]).not.toBe(pods[1]);
  });

  it('are as the API has them while there never was a runtime', () => {
    const pods = [pod('a', ['10.0.0.2'])];
    expect(createJoiner()(pods, undefined)).toBe(pods);
  });

  it('have what their status says when the runtime is lost, but nothing that it denied last', () => {
    const join = createJoiner();
    const stopped = pod('stopped', ['10.0.0.2']);
    const word = current({ next: ['10.0.0.2'] });
    expect(addressesOf(join([stopped, pod('next', [])], word))).toEqual([[], ['10.0.0.2']]);
    const lost = { ...word, isCurrent: false };
    const next = pod('next', ['10.0.0.2']);
    expect(addressesOf(join([stopped, pod('next', [])], lost))).toEqual([[], []]);
    expect(addressesOf(join([stopped, next, pod('later', ['10.0.0.3'])], lost))).toEqual([
      [],
      ['10.0.0.2'],
      ['10.0.0.3'],
    ]);
    // What is said once it is back counts, and a later loss is judged anew.
    expect(addressesOf(join([stopped], current({ stopped: ['10.0.0.2'] })))).toEqual([['10.0.0.2']]);
    expect(addressesOf(join([stopped], { ...current({ stopped: ['10.0.0.2'] }), isCurrent: false }))).toEqual([
      ['10.0.0.2'],
    ]);
  });

  it('are known to the runtime by their own uid, static ones by that of the kubelet', () => {
    const mirror = { ...pod('api', ['10.0.0.9']), mirrorOf: '0123456789abcdef0123456789abcdef' };
    const word = current({ [mirror.mirrorOf]: ['10.0.0.2'] });
    expect(addressesOf(createJoiner()([mirror], word))).toEqual([['10.0.0.2']]);
    expect([isOfThisNode(word, [mirror]), isOfThisNode(word, [pod('api', [])])]).toEqual([true, false]);
  });

  it('tell when the API knows more than the runtime has told', () => {
    const word = current({ a: ['10.0.0.2', 'fd00::2'] });
    expect(knowsLess(word, [pod('a', ['10.0.0.2']), pod('b', []), pod('host', ['192.0.2.11'], true)])).toBe(false);
    expect(knowsLess(word, [pod('b', ['10.0.0.3'])])).toBe(true);
  });
});

describe('addresses that ended', () => {
  const map = (entries: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(entries));

  it('are those of stopped sandboxes, also when somebody else has them already', () => {
    const kept = ['10.0.0.2'];
    const before = map({ kept, stopped: ['10.0.0.3', 'fd00::3'], changed: ['10.0.0.4', '10.0.0.5'] });
    const after = map({ kept, next: ['10.0.0.3'], changed: ['10.0.0.5'] });
    expect(endedBetween(before, after)).toEqual(['10.0.0.3', 'fd00::3', '10.0.0.4']);
  });
});
