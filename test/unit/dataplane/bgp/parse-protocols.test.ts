import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canTell, tellProblem, untoldFamilies } from '../../../../src/dataplane/bgp/judge-sessions.ts';
import { type BgpSession, parseProtocols } from '../../../../src/dataplane/bgp/parse-protocols.ts';

// As BIRD 2.0.12 answers on its control socket.
const answer = `0001 BIRD 2.0.12 ready.
2002-Name       Proto      Table      State  Since         Info
1002-device1    Device     ---        up     02:38:17.955  
1006-
1002-egress4    Static     announced4 up     02:38:17.955  
1006-  Channel ipv4
     State:          UP
     Routes:         1 imported, 9 exported, 1 preferred
 
1002-peer4_192_0_2_1 BGP        ---        up     02:38:18.734  Established   
1006-  BGP state:          Established
     Neighbor address: 192.0.2.1
     Neighbor AS:      65000
     Local AS:         65001
   Channel ipv4
     State:          UP
     Routes:         0 imported, 2 exported, 0 preferred
     BGP Next hop:   192.0.2.11
 
1002-peer6_2001_db8__1 BGP        ---        start  02:38:17.955  Active        Socket: Connection refused
1006-  BGP state:          Active
     Neighbor address: 2001:db8::1%eth0
     Neighbor AS:      4200000000
     Last error:       Socket: Connection refused
   Channel ipv6
     State:          DOWN
 
0000 
`;
const up: BgpSession = { address: '192.0.2.1', asn: 65_000, established: true, announced: 2, info: '' };
const down: BgpSession = {
  address: '2001:db8::1',
  asn: 4_200_000_000,
  established: false,
  announced: 0,
  info: 'Socket: Connection refused',
};

test('what BIRD says of its sessions', () => {
  expect(parseProtocols(answer)).toEqual([up, down]);
  const byHand = answer.replaceAll(/^(\d{4}[- ]| )/gm, '');
  expect(parseProtocols(byHand)).toEqual([up, down]);
});

test('what a session that is down waits for is not said: it changes by the second', () => {
  const words = ['Idle', 'Active', 'Connect', 'OpenSent'].map((state) => {
    return parseProtocols(answer.replace('BGP state:          Active', `BGP state:          ${state}`));
  });
  for (const each of words) expect(each).toEqual([up, down]);
  const again = answer.replace('Active\n', 'Established\n');
  expect(parseProtocols(again)[1]).toMatchObject({ established: true, info: '' });
});

test('anything at all is read, and what it says is printable', () => {
  const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom(...answer.split('\n'))), { maxLength: 60 });
  fc.assert(
    fc.property(lines, (text) => {
      for (const { info, asn } of parseProtocols(text.join('\n'))) {
        expect(info).toMatch(/^[ -~]{0,120}$/);
        expect(Number.isSafeInteger(asn)).toBe(true);
      }
    }),
  );
});

test('routers can be told of a group when a family of its addresses has a session', () => {
  const peers = ['192.0.2.1', '2001:db8::1'];
  const told = (...egress: readonly string[]) => canTell({ egress, peers }, [up, down]);
  expect([told('172.29.7.16'), told('2001:db8:77::10'), told('172.29.7.16', '2001:db8:77::10'), told()]).toEqual([
    ...[true, false, true, true],
  ]);
  expect(canTell({ egress: ['172.29.7.16'], peers: ['192.0.2.9'] }, [up])).toBe(false);
  expect(canTell({ egress: [], peers }, [down])).toBe(false);
});

test('what is missing, in words', () => {
  const bgp = {
    localAsn: 65_001,
    peers: [
      { address: '192.0.2.1', asn: 65_000, bfd: false },
      { address: '2001:db8::1', asn: 4_200_000_000, bfd: false },
    ],
  };
  const say = (address: string, sessions: readonly BgpSession[], peers = bgp.peers) =>
    tellProblem({ ...bgp, peers }, [address], sessions);
  expect(say('172.29.7.16', [up, down])).toBeUndefined();
  expect(say('2001:db8:77::10', [up, down])).toContain(
    'no BGP session with 2001:db8::1 AS 4200000000 (Socket: Connection refused): compare address and AS numbers (ours is 65001)',
  );
  expect(say('2001:db8:77::10', [up], bgp.peers.slice(0, 1))).toBe(
    'no BGP peer has the family of 2001:db8:77::10: add an IPv6 peer to the network in EgressClass',
  );
  expect(say('172.29.7.16', [{ ...up, asn: 7 }])).toContain('(another network has it as AS 7)');
  expect(say('172.29.7.16', [{ ...up, established: false }])).toContain('192.0.2.1 AS 65000 (no answer)');
  const both = ['172.29.7.16', '2001:db8:77::10'];
  expect(untoldFamilies(bgp, both, [up, down])).toEqual([6]);
  expect(tellProblem(bgp, both, [up, down])).toMatch(/^no BGP session with 2001:db8::1 AS/);
  expect(untoldFamilies(bgp, both, [])).toEqual([4, 6]);
  expect(tellProblem(bgp, [], [down])).toMatch(/^no BGP session with 192.0.2.1 AS/);
  expect(tellProblem(bgp, [], [up])).toBeUndefined();
});
