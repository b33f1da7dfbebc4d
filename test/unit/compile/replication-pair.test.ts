import { describe, expect, test } from 'vitest';
import type { Node } from '../../../src/api/core.ts';
import { choosePair } from '../../../src/compile/replication-pair.ts';

const names = ['a', 'b', 'c'];
const candidatesOf = (all: readonly string[], heir?: string) => ({
  candidates: all.map((node, place) => ({
    node,
    address: `192.0.2.1${place}`,
    priority: node === heir ? 200 : 190 - 10 * place,
  })),
  isHandover: heir !== undefined,
});
interface Nodes {
  readonly down?: string;
  readonly leaving?: string;
}
const nodesOf = ({ down = '', leaving = '' }: Nodes = {}) =>
  new Map(
    names.map((name): [string, Node] => {
      const spec = leaving.includes(name) ? { unschedulable: true } : {};
      const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
      return [name, { metadata, spec, status: { ready: !down.includes(name), addresses: [] } } as unknown as Node];
    }),
  );
const pairOf = (owner: string | undefined, before: string, nodes: Nodes = {}, all = names, heir?: string) =>
  choosePair(candidatesOf(all, heir), nodesOf(nodes), {
    before: before.split(''),
    ...(owner === undefined ? {} : { owner }),
  });
const firstTwo = undefined;

describe('the pair that replicates', () => {
  test('is the first two while one of them owns and both are well, whichever owns', () => {
    expect(pairOf('a', 'ab')).toBe(firstTwo);
    expect(pairOf('b', 'ab')).toBe(firstTwo);
    expect(pairOf('a', 'ab', { down: 'c' })).toBe(firstTwo);
  });

  test('is the new owner and the third once the first is dead, and stays so when that comes back', () => {
    expect(pairOf('b', 'ab', { down: 'a' })).toEqual(['b', 'c']);
    expect(pairOf('b', 'bc')).toEqual(['b', 'c']);
  });

  test('is the third and whoever is back once both others died, and they alone when nobody is', () => {
    expect(pairOf('c', 'bc', { down: 'b' })).toEqual(['a', 'c']);
    expect(pairOf('c', 'bc', { down: 'ab' })).toEqual(['b', 'c']);
  });

  test('follows an owner that had no part in it', () => {
    expect(pairOf('c', 'ab')).toEqual(['a', 'c']);
    expect(pairOf('c', 'ab', { down: 'a' })).toEqual(['b', 'c']);
  });

  test('has the heir of an owner that is to leave, and no node that is to leave if there is another', () => {
    expect(pairOf('a', 'ab', { leaving: 'a' }, names, 'b')).toBe(firstTwo);
    expect(pairOf('a', 'ac', { leaving: 'a' }, names, 'b')).toBe(firstTwo);
    expect(pairOf('a', 'ab', { leaving: 'b' })).toEqual(['a', 'c']);
    expect(pairOf('a', 'ab', { leaving: 'b', down: 'c' })).toBe(firstTwo);
  });

  test('stays while nobody knows who owns, as long as both are candidates', () => {
    expect(pairOf(undefined, 'bc', { down: 'b' })).toEqual(['b', 'c']);
    expect(pairOf('d', 'bc')).toEqual(['b', 'c']);
    expect(pairOf(undefined, 'bd')).toBe(firstTwo);
    expect(pairOf(undefined, '')).toBe(firstTwo);
    expect(pairOf('a', 'ac', {}, ['a', 'b'])).toBe(firstTwo);
  });

  test('has nobody who could not own the group, if there is another, and keeps who took the place', () => {
    const faulty = (owner: string, before: string, names_: string, nodes: Nodes = {}) =>
      choosePair(candidatesOf(names), nodesOf(nodes), {
        ...{ owner, before: before.split('') },
        isFaulty: (name) => names_.includes(name),
      });
    expect(faulty('a', 'ab', 'b')).toEqual(['a', 'c']);
    expect(faulty('a', 'ac', '')).toEqual(['a', 'c']);
    expect(faulty('a', 'ab', 'bc')).toBe(firstTwo);
    // Who only could not own it now is better than one that may be dead.
    expect(faulty('a', 'ac', 'b', { down: 'c' })).toBe(firstTwo);
  });

  test('has who is to take the group back, so that it gets the flows', () => {
    const returning = { ...candidatesOf(names), returning: 'a' };
    const seat = { owner: 'b', before: ['b', 'c'] };
    expect(choosePair(returning, nodesOf(), seat)).toBe(firstTwo);
    expect(choosePair(returning, nodesOf(), { ...seat, isFaulty: (name) => name === 'a' })).toEqual(['b', 'c']);
  });
});
