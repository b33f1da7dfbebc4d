import { canonicalIp } from '../../net/ip.ts';

/** An address, canonical, one hardware address that answered for it, in lower case, and the device that the answer came in on. */
export interface Answer {
  readonly device: string;
  readonly address: string;
  readonly mac: string;
}

/** Parses what `nft -j list table` prints of the table in `render.ts`; throws SyntaxError on anything but its JSON. */
export function parseAnswers(text: string): readonly Answer[] {
  const json: unknown = JSON.parse(text);
  const objects = field(json, 'nftables');
  if (!Array.isArray(objects)) throw new SyntaxError('nft -j list table: expected { "nftables": [...] }');
  return objects.flatMap((object: unknown) => {
    const elements = field(field(object, 'set'), 'elem');
    return Array.isArray(elements) ? elements.flatMap(answerOf) : [];
  });
}

// An element with a timeout is {"elem": {"val": …}}, one without is the value itself.
function answerOf(element: unknown): Answer[] {
  const concat = field(field(field(element, 'elem'), 'val') ?? element, 'concat');
  if (!Array.isArray(concat)) return [];
  const [device, address, mac] = concat.map(String);
  const canonical = address === undefined ? undefined : canonicalIp(address);
  if (device === undefined || canonical === undefined || mac === undefined) return [];
  return [{ device, address: canonical, mac: mac.toLowerCase() }];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
