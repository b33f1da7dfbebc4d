import { gatewayDigest } from '../../src/compile/rule-set-digest.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { settle } from '../../src/preview/settle.ts';
import { meta } from './objects.ts';

/** Reports as agents would write them: first candidates own, others stand by, `users` apply every Gateway's rules. */
export function reportAll(snapshot: Snapshot, users: readonly string[]): Snapshot {
  const reports = snapshot.nodes.map(({ metadata: { name } }) => {
    const held = snapshot.placements.filter(({ spec }) => spec.candidates.some(({ node }) => node === name));
    const isUser = users.includes(name);
    const gateways = snapshot.gateways
      .filter(({ metadata }) => isUser || held.some((placement) => placement.metadata.name === metadata.uid))
      .map(({ metadata }) => ({
        uid: metadata.uid,
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        ruleSets: isUser ? digestOf(snapshot, metadata.uid) : '',
        placement:
          snapshot.placements.find((placement) => placement.metadata.name === metadata.uid)?.metadata.generation ?? 0,
        state: 'Applied' as const,
      }));
    const groups = [...new Set(held.map(({ spec }) => spec.group))].map((group) => {
      const first = held.find(({ spec }) => spec.group === group)?.spec.candidates[0]?.node;
      return { group, role: first === name ? ('Owner' as const) : ('Standby' as const) };
    });
    return { metadata: meta(name), status: { gateways, groups } };
  });
  return { ...snapshot, reports };
}

function digestOf({ ruleSets }: Snapshot, uid: string): string {
  const own = ruleSets.filter(({ spec }) => spec.gateway.uid === uid);
  return own.length === 0
    ? ''
    : gatewayDigest(own.map(({ metadata, spec }) => ({ name: metadata.name, digest: spec.digest })));
}

/** Everything written, reported by `users`, and the report window over: what a quiet cluster looks like. */
export function settleAll(start: Snapshot, users: readonly string[] = ['node-3']): ReturnType<typeof settle> {
  const reported = reportAll(settle(start).snapshot, users);
  return settle({ ...reported, now: reported.now + 10_000 });
}
