import type { NodePlan } from '../compile/node-plan.ts';
import { devices } from '../dataplane/desired/names.ts';
import type { NodeDevices } from '../dataplane/desired/nft-inet.ts';
import { probeDevices } from '../dataplane/desired/probe.ts';
import { cidrContains, parseCidr } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';
import type { NodeLink } from './node-addresses.ts';

type Known = Pick<NodePlan, 'judged' | 'podRanges' | 'nodeAddresses' | 'node' | 'groups'>;

/**
 * Pure: which devices are no Pod's: those with an address of the node that leads to none of its Pods (a bridge of Pods has one in
 * their range; where Pods share the node's own subnet, routes alone tell), those of the plan's networks whatever is on them, and by
 * which of the former other nodes are near.
 */
export function nodeDevices(links: readonly NodeLink[], plan: Known): NodeDevices {
  const ranges = cidrs(plan.podRanges);
  const pods = ips(plan.judged);
  const nodes = ips(plan.nodeAddresses);
  const own = [plan.node.address4, plan.node.address6];
  const leadsTo = ({ subnets }: NodeLink, targets: ReturnType<typeof ips>): boolean => {
    const near = cidrs(subnets);
    return targets.some((ip) => near.some((subnet) => cidrContains(subnet, ip)));
  };
  const networks = new Set(plan.groups.map(({ vrrp }) => vrrp?.networkInterface));
  const isOuter = (link: NodeLink): boolean => {
    const addresses = ips(link.addresses.filter((text) => !linkLocal.test(text)));
    const inRange = addresses.some((ip) => ranges.some((range) => cidrContains(range, ip)));
    return addresses.length > 0 && !inRange && !leadsTo(link, pods);
  };
  const named = links.filter(({ device }) => !ours.includes(device) && plain.test(device));
  const outer = named.filter(isOuter);
  const underlay = outer.filter(
    (link) => link.addresses.some((address) => own.includes(address)) || leadsTo(link, nodes),
  );
  // After a failover its egress addresses may be elsewhere, and replies in flight still come here.
  const ofNetworks = named.filter((link) => networks.has(link.device) && !outer.includes(link));
  return { outer: names([...outer, ...ofNetworks]), underlay: names(underlay) };
}

const names = (links: readonly NodeLink[]) => links.map(({ device }) => device).toSorted();
const cidrs = (texts: readonly string[]) => texts.flatMap((text) => parseCidr(text) ?? []);
const ips = (texts: readonly string[]) => texts.flatMap((text) => parseIp(text) ?? []);
const ours: readonly string[] = ['lo', ...Object.values(devices), ...Object.values(probeDevices)];
const linkLocal = /^(169\.254\.|fe80:)/;
// It goes into a command of nft: a name with a quote in it is legal, and nobody's.
const plain = /^[\w.@:+-]{1,15}$/;
