import type { Node, NodeAddress, Taint } from '../api/core.ts';
import { optionalText, projectMeta, recordAt, texts } from '../kube/project.ts';

/** A raw Node as planning needs it: without images, volumes and the heartbeat fields that change all the time; throws TypeError on what is no object. */
export function projectNode(raw: unknown): Node {
  const spec = recordAt(raw, 'spec');
  const status = recordAt(raw, 'status');
  return {
    metadata: projectMeta(raw),
    spec: {
      podCIDRs: texts(spec['podCIDRs']),
      unschedulable: spec['unschedulable'] === true,
      taints: records(spec['taints']).flatMap(taint),
    },
    status: {
      addresses: records(status['addresses']).flatMap(address),
      ready: records(status['conditions']).some(isReady),
    },
  };
}

type Raw = Readonly<Record<string, unknown>>;

function records(list: unknown): Raw[] {
  return Array.isArray(list) ? list.map((item: unknown) => recordAt({ item }, 'item')) : [];
}

function taint(raw: Raw): Taint[] {
  const { key, effect } = { ...optionalText(raw, 'key'), ...optionalText(raw, 'effect') };
  return key === undefined || effect === undefined ? [] : [{ key, effect, ...optionalText(raw, 'value') }];
}

function address(raw: Raw): NodeAddress[] {
  const { type, address: value } = { ...optionalText(raw, 'type'), ...optionalText(raw, 'address') };
  return type === undefined || value === undefined ? [] : [{ type, address: value }];
}

function isReady(condition: Raw): boolean {
  return condition['type'] === 'Ready' && condition['status'] === 'True';
}
