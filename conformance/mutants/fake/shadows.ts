import { readCidr, writeAddress } from './ip.ts';
import type { EgressRule } from './precedence.ts';
import { shareDestinations, winningRule } from './precedence.ts';
import { selects } from './selectors.ts';
import { namespaceLabels, type PodObject, read, type View } from './view.ts';

/** Uid of a route that loses a part of its traffic, with the name of a route that wins it. */
export type Shadows = ReadonlyMap<string, string>;

/** Which routes lose to which: tried out with packets to the edges of what two rules share (api.md §4). */
export function findShadows(view: View, rules: readonly EgressRule[]): Shadows {
  const shadows = new Map<string, string>();
  for (const loser of rules) {
    for (const winner of rules) {
      if (loser.uid === winner.uid || shadows.has(loser.uid)) continue;
      const won = samples(view, loser, winner).some(
        (packet) => winningRule([loser, winner], packet, view.wrong) === winner,
      );
      if (won) shadows.set(loser.uid, `${winner.kind} ${winner.namespace ?? ''}/${winner.name}`);
    }
  }
  return shadows;
}

type Sample = Parameters<typeof winningRule>[1];

// A packet of every Pod that both select, or of an imagined one where no selector needs labels.
function samples(view: View, a: EgressRule, b: EgressRule): readonly Sample[] {
  if (!shareDestinations(a.match, b.match)) return [];
  const pods = senders(view, a, b);
  const [ports, targets] = [portsOf(a, b), targetsOf(a, b)];
  return pods.flatMap((pod) => targets.flatMap((to) => ports.map((port) => ({ ...pod, ...port, to }))));
}

type Sender = Pick<Sample, 'namespace' | 'namespaceLabels' | 'labels' | 'serviceAccount'>;

function senders(view: View, a: EgressRule, b: EgressRule): readonly Sender[] {
  const real = read<PodObject>(view, 'Pod').map(({ metadata, spec }) => ({
    namespace: metadata.namespace ?? '',
    namespaceLabels: namespaceLabels(view, metadata.namespace ?? ''),
    labels: metadata.labels ?? {},
    serviceAccount: spec.serviceAccountName ?? 'default',
  }));
  const namespace = a.namespace ?? b.namespace ?? 'anywhere';
  const labels = { ...b.match.podSelector?.matchLabels, ...a.match.podSelector?.matchLabels };
  const [serviceAccount = 'default'] = a.match.serviceAccounts ?? b.match.serviceAccounts ?? [];
  const imagined = { namespace, namespaceLabels: namespaceLabels(view, namespace), labels, serviceAccount };
  const both = [a, b].every(({ match: { podSelector } }) => podSelector === undefined || selects(podSelector, labels));
  return both ? [...real, imagined] : real;
}

function portsOf(a: EgressRule, b: EgressRule): readonly Pick<Sample, 'port' | 'protocol'>[] {
  const listed = [...(a.match.ports ?? []), ...(b.match.ports ?? [])];
  const edges = listed.flatMap(({ protocol = 'TCP', port = 1, endPort = port }) => [
    { protocol, port },
    { protocol, port: endPort },
  ]);
  return edges.length === 0 ? [{ protocol: 'TCP', port: 1 }] : edges;
}

function targetsOf(a: EgressRule, b: EgressRule): readonly string[] {
  const ranges = [...(a.match.destinations ?? []), ...(b.match.destinations ?? [])].flatMap(
    ({ cidr = '' }) => readCidr(cidr) ?? [],
  );
  if (ranges.length === 0) return ['203.0.113.1'];
  return ranges.flatMap(({ family, first, last }) => [first, last].map((value) => writeAddress({ family, value })));
}
