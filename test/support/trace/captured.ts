import { readFileSync } from 'node:fs';
import { createJourneyBook, type Journey } from '../../../src/trace/journeys.ts';
import type { Hop } from '../../../src/trace/model.ts';
import { parseTraceLine } from '../../../src/trace/parse-line.ts';

/** What `nft monitor` 1.0.6 said in a lab, by its file in test/unit/trace/captured. */
export function captured(name: string): readonly string[] {
  const file = new URL(`../../unit/trace/captured/${name}.txt`, import.meta.url);
  return readFileSync(file, 'utf8').trim().split('\n');
}

/** The packets in such a capture. */
export function journeysIn(name: string, hop?: Hop): readonly Journey[] {
  const book = createJourneyBook();
  for (const line of captured(name)) {
    const event = parseTraceLine(line);
    if (event !== undefined) book.add(event);
  }
  return book.journeys().filter((journey) => hop === undefined || journey.hop === hop);
}
