import { expect, test } from 'vitest';
import {
  type LeaderElectionOptions,
  type LeadershipState,
  runHeartbeat,
  runLeaderElection,
} from '../../../src/kube/lease.ts';
import { renderMicroTime } from '../../../src/kube/micro-time.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { createFakeKubeClient, type FakeKubeClient, mergeJson, refuse } from '../../support/fake-kube-client.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/main';

function startContender(client: FakeKubeClient, clock: FakeClock, options: Partial<LeaderElectionOptions> = {}) {
  const stop = new AbortController();
  const states: LeadershipState[] = [];
  const terms: { from: number; to: number | undefined }[] = [];
  const identity = options.identity ?? 'me';
  const ended = runLeaderElection({
    client,
    namespace: 'default',
    name: 'main',
    identity,
    clock,
    signal: stop.signal,
    random: () => 0,
    onChange: (state) => states.push(state),
    lead: async (signal) => {
      const term = { from: clock.monotonic(), to: undefined as number | undefined };
      terms.push(term);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      term.to = clock.monotonic();
    },
    ...options,
  });
  return { stop, states, terms, ended };
}

const specOf = (client: FakeKubeClient) => client.objects.get(path)?.['spec'] as Record<string, unknown>;
const setup = () => ({ client: createFakeKubeClient(), clock: createFakeClock() });
const overwrite = (client: FakeKubeClient, spec: object, version: string) => {
  const object = client.objects.get(path) ?? { metadata: { namespace: 'default', name: 'main' } };
  const changed = mergeJson(object, { spec, metadata: { resourceVersion: version } });
  client.objects.set(path, changed as never);
};

test('MicroTime has six digits', () => {
  expect(renderMicroTime(Date.UTC(2030, 0, 1, 2, 3, 4, 5))).toBe('2030-01-01T02:03:04.005000Z');
});

test('creates, renews with one request each time, releases', async () => {
  const { client, clock } = setup();
  const { stop, ended, states } = startContender(client, clock);
  await clock.advance(10_000);
  expect(client.log).toEqual([
    `GET ${path}`,
    `POST ${path.replace('/main', '')}`,
    ...Array.from({ length: 5 }, () => `PATCH ${path}`),
  ]);
  expect(specOf(client)).toEqual({
    holderIdentity: 'me',
    leaseDurationSeconds: 15,
    renewTime: '2030-01-01T00:00:10.000000Z',
    acquireTime: '2030-01-01T00:00:00.000000Z',
    leaseTransitions: 0,
  });
  stop.abort();
  await clock.advance(0);
  await ended;
  expect(specOf(client)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
  expect(states.map((state) => [state.holder, state.leading])).toEqual([
    ['me', false],
    ['me', true],
    ['', true],
    ['', false],
  ]);
  expect(clock.sleeping()).toBe(0);
});

test('expiry is counted from when we saw the Lease change, not from its times', async () => {
  const { client, clock } = setup();
  overwrite(
    client,
    {
      holderIdentity: 'other',
      leaseDurationSeconds: 15,
      renewTime: '1999-01-01T00:00:00.000000Z',
      leaseTransitions: 3,
    },
    'r1',
  );
  const { terms } = startContender(client, clock);
  await clock.advance(8000);
  overwrite(client, { renewTime: '1999-01-01T00:00:08.000000Z' }, 'r2'); // its clock is decades behind, yet it lives
  clock.jump(3_600_000); // and ours jumps
  await clock.advance(14_000);
  expect(terms).toEqual([]);
  await clock.advance(4000);
  expect(terms).toHaveLength(1);
  expect(terms[0]?.from).toBeGreaterThanOrEqual(23_000);
  expect(specOf(client)).toMatchObject({ holderIdentity: 'me', leaseTransitions: 4 });
});

test('a released Lease is taken at the next try, an invalid one too', async () => {
  for (const spec of [{ holderIdentity: '', leaseDurationSeconds: 15 }, { holderIdentity: 7 }, {}]) {
    const { client, clock } = setup();
    overwrite(client, spec, 'r1');
    const { terms } = startContender(client, clock);
    await clock.advance(0);
    expect(terms).toHaveLength(1);
  }
});

test('leads no longer than the deadline after the start of the last good renewal, whatever the client does', async () => {
  const hang = () => new Promise<void>(() => {});
  const fail = () => {
    throw refuse({ method: 'PATCH', path }, 500, 'InternalError');
  };
  for (const before of [hang, fail]) {
    const { client, clock } = setup();
    const { terms, states } = startContender(client, clock);
    await clock.advance(3000); // renewed at 2 s
    client.before = before;
    await clock.advance(8999);
    expect(terms).toEqual([{ from: 0, to: undefined }]);
    await clock.advance(1);
    expect(terms[0]?.to).toBe(12_000);
    expect(states.some((state) => String(state.error).includes('not renewed within 10000 ms'))).toBe(true);
    client.before = () => undefined;
    await clock.advance(20_000);
    expect(terms).toHaveLength(2); // contests again
  }
});

test('a renewal counts from when it was sent: others may have seen it since', async () => {
  const { client, clock } = setup();
  const { terms } = startContender(client, clock);
  await clock.advance(1000);
  client.before = () => clock.sleep(3000); // sent at 2 s, answered at 5 s
  await clock.advance(4500);
  client.before = () => new Promise<void>(() => {});
  await clock.advance(30_000);
  expect(terms[0]?.to).toBe(12_000);
});

test('a short failure does not end leadership', async () => {
  const { client, clock } = setup();
  const { terms } = startContender(client, clock);
  await clock.advance(1000);
  client.before = () => {
    throw refuse({ method: 'PATCH', path }, 503, 'ServiceUnavailable');
  };
  await clock.advance(6000);
  client.before = () => undefined;
  await clock.advance(60_000);
  expect(terms).toEqual([{ from: 0, to: undefined }]);
});

test('a conflict is read, not guessed: still ours, or lost at once', async () => {
  const { client, clock } = setup();
  const { terms } = startContender(client, clock);
  await clock.advance(1000);
  overwrite(client, { strategy: 'x' }, 'touched');
  await clock.advance(10_000);
  expect(terms).toEqual([{ from: 0, to: undefined }]);
  overwrite(client, { holderIdentity: 'thief', leaseDurationSeconds: 15 }, 'stolen');
  await clock.advance(4000);
  expect(terms[0]?.to).toBeDefined();
  expect(specOf(client)).toMatchObject({ holderIdentity: 'thief' }); // and not released for it
});

test('keeps renewing until the work has ended, and then gives the Lease back', async () => {
  const { client, clock } = setup();
  const slow = async (signal: AbortSignal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await clock.sleep(30_000);
  };
  const { stop, ended } = startContender(client, clock, { lead: slow });
  await clock.advance(1000);
  stop.abort();
  await clock.advance(29_000);
  expect(specOf(client)).toMatchObject({ holderIdentity: 'me', renewTime: '2030-01-01T00:00:30.000000Z' });
  await clock.advance(1000);
  await ended;
  expect(specOf(client)).toMatchObject({ holderIdentity: '' });
});

test('work that throws gives the Lease back, is reported, and starts again later', async () => {
  const { client, clock } = setup();
  let starts = 0;
  const { states } = startContender(client, clock, {
    lead: async () => {
      starts++;
      throw new Error('broken');
    },
  });
  await clock.advance(0);
  expect(specOf(client)).toMatchObject({ holderIdentity: '' });
  expect(states.at(-1)).toMatchObject({ leading: false, error: new Error('broken') });
  await clock.advance(2000);
  expect(starts).toBe(2);
});

test('unsafe durations are refused', async () => {
  const { client, clock } = setup();
  for (const bad of [{ renewDeadlineMs: 15_000 }, { retryPeriodMs: 9000 }, { retryPeriodMs: 0 }])
    await expect(startContender(client, clock, bad).ended).rejects.toThrow(RangeError);
});

test('a heartbeat spreads, tries again sooner after failures, and says so', async () => {
  const { client, clock } = setup();
  const stop = new AbortController();
  const errors: unknown[] = [];
  const renewals: number[] = [];
  const ended = runHeartbeat({
    client,
    namespace: 'default',
    name: 'main',
    holder: 'node-1',
    clock,
    signal: stop.signal,
    durationSeconds: 40,
    intervalMs: 10_000,
    random: () => 0,
    ownerReferences: [{ kind: 'Node' }],
    onRenewed: () => renewals.push(clock.monotonic()),
    onError: (error) => errors.push(error),
  });
  await clock.advance(20_000);
  expect(renewals).toEqual([0, 9000, 18_000]);
  expect(client.objects.get(path)?.metadata['ownerReferences']).toEqual([{ kind: 'Node' }]);
  client.before = () => {
    throw refuse({ method: 'PATCH', path }, 500, 'InternalError');
  };
  await clock.advance(10_000);
  client.before = () => undefined;
  await clock.advance(10_000);
  expect(errors.length).toBeGreaterThan(3);
  expect(renewals.length).toBeGreaterThan(3);
  stop.abort();
  await ended;
});

test.each([3_600_000, -3_600_000])(
  'a leader whose wall clock jumps by %i ms leads on, and nobody takes its Lease',
  async (jump) => {
    const { client, clock } = setup();
    const leader = startContender(client, clock);
    await clock.advance(5_000);
    const other = startContender(client, clock, { identity: 'other' });
    await clock.advance(5_000);
    clock.jump(jump);
    await clock.advance(60_000);
    expect(leader.terms).toEqual([{ from: 0, to: undefined }]);
    expect(other.terms).toEqual([]);
    leader.stop.abort();
    other.stop.abort();
  },
);
