import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/kube/api-error.ts';
import type { KubeExec, KubeRequest } from '../../../src/kube/client.ts';
import { argumentsOf, createExecTracer } from '../../../src/trace/exec-tracer.ts';
import type { TracedFlow } from '../../../src/trace/model.ts';
import { renderNodeLine } from '../../../src/trace/node-lines.ts';

const flow = { destination: '198.51.100.10', protocol: 'TCP', port: 443 } as const;
const flows: readonly TracedFlow[] = [
  { hop: 'pod', source: '10.244.1.3', ...flow },
  { hop: 'gateway', source: '198.18.32.1', ...flow },
];
const agents = [
  { metadata: { name: 'old', deletionTimestamp: '2030-01-01T00:00:00Z' } },
  { metadata: { name: 'sallyport-agent-x' } },
];

async function trace(exec: KubeExec['exec'], items: readonly unknown[] = agents) {
  const requests: KubeRequest[] = [];
  const seen: string[] = [];
  const client = {
    request: async (request: KubeRequest) => {
      requests.push(request);
      return { status: 200, body: { items } };
    },
    stream: () => Promise.reject(new Error('no stream')),
    exec,
  };
  const tracer = createExecTracer({ client, namespace: 'sys', seconds: 75 });
  const signal = new AbortController().signal;
  const options = { signal, onReady: () => seen.push('ready'), onEvent: ({ id }: { id: string }) => seen.push(id) };
  await tracer.trace('node-1', flows, options);
  return { requests, seen };
}

test('runs trace-node in the agent of that node, and hears what it prints', async () => {
  let asked: Parameters<KubeExec['exec']>[0] | undefined;
  const event = { kind: 'policy', id: '7', table: 'inet a', chain: 'b', verdict: 'accept' } as const;
  const { requests, seen } = await trace(async (request) => {
    asked = request;
    for (const line of [
      'a warning of Node',
      renderNodeLine({ kind: 'ready' }),
      renderNodeLine({ kind: 'event', event }),
    ])
      request.onLine(line);
    return { exitCode: 0, stderr: '' };
  });
  expect(requests.map(({ path, query }) => [path, query])).toEqual([
    [
      '/api/v1/namespaces/sys/pods',
      {
        labelSelector: 'app.kubernetes.io/component=agent',
        fieldSelector: 'spec.nodeName=node-1,status.phase=Running',
      },
    ],
  ]);
  expect(asked).toMatchObject({ path: '/api/v1/namespaces/sys/pods/sallyport-agent-x', container: 'agent' });
  expect(asked?.command.join(' ')).toBe(
    'sallyport trace-node --pod 10.244.1.3 --transit 198.18.32.1 --to 198.51.100.10 --protocol TCP --port 443 --seconds 75',
  );
  expect(seen).toEqual(['ready', '7']);
});

test('without ports, of one hop', () => {
  const ping: TracedFlow = { hop: 'gateway', source: 'fd5a::1', destination: '2001:db8::1', protocol: 'ICMP' };
  expect(argumentsOf([ping], 60).join(' ')).toBe('--transit fd5a::1 --to 2001:db8::1 --protocol ICMP --seconds 60');
});

describe('says where, and what to do', () => {
  test.each([
    [403, 'to trace, one needs the verbs get and create on pods/exec in namespace sys'],
    [500, 'GET /x: 500 reason: words'],
  ])('the API server answers %i', async (code, message) => {
    const refused = trace(() =>
      Promise.reject(new ApiError({ verb: 'GET', path: '/x', code, reason: 'reason', statusMessage: 'words' })),
    );
    await expect(refused).rejects.toThrow('--trace: node node-1, Pod sys/sallyport-agent-x: ');
    await expect(refused).rejects.toThrow(message);
  });

  test('an agent of a version without trace-node', async () => {
    const old = trace(async () => ({ exitCode: 1, stderr: "error: unknown command 'trace-node'\n" }));
    await expect(old).rejects.toThrow("Pod sys/sallyport-agent-x: error: unknown command 'trace-node'");
  });

  test('no agent on that node', async () => {
    const none = trace(() => Promise.reject(new Error('not asked')), []);
    await expect(none).rejects.toThrow('--trace: no agent runs on node node-1: kubectl get pods -n sys -o wide');
  });
});
