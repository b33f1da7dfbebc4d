import { expect, test } from 'vitest';
import type { KubeStreamRequest } from '../../../src/kube/client.ts';
import { type ReflectOptions, type ReflectorState, reflect } from '../../../src/kube/reflector.ts';
import { createStore } from '../../../src/kube/store.ts';
import type { BadObject } from '../../../src/kube/watch-event.ts';
import { configMaps, type Item, projectItem, renderItem } from '../../support/config-maps.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeKubeClient, refuse } from '../../support/fake-kube-client.ts';

const object = (name: string, version: number, value = `${version}`) => ({
  metadata: { namespace: 'n', name, uid: name, resourceVersion: `${version}` },
  data: { value },
});
const event = (type: string, body: unknown) => JSON.stringify({ type, object: body });
const bookmark = (version: number, end = false) =>
  event('BOOKMARK', {
    metadata: {
      resourceVersion: `${version}`,
      ...(end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  });

type Script = (request: KubeStreamRequest) => Promise<void>;

/** A reflector whose n-th stream follows the n-th script; further streams stay open and silent. */
function startScripted(scripts: readonly Script[], options: Partial<ReflectOptions<Item>> = {}) {
  const clock = createFakeClock();
  const client = createFakeKubeClient();
  const stop = new AbortController();
  const streams: KubeStreamRequest[] = [];
  const states: ReflectorState[] = [];
  const bad: BadObject[] = [];
  const store = createStore<Item>();
  client.onStream = async (request) => {
    streams.push(request);
    const script =
      scripts[streams.length - 1] ??
      (() =>
        new Promise<void>((_, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason));
        }));
    await script(request);
  };
  const ended = reflect(client, {
    resource: configMaps,
    namespace: 'n',
    project: projectItem,
    sink: store,
    clock,
    random: () => 0,
    signal: stop.signal,
    onState: (state) => states.push(state),
    onBadObject: (found) => bad.push(found),
    ...options,
  });
  const items = () => store.list().map(renderItem);
  return { clock, client, stop, streams, states, bad, store, ended, items };
}

const say =
  (...lines: readonly string[]): Script =>
  async ({ onLine }) => {
    for (const line of lines) await onLine(line);
  };
const list = [event('ADDED', object('a', 1)), event('ADDED', object('b', 2)), bookmark(5, true)];
const network = refuse({ method: 'GET', path: '/' }, 0, 'Network');
const thenFail =
  (script: Script, error: unknown = network): Script =>
  async (request) => {
    await script(request);
    throw error;
  };

test('asks for a streaming list, then resumes after the last event with a random server timeout', async () => {
  const run = startScripted([thenFail(say(...list, event('MODIFIED', object('a', 7)), bookmark(9)))], {
    labelSelector: 'x=y',
    random: () => 0.5,
  });
  await run.clock.advance(1000);
  expect(run.streams.map((request) => request.query)).toEqual([
    {
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: 450,
      labelSelector: 'x=y',
      fieldSelector: undefined,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    },
    {
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds: 450,
      labelSelector: 'x=y',
      fieldSelector: undefined,
      resourceVersion: '9',
    },
  ]);
  expect(run.items()).toEqual(['a=7', 'b=2']);
  run.stop.abort();
  await run.ended;
  expect(run.clock.sleeping()).toBe(0);
});

test('nothing is visible before the initial list is complete, and never half of a new one', async () => {
  const run = startScripted([
    thenFail(say(event('ADDED', object('lost', 1)))),
    thenFail(say(...list), refuse({ method: 'GET', path: '/' }, 410, 'Expired')),
    say(event('ADDED', object('c', 9))), // ends before its bookmark
  ]);
  run.client.before = () => {
    throw network; // paged lists do not work here
  };
  await run.clock.advance(0);
  expect([run.items(), run.store.isSynced]).toEqual([[], false]);
  await run.clock.advance(60_000);
  expect(run.items()).toEqual(['a=1', 'b=2']);
  expect(run.streams.length).toBeGreaterThan(3);
});

test('a projection that throws leaves out its object, says so, and drops what was known of it', async () => {
  const project = (raw: unknown) => {
    const item = projectItem(raw);
    if (item.value === 'bad') throw new Error('unreadable');
    return item.value === 'unwanted' ? undefined : item;
  };
  const run = startScripted(
    [
      say(
        event('ADDED', object('a', 1, 'bad')),
        ...list.slice(1),
        event('MODIFIED', object('b', 6, 'bad')),
        event('ADDED', object('c', 7)),
        event('ADDED', object('d', 8)),
        event('MODIFIED', object('d', 9, 'unwanted')),
        event('ADDED', { no: 'metadata' }),
      ),
    ],
    { project },
  );
  await run.clock.advance(0);
  expect(run.items()).toEqual(['c=7']);
  expect(run.bad.map(({ key, error }) => `${key}: ${String(error)}`)).toEqual([
    'n/a: Error: unreadable',
    'n/b: Error: unreadable',
    ': Error: an object without metadata.name: {"no":"metadata"}',
  ]);
  await run.clock.advance(5000);
  expect(run.streams[1]?.query).toMatchObject({ resourceVersion: '9' });
});

test('a sink that throws gets the same event again, and after three more times a new list', async () => {
  const calls: string[] = [];
  const store = createStore<Item>();
  const sink = {
    ...store,
    upsert: (key: string) => {
      calls.push(key);
      throw new Error('not now');
    },
  };
  const modified = event('MODIFIED', object('a', 7));
  const run = startScripted(
    [
      say(...list, modified),
      say(modified),
      say(modified),
      say(modified),
      say(event('ADDED', object('a', 7)), bookmark(8, true)),
    ],
    { sink },
  );
  await run.clock.advance(3000);
  expect(calls).toEqual(['n/a', 'n/a', 'n/a', 'n/a']);
  expect(run.streams.map((request) => request.query?.['resourceVersion'])).toEqual([
    undefined,
    '5',
    '5',
    '5',
    undefined,
    '8',
  ]);
  expect(store.list().map(renderItem)).toEqual(['a=7']);
});

test('a bookmark from before our time means a restored etcd: list again', async () => {
  const run = startScripted([say(...list, bookmark(4)), say(event('ADDED', object('z', 3)), bookmark(4, true))]);
  await run.clock.advance(1000);
  expect(run.items()).toEqual(['z=3']);
});

test('lastSeen moves with every word of the server, and is reported every few seconds', async () => {
  const run = startScripted([
    async (request) => {
      await say(...list)(request);
      for (let i = 6; i < 12; i++) {
        await run.clock.sleep(2000, request.signal);
        await say(bookmark(i))(request);
      }
    },
  ]);
  await run.clock.advance(11_000);
  const seen = run.states.filter((state) => state.kind === 'watching').map((state) => state.lastSeen);
  expect(seen).toEqual([0, 6000]);
});

test('never served without being optional: waits and keeps trying', async () => {
  const notFound = refuse({ method: 'GET', path: '/' }, 404, 'NotFound');
  const run = startScripted([thenFail(say(), notFound)]);
  await run.clock.advance(50);
  expect(run.states.at(-1)).toMatchObject({ kind: 'waiting', error: notFound, synced: false, retryInMs: 100 });
});

test('silence on an open watch is renewed without a word, silence on one that never opened is a failure', async () => {
  const timeout = refuse({ method: 'GET', path: '/' }, 0, 'Timeout');
  const silence: Script = async ({ signal }) => {
    await run.clock.sleep(90_000, signal);
    throw timeout;
  };
  const opened: Script = async (request) => {
    request.onOpen?.();
    await silence(request);
  };
  const run = startScripted([
    async (request) => {
      await say(...list)(request);
      await opened(request);
    },
    opened,
    silence,
  ]);
  await run.clock.advance(180_000);
  expect(run.streams.map((request) => request.query?.['resourceVersion'])).toEqual([undefined, '5', '5']);
  expect(run.states.map((state) => [state.kind, state.lastSeen])).toEqual([
    ['listing', undefined],
    ['watching', 0],
    ['watching', 0],
    ['watching', 90_000],
  ]);
  await run.clock.advance(90_000);
  expect(run.states.at(-1)).toMatchObject({ kind: 'waiting', error: timeout, lastSeen: 90_000 });
});

test('a streaming list that never ends is read in pages next time', async () => {
  const run = startScripted([
    async (request) => {
      request.onOpen?.();
      throw refuse({ method: 'GET', path: '/' }, 0, 'Timeout');
    },
  ]);
  await run.clock.advance(200);
  expect(run.client.log).toEqual(['WATCH /api/v1/namespaces/n/configmaps', 'GET /api/v1/namespaces/n/configmaps']);
});
