import { devices } from '../dataplane/desired/names.ts';
import type { Hop, PacketHeader, TraceEvent } from './model.ts';
import { beginChain, isTraceTable } from './rules.ts';

/** What a hook's chain, and those that it called, made of a packet. */
export interface ChainRun {
  readonly table: string;
  readonly chain: string;
  readonly header: PacketHeader;
  readonly steps: readonly Exclude<TraceEvent, { kind: 'packet' }>[];
}

/** A packet on its way through one node. */
export interface Journey {
  /** By the device that it came by: a node may be both. */
  readonly hop: Hop;
  /** Of its first hook. */
  readonly first: PacketHeader;
  /** In the order in which the packet met them. */
  readonly runs: readonly ChainRun[];
}

/** Puts a node's trace events together, as they come. */
export interface JourneyBook {
  add(event: TraceEvent): void;
  /** Oldest first; the last one may go on. */
  journeys(): readonly Journey[];
}

interface OpenRun extends ChainRun {
  readonly steps: Exclude<TraceEvent, { kind: 'packet' }>[];
}

interface OpenJourney extends Journey {
  readonly runs: OpenRun[];
  /** By which the kernel called it last. */
  id: string;
}

/** No more are kept: who floods a node with packets shall not fill a memory. */
const mostJourneys = 500;
const mostSteps = 500;

/** The kernel's ids are used again, and change from hook to hook: packets are told by what is in their headers. */
export function createJourneyBook(): JourneyBook {
  const journeys: OpenJourney[] = [];
  const begin = (event: TraceEvent & { kind: 'packet' }) => {
    const run: OpenRun = { table: event.table, chain: event.chain, header: event.header, steps: [] };
    const known = journeys.findLast((journey) => goesOn(journey, event));
    if (known === undefined)
      journeys.push({ hop: hopOf(event.header), first: event.header, runs: [run], id: event.id });
    else {
      known.id = event.id;
      if (known.runs.length < mostSteps) known.runs.push(run);
    }
    if (journeys.length > mostJourneys) journeys.shift();
  };
  return {
    add: (event) => {
      if (event.kind === 'packet') return begin(event);
      const run = journeys.findLast(({ id }) => id === event.id)?.runs.at(-1);
      if (run !== undefined && run.table === event.table && run.steps.length < mostSteps) run.steps.push(event);
    },
    journeys: () => journeys,
  };
}

const hopOf = ({ iif }: PacketHeader): Hop => (iif === devices.tunnel || iif === devices.localOut ? 'gateway' : 'pod');

function goesOn(
  { runs, id }: OpenJourney,
  { header, id: next, table, chain }: TraceEvent & { kind: 'packet' },
): boolean {
  if (isTraceTable(table) && chain === beginChain) return false;
  // A device's own hooks show no addresses.
  if (header.source === undefined) return id === next;
  const last = runs.findLast((run) => run.header.source !== undefined)?.header;
  if (last === undefined || !isSamePacket(last, header, id === next)) return false;
  // The packet was sent again, or the next one looks the same.
  return !runs.some((run) => run.table === table && run.chain === chain && run.header.iif === header.iif);
}

/** Whether two headers may be of one packet: before and after a translation, which may change a port although no address. */
function isSamePacket(a: PacketHeader, b: PacketHeader, hasOneId: boolean): boolean {
  if (a.print !== b.print || (a.source !== b.source && a.destination !== b.destination)) return false;
  return hasOneId || (a.echo === b.echo && (a.sourcePort === b.sourcePort || a.source !== b.source));
}
