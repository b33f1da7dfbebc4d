import { inside } from '../support/dataplane/network.ts';
import { type PodPlace, podPlace, type TestNode } from '../support/dataplane/places.ts';

// A node without Sallyport.
const plain: TestNode = {
  name: 'node-4',
  index: 4,
  ip: '192.0.2.14',
  ip6: '2001:db8:2::14',
  podRange: '10.244.4.0/24',
  podRange6: 'fd00:10:244:4::/64',
};
/** The Pod of the usual layout. */
export const policyPlace: PodPlace = podPlace('policies', plain, 0);

/**
 * The usual layout, a rule per policy that every packet passes until one matches: as many as there are routes, each with one Pod's address and one
 * destination, that of the bench's Pod in their middle.
 */
export async function programPolicies(count: number): Promise<void> {
  const middle = count >> 1;
  const rule = (n: number) =>
    n === middle
      ? `ip saddr ${policyPlace.ip} ip daddr 198.51.100.0/24 meta mark set 0x1 accept`
      : `ip saddr 100.${64 + (n >> 16)}.${(n >> 8) & 255}.${n & 255} ip daddr 172.${16 + (n >> 8)}.${n & 255}.0/24 meta mark set 0x1 accept`;
  const rules = Array.from({ length: count }, (_, n) => `add rule inet policies steer ${rule(n)}\n`);
  inside(plain.name)(
    'nft',
    ['-f', '-'],
    `add table inet policies
delete table inet policies
add table inet policies
add chain inet policies steer { type filter hook prerouting priority -150; policy accept; }
${rules.join('')}`,
  );
}

/** Milliseconds that one policy more takes in that layout. */
export async function timePolicyUpdate(): Promise<number> {
  const started = performance.now();
  inside(plain.name)(
    'nft',
    ['-f', '-'],
    'add rule inet policies steer ip saddr 100.127.0.1 meta mark set 0x1 accept\n',
  );
  return performance.now() - started;
}
