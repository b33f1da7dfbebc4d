import { readAddress } from './address.ts';
import { type Found, findRepeated } from './found.ts';
import { familyOf } from './instance-family.ts';
import type { KeepalivedConfig, VrrpInstance, VrrpSyncGroup } from './model.ts';

/** Where each named block stands first, by `kind name`. */
type Places = ReadonlyMap<string, number>;

/** What one block says of others: tracked names, members of groups, virtual router ids that meet on an interface. */
export function checkReferences(config: KeepalivedConfig): readonly Found[] {
  const places = new Map<string, number>();
  for (const [index, block] of config.blocks.entries()) {
    const key = 'name' in block ? `${block.kind} ${block.name}` : '';
    if (!places.has(key)) places.set(key, index);
  }
  const tracked = config.blocks.flatMap((block, index) =>
    block.kind === 'vrrp_instance' || block.kind === 'vrrp_sync_group' ? checkTracked(places, block, index) : [],
  );
  const groups = config.blocks.flatMap((block, index) =>
    block.kind === 'vrrp_sync_group' ? checkGroup(places, block, `blocks[${index}]`) : [],
  );
  return [...tracked, ...groups, ...checkRouterIds(config)];
}

const trackedKinds = [
  ['trackScript', 'vrrp_script'],
  ['trackFile', 'track_file'],
  ['trackProcess', 'vrrp_track_process'],
] as const;

/** keepalived 2.2.7 looks tracked names up while it reads the block, so they must stand before it. */
function checkTracked(places: Places, block: VrrpInstance | VrrpSyncGroup, at: number): readonly Found[] {
  return trackedKinds.flatMap(([field, kind]) => {
    const names = (block[field] ?? []).map(({ name }) => name);
    const path = (index: number) => `blocks[${at}].${field}[${index}].name`;
    const missing = names.flatMap((name, index): readonly Found[] => {
      const where = places.get(`${kind} ${name}`);
      if (where === undefined)
        return [{ path: path(index), message: `there is no ${kind} '${name}': add it or do not track it` }];
      if (where < at) return [];
      return [
        {
          path: path(index),
          message: `${kind} '${name}' stands after the block that tracks it, where keepalived does not find it: move it up`,
        },
      ];
    });
    return [
      ...missing,
      ...findRepeated(names).map(({ index, key }) => ({
        path: path(index),
        message: `'${key}' is tracked twice: keep one`,
      })),
    ];
  });
}

function checkGroup(places: Places, block: VrrpSyncGroup, path: string): readonly Found[] {
  const members = block.group ?? [];
  if (members.length === 0)
    return [{ path: `${path}.group`, message: 'the group has no instances: name at least two' }];
  return [
    ...members.flatMap((name, index) =>
      places.has(`vrrp_instance ${name}`)
        ? []
        : [{ path: `${path}.group[${index}]`, message: `there is no vrrp_instance '${name}': add it or leave it out` }],
    ),
    ...findRepeated(members).map(({ index, key }) => ({
      path: `${path}.group[${index}]`,
      message: `'${key}' is named twice: keep one`,
    })),
  ];
}

/**
 * keepalived 2.2.7 refuses one id twice per interface and family, unless the unicast peers, or the multicast
 * destinations, have nothing in common.
 */
function checkRouterIds(config: KeepalivedConfig): readonly Found[] {
  const seen = new Map<string, string>();
  return config.blocks.flatMap((block, index) => {
    if (block.kind !== 'vrrp_instance' || block.virtualRouterId === undefined) return [];
    const keys = listDestinations(block).map((destination) =>
      [block.virtualRouterId, block.interface ?? '', familyOf(block) ?? '', destination].join(' '),
    );
    const clash = keys.map((key) => seen.get(key)).find((name) => name !== undefined);
    for (const key of keys) if (!seen.has(key)) seen.set(key, block.name);
    if (clash === undefined) return [];
    const message = `'${clash}' has the id ${block.virtualRouterId} on interface '${block.interface ?? ''}' in the same family: choose another`;
    return [{ path: `blocks[${index}].virtualRouterId`, message }];
  });
}

function listDestinations({ unicastPeer, mcastDstIp }: VrrpInstance): readonly string[] {
  const peers = (unicastPeer ?? []).map(({ address }) => readAddress(address)?.key ?? address);
  return peers.length > 0 ? peers : [`multicast ${mcastDstIp ?? ''}`];
}
