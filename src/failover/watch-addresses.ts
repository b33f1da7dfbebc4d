import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';

/** An address on the node, with its prefix length. */
export interface HeldAddress {
  readonly device: string;
  readonly address: string;
  readonly length: number;
}

export interface AddressesOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Whether an address is worth a look. */
  isOurs(address: string): boolean;
  /** Told of all addresses of the node, at the start and whenever one of ours came or went. */
  onAddresses(held: readonly HeldAddress[]): void;
}

const pauseMs = 1_000;
/** `ip monitor` says nothing when it begins to listen; it has long done so by then. */
const startMs = 200;

/** Keeps one `ip monitor` (iproute2 ≥ 6.1) running until the signal aborts; another process runs only when one of our addresses moved. */
export async function watchAddresses(options: AddressesOptions): Promise<void> {
  const { runner, clock, log, signal } = options;
  const look = createLook(options);
  while (!signal.aborted) {
    const over = new AbortController();
    const ending = AbortSignal.any([signal, over.signal]);
    const first = clock.sleep(startMs, ending).then(look, () => {});
    const onLine = (line: string) => {
      const held = addressIn(line);
      if (held !== undefined && options.isOurs(held.address)) look();
    };
    await runner
      .lines('ip', ['-o', 'monitor', 'address'], { signal, onLine })
      .catch((error: unknown) => log.warn({ error: String(error) }, 'addresses are not watched; tried again'));
    over.abort();
    await first;
    await clock.sleep(pauseMs, signal).catch(() => {});
  }
}

/** Reads once more if it is asked to while it reads. */
function createLook({ runner, clock, log, signal, onAddresses }: AddressesOptions): () => void {
  let reading = false;
  let again = false;
  const read = async () => {
    onAddresses(await readAddresses(runner, signal));
  };
  return function look() {
    again = true;
    if (reading || signal.aborted) return;
    reading = true;
    again = false;
    read()
      .catch(async (error: unknown) => {
        if (signal.aborted) return;
        log.warn({ error: String(error) }, 'addresses could not be read; tried again');
        again = true;
        await clock.sleep(pauseMs, signal).catch(() => {});
      })
      .finally(() => {
        reading = false;
        if (again) look();
      });
  };
}

/** All addresses of the node. Throws ExecError. */
export async function readAddresses(runner: Runner, signal: AbortSignal): Promise<readonly HeldAddress[]> {
  const { stdout } = await runner.run('ip', ['-o', 'addr', 'show'], { signal });
  return stdout.split('\n').flatMap((line) => addressIn(line) ?? []);
}

/** Pure: the address in a line of `ip -o addr` or its monitor, `[Deleted ]2: eth0    inet 192.0.2.11/24 …`. */
export function addressIn(line: string): HeldAddress | undefined {
  const pattern = /^(?:Deleted )?\d+: (\S+)\s+inet6? ([\da-f.:]+)(?:\/(\d+))?/;
  const [, device, address, length] = pattern.exec(line) ?? [];
  if (device === undefined || address === undefined) return undefined;
  return { device, address, length: Number(length ?? (address.includes(':') ? 128 : 32)) };
}
