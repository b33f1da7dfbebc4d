import { inside } from './network.ts';

export interface Forgery {
  /** The sender's address, whosever it is. */
  readonly source: string;
  readonly to: string;
  /** UDP; absent: IP protocol 112 (VRRP). */
  readonly port?: number;
  /** Default 40000. */
  readonly sourcePort?: number;
}

/** Three packets (as VRRP, of router 1) from a namespace in the name of any address, as a container with CAP_NET_RAW can send them. */
export function forge(namespace: string, { source, to, port, sourcePort = 40_000 }: Forgery): void {
  const family = to.includes(':') ? 6 : 4;
  const text = (address: string) => (family === 6 ? `[${address}]` : address);
  const target =
    port === undefined
      ? `IP${family}-SENDTO:${text(to)}:112,bind=${text(source)}`
      : `UDP${family}-SENDTO:${text(to)}:${port},bind=${text(source)}:${sourcePort}`;
  const send = `for n in 1 2 3; do printf '1\\001forged' | socat -u - '${target}'; done`;
  wearing(namespace, source, () => inside(namespace)('sh', ['-c', send]));
}

/** Runs something while the namespace has an address that it was not given. */
export function wearing<T>(namespace: string, address: string, action: () => T): T {
  const run = inside(namespace);
  const six = address.includes(':');
  const own = run('ip', ['-o', 'addr', 'show', 'to', address]) !== '';
  const change = (verb: string) =>
    run('ip', ['addr', verb, `${address}/${six ? 128 : 32}`, 'dev', 'lo', ...(six && verb === 'add' ? ['nodad'] : [])]);
  if (own) return action();
  change('add');
  try {
    return action();
  } finally {
    change('del');
  }
}
