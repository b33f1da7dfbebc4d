import { beaconLabel } from '../api/names.ts';
import type { Pod } from '../api/pod.ts';
import { optionalText, projectMeta, recordAt } from '../kube/project.ts';
import { canonicalIp } from '../net/ip.ts';

/** A raw Pod as the agent needs it: the few fields that select it, and its addresses, canonical; throws TypeError on what is no object. */
export function projectPod(raw: unknown): Pod {
  const spec = recordAt(raw, 'spec');
  const status = recordAt(raw, 'status');
  return {
    metadata: projectMeta(raw),
    spec: {
      ...optionalText(spec, 'nodeName'),
      ...optionalText(spec, 'serviceAccountName'),
      hostNetwork: spec['hostNetwork'] === true,
    },
    ...mirrorOf(recordAt(recordAt(raw, 'metadata'), 'annotations')),
    ...beaconsOf(raw, status),
    status: { ...optionalText(status, 'phase'), podIPs: addresses(status) },
  };
}

// A hash in hexadecimal digits, which no uid of the API is: a Pod that claims to be a mirror cannot claim another Pod's sandbox.
function mirrorOf(annotations: Readonly<Record<string, unknown>>): { readonly mirrorOf?: string } {
  const hash = annotations['kubernetes.io/config.mirror'];
  return typeof hash === 'string' && /^[0-9a-f]{32}$/.test(hash) ? { mirrorOf: hash } : {};
}

// Of no other Pod readiness is looked at: it would be a change each time.
function beaconsOf(raw: unknown, status: Readonly<Record<string, unknown>>): { readonly sendsBeacons?: true } {
  if (recordAt(recordAt(raw, 'metadata'), 'labels')[beaconLabel] === undefined) return {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'] : [];
  const isReady = conditions.some((condition: unknown) => {
    const { type, status: is } = recordAt({ condition }, 'condition');
    return type === 'Ready' && is === 'True';
  });
  return isReady ? { sendsBeacons: true } : {};
}

// Addresses end up in nftables text: only what reads as one passes.
function addresses(status: Readonly<Record<string, unknown>>): string[] {
  const list = Array.isArray(status['podIPs']) ? status['podIPs'] : [];
  return list.flatMap((entry) => {
    const { ip } = optionalText(recordAt({ entry }, 'entry'), 'ip');
    return (ip === undefined ? undefined : canonicalIp(ip)) ?? [];
  });
}
