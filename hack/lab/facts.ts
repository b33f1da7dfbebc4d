import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { IpFamilies } from './families.ts';
import type { ExternalNetwork } from './fixed-points.ts';
import { factsFile } from './paths.ts';

/** What the `lab` command has to know of the lab that it is in. */
export interface LabFacts {
  readonly nodes: readonly string[];
  readonly networks: readonly ExternalNetwork[];
  readonly families: IpFamilies;
}

export async function writeFacts(facts: LabFacts): Promise<void> {
  await writeFile(factsFile, JSON.stringify(facts));
}

/** Throws when called outside a lab. */
export function readFacts(): LabFacts {
  try {
    return JSON.parse(readFileSync(factsFile, 'utf8'));
  } catch {
    throw new Error('this is not a lab: start one with hack/lab/run');
  }
}
