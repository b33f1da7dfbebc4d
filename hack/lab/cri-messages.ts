import { randomBytes } from 'node:crypto';
import { writeFields } from '../../src/cri/wire.ts';

/** A pod's sandbox as a container runtime knows it. */
export interface CriSandbox {
  readonly id: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** None on the node's own network. */
  readonly addresses: readonly string[];
  /** The node's ends of its links, and what bridge they are in. */
  readonly links?: readonly string[];
  readonly ready: boolean;
}

export const eventTypes = { started: 1, stopped: 2, deleted: 3 } as const;

/** An id as runtimes make them. */
export function newSandboxId(): string {
  return randomBytes(32).toString('hex');
}

/** VersionResponse. */
export function renderVersion(version: string): Uint8Array {
  return writeFields([
    [1, '0.1.0'],
    [2, 'containerd'],
    [3, version],
    [4, 'v1'],
  ]);
}

/** ListPodSandboxResponse. */
export function renderSandboxList(sandboxes: readonly CriSandbox[]): Uint8Array {
  return writeFields(sandboxes.map((sandbox) => [1, writeFields(common(sandbox))]));
}

/** PodSandboxStatusResponse; verbose as containerd's, as far as that tells of links. */
export function renderSandboxStatus(sandbox: CriSandbox, isVerbose: boolean): Uint8Array {
  const host = (sandbox.links ?? []).map((name) => [name, { IPConfigs: null, Mac: '', Sandbox: '' }]);
  const own = { IPConfigs: sandbox.addresses.map((IP) => ({ IP })), Mac: '', Sandbox: `/var/run/netns/${sandbox.uid}` };
  const info = JSON.stringify({ cniResult: { Interfaces: { ...Object.fromEntries(host), eth0: own } } });
  const entry = writeFields([
    [1, 'info'],
    [2, info],
  ]);
  return writeFields([[1, status(sandbox)], ...(isVerbose ? ([[2, entry]] as const) : [])]);
}

/** ContainerEventResponse of the sandbox's own container. */
export function renderEvent(sandbox: CriSandbox, type: number): Uint8Array {
  return writeFields([
    [1, sandbox.id],
    [2, type],
    [3, now()],
    [4, status(sandbox)],
  ]);
}

type Fields = readonly (readonly [number, string | number | Uint8Array])[];

function common({ id, uid, namespace, name, ready }: CriSandbox): Fields {
  const metadata = writeFields([
    [1, name],
    [2, uid],
    [3, namespace],
  ]);
  return [
    [1, id],
    [2, metadata],
    [3, ready ? 0 : 1],
    [4, now()],
  ];
}

function status(sandbox: CriSandbox): Uint8Array {
  const [first = '', ...more] = sandbox.addresses;
  const network = writeFields([[1, first], ...more.map((ip) => [2, writeFields([[1, ip]])] as const)]);
  return writeFields([...common(sandbox), [5, network]]);
}

// Nanoseconds; inexact, which nobody minds here.
function now(): number {
  return Date.now() * 1_000_000;
}
