import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStats, statNames } from '../../../../src/dataplane/replication/stats.ts';

// As conntrackd 1.4.7 prints it, numbers aside.
const general = `cache internal:
current active connections:	          11
connections created:		        5000	failed:	           0
connections updated:		        5001	failed:	           0
connections destroyed:		           0	failed:	           0

external inject:
connections created:		        9999	failed:	           3
connections updated:		           2	failed:	           4
connections destroyed:		           1	failed:	           5

traffic processed:
                   0 Bytes                         0 Pckts

UDP traffic (active device=eth0):
             1638904 Bytes sent                  992 Bytes recv
                1234 Pckts sent                   23 Pckts recv
                   6 Error send                    7 Error recv

message tracking:
                   8 Malformed msgs                 7752 Lost msgs

`;
const queues = `allocated queue nodes:		           1

queue txqueue:
current elements:		          12
maximum elements:		  2147483647
not enough space errors:	           1

queue errorq:
current elements:		           5
maximum elements:		         128
not enough space errors:	           0

queue rsqueue:
current elements:		        1182
maximum elements:		       65536
not enough space errors:	           2

`;
const runtime = `daemon uptime: 0 min

netlink stats:
	events received:	                5003
	events filtered:	                   2
	netlink overrun:		           9
	current buffer size (in bytes):	     2097152

runtime stats:
	child process failed:		           0
`;

test('the pages of 1.4.7 are read', () => {
  expect(parseStats(general)).toEqual({
    ...{ flows: 11, injected: 10_001, injectFailed: 7, sent: 1234, received: 23 },
    ...{ sendErrors: 6, receiveErrors: 7, malformed: 8, lost: 7752 },
  });
  expect(parseStats(queues)).toEqual({ unsent: 12, unacknowledged: 1182, queueFull: 3 });
  expect(parseStats(runtime)).toEqual({ overruns: 9 });
});

test('numbers without their heading, or that are none, are left out', () => {
  expect(parseStats('connections created: 1\tfailed: 0\n   1 Pckts sent 2 Pckts recv\n')).toEqual({});
  expect(parseStats('netlink stats:\n\tnetlink overrun: 99999999999999999999\n')).toEqual({});
  expect(parseStats('netlink stats:\n\tnetlink overrun: -1\n')).toEqual({});
});

test('whatever it is given, it says whole numbers or nothing', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom(...`${general}${queues}${runtime}`.split('\n')));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      for (const [name, value] of Object.entries(parseStats(lines.join('\n')))) {
        expect(statNames).toContain(name);
        expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }
    }),
  );
});

test('a long hostile text takes no time', () => {
  const started = performance.now();
  parseStats(`a ${'a '.repeat(1e6)}`);
  parseStats(`${' '.repeat(1e6)}1 A`);
  parseStats(` 1 A${'1'.repeat(1e6)}`);
  expect(performance.now() - started).toBeLessThan(500);
});
