import type { Node } from '../api/core.ts';
import type { EgressNodeSpec } from '../api/kinds.ts';
import { formatIp, parseIp } from '../net/ip.ts';
import { createListPool, createMemo } from './memo.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The snapshot in which a Node that shows no InternalIP has those of its EgressNode: a status that lost them for a moment (a kubelet
 * or a cloud controller that starts again) says nothing, and a node must not lose its place for that.
 */
export function rememberAddresses(snapshot: Snapshot): Snapshot {
  if (snapshot.nodes.every(hasAddress)) return snapshot;
  const known = new Map(snapshot.egressNodes.map(({ metadata, spec }) => [metadata.name, spec]));
  return {
    ...snapshot,
    nodes: steadyNodes(
      snapshot.nodes.map((node) => {
        const spec = known.get(node.metadata.name);
        return hasAddress(node) ? node : remembered(node, [spec], () => remember(node, spec));
      }),
    ),
  };
}

// The same objects as long as nothing changes: what is compiled from them is then not compiled again.
const remembered = createMemo<Node, Node>();
const steadyNodes = createListPool<Node>();

function hasAddress({ status }: Node): boolean {
  return (status.addresses ?? []).some(({ type }) => type === 'InternalIP');
}

// Another Node under the same name has addresses of its own.
function remember(node: Node, known: EgressNodeSpec | undefined): Node {
  if (known?.uid !== node.metadata.uid) return node;
  const own = known.addresses.map((address) => ({ type: 'InternalIP', address }));
  return { ...node, status: { ...node.status, addresses: [...(node.status.addresses ?? []), ...own] } };
}

/** The node's InternalIPs in canonical text, IPv4 first, else in the order of its status. */
export function internalAddresses(node: Node): readonly string[] {
  const ips = (node.status.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => parseIp(address))
    .filter((ip) => ip !== undefined);
  return [...new Set([...ips].sort((a, b) => a.family - b.family).map(formatIp))];
}
