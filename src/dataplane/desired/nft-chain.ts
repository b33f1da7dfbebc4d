import type { NftChain } from '../nft/model.ts';

/** A chain that the kernel calls at a hook; what none of its rules decides goes on. */
export function baseChain(
  name: string,
  hook: Pick<NonNullable<NftChain['base']>, 'type' | 'hook' | 'priority'>,
  rules: readonly string[],
): NftChain {
  return { name, base: { ...hook, policy: 'accept' }, rules };
}
