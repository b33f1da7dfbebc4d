import { createHash } from 'node:crypto';
import type { ZipEntry } from './zip.ts';

/** Go's `h1:` hash over a module's files (golang.org/x/mod/sumdb/dirhash, Hash1): what go.sum pins. */
export function hashModule(entries: readonly ZipEntry[]): string {
  const lines = entries
    .map(({ name, data }) => ({ name, digest: createHash('sha256').update(data).digest('hex') }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
    .map(({ name, digest }) => `${digest}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}
