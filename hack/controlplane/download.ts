import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The bytes behind an http(s) or file URL; throws with the address and the status when it is not there. */
export async function download(url: string): Promise<Buffer> {
  if (url.startsWith('file:')) return readFile(fileURLToPath(url));
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`cannot download ${url}: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`);
  }
}
