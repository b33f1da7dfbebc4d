import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { beforeEach, expect, it, vi } from 'vitest';
import { renderNextHops } from '../../src/dataplane/vrrp/next-hops.ts';
import { parseFailoverState } from '../../src/dataplane/vrrp/state.ts';
import { runFailover } from '../../src/failover/run.ts';
import { writeFileAtomic } from '../../src/platform/files.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeRunner } from '../support/fake-runner.ts';
import { describeInNamespace, tool } from '../support/netns.ts';
import { silentLog } from '../support/silent-log.ts';

const runDir = '/run/sallyport';
const inFailover = (name: string) => `${runDir}/failover/${name}`;
const read = (name: string) => readFileSync(inFailover(name), 'utf8');
// dd ends with 1 when nothing more fits.
const fill = () => tool('sh', ['-c', `dd if=/dev/zero of=${runDir}/filler bs=4096 2>/dev/null || true`]);
const free = () => rmSync(`${runDir}/filler`);

await describeInNamespace(import.meta.url, 'a full disk below /run/sallyport', () => {
  beforeEach(() => {
    mkdirSync(runDir, { recursive: true });
    tool('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', runDir]);
  });

  it('ends no failover process: verdicts get through in place, and what it says of itself is written when there is room', async () => {
    mkdirSync(inFailover(''), { recursive: true });
    const stop = new AbortController();
    const runner = createFakeRunner(() => 'hang');
    const clock = createFakeClock();
    const done = runFailover({ runDir, runner, clock, log: silentLog, signal: stop.signal });
    const ended = vi.fn();
    done.then(ended, ended);
    await vi.waitFor(() => expect(parseFailoverState(read('state')).running).toBe(false));
    const [hop, other] = ['eth0', 'eth1'].map((name) => ({ name, device: name, address: '192.0.2.1' }));
    if (hop === undefined || other === undefined) throw new Error('no hops');
    await writeFileAtomic(inFailover('next-hops.json'), renderNextHops([hop]));
    const arping = async () =>
      await vi.waitFor(() => runner.streams.find(({ call }) => call.command === 'arping') ?? expect.fail('no arping'));
    const stream = await arping();
    const hear = async (...answers: readonly boolean[]) => {
      for (const answer of answers) {
        stream.line('ARPING 192.0.2.1 from 192.0.2.11 eth0');
        if (answer) stream.line('Unicast reply from 192.0.2.1 [86:D7:93:6B:4D:38]  0.541ms');
        await clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    };
    await hear(true, true, true);
    await vi.waitFor(() => expect(read('next-hop/eth0')).toBe('0\n'));
    const before = read('state');
    fill();
    await expect(writeFileAtomic(inFailover('probe'), 'x')).rejects.toThrow(/probe not written: ENOSPC.*make room/);
    await hear(false, false, false, false);
    await vi.waitFor(() => expect(read('next-hop/eth0')).toBe('1\n'));
    expect(read('state')).toBe(before);
    expect(ended).not.toHaveBeenCalled();
    free();
    await clock.advance(1_000);
    await vi.waitFor(() => expect(parseFailoverState(read('state')).dead).toEqual(['eth0']));
    expect(readdirSync(inFailover('')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(ended).not.toHaveBeenCalled();
    stop.abort();
    await done;
  });
});
