import { canonicalIp } from '../../net/ip.ts';

/** A session with a router, as BIRD sees it. */
export interface BgpSession {
  /** The peer's, canonical. */
  readonly address: string;
  /** The peer's AS number as configured. */
  readonly asn: number;
  readonly established: boolean;
  /** Routes that the peer was told. */
  readonly announced: number;
  /** What went wrong last, in BIRD's words, printable ASCII of at most 120 characters; empty: nothing, or it is established. Not what it waits for, which changes by the second. */
  readonly info: string;
}

/** Reads what `show protocols all` of BIRD (2.0.12) prints, the codes of its control protocol before each line or not; what is not understood is left out: never throws. */
export function parseProtocols(text: string): readonly BgpSession[] {
  const lines = text
    .slice(0, mostCharacters)
    .split('\n')
    .map((line) => line.slice(0, longestLine));
  const sessions: Found[] = [];
  let found: Found | undefined;
  for (const line of lines.map((each) => each.replace(/^(\d{4}[- ]|\+| (?= ))/, ''))) {
    if (/^\S/.test(line)) {
      found = /^\w+\s+BGP\s/.test(line) ? { state: '', errors: [], announced: 0 } : undefined;
      if (found !== undefined) sessions.push(found);
    }
    const [, key = '', value = ''] = /^\s+([A-Z][A-Za-z ]*):\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (found !== undefined) read(found, key, value);
  }
  return sessions.flatMap(({ address, asn, state, errors, announced }) =>
    address === undefined || asn === undefined
      ? []
      : [sessionOf({ address, asn, announced, established: state === 'Established', errors })],
  );
}

/** Printable ASCII in one line of at most 120 characters, or as many as given: what a router sends as a reason may be anything. */
export function plain(text: string, most = 120): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, '?')
    .slice(0, most)
    .trim();
}

function sessionOf({ errors, ...session }: Omit<BgpSession, 'info'> & Pick<Found, 'errors'>): BgpSession {
  return { ...session, info: session.established ? '' : plain(errors.join(', ')) };
}

interface Found {
  address?: string | undefined;
  asn?: number;
  state: string;
  errors: string[];
  announced: number;
}

function read(found: Found, key: string, value: string): void {
  if (key === 'BGP state') found.state = value;
  else if (key === 'Neighbor address') found.address = canonicalIp(value.replace(/%.*/, ''));
  else if (key === 'Neighbor AS' && /^\d{1,10}$/.test(value)) found.asn = Number(value);
  else if (key === 'Last error') found.errors.push(value);
  else if (key === 'Routes') found.announced += Number(/\b(\d{1,9}) exported/.exec(value)?.[1] ?? 0);
}

// A peer has some forty lines.
const mostCharacters = 256 * 1024;
const longestLine = 300;
