import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { createNft } from '../../src/dataplane/nft/exec.ts';
import type { NftChange } from '../../src/dataplane/nft/monitor.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createRunner } from '../../src/platform/exec.ts';
import { createJourneyBook } from '../../src/trace/journeys.ts';
import type { TracedFlow } from '../../src/trace/model.ts';
import { traceOnNode } from '../../src/trace/run-on-node.ts';
import { sightOf } from '../../src/trace/sight.ts';
import { addNamespace, describeInNamespace, tool } from '../support/netns.ts';

const flow: TracedFlow = { hop: 'pod', source: '10.1.0.2', destination: '10.2.0.2', protocol: 'UDP', port: 443 };
const tables = () => tool('nft', ['list', 'tables']);
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const words = ['--pod', flow.source, '--to', flow.destination, '--protocol', 'UDP', '--port', '443'];

// A Pod, the node (here), and who it sends to.
await describeInNamespace(import.meta.url, 'tracing on a node', () => {
  beforeAll(() => {
    for (const [name, net] of [
      ['pod', '10.1.0'],
      ['out', '10.2.0'],
    ] as const) {
      const inside = addNamespace(name);
      tool('ip', ['link', 'add', 'dev', `${name}0`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
      tool('ip', ['addr', 'add', `${net}.1/24`, 'dev', `${name}0`]);
      tool('ip', ['link', 'set', `${name}0`, 'up']);
      inside('ip', ['addr', 'add', `${net}.2/24`, 'dev', 'eth0']);
      inside('ip', ['link', 'set', 'eth0', 'up']);
      inside('ip', ['route', 'add', 'default', 'via', `${net}.1`]);
    }
    tool('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
    tool(
      'nft',
      ['-f', '-'],
      'table inet sallyport { counter refused { }; chain judge { type filter hook prerouting priority -95; udp dport 443 counter name "refused" drop; }; }\n',
    );
  });

  const send = (port: number) =>
    tool('ip', ['netns', 'exec', 'pod', 'bash', '-c', `echo secret > /dev/udp/${flow.destination}/${port}`]);

  it('sees a packet of the flow and what drops it, and no other; nothing stays; the agent’s watch sees nothing', async () => {
    const runner = createRunner();
    const changes: NftChange[] = [];
    const watching = new AbortController();
    const watch = createNft({ runner, clock: systemClock }).watch({
      ...{ tables: [{ family: 'inet', name: 'sallyport' }], signal: watching.signal },
      onChange: (change) => changes.push(change),
    });
    const book = createJourneyBook();
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const trace = traceOnNode({
      ...{ runner, clock: systemClock, flows: [flow], signal: stop.signal },
      onReady: ready.resolve,
      onEvent: book.add,
    });
    await Promise.race([ready.promise, trace]);
    expect(tables()).toMatch(/table inet sallyport_trace_[0-9a-f]{8}\n/);
    send(53);
    for (let i = 0; i < 20; i += 1) send(443);
    await sleep(500);
    stop.abort();
    await trace;
    // At most one a second by each of the two chains.
    expect(book.journeys().length).toBeGreaterThan(0);
    expect(book.journeys().length).toBeLessThan(4);
    expect(book.journeys().map(sightOf)[0]).toMatchObject({
      ...{ device: 'pod0', first: { source: flow.source, destination: flow.destination, destinationPort: 443 } },
      ending: { kind: 'dropped', counter: 'refused', by: { table: 'inet sallyport', chain: 'judge' } },
    });
    expect(JSON.stringify(book.journeys())).not.toContain('736563726574');
    expect(tables()).toBe('table inet sallyport\n');
    watching.abort();
    await watch;
    expect(changes.filter(({ kind }) => kind === 'foreign')).toEqual([]);
  });

  const startCommand = async () => {
    const child = spawn(process.execPath, [main, 'trace-node', ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    expect(line).toBe('{"kind":"ready"}\n');
    expect(tables()).toContain('sallyport_trace_');
    return child;
  };
  const untilGone = async () => {
    for (let i = 0; i < 50 && tables().includes('sallyport_trace_'); i += 1) await sleep(100);
    return tables();
  };

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('trace-node that gets %s leaves nothing', async (signal) => {
    const child = await startCommand();
    child.kill(signal);
    await once(child, 'close');
    expect(await untilGone()).toBe('table inet sallyport\n');
  });

  it('trace-node ends with its stdin, and with its reader', async () => {
    const first = await startCommand();
    first.stdin.end();
    await once(first, 'close');
    expect(await untilGone()).toBe('table inet sallyport\n');
    const second = await startCommand();
    second.stdout.destroy();
    send(443);
    await once(second, 'close');
    expect(await untilGone()).toBe('table inet sallyport\n');
  });

  it('two at once do not meet', async () => {
    const both = await Promise.all([startCommand(), startCommand()]);
    expect(tables().match(/sallyport_trace_/g)).toHaveLength(2);
    for (const child of both) child.stdin.end();
    await Promise.all(both.map((child) => once(child, 'close')));
    expect(await untilGone()).toBe('table inet sallyport\n');
  });

  it('trace-node that cannot look ends at once, whatever its time', async () => {
    const wrong = ['trace-node', '--pod', '10.1.0.2', '--to', '2001:db8::1', '--seconds', '50'];
    const child = spawn(process.execPath, [main, ...wrong], { stdio: ['pipe', 'ignore', 'pipe'], timeout: 30_000 });
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const [status, signal] = await once(child, 'close');
    expect([status, signal]).toEqual([1, null]);
    expect(said.join('')).toBe('sallyport: 10.1.0.2 and 2001:db8::1 are no addresses of one family\n');
  });

  it('--seconds is the longest', async () => {
    const child = spawn(process.execPath, [main, 'trace-node', ...words, '--seconds', '1'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const [status] = await once(child, 'close');
    expect(status).toBe(0);
    expect(await untilGone()).toBe('table inet sallyport\n');
  });
});
