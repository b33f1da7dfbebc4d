import { describe, expect, it } from 'vitest';
import { createNft } from '../../../../src/dataplane/nft/exec.ts';
import { createMonitorReader } from '../../../../src/dataplane/nft/monitor-batch.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeRunner, type FakeReply } from '../../../support/fake-runner.ts';

const tables = [{ family: 'inet', name: 'sallyport' }] as const;
const failing = (reply: FakeReply) => createNft({ runner: createFakeRunner(() => reply), clock: createFakeClock() });

describe('failures of nft', () => {
  it.each([
    ['permission', 'Operation not permitted (you must be root)\n'],
    ['too-large', 'netlink: Error: Could not process rule: Message too long\n'],
    ['busy', '/dev/stdin:1:1-2: Error: Could not process rule: Device or resource busy\n'],
    ['exists', '/dev/stdin:1:1-2: Error: Could not process rule: File exists\n'],
    ['unsupported', '/dev/stdin:1:1-2: Error: Could not process rule: Operation not supported\n'],
    ['other', 'something new\n'],
  ])('are %s for: %s', async (failure, stderr) => {
    const nft = failing({ exitCode: 1, stderr });
    await expect(nft.commit({ text: 'add table inet t\n', summary: [] })).rejects.toMatchObject({ failure });
  });

  it('quote the refused line', async () => {
    const nft = failing({ exitCode: 1, stderr: '/dev/stdin:2:5-7: Error: syntax error, unexpected string\n' });
    const text = 'add table inet t\nfoo bar\n';
    await expect(nft.commit({ text, summary: [] })).rejects.toMatchObject({
      failure: 'syntax',
      line: 2,
      message: expect.stringContaining('line 2 is: foo bar'),
    });
  });

  it('say that nft is missing', async () => {
    await expect(failing('missing').read(tables)).rejects.toMatchObject({
      failure: 'unavailable',
      message: expect.stringContaining('nftables'),
    });
  });

  it('are not failures when a table is absent, and a crash makes it foreign', async () => {
    expect(await failing({ exitCode: 1, stderr: 'Error: No such file or directory\n' }).read(tables)).toEqual([]);
    expect(await failing({ killedBy: 'SIGSEGV' }).read(tables)).toMatchObject([{ foreign: expect.any(String) }]);
  });
});

describe('createMonitorReader', () => {
  const end = '# new generation 5 by process 1234 (nft)';
  const feed = (...lines: string[]) => {
    const reader = createMonitorReader(tables, 'sallyport-m');
    return lines.map((line) => reader.read(line)).filter((event) => event !== undefined);
  };

  it('names who changed which of our tables', () => {
    expect(feed('delete rule inet sallyport judge handle 4', 'add element ip other s { 1.1.1.1 }', end)).toEqual([
      { kind: 'foreign', tables: ['inet sallyport'], gone: [], process: 'nft', pid: 1234 },
    ]);
  });

  it('tells a table that is gone from one that was deleted and made again', () => {
    const deleted = ['delete chain inet sallyport judge', 'delete table inet sallyport'];
    expect(feed(...deleted, end)).toMatchObject([{ gone: ['inet sallyport'] }]);
    expect(feed(...deleted, 'add table inet sallyport', end)).toMatchObject([{ gone: [] }]);
    expect(feed(...deleted, end, 'add table inet sallyport', end)).toMatchObject([
      { gone: ['inet sallyport'] },
      { gone: [] },
    ]);
  });

  it('says nothing of other tables, and knows our own by the mark, wherever it stands', () => {
    expect(feed('add chain ip other c', 'add table inet sallyport2', end)).toEqual([]);
    expect(feed('add table inet sallyport', 'add table ip sallyport-m', 'delete table ip sallyport-m', end)).toEqual([
      { kind: 'own' },
    ]);
  });

  it('begins anew after each transaction', () => {
    const foreign = 'add chain inet sallyport c';
    expect(feed('add table ip sallyport-m', end, foreign, end, foreign, end).map((event) => event.kind)).toEqual([
      'own',
      'foreign',
      'foreign',
    ]);
  });

  it('hears that events were lost', () => {
    expect(feed('# ERROR: We lost some netlink events!')).toEqual([{ kind: 'lost' }]);
  });
});
