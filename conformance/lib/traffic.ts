import { ConformanceFailure, check } from './failure.ts';
import type { Place } from './manifests.ts';
import { eventually, found, type Look, missed, throughout } from './poll.ts';
import type { Scope } from './test.ts';
import type { Traffic } from './world.ts';

/** Where to and how a Pod asks; without `to` the first IPv4 address outside. */
export interface Way {
  readonly to?: string;
  readonly port?: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/** The port that the outside server answers on; ports of other tests are chosen next to it where it answers on all. */
export const echoPort = 8080;

/** The first two IPv4 addresses outside: they differ within the first 25 bits. */
export function outside(scope: Scope): readonly [string, string] {
  const [first, second] = trafficOf(scope).outside.ipv4;
  check(first !== undefined && second !== undefined, {
    expected: 'two IPv4 addresses of the outside server',
    seen: trafficOf(scope).outside.ipv4.join(', '),
    where: 'world.traffic.outside',
  });
  return [first, second];
}

/** The source address that the outside server sees of a Pod, undefined when nothing arrives. */
export async function sourceOf(scope: Scope, pod: Place, way: Way = {}): Promise<string | undefined> {
  const { to = outside(scope)[0], port = echoPort, protocol = 'TCP' } = way;
  return await trafficOf(scope).ask({ pod, to, port, protocol });
}

/** The Pod's source address while nothing of egress concerns it: the node's address or the Pod's own. */
export async function plainSourceOf(scope: Scope, pod: Place, way: Way = {}): Promise<string> {
  const wish = {
    expected: 'an answer from outside',
    where: describeWay(scope, pod, way),
    within: scope.timeouts.traffic,
  };
  return await eventually(scope, wish, async () => {
    const source = await sourceOf(scope, pod, way);
    return source === undefined ? missed('nothing came back') : found(source);
  });
}

/** Fails unless the very next packets of the Pod have this source. */
export async function expectSource(
  scope: Scope,
  pod: Place,
  { source, ...way }: Way & { source: string },
): Promise<void> {
  const look = await lookForSource(scope, pod, { source, ...way });
  if (look.ok) return;
  throw new ConformanceFailure({ expected: `source ${source}`, seen: look.seen, where: describeWay(scope, pod, way) });
}

/** Waits until the Pod's new flows have this source: after changes that no condition announces. */
export async function untilSource(
  scope: Scope,
  pod: Place,
  { source, ...way }: Way & { source: string },
): Promise<void> {
  const where = describeWay(scope, pod, way);
  await eventually(scope, { expected: `source ${source}`, where, within: scope.timeouts.traffic }, () =>
    lookForSource(scope, pod, { source, ...way }),
  );
}

/** Fails when within the quiet time a flow of the Pod has another source. */
export async function keepsSource(
  scope: Scope,
  pod: Place,
  { source, ...way }: Way & { source: string },
): Promise<void> {
  const where = describeWay(scope, pod, way);
  await throughout(scope, { expected: `source ${source} all the time`, where, within: scope.timeouts.quiet }, () =>
    lookForSource(scope, pod, { source, ...way }),
  );
}

/** Waits until nothing of the Pod arrives, then asks once more. */
export async function untilBlocked(scope: Scope, pod: Place, way: Way = {}): Promise<void> {
  const where = describeWay(scope, pod, way);
  await eventually(scope, { expected: 'nothing arrives outside', where, within: scope.timeouts.traffic }, () =>
    lookForBlocked(scope, pod, way),
  );
  await expectBlocked(scope, pod, way);
}

/** Fails when the next packets of the Pod arrive outside. */
export async function expectBlocked(scope: Scope, pod: Place, way: Way = {}): Promise<void> {
  const look = await lookForBlocked(scope, pod, way);
  if (look.ok) return;
  throw new ConformanceFailure({
    expected: 'nothing arrives outside',
    seen: look.seen,
    where: describeWay(scope, pod, way),
  });
}

// A wrong source is one too many; a lost packet is not what this suite is about, so silence is asked once more.
async function lookForSource(
  scope: Scope,
  pod: Place,
  { source, ...way }: Way & { source: string },
): Promise<Look<string>> {
  const seen = (await sourceOf(scope, pod, way)) ?? (await sourceOf(scope, pod, way));
  return seen === source ? found(source) : missed(seen === undefined ? 'nothing arrived, twice' : `source ${seen}`);
}

async function lookForBlocked(scope: Scope, pod: Place, way: Way): Promise<Look<undefined>> {
  const seen = await sourceOf(scope, pod, way);
  return seen === undefined ? found(undefined) : missed(`source ${seen}`);
}

function trafficOf({ world }: Scope): Traffic {
  if (world.traffic === undefined) throw new Error('this test asks for packets: list "traffic" in its needs');
  return world.traffic;
}

function describeWay(
  scope: Scope,
  pod: Place,
  { to = outside(scope)[0], port = echoPort, protocol = 'TCP' }: Way,
): string {
  return `${protocol} of Pod ${pod.namespace}/${pod.name} to ${to} port ${port}`;
}
