import type { ProbeResult } from '../lab/start-lab.ts';
import { run } from './run.ts';

/** A Pod of the demo and where it runs. */
export interface DemoPod {
  readonly name: string;
  readonly node: string;
  readonly nodeAddress: string;
}

/** The Running Pods of namespace shop, by node. */
export async function readPods(): Promise<readonly DemoPod[]> {
  const list = JSON.parse(await run(['kubectl', 'get', 'pods', '-n', 'shop', '-o', 'json'], { must: true })) as {
    items: { metadata: { name: string }; spec: { nodeName?: string }; status: { phase?: string; hostIP?: string } }[];
  };
  return list.items
    .filter(({ status }) => status.phase === 'Running')
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      node: spec.nodeName ?? '',
      nodeAddress: status.hostIP ?? '',
    }))
    .sort((a, b) => a.node.localeCompare(b.node, 'en'));
}

/** The source address that the server outside saw for each Pod, or "blocked". */
export async function readSources(pods: readonly DemoPod[]): Promise<readonly string[]> {
  return await Promise.all(pods.map(async ({ name }) => (await run(['lab', 'whoami', `shop/${name}`])).trim()));
}

/** Parses the lines of `lab probe`. */
export function parseProbe(output: string): readonly ProbeResult[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as ProbeResult);
}

/** The message of a condition that is True on an object, undefined while it is not. */
export async function trueCondition(kind: string, name: string, path: string): Promise<string | undefined> {
  const text = await run(['kubectl', 'get', kind, '-n', 'shop', name, '-o', `jsonpath=${path}`]);
  return text.trim() === '' ? undefined : text.trim();
}
