import { describe } from 'vitest';
import { createFakeNft } from '../../../support/fake-nft.ts';
import { nftContract } from '../../../support/nft-contract.ts';

describe('the fake nftables', () => {
  nftContract(async () => {
    const nft = createFakeNft();
    return { nft, intrude: nft.intrude };
  }, 300);
});
