// The part of `npm run bench -- failover` that runs in a lab: rounds of faults under flows that never pause. Says FailoverLine.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { breakNode, type FaultKind, healNode } from './failover-faults.ts';
import { advertMs, type FailoverWorld, makeFailoverWorld, type Profile } from './failover-world.ts';
import { type NamespaceScript, startScript } from './in-namespace.ts';
import { candidatesOf, insideLab, ownerOf, untilWhole } from './inside-lab.ts';
import { startKeepalivedAlone } from './keepalived-alone.ts';
import { emit, leave, progress } from './lab-run.ts';
import type { FlowReport } from './steady-flow.ts';

/** One line of its output. */
export type FailoverLine =
  | {
      readonly kind: 'round';
      readonly fault: FaultKind;
      readonly pods: readonly PodReport[];
      readonly alone: FlowReport;
    }
  | { readonly kind: 'seen'; readonly wrong: number; readonly right: number };

/** What the flows of the Pod on this node met; `role` before the move. */
export type PodReport = FlowReport & { readonly role: 'owner' | 'standby' | 'third' };

const server = '198.51.100.10';
const options = {
  profile: { type: 'string', default: 'Default' },
  kinds: { type: 'string', default: 'crash' },
  interval: { type: 'string', default: '1' },
  tcp: { type: 'string', default: '10' },
  window: { type: 'string', default: '5000' },
  settle: { type: 'string', default: '6000' },
} as const;

interface Rig {
  readonly world: FailoverWorld;
  readonly flows: readonly NamespaceScript[];
  readonly windowMs: number;
}

const lab = insideLab();

/** Breaks the owner in this way under the flows of all Pods and answers what they met; a Pod on a crashed node has no network. */
async function round({ world, flows, windowMs }: Rig, fault: FaultKind): Promise<readonly PodReport[]> {
  const owner = await ownerOf(lab, world.gateway);
  const candidates = await candidatesOf(lab, world.gateway);
  for (const flow of flows) flow.tell('begin');
  await sleep(1_000);
  for (const flow of flows) flow.tell('fault');
  await breakNode(lab, fault, owner);
  await sleep(windowMs);
  for (const flow of flows) flow.tell('report');
  const reports = await Promise.all(flows.map((flow) => flow.next<FlowReport>()));
  const after = await lab.owner(world.gateway);
  if (after === owner) progress(`${fault} of ${owner}: nothing moved`);
  await healNode(lab, fault, owner);
  return reports.flatMap((report, at) => {
    const node = world.nodes[at];
    const role = node === owner ? 'owner' : candidates.includes(`${node}`) ? 'standby' : 'third';
    return fault === 'crash' && role === 'owner' ? [] : [{ ...report, role } as const];
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const profile = values.profile as Profile;
  const kinds = values.kinds.split(',') as FaultKind[];
  const world = await makeFailoverWorld(lab, profile);
  const flowArgs = [server, 8080, values.interval, values.tcp];
  const flows = world.pods.map((pod) => startScript(`/run/lab/pods/${pod}`, 'steady-flows.ts', flowArgs));
  const alone = await startKeepalivedAlone(advertMs[profile], Number(values.interval));
  await lab.resetSeen();
  const windowMs = Number(values.window);
  for (const [n, fault] of kinds.entries()) {
    await untilWhole(lab, world.gateway, Number(values.settle));
    const pods = await round({ world, flows, windowMs }, fault);
    // In the time that the subject needs to be whole again; under the same load.
    const baseline = await alone.round(fault, Math.min(windowMs, 3_000));
    emit({ kind: 'round', fault, pods, alone: baseline } satisfies FailoverLine);
    progress(
      `${profile}, round ${n + 1} of ${kinds.length}: ${fault}: ${describe(pods)}, alone ${Math.round(baseline.udp.gapMs)} ms`,
    );
    emit(await readSources(world.address));
  }
  await alone.stop();
  for (const flow of flows) await flow.stop();
}

async function readSources(address: string): Promise<FailoverLine> {
  const { [address]: right = 0, ...others } = await lab.seen();
  const wrong = Object.values(others).reduce((sum, packets) => sum + packets, 0);
  if (wrong > 0) progress(`wrong sources: ${JSON.stringify(others)}`);
  return { kind: 'seen', wrong, right };
}

function describe(pods: readonly PodReport[]): string {
  const each = pods.map(({ role, udp, tcp }) => {
    const gaps = `gap ${Math.round(udp.gapMs)} ms (before ${Math.round(udp.quietMs)}), lost ${udp.lost} of ${udp.sent}`;
    return `${role}: ${gaps}, TCP ${tcp.survived}/${tcp.opened}, stall ${Math.round(tcp.stallMs)} ms`;
  });
  return each.join('; ');
}

await main();
leave();
