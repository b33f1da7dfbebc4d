import { describe, expect, it } from 'vitest';
import { ExecError } from '../../../src/platform/exec-error.ts';

describe('ExecError', () => {
  it.each([
    ['nft', 'nft: not found; install the Debian package nftables'],
    ['bridge', 'bridge: not found; install the Debian package iproute2'],
    ['conntrack', 'conntrack: not found; install the Debian package conntrack'],
    ['conntrackd', 'conntrackd: not found; install the Debian package conntrackd'],
    ['keepalived', 'keepalived: not found; install the Debian package keepalived'],
    ['constructor', 'constructor: not found'],
  ])('says what to install for %s', (command, message) => {
    expect(new ExecError({ failure: 'not-found', command, args: [] }).message).toBe(message);
  });

  it('says what was run, how it ended and what the program said', () => {
    const error = new ExecError({
      failure: 'exit',
      command: 'ip',
      args: ['route', 'add'],
      exitCode: 2,
      stderr: 'RTNETLINK answers: File exists\n',
    });
    expect(error.message).toBe('ip route add: exited with 2: RTNETLINK answers: File exists');
  });

  it('shortens endless arguments in the message only', () => {
    const args = ['x'.repeat(1000)];
    const error = new ExecError({ failure: 'signal', command: 'ip', args, signal: 'SIGSEGV' });
    expect(error.message).toHaveLength(200 + '…: was killed by SIGSEGV'.length);
    expect(error.args).toEqual(args);
  });
});
