import { type Command, InvalidArgumentError } from 'commander';
import type { Snapshot } from '../compile/snapshot.ts';
import type { ReadManifests } from '../inspect/read-manifests.ts';
import { readTree } from '../platform/read-tree.ts';

/** What every command that reads manifests takes, named as kubectl names it. */
export interface ManifestFlags {
  readonly filename: readonly string[];
  readonly namespace: string;
}

/** What the names of manifests end in. */
export const manifestEndings = ['.yaml', '.yml', '.json'];

/** Adds --filename and --namespace. */
export function addManifestFlags(command: Command): Command {
  return command
    .requiredOption(
      '-f, --filename <path...>',
      'files, folders with all below them (.yaml, .yml, .json), or - for stdin',
    )
    .option('-n, --namespace <name>', 'of objects that name none', parseLabel, 'default');
}

/** A name that may be a namespace's (RFC 1123 label); throws what commander shows. */
export function parseLabel(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('expected a name of lower-case letters, digits and inner hyphens, at most 63');
}

/** Reads what the flags name; rejects when a path cannot be read, or when there is nothing of ours in any. */
export async function openManifests(
  { filename, namespace }: ManifestFlags,
  signal?: AbortSignal,
): Promise<ReadManifests> {
  const { readManifests } = await manifests();
  const read = readManifests(await readTree(filename, manifestEndings, signal), namespace);
  if (read.objects.length === 0 && read.findings.length === 0) {
    const others = read.foreign === 0 ? '' : ` (${read.foreign} of other kinds)`;
    throw new Error(`there is no object of Sallyport or Gateway API in ${filename.join(', ')}${others}`);
  }
  return read;
}

/** A cluster of which nothing is known but what manifests say. */
export async function openNoCluster(now: number): Promise<Snapshot> {
  return (await manifests()).emptyCluster(now);
}

// Schemas and CEL are loaded by who asks for them: agents are the same program, and are paid for on every node.
function manifests() {
  return import('../inspect/read-manifests.ts');
}
