import type { NextHop } from '../dataplane/vrrp/next-hops.ts';
import { parseIp } from '../net/ip.ts';
import type { Clock } from '../platform/clock.ts';
import type { AskProgram } from './asking.ts';
import { lookMs } from './judge-next-hop.ts';

/** What asks a router of either family, once in `lookMs`. */
export function askProgram(hop: NextHop, clock: Clock): AskProgram {
  return parseIp(hop.address)?.family === 6 ? ndpProgram(hop, clock) : arpProgram(hop);
}

/** `arping` (iputils 20221126). It asks all hosts each time: the router's successor has another hardware address. */
function arpProgram({ device, address }: NextHop): AskProgram {
  return {
    command: ['arping', '-b', '-I', device, address],
    isAnswer: (line) => /^\w+cast reply from /.test(line),
  };
}

/** States of a neighbour that the kernel may probe (RFC 4861 §7.3.2): those with a hardware address. */
const known = /\b(REACHABLE|STALE|DELAY|PROBE)\b/;

/**
 * Has the kernel ask (`ip -batch`, iproute2 ≥ 6.1), which is the only one who may send Neighbor Solicitations without a program of
 * their own: a neighbour that is known is probed, by unicast, and serves meanwhile; one that is not is asked for by multicast.
 * Probed and reachable again is an answer.
 */
function ndpProgram({ device, address }: NextHop, clock: Clock): AskProgram {
  const at = `${address} dev ${device}`;
  let isKnown = false;
  return {
    command: ['ip', '-6', '-batch', '-'],
    isAnswer: (line) => {
      isKnown = known.test(line);
      return /\bREACHABLE\b/.test(line);
    },
    drive: async (write, signal) => {
      isKnown = false;
      while (!signal.aborted) {
        // `ip` ends at a line that the kernel refuses, and it refuses to probe without a hardware address. Probing takes `managed`
        // off, which is what the agent set: it has the kernel keep the router's entry fresh.
        write(`${isKnown ? `neigh change ${at} nud probe\n` : ''}neigh replace ${at} managed\n`);
        isKnown = false;
        await clock.sleep(lookMs * 0.75, signal);
        write(`neigh show to ${at}\n`);
        await clock.sleep(lookMs * 0.25, signal);
      }
    },
  };
}
