import { isIPv4, isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterRange4, clusterRange6 } from './fixed-points.ts';
import { follow } from './follow.ts';
import type { KubeApi, KubeObject } from './kube-api.ts';
import type { LabNode } from './lab-node.ts';
import { inNetns, tryTool } from './tools.ts';

export interface Service extends KubeObject {
  readonly spec: {
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly ports?: readonly {
      readonly name?: string;
      readonly protocol: string;
      readonly port: number;
      readonly nodePort?: number;
    }[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

export interface EndpointSlice extends KubeObject {
  readonly addressType: string;
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[];
}

const masqueradeMark = '0x00004000'; // kube-proxy's
const otherMarks = '0xffffbfff';

/** A small kube-proxy for all nodes: destination NAT for cluster addresses, external and load balancer addresses, node ports. */
export function startServiceProxy(api: KubeApi, nodes: readonly LabNode[], signal: AbortSignal): void {
  const services = new Map<string, Service>();
  const slices = new Map<string, EndpointSlice>();
  let loaded = '';
  let scheduled = false;
  const load = async () => {
    // Changes come in bursts.
    await sleep(50);
    scheduled = false;
    const family = nodes[0]?.families === 'ipv6' ? six : four;
    const text = renderProxyTable([...services.values()], [...slices.values()], family);
    if (text === loaded) return;
    loaded = text;
    for (const { name: node } of nodes) {
      const { status, stderr } = await tryTool(inNetns(node, ['nft', '-f', '-']), text);
      if (status !== 0) process.stderr.write(`lab: service proxy on ${node}: ${stderr}\n`);
    }
  };
  const schedule = () => {
    if (!scheduled) void load();
    scheduled = true;
  };
  void follow(api, '/api/v1/services', { handlers: storeInto(services, schedule), signal });
  void follow(api, '/apis/discovery.k8s.io/v1/endpointslices', { handlers: storeInto(slices, schedule), signal });
}

function storeInto<T extends KubeObject>(store: Map<string, T>, onChange: () => void) {
  const set = (object: T) => store.set(`${object.metadata.namespace}/${object.metadata.name}`, object);
  return {
    onList: (objects: readonly T[]) => {
      store.clear();
      for (const object of objects) set(object);
      onChange();
    },
    onChange: (object: T) => {
      set(object);
      onChange();
    },
    onDelete: (object: T) => {
      store.delete(`${object.metadata.namespace}/${object.metadata.name}`);
      onChange();
    },
  };
}

/** What the proxy knows of the family of the lab's Service range. */
interface ProxyFamily {
  readonly table: 'ip' | 'ip6';
  readonly slices: 'IPv4' | 'IPv6';
  readonly pods: string;
  readonly isOf: (address: string) => boolean;
}

const four: ProxyFamily = { table: 'ip', slices: 'IPv4', pods: clusterRange4, isOf: isIPv4 };
const six: ProxyFamily = { table: 'ip6', slices: 'IPv6', pods: clusterRange6, isOf: isIPv6 };

/** The nft table of a node, the same on each; Services of one family only, as the lab has one Service range. */
export function renderProxyTable(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  family: ProxyFamily = four,
): string {
  const rules = services
    .flatMap((service) =>
      serviceRules(
        service,
        slices.filter((slice) => belongsTo(slice, service)),
        family,
      ),
    )
    .sort();
  return `table ${family.table} lab-proxy
delete table ${family.table} lab-proxy
table ${family.table} lab-proxy {
  chain services {
${rules.map((rule) => `    ${rule}\n`).join('')}  }
  chain prerouting {
    type nat hook prerouting priority dstnat
    jump services
  }
  chain output {
    type nat hook output priority -100
    jump services
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    meta mark and ${masqueradeMark} != 0 meta mark set meta mark and ${otherMarks} masquerade
  }
}
`;
}

function belongsTo(slice: EndpointSlice, service: Service): boolean {
  return (
    slice.metadata.namespace === service.metadata.namespace &&
    slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name
  );
}

function serviceRules(service: Service, slices: readonly EndpointSlice[], family: ProxyFamily): readonly string[] {
  const { table, pods, isOf } = family;
  const clusterIps = (service.spec.clusterIPs ?? []).filter(isOf);
  const external = [
    ...(service.spec.externalIPs ?? []),
    ...(service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip])),
  ].filter(isOf);
  return (service.spec.ports ?? []).flatMap((port) => {
    const protocol = port.protocol.toLowerCase();
    const target = endpointTarget(slices, { name: port.name ?? '', protocol, family });
    if (target === undefined || !['tcp', 'udp', 'sctp'].includes(protocol)) return [];
    // From outside, the answer has to come back through this node.
    const fromOutside = `meta mark set meta mark or ${masqueradeMark} ${target}`;
    return [
      ...clusterIps.map((ip) => `${table} daddr ${ip} ${protocol} dport ${port.port} ${table} saddr ${pods} ${target}`),
      ...clusterIps.map((ip) => `${table} daddr ${ip} ${protocol} dport ${port.port} ${fromOutside}`),
      ...external.map((ip) => `${table} daddr ${ip} ${protocol} dport ${port.port} ${fromOutside}`),
      ...(port.nodePort === undefined
        ? []
        : [`fib daddr type local ${protocol} dport ${port.nodePort} ${fromOutside}`]),
    ];
  });
}

/** The `dnat` statement that spreads over the ready endpoints of a port; undefined without any. */
function endpointTarget(
  slices: readonly EndpointSlice[],
  wanted: { readonly name: string; readonly protocol: string; readonly family: ProxyFamily },
): string | undefined {
  const targets = slices.flatMap((slice) => {
    const port = slice.ports?.find(
      ({ name, protocol }) => (name ?? '') === wanted.name && (protocol ?? 'TCP').toLowerCase() === wanted.protocol,
    )?.port;
    if (slice.addressType !== wanted.family.slices || port === undefined) return [];
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => addresses.filter(wanted.family.isOf).map((address) => ({ address, port })));
  });
  const [first] = targets;
  if (first === undefined) return undefined;
  if (targets.length === 1)
    return `dnat to ${first.address.includes(':') ? `[${first.address}]` : first.address}:${first.port}`;
  const map = targets.map(({ address, port }, i) => `${i} : ${address} . ${port}`).join(', ');
  return `dnat to numgen random mod ${targets.length} map { ${map} }`;
}
