import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import { readTextIfExists } from '../../platform/files.ts';
import type { AskTable } from './render.ts';
import { type Session, startSession } from './session.ts';

/** The hosts on some links. One call at a time; both methods reject with ExecError, Error or SyntaxError. */
export interface Neighbours {
  /**
   * From now on these devices, and no others, can be asked on; none: nothing is left on the node. Spawns nothing when they are the
   * same devices and all is well; after a failed `ask` it begins anew.
   */
  listen(devices: readonly string[]): Promise<void>;
  /**
   * Asks on the device who has each address, and answers the hardware addresses that answered within the last two seconds, sorted;
   * none for nobody; `times` (1): so many questions for each, within the same time. Takes about half a second and spawns nothing. The
   * node must not hold the addresses itself: it would not ask.
   */
  ask(device: string, addresses: readonly string[], times?: number): Promise<ReadonlyMap<string, readonly string[]>>;
}

/**
 * Keeps `nft -i` (≥ 1.0.6, netdev ingress) and `ip -batch` (≥ 6.1) running while there are devices, until the signal aborts. Two that
 * are used side by side need tables of different names.
 */
export function createNeighbours(options: {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Default `sallyport-ask`. */
  readonly table?: AskTable;
}): Neighbours {
  let session: Session | undefined;
  let listensOn = '';
  const end = async () => {
    const last = session;
    session = undefined;
    await last?.end();
  };
  return {
    listen: async (devices) => {
      const wanted = (await Promise.all(devices.toSorted().map(identityOf))).join(' ');
      if (wanted === listensOn && (devices.length === 0 || session?.isUp())) return;
      await end();
      listensOn = wanted;
      if (devices.length > 0) session = await startSession({ ...options, devices });
    },
    ask: async (device, addresses, times = 1) => {
      if (session === undefined)
        throw new Error(`cannot ask on ${device}: call listen before, and again after a failure`);
      try {
        return await session.ask(device, addresses, times);
      } catch (error) {
        await end();
        throw error;
      }
    },
  };
}

// `ip` looks up the number of a device once: one that was made anew, or took over a name, has another.
async function identityOf(device: string): Promise<string> {
  const number = await readTextIfExists(`/sys/class/net/${device}/ifindex`).catch(() => undefined);
  return `${device}#${number?.trim() ?? ''}`;
}
