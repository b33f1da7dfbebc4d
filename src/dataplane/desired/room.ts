import { memoByObject } from '../../compile/memo.ts';
import type { NftMap, NftSet } from '../nft/model.ts';

/** Of sets that hold what the agent says between two plans, which no plan counts: more Pods than a node has. */
const mostFilledByAgent = 16_384;

/** A set for the agent to fill beside its plans. */
export const filledByAgent = { flags: [], size: mostFilledByAgent, filled: 'elsewhere', elements: [] } as const;

/** A set of exact keys with room for what it holds, another as it is. */
export const setWithRoom = memoByObject((set: NftSet): NftSet => ({ ...set, ...roomOf(set) }));

/** A map of exact keys with room for what it holds, another as it is. */
export const mapWithRoom = memoByObject((map: NftMap): NftMap => ({ ...map, ...roomOf(map) }));

function roomOf({ flags, size, elements }: NftSet | NftMap): Pick<NftSet, 'size'> {
  return flags.length > 0 || size !== undefined ? {} : { size: roomFor(elements.length) };
}

/** Most elements of a set that has `count` now: powers of four, for the kernel makes a set anew to change it. */
export function roomFor(count: number): number {
  let room = 256;
  while (room < count) room *= 4;
  return room;
}
