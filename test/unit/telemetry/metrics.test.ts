import { register as globalRegistry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

const table = {
  spawned: { kind: 'counter', name: 'sallyport_spawned_total', help: 'Processes.', labels: ['command'] },
  pods: { kind: 'gauge', name: 'sallyport_pods', help: 'Pods.' },
  apply: { kind: 'histogram', name: 'sallyport_apply_seconds', help: 'Apply.', labels: ['step'], buckets: [0.01, 0.1] },
} as const;

describe('createMetrics', () => {
  it('exposes what its instruments were told', async () => {
    const metrics = createMetrics();
    const { spawned, pods, apply } = metrics.register(table);
    spawned.add({ command: 'nft' });
    spawned.add({ command: 'nft' }, 2);
    pods.set({}, 7);
    apply.observe({ step: 'nft' }, 0.05);
    const { contentType, text } = await metrics.expose();
    expect(contentType).toContain('version=0.0.4');
    for (const line of [
      '# TYPE sallyport_spawned_total counter',
      'sallyport_spawned_total{command="nft"} 3',
      'sallyport_pods 7',
      'sallyport_apply_seconds_bucket{le="0.01",step="nft"} 0',
      'sallyport_apply_seconds_bucket{le="0.1",step="nft"} 1',
      'sallyport_apply_seconds_count{step="nft"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('forgets a series on request', async () => {
    const metrics = createMetrics();
    const { owner } = metrics.register({ owner: { kind: 'gauge', name: 'owner', help: 'h', labels: ['group'] } });
    owner.set({ group: '1' }, 1);
    owner.set({ group: '2' }, 1);
    owner.remove({ group: '1' });
    const { text } = await metrics.expose();
    expect(text).toContain('owner{group="2"} 1');
    expect(text).not.toContain('group="1"');
  });

  it('tells nothing of a gauge that is unset until it is set, and of a counter no more that was removed', async () => {
    const metrics = createMetrics();
    const { limit, plain, sent } = metrics.register({
      limit: { kind: 'gauge', name: 'limit', help: 'h', unset: true },
      plain: { kind: 'gauge', name: 'plain', help: 'h' },
      lost: { kind: 'counter', name: 'lost_total', help: 'h', labels: ['at'], begins: [{ at: 'x' }] },
      sent: { kind: 'counter', name: 'sent_total', help: 'h', labels: ['to'] },
    });
    const series = async () => (await metrics.expose()).text.split('\n').filter((line) => /^[a-z]/.test(line));
    expect(await series()).toEqual(['plain 0', 'lost_total{at="x"} 0']);
    limit.set({}, 7);
    plain.set({}, 1);
    sent.add({ to: 'a' }, 2);
    expect(await series()).toEqual(['limit 7', 'plain 1', 'lost_total{at="x"} 0', 'sent_total{to="a"} 2']);
    limit.remove({});
    sent.remove({ to: 'a' });
    expect(await series()).toEqual(['plain 1', 'lost_total{at="x"} 0']);
  });

  it('collects before it answers, whatever becomes of that', async () => {
    const metrics = createMetrics();
    const { pods } = metrics.register(table);
    metrics.onScrape(() => Promise.reject(new Error('no')));
    metrics.onScrape(async () => pods.set({}, 3));
    expect((await metrics.expose()).text).toContain('sallyport_pods 3');
  });

  it('keeps registries apart, and off the global one', async () => {
    const [a, b] = [createMetrics(), createMetrics()];
    a.register(table).pods.set({}, 1);
    b.register(table).pods.set({}, 2);
    expect((await a.expose()).text).toContain('sallyport_pods 1');
    expect((await b.expose()).text).toContain('sallyport_pods 2');
    expect(globalRegistry.getMetricsAsArray()).toEqual([]);
  });

  it('refuses a name twice, a bad name, a negative count and an unknown label', () => {
    const metrics = createMetrics();
    const { spawned } = metrics.register(table);
    expect(() => metrics.register({ again: table.pods })).toThrow('sallyport_pods');
    expect(() => metrics.register({ bad: { kind: 'gauge', name: 'no spaces', help: 'h' } })).toThrow();
    expect(() => spawned.add({ command: 'nft' }, -1)).toThrow();
    // @ts-expect-error a label that the table does not have
    expect(() => spawned.add({ program: 'nft' })).toThrow();
    // @ts-expect-error a counter cannot be set
    expect(spawned.set).toBeUndefined();
  });

  it('tells of the process when asked to', async () => {
    expect((await createMetrics({ process: true }).expose()).text).toContain('process_resident_memory_bytes');
    expect((await createMetrics().expose()).text.trim()).toBe('');
  });
});
