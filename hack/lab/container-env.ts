import { ofFirst } from './families.ts';
import { apiAddress, apiPort } from './fixed-points.ts';
import type { LabNode } from './lab-node.ts';
import { binDir } from './paths.ts';
import type { Pod, PodContainer } from './pod.ts';

export interface ContainerPlace {
  readonly node: LabNode;
  readonly pod: Pod;
  /** The pod's addresses, IPv4 first. */
  readonly addresses: readonly string[];
  /** Variables that the lab adds to every container. */
  readonly extra: Readonly<Record<string, string>>;
}

/**
 * The environment of a container: its own variables (plain and fieldRef), the API server's address, and the lab's PATH. The
 * agents on the nodes reach the API server without the Service, as on clusters where the Service network is not theirs.
 */
export function containerEnv(container: PodContainer, place: ContainerPlace): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    PATH: `${binDir}:${process.env['PATH']}`,
    HOME: '/',
    HOSTNAME: place.pod.spec.hostNetwork ? place.node.name : place.pod.metadata.name,
    KUBERNETES_SERVICE_HOST: ofFirst(place.node.families, apiAddress.ipv4, apiAddress.ipv6),
    KUBERNETES_SERVICE_PORT: `${apiPort}`,
    ...place.extra,
  };
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) env[name] = expandVariables(value ?? '', env);
    else if (valueFrom.fieldRef !== undefined) env[name] = readField(valueFrom.fieldRef.fieldPath, place);
    else throw new Error(`variable ${name}: of valueFrom the lab knows only fieldRef`);
  }
  return env;
}

/** Replaces `$(NAME)` as Kubernetes does in values, commands and arguments: unknown names stay, `$$(` is a literal `$(`. */
export function expandVariables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\$|\$\(([^)]+)\)/g, (whole, name?: string) =>
    name === undefined ? '$' : (env[name] ?? whole),
  );
}

function readField(path: string, { node, pod, addresses }: ContainerPlace): string {
  const entry = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (entry?.[2] !== undefined) return pod.metadata[entry[1] as 'labels' | 'annotations']?.[entry[2]] ?? '';
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': node.name,
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'status.hostIP': node.addresses[0],
    'status.hostIPs': node.addresses.join(','),
    'status.podIP': addresses[0],
    'status.podIPs': addresses.join(','),
  };
  const value = fields[path];
  if (value === undefined) throw new Error(`fieldRef ${path}: the lab does not know this field`);
  return value;
}
