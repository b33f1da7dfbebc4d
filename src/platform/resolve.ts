import { lookup } from 'node:dns/promises';

/** The addresses of a host name as this machine resolves it (getaddrinfo), IPv4 first; rejects with a message that names it. */
export async function resolveHost(name: string): Promise<readonly string[]> {
  try {
    const found = await lookup(name, { all: true, order: 'ipv4first' });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new Error(`${name} is no address and cannot be resolved here (${code}): give an address`);
  }
}
