import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseFailoverState } from '../../../src/dataplane/vrrp/state.ts';
import { openSegment, runFailover } from '../../bench/hollow/failover.ts';
import { receivedBetween, requestsBetween } from '../../bench/hollow/meters.ts';
import { podsAfter } from '../../bench/hollow/node.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hollow-'));
});
afterEach(() => rm(dir, { recursive: true }));

const config = [
  'vrrp_instance sallyport_3 {',
  '    state BACKUP',
  '    interface eth0',
  '    virtual_router_id 3',
  '    priority 200',
  '    virtual_ipaddress {',
  '        198.19.255.243/32 dev eth0',
  '    }',
  '    virtual_ipaddress_excluded {',
  '        192.0.2.100/32 dev eth0',
  '    }',
  '}',
  '',
].join('\n');

describe('a hollow node', () => {
  test('counts its Pods by what is committed', () => {
    const first = 'add map inet sallyport pods4 { type ipv4_addr : verdict; }';
    const three = 'add element inet sallyport pods4 { 10.0.0.1 : drop, 10.0.0.2 : drop, 10.0.0.3 : drop }';
    expect(podsAfter(7, `${first}\n${three}\nadd element inet sallyport pods6 { ::1 : drop }\n`)).toBe(3);
    expect(podsAfter(3, 'delete element inet sallyport pods4 { 10.0.0.1, 10.0.0.2 }\n')).toBe(1);
    expect(podsAfter(3, 'add element inet sallyport judged4 { 10.0.0.9 }\n')).toBe(3);
  });

  test('owns a group until it is gone, then the next one does', async () => {
    const start = (name: string) => {
      const over = new AbortController();
      const held: (readonly string[])[] = [];
      const stateFile = join(dir, `${name}.state`);
      const done = runFailover({
        ...{ name, stateFile, signal: over.signal, segment: openSegment(join(dir, 'segment')) },
        readConfig: async () => config,
        onAddresses: (addresses) => held.push(addresses),
      });
      return { over, held, done, stateFile };
    };
    const all = ['198.19.255.243', '192.0.2.100'];
    const a = start('node-a');
    await expect.poll(() => a.held, { timeout: 5_000 }).toEqual([all]);
    const b = start('node-b');
    await expect.poll(() => readFile(b.stateFile, 'utf8').catch(() => ''), { timeout: 5_000 }).not.toBe('');
    expect(parseFailoverState(await readFile(b.stateFile, 'utf8'))).toMatchObject({ running: true, isUrgent: true });
    expect(b.held).toEqual([]);
    a.over.abort();
    await a.done;
    await expect.poll(() => b.held, { timeout: 5_000 }).toEqual([all]);
    b.over.abort();
    await b.done;
  });
});

describe('what is measured between two looks', () => {
  test('are the verbs that were asked, most asked first', () => {
    const before = new Map([
      ['GET', 5],
      ['WATCH', 7],
    ]);
    const after = new Map([
      ['GET', 6],
      ['WATCH', 7],
      ['PATCH', 1_200],
    ]);
    expect(requestsBetween(before, after)).toBe('1,200 PATCH, 1 GET');
  });

  test('are the bytes of connections that last, and of new ones', () => {
    const before = new Map([
      ['a', 100],
      ['gone', 50],
    ]);
    const after = new Map([
      ['a', 150],
      ['new', 7],
    ]);
    expect(receivedBetween(before, after)).toBe(57);
  });
});
