import { canonicalIp } from '../net/ip.ts';
import { parseHostLinks } from './host-links.ts';
import { readFields, type WireField, writeFields } from './wire.ts';

/** A sandbox as ListPodSandbox shows it (CRI v1 PodSandbox). */
export interface ListedSandbox {
  readonly id: string;
  /** Of its Pod; that of the API, for Pods of the API server. */
  readonly uid: string;
  readonly ready: boolean;
}

/** A sandbox with its addresses, canonical, the first first; none on the node's own network (CRI v1 PodSandboxStatus). */
export interface SandboxStatus extends ListedSandbox {
  readonly addresses: readonly string[];
  /** The node's ends of its links, from the CNI plugin's result where the runtime shows that (`parseHostLinks`). */
  readonly links: readonly string[];
}

/** CRI v1 ContainerEventResponse, as far as sandboxes go: `isOver` when the sandbox itself stopped or was removed. */
export interface SandboxEvent {
  readonly id: string;
  readonly isOver: boolean;
}

/** CRI v1 VersionResponse. */
export interface RuntimeVersion {
  readonly name: string;
  readonly version: string;
}

const longestName = 1_024;
const mostAddresses = 16;
const states = { ready: 0 } as const;
const eventTypes = { stopped: 2, deleted: 3 } as const;

/** ListPodSandboxResponse; sandboxes without an id or a Pod are left out. Throws WireError. */
export function parseSandboxList(bytes: Uint8Array): readonly ListedSandbox[] {
  return manyBytes(readFields(bytes), 1).flatMap((item) => parseListed(item) ?? []);
}

/** PodSandboxStatusResponse; undefined for a status without an id or a Pod. Throws WireError. */
export function parseStatusAnswer(bytes: Uint8Array): SandboxStatus | undefined {
  const fields = readFields(bytes);
  const status = bytesOf(fields, 1);
  return status === undefined ? undefined : parseStatus(status, infoOf(fields));
}

/** ContainerEventResponse; undefined when it names no sandbox. Throws WireError. */
export function parseEvent(bytes: Uint8Array): SandboxEvent | undefined {
  const fields = readFields(bytes);
  const container = textOf(fields, 1);
  const type = numberOf(fields, 2);
  const isEnd = type === eventTypes.stopped || type === eventTypes.deleted;
  const embedded = bytesOf(fields, 4);
  const sandbox = embedded === undefined ? undefined : parseListed(embedded);
  // Without a status it may be one that is gone already: then its own end is told by the container of its name.
  if (sandbox === undefined) return isEnd && container !== '' ? { id: container, isOver: true } : undefined;
  return { id: sandbox.id, isOver: !sandbox.ready || (isEnd && container === sandbox.id) };
}

/** VersionResponse. Throws WireError. */
export function parseVersion(bytes: Uint8Array): RuntimeVersion {
  const fields = readFields(bytes);
  return { name: textOf(fields, 2), version: textOf(fields, 3) };
}

/** PodSandboxStatusRequest, verbose: without, no runtime tells of links. */
export function renderStatusRequest(id: string): Uint8Array {
  return writeFields([
    [1, id],
    [2, 1],
  ]);
}

// PodSandbox and PodSandboxStatus agree in fields 1 to 3.
function parseListed(bytes: Uint8Array): ListedSandbox | undefined {
  const fields = readFields(bytes);
  const id = textOf(fields, 1);
  const metadata = bytesOf(fields, 2);
  const uid = metadata === undefined ? '' : textOf(readFields(metadata), 2);
  return id === '' || uid === '' ? undefined : { id, uid, ready: numberOf(fields, 3) === states.ready };
}

function parseStatus(bytes: Uint8Array, info: string): SandboxStatus | undefined {
  const listed = parseListed(bytes);
  const network = bytesOf(readFields(bytes), 5);
  const addresses = network === undefined ? [] : parseNetwork(network);
  return listed && { ...listed, addresses, links: parseHostLinks(info) };
}

// The entry `info` of a map of text to text.
function infoOf(fields: readonly WireField[]): string {
  const entry = manyBytes(fields, 2).find((bytes) => textOf(readFields(bytes), 1) === 'info');
  const value = entry === undefined ? undefined : bytesOf(readFields(entry), 2);
  return value === undefined ? '' : Buffer.from(value).toString('utf8');
}

// Addresses end up in nftables text: only what reads as one passes.
function parseNetwork(bytes: Uint8Array): readonly string[] {
  const fields = readFields(bytes);
  const texts = [textOf(fields, 1), ...manyBytes(fields, 2).map((address) => textOf(readFields(address), 1))];
  return [...new Set(texts.flatMap((text) => canonicalIp(text) ?? []))].slice(0, mostAddresses);
}

function manyBytes(fields: readonly WireField[], wanted: number): readonly Uint8Array[] {
  return fields.flatMap((field) => (field.kind === 'bytes' && field.field === wanted ? [field.value] : []));
}

// Of a field that comes twice the last one counts (Protocol Buffers, "Last One Wins").
function bytesOf(fields: readonly WireField[], wanted: number): Uint8Array | undefined {
  return manyBytes(fields, wanted).at(-1);
}

function textOf(fields: readonly WireField[], wanted: number): string {
  const bytes = bytesOf(fields, wanted);
  return bytes === undefined || bytes.length > longestName ? '' : Buffer.from(bytes).toString('utf8');
}

function numberOf(fields: readonly WireField[], wanted: number): number {
  const field = fields.findLast((candidate) => candidate.field === wanted);
  return field?.kind === 'number' ? field.value : 0;
}
