import { describe, expect, test } from 'vitest';
import {
  createTraffic,
  defaultClient,
  execTemplate,
  fillTemplate,
  parseTemplate,
} from '../../../../conformance/shell/command.ts';
import type { Runner } from '../../../../src/platform/exec.ts';

describe('parseTemplate', () => {
  test('takes words, or a JSON array where an argument has spaces', () => {
    expect(parseTemplate('ask  {pod} --to {to}')).toEqual(['ask', '{pod}', '--to', '{to}']);
    expect(parseTemplate('["sh", "-c", "echo a b"]')).toEqual(['sh', '-c', 'echo a b']);
  });

  test.for(['', '  ', '[]', '[1]', '[""]'])('refuses %o', (text) => {
    expect(() => parseTemplate(text)).toThrow(RangeError);
  });
});

test('fillTemplate replaces what it knows in any argument, and nothing of what it has put in', () => {
  const filled = fillTemplate(['ask', '{namespace}/{pod}', '{unknown}'], { namespace: '{pod}', pod: 'web' });
  expect(filled).toEqual(['ask', '{pod}/web', '{unknown}']);
});

const question = { pod: { namespace: 'shop', name: 'web' }, to: '198.51.100.10', port: 8080, protocol: 'UDP' } as const;

function ask(stdout: string, exitCode = 0, stderr = '') {
  const calls: (readonly string[])[] = [];
  const runner: Runner = {
    run: async (command, args) => {
      calls.push([command, ...args]);
      return { stdout, stderr, exitCode, pid: 1, durationMs: 1 };
    },
    lines: () => Promise.reject(new Error('unused')),
  };
  const outside = { ipv4: ['198.51.100.10'], ipv6: [] };
  const template = parseTemplate('ask {namespace}/{pod} {to} {port} {protocol}');
  const traffic = createTraffic(runner, { template, outside, signal: new AbortController().signal });
  return { calls, answer: traffic.ask(question) };
}

describe('a question', () => {
  test('is asked as the template says', async () => {
    const { calls, answer } = ask('192.0.2.1\n');
    expect(await answer).toBe('192.0.2.1');
    expect(calls).toEqual([['ask', 'shop/web', '198.51.100.10', '8080', 'UDP']]);
  });

  test.for([
    ['192.0.2.1 whoami\n', 0, '192.0.2.1'],
    ['2001:DB8:0::1', 0, '2001:db8::1'],
    ['blocked\n', 0, undefined],
    ['blocked\n', 1, undefined],
    ['', 0, undefined],
  ] as const)('is answered by %o with status %i', async ([stdout, exitCode, source]) => {
    expect(await ask(stdout, exitCode).answer).toBe(source);
  });

  // kubectl exec ends with 1 where the Pod is missing: that is no silence of the network.
  test.for([
    ['', 1, 'pods "web" not found'],
    ['<html>', 0, ''],
    ['192.0.2.1', 1, ''],
  ] as const)('is not answered by %o with status %i', async ([stdout, exitCode, stderr]) => {
    await expect(ask(stdout, exitCode, stderr).answer).rejects.toThrow(/expected an address or "blocked"/);
  });
});

test('the default client is asked in the Pod by kubectl exec', () => {
  const template = execTemplate(['--kubeconfig', '/k'], defaultClient);
  const filled = fillTemplate(template, { namespace: 'shop', pod: 'web', to: '::1', port: '8080', protocol: 'TCP' });
  expect(filled.slice(0, 9)).toEqual(['kubectl', '--kubeconfig', '/k', 'exec', '-n', 'shop', 'web', '--', 'sh']);
  expect(filled.slice(-3)).toEqual(['::1', '8080', 'TCP']);
});
