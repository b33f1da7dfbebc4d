import { expect, test } from 'vitest';
import { cutBytes } from '../../../src/kube/event-series.ts';
import { createEventRecorder, type EventToEmit } from '../../../src/kube/events.ts';
import { isRecord } from '../../../src/kube/object.ts';
import { createTokenBuckets } from '../../../src/kube/token-bucket.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeKubeClient, refuse } from '../../support/fake-kube-client.ts';

function startRecorder() {
  const client = createFakeKubeClient();
  const clock = createFakeClock();
  const stop = new AbortController();
  const dropped: string[] = [];
  const recorder = createEventRecorder({
    client,
    controller: 'example.com/controller',
    instance: 'pod-1',
    clock,
    signal: stop.signal,
    onDropped: (event, why) => dropped.push(`${event.note}: ${String(why)}`),
  });
  const counts = () =>
    [...client.objects.values()].map((event) => (isRecord(event['series']) ? event['series']['count'] : 1));
  return { client, clock, stop, dropped, recorder, counts };
}

const eventOf = (note: string, name = 'gw', uid = 'uid-1'): EventToEmit => ({
  regarding: { kind: 'Gateway', namespace: 'shop', name, uid },
  type: 'Normal',
  reason: 'Placed',
  action: 'Place',
  note,
});

test('the first is written at once, its repeats as a count every five minutes', async () => {
  const { client, clock, recorder, counts } = startRecorder();
  recorder.emit(eventOf('a'));
  await clock.advance(0);
  expect(counts()).toEqual([1]);
  expect([...client.objects.values()][0]).toMatchObject({
    metadata: { namespace: 'shop', name: expect.stringMatching(/^gw\.[0-9a-f]+$/) },
    eventTime: '2030-01-01T00:00:00.000000Z',
    reportingController: 'example.com/controller',
    reportingInstance: 'pod-1',
    regarding: { name: 'gw', uid: 'uid-1' },
  });
  for (let second = 1; second <= 900; second++) {
    await clock.advance(1000);
    recorder.emit(eventOf('a'));
  }
  await clock.advance(0);
  expect(client.log.filter((line) => line.startsWith('PATCH'))).toHaveLength(3);
  expect(counts()).toEqual([900]);
  await clock.advance(300_000);
  expect(counts()).toEqual([901]); // the last repeat is not forgotten
  await clock.advance(3_600_000);
  expect(client.log).toHaveLength(5);
});

test('another note, reason or object is another series; after a quiet time too', async () => {
  const { clock, recorder, counts } = startRecorder();
  recorder.emit(eventOf('a'));
  recorder.emit(eventOf('b'));
  recorder.emit({ ...eventOf('a'), reason: 'Moved' });
  recorder.emit(eventOf('a', 'gw', 'uid-2'));
  await clock.advance(0);
  expect(counts()).toEqual([1, 1, 1, 1]);
  await clock.advance(360_000);
  recorder.emit(eventOf('a'));
  await clock.advance(0);
  expect(counts()).toEqual([1, 1, 1, 1, 1]);
});

test('an object that makes too many loses some, the others none', async () => {
  const { clock, recorder, counts, dropped } = startRecorder();
  for (let i = 0; i < 40; i++) recorder.emit(eventOf(`note ${i}`));
  recorder.emit(eventOf('calm', 'other', 'uid-2'));
  await clock.advance(0);
  expect([counts().length, dropped.length]).toEqual([26, 15]);
  await clock.advance(10_000);
  for (let i = 0; i < 40; i++) recorder.emit(eventOf(`later ${i}`));
  await clock.advance(0);
  expect(counts().length).toBe(28);
});

test('failures: tried again with back-off, given up in the end, refused ones at once', async () => {
  const { client, clock, recorder, counts, dropped } = startRecorder();
  let code = 503;
  client.before = (request) => {
    if (code !== 0) throw refuse(request, code, 'x');
  };
  recorder.emit(eventOf('a'));
  await clock.advance(600);
  code = 0;
  await clock.advance(1000);
  expect(counts()).toEqual([1]);
  code = 500;
  recorder.emit(eventOf('b'));
  await clock.advance(120_000);
  expect(dropped).toEqual([expect.stringContaining('b: ApiError')]);
  code = 403;
  recorder.emit(eventOf('c'));
  await clock.advance(0);
  await recorder.flush();
  expect(dropped).toHaveLength(2);
  code = 0;
  recorder.emit(eventOf('c'));
  await clock.advance(0);
  expect(counts()).toHaveLength(2);
});

test('a series whose Event expired goes on in a new one', async () => {
  const { client, clock, recorder, counts } = startRecorder();
  recorder.emit(eventOf('a'));
  await clock.advance(1000);
  client.objects.clear();
  recorder.emit(eventOf('a'));
  recorder.emit(eventOf('a'));
  await clock.advance(300_000);
  expect(counts()).toEqual([2]);
});

test('after the abort nothing is written and nobody waits', async () => {
  const { client, clock, recorder, stop } = startRecorder();
  client.before = ({ signal }) =>
    new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  recorder.emit(eventOf('a'));
  await clock.advance(0);
  const flushed = recorder.flush();
  stop.abort();
  recorder.emit(eventOf('b'));
  await flushed;
  await clock.advance(60_000);
  expect(client.log).toHaveLength(1);
  expect(clock.sleeping()).toBe(0);
});

test('names of Event objects are valid whatever the object is called', async () => {
  const { client, clock, recorder } = startRecorder();
  for (const name of ['system:node', '.', '-', 'x'.repeat(253), 'a..b', 'A_b'])
    recorder.emit(eventOf(`about ${name}`, name, `uid of ${name}`));
  await clock.advance(0);
  const names = [...client.objects.values()].map((event) => event.metadata.name);
  expect(names).toHaveLength(6);
  for (const name of names) {
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(name.length).toBeLessThanOrEqual(253);
  }
});

test('notes are cut at 1,024 bytes between characters', () => {
  expect(cutBytes('short', 1024)).toBe('short');
  for (const text of ['x'.repeat(2000), 'ß'.repeat(1000), '€'.repeat(1000), '😀'.repeat(1000)]) {
    const cut = cutBytes(text, 1024);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(1016);
    expect(cut).not.toContain('\ufffd');
    expect(cut.endsWith('…')).toBe(true);
  }
});

test('a bucket refills at its rate', () => {
  const { take } = createTokenBuckets({ burst: 3, refillMs: 1000 });
  const taken = (now: number) => [1, 2, 3, 4, 5].filter(() => take('a', now)).length;
  expect([taken(0), taken(500), taken(1000), taken(3000), taken(60_000)]).toEqual([3, 0, 1, 2, 3]);
});
