import { expect, it } from 'vitest';
import { createConntrack } from '../../../../src/dataplane/conntrack/exec.ts';
import { createFakeRunner, type FakeReply } from '../../../support/fake-runner.ts';

const remove = (reply: FakeReply) =>
  createConntrack({ runner: createFakeRunner(() => reply) }).remove([
    { kind: 'source', family: 4, source: '10.0.0.1' },
  ]);

it('counts what was deleted, and nothing found is no failure', async () => {
  const line = 'udp 17 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 use=1\n';
  expect(await remove({ stdout: line + line })).toBe(2);
  expect(await remove({ exitCode: 1, stderr: 'conntrack v1.4.7: 0 flow entries have been deleted.\n' })).toBe(0);
});

it('fails for everything else', async () => {
  await expect(remove({ exitCode: 1, stderr: 'Operation not permitted' })).rejects.toThrow('Operation not permitted');
  await expect(remove({ exitCode: 2, stderr: 'bad' })).rejects.toThrow('bad');
  await expect(remove('missing')).rejects.toThrow('install the Debian package conntrack');
});
