import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deletionArgs } from '../../../../src/dataplane/conntrack/exec.ts';
import type { Flow } from '../../../../src/dataplane/conntrack/model.ts';
import { parseFlows } from '../../../../src/dataplane/conntrack/parse.ts';
import { planDeletions } from '../../../../src/dataplane/conntrack/plan.ts';
import { selects, tupleOf } from '../../../support/fake-conntrack.ts';

const mask = 0x1fff;
const flow: fc.Arbitrary<Flow> = fc.record({
  family: fc.constant(4 as const),
  protocol: fc.constantFrom(6, 17),
  source: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
  destination: fc.constantFrom('203.0.113.1', '203.0.113.2'),
  sourcePort: fc.integer({ min: 1, max: 3 }),
  destinationPort: fc.constant(443),
  reply: fc.constant({ source: '203.0.113.1', destination: '192.0.2.1' }),
  mark: fc.constantFrom(0, 513, 514, 0x10201),
  assured: fc.boolean(),
  replied: fc.boolean(),
});

it('deletes every doomed flow and no other', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(flow, fc.boolean()), { selector: ([f]) => tupleOf(f), maxLength: 30 }),
      (pairs) => {
        const flows = pairs.map(([f]) => f);
        const doomed = pairs.filter(([, dies]) => dies).map(([f]) => f);
        const selectors = planDeletions(flows, doomed, mask);
        expect(flows.filter((f) => selectors.some((s) => selects(s, f)))).toEqual(doomed);
        expect(selectors.length).toBeLessThanOrEqual(doomed.length);
      },
    ),
  );
});

it('takes one command for all flows of an identity or of a Pod', () => {
  const one = (mark: number, source: string, sourcePort: number): Flow => ({
    family: 4,
    protocol: 6,
    source,
    destination: '203.0.113.1',
    sourcePort,
    destinationPort: 443,
    reply: { source: '203.0.113.1', destination: source },
    mark,
    assured: true,
    replied: true,
  });
  const flows = [one(513, '10.0.0.1', 1), one(513, '10.0.0.2', 2), one(514, '10.0.0.3', 3), one(514, '10.0.0.4', 4)];
  const commands = (mayLeave: (f: Flow) => boolean) =>
    planDeletions(
      flows,
      flows.filter((flow) => !mayLeave(flow)),
      mask,
    ).map((selector) => deletionArgs(selector).join(' '));
  expect(commands((f) => f.mark !== 513)).toEqual(['-D -f ipv4 -m 513/8191']);
  expect(commands((f) => f.source !== '10.0.0.3')).toEqual(['-D -f ipv4 -s 10.0.0.3']);
  expect(commands(() => true)).toEqual([]);
  // The address was a Pod's without a route before, and its new holder has flows already.
  flows.push(one(0, '10.0.0.4', 5), one(0, '10.0.0.4', 6), one(0, '10.0.0.1', 7));
  expect(commands(({ mark, source }) => mark !== 0 || source !== '10.0.0.4')).toEqual([
    '-D -f ipv4 -m 0/8191 -s 10.0.0.4',
  ]);
});

it('names a single flow by all that it has', () => {
  const line =
    'ipv6     10 icmpv6   58 29 src=2001:db8::1 dst=2001:db8::2 type=128 code=0 id=77 [UNREPLIED] src=2001:db8::2 dst=2001:db8::1 type=129 code=0 id=77 mark=513 use=1';
  const [ping] = parseFlows(line);
  if (ping === undefined) throw new Error('not parsed');
  expect(deletionArgs({ kind: 'exact', flow: ping }).join(' ')).toBe(
    '-D -f ipv6 -p 58 -s 2001:db8::1 -d 2001:db8::2 --icmpv6-type 128 --icmpv6-code 0 --icmpv6-id 77',
  );
});
