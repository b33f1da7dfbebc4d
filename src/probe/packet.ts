import { canonicalIp } from '../net/ip.ts';

/**
 * A probe's datagram (ours; numbers big-endian): 0 cookie (8 bytes), 8 kind, 10 size, 12 sequence, 16 nonce (8); in answers 9 length of
 * the node's name, 14 length of the source, 24 the source that was seen, as text (39), 63 the node's name (63); zeros to its size.
 */
const at = { kind: 8, nameLength: 9, size: 10, sequence: 12, sourceLength: 14, nonce: 16, source: 24, name: 63 };
const kinds = { request: 1, answer: 2 } as const;
const longestName = 63;
const longestSource = at.name - at.source;

/** The smallest payload in bytes: an answer is as long as its request, so nobody is answered more than he sent. */
export const smallest = at.name + longestName;

export interface Request {
  /** Whole payload in bytes, from `smallest`. */
  readonly size: number;
  /** 0..65535 */
  readonly sequence: number;
  /** 16 hex digits that nobody can guess. */
  readonly nonce: string;
}

export interface Seen {
  /** Canonical address that the reflector saw the request come from. */
  readonly source: string;
  /** Where the reflector is: at most the first 63 characters of the node's name. */
  readonly node: string;
}

/** The request as bytes; cookie: 16 hex digits that all nodes of the cluster know. */
export function writeRequest(cookie: string, { size, sequence, nonce }: Request): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(`0x${cookie}`));
  bytes[at.kind] = kinds.request;
  view.setUint16(at.size, size);
  view.setUint16(at.sequence, sequence);
  view.setBigUint64(at.nonce, BigInt(`0x${nonce}`));
  return bytes;
}

/** The answer to a request, as long as it; undefined for whatever is no request. */
export function answerTo(cookie: string, bytes: Uint8Array, seen: Seen): Uint8Array | undefined {
  if (!isProbe(cookie, bytes, kinds.request)) return undefined;
  const answer = new Uint8Array(bytes.length);
  answer.set(bytes.subarray(0, at.source));
  const source = new TextEncoder().encode(seen.source).subarray(0, longestSource);
  const name = new TextEncoder().encode(seen.node).subarray(0, longestName);
  answer[at.kind] = kinds.answer;
  answer[at.sourceLength] = source.length;
  answer[at.nameLength] = name.length;
  answer.set(source, at.source);
  answer.set(name, at.name);
  return answer;
}

/** What a datagram answers; undefined for whatever is no answer. */
export function readAnswer(cookie: string, bytes: Uint8Array): (Request & Seen) | undefined {
  if (!isProbe(cookie, bytes, kinds.answer)) return undefined;
  const view = viewOf(bytes);
  const source = canonicalIp(textAt(bytes, at.source, Math.min(bytes[at.sourceLength] ?? 0, longestSource)));
  const node = textAt(bytes, at.name, Math.min(bytes[at.nameLength] ?? 0, longestName));
  // It goes into an API object: the beginning of a node's name (RFC 1123) and nothing else.
  if (source === undefined || !/^[a-z0-9][-a-z0-9.]*$/.test(node)) return undefined;
  const nonce = view.getBigUint64(at.nonce).toString(16).padStart(16, '0');
  return { size: bytes.length, sequence: view.getUint16(at.sequence), nonce, source, node };
}

function isProbe(cookie: string, bytes: Uint8Array, kind: number): boolean {
  if (bytes.length < smallest || bytes[at.kind] !== kind) return false;
  const view = viewOf(bytes);
  return view.getBigUint64(0) === BigInt(`0x${cookie}`) && view.getUint16(at.size) === bytes.length;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const textAt = (bytes: Uint8Array, from: number, length: number): string =>
  new TextDecoder().decode(bytes.subarray(from, from + length));
