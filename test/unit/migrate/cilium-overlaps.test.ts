import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readDocuments } from '../../../src/migrate/read-documents.ts';
import { translateFrom } from '../../../src/migrate/translate.ts';

interface Some {
  readonly to: string;
  readonly excluded?: readonly string[];
  readonly pods?: object;
  readonly egressIP?: string;
}

/** The notes on policy a beside policy b that are about excluded CIDRs. */
function notesOn(a: Some, b: Some): readonly string[] {
  const text = Object.entries({ a, b }).map(
    ([name, { to, excluded = [], pods = {}, egressIP = `192.0.2.${name === 'a' ? 1 : 2}` }]) => {
      const spec = {
        selectors: [{ podSelector: pods }],
        destinationCIDRs: [to],
        excludedCIDRs: excluded,
        egressGateway: { nodeSelector: {}, egressIP },
      };
      return stringify({ apiVersion: 'cilium.io/v2', kind: 'CiliumEgressGatewayPolicy', metadata: { name }, spec });
    },
  );
  const made = translateFrom(readDocuments('in.yaml', text.join('---\n')), {
    from: 'cilium',
    namespace: 'platform',
    gatewayClass: 'egress',
    interface: 'eth0',
  });
  const notes = [...made.notes, ...made.manifests.flatMap(({ notes: own }) => own)];
  return notes
    .filter(({ origin, message }) => origin.name === 'a' && message.startsWith('spec.excludedCIDRs: '))
    .map(({ effect, message }) => `${effect}: ${message.slice('spec.excludedCIDRs: '.length)}`);
}

const holes = Array.from({ length: 12 }, (_, index) => `10.${index * 16}.0.0/16`);

describe('an excluded CIDR that another policy translates is noted', () => {
  const a = { to: '0.0.0.0/0', excluded: ['10.0.0.0/16'] };
  test.each([
    ['the other has it', { to: '10.0.0.0/8' }, true],
    ['the other has exactly it', { to: '10.0.0.0/16' }, true],
    ['the other excludes it, too', { to: '10.0.0.0/8', excluded: ['10.0.0.0/12'] }, false],
    ['the other excludes only a part of it', { to: '10.0.0.0/8', excluded: ['10.0.1.0/24'] }, true],
    [
      'what the other excludes is around its destination, and so has no effect',
      { to: '10.0.0.0/12', excluded: ['10.0.0.0/8'] },
      true,
    ],
    ['the other has a part of it, by a longer prefix that wins with both', { to: '10.0.1.0/24' }, false],
    ['the other is elsewhere', { to: '203.0.113.0/24' }, false],
    ['the other has the same address', { to: '10.0.0.0/8', egressIP: '192.0.2.1' }, true],
  ])('%s: %j', (_, b, isNoted) => {
    expect(notesOn(a, b)).toEqual(
      isNoted
        ? [
            'differs: with Cilium nothing translates what Pods of this policy send to 10.0.0.0/16; here policy b does, where a Pod is in both',
          ]
        : [],
    );
  });

  test('but not where no Pod can be in both', () => {
    const [web, db] = ['web', 'db'].map((app) => ({ matchLabels: { app } }));
    expect(notesOn({ ...a, pods: web ?? {} }, { to: '10.0.0.0/8', pods: db ?? {} })).toEqual([]);
    expect(notesOn({ ...a, pods: web ?? {} }, { to: '10.0.0.0/8', pods: {} })).toHaveLength(1);
  });
});

describe('a piece whose prefix became longer than that of another policy is noted', () => {
  const a = { to: '0.0.0.0/0', excluded: holes };
  test.each([
    ['the other comes between', { to: '10.0.0.0/8', excluded: holes }, true],
    ['the other has the prefix that a piece has', { to: '10.64.0.0/10', excluded: holes }, true],
    ['the other has the prefix that it was cut from', { to: '0.0.0.0/0', excluded: holes }, false],
    ['the other has a longer prefix still', { to: '10.64.0.0/16', excluded: holes }, false],
    ['the other leaves by the same address', { to: '10.0.0.0/8', excluded: holes, egressIP: '192.0.2.1' }, false],
  ])('%s: %j', (_, b, isNoted) => {
    const message = expect.stringMatching(
      /^differs: there are so many that .* whose longer prefix wins over policy b;/,
    );
    expect(notesOn(a, b)).toEqual(isNoted ? [message] : []);
  });
});
