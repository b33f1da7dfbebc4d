import { resources } from '../api/resources.ts';
import { isForbidden, type KubeClient, type KubeExec } from '../kube/client.ts';
import { isRecord } from '../kube/object.ts';
import { collectionPath, objectPath } from '../kube/resource.ts';
import type { NodeTracer } from './follow-packet.ts';
import type { TracedFlow } from './model.ts';
import { parseNodeLine } from './node-lines.ts';

export interface ExecTracerOptions {
  readonly client: KubeClient & KubeExec;
  /** Where Sallyport runs. */
  readonly namespace: string;
  /** After which a node stops looking, whoever forgot it. */
  readonly seconds: number;
}

const container = 'agent';

/** Asks nodes by `sallyport trace-node` in their agents' containers: whoever does must be allowed to `create` pods/exec in Sallyport's namespace. */
export function createExecTracer({ client, namespace, seconds }: ExecTracerOptions): NodeTracer {
  return {
    trace: async (node, flows, { signal, onReady, onEvent }) => {
      const name = await findAgent(client, { namespace, node, signal });
      const onLine = (text: string) => {
        const line = parseNodeLine(text);
        if (line?.kind === 'ready') onReady();
        if (line?.kind === 'event') onEvent(line.event);
      };
      const path = objectPath(resources.pods, { namespace, name });
      const command = ['sallyport', 'trace-node', ...argumentsOf(flows, seconds)];
      try {
        const { exitCode, stderr } = await client.exec({ path, container, command, onLine, signal });
        if (exitCode !== 0) throw new Error(stderr.trim().split('\n').at(-1) || `trace-node ended with ${exitCode}`);
      } catch (error) {
        signal.throwIfAborted();
        throw new Error(`--trace: node ${node}, Pod ${namespace}/${name}: ${tell(error, namespace)}`, { cause: error });
      }
    },
  };
}

/** The words of `trace-node`'s command line for these flows, which differ in hop and source alone. */
export function argumentsOf(flows: readonly TracedFlow[], seconds: number): readonly string[] {
  const [first] = flows;
  if (first === undefined) throw new RangeError('no flow');
  const sources = flows.flatMap(({ hop, source }) => [hop === 'pod' ? '--pod' : '--transit', source]);
  const port = first.port === undefined ? [] : ['--port', `${first.port}`];
  return [...sources, '--to', first.destination, '--protocol', first.protocol, ...port, '--seconds', `${seconds}`];
}

function tell(error: unknown, namespace: string): string {
  if (isForbidden(error))
    return `you may not run commands there: to trace, one needs the verbs get and create on pods/exec in namespace ${namespace}`;
  return error instanceof Error ? error.message : String(error);
}

interface Wanted {
  readonly namespace: string;
  readonly node: string;
  readonly signal: AbortSignal;
}

async function findAgent(client: KubeClient, { namespace, node, signal }: Wanted): Promise<string> {
  const { body } = await client.request({
    method: 'GET',
    path: collectionPath(resources.pods, namespace),
    query: {
      labelSelector: 'app.kubernetes.io/component=agent',
      fieldSelector: `spec.nodeName=${node},status.phase=Running`,
    },
    signal,
  });
  const items: readonly unknown[] = isRecord(body) && Array.isArray(body['items']) ? body['items'] : [];
  const names = items.flatMap((item) => {
    const metadata = isRecord(item) && isRecord(item['metadata']) ? item['metadata'] : {};
    return typeof metadata['name'] === 'string' && metadata['deletionTimestamp'] === undefined
      ? [metadata['name']]
      : [];
  });
  const [name] = names;
  if (name === undefined)
    throw new Error(
      `--trace: no agent runs on node ${node}: kubectl get pods -n ${namespace} -o wide (--system-namespace, if Sallyport runs elsewhere)`,
    );
  return name;
}
