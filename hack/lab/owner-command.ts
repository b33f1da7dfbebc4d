import { readFileSync } from 'node:fs';
import { readFacts } from './facts.ts';
import { ApiError, createKubeApi } from './kube-api.ts';
import { askOwner, hostOf } from './owner.ts';
import { adminTokenFile, authorityFile } from './paths.ts';

interface Gateway {
  readonly spec: { readonly addresses?: readonly { readonly value?: string }[] };
  readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
}

/** `lab owner`: the hosts that answer on the wire for a Gateway's addresses; one of them when all is well. */
export async function findOwners(name: string): Promise<readonly string[]> {
  const { nodes, networks } = readFacts();
  const addresses = await readAddresses(name);
  const owners = new Set<string>();
  // One after the other: the prober keeps the answers to one question.
  for (const address of addresses) {
    for (const mac of await askOwner(networks, address)) owners.add(hostOf(networks, nodes, mac));
  }
  return [...owners];
}

async function readAddresses(name: string): Promise<readonly string[]> {
  const [namespace, gateway, rest] = name.split('/');
  if (!namespace || !gateway || rest !== undefined) throw new Error(`"${name}" is not NAMESPACE/GATEWAY`);
  const api = createKubeApi(readFileSync(adminTokenFile, 'utf8'), readFileSync(authorityFile));
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/gateways/${gateway}`;
  try {
    const { spec, status } = await api.request<Gateway>({ path });
    const bound = (status?.addresses ?? []).map(({ value }) => value);
    const wanted = (spec.addresses ?? []).flatMap(({ value }) => (value ? [value] : []));
    return bound.length > 0 ? bound : wanted;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) throw new Error(`there is no Gateway ${name}`);
    throw error;
  }
}
