import { describe } from 'vitest';
import { createNft } from '../../src/dataplane/nft/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createRunner } from '../../src/platform/exec.ts';
import { describeInNamespace, tool } from '../support/netns.ts';
import { nftContract } from '../support/nft-contract.ts';

await describeInNamespace(import.meta.url, 'nft on a real kernel', () => {
  const runner = createRunner();
  const nft = createNft({ runner, clock: systemClock });
  const intrude = async (text: string) => {
    tool('nft', ['-f', '-'], text);
  };

  describe('keeps the contract', () => {
    nftContract(async () => ({ nft, intrude }), 40);
  });
});
