import { inNetns, tool, tryTool } from '../../hack/lab/tools.ts';
import type { TestLab } from '../support/lab.ts';
import { until } from '../support/lab.ts';

const agents = ['-n', 'sallyport-system', 'daemonset', 'sallyport-agent'];
const ownDevices = ['egress0', 'egl0'];
/** `protocol` of the routing rules that the agent adds. */
const ownProtocol = '84';

/** Takes a node back to what it was before Sallyport: no agent, nothing of it in the kernel, the same network plugin. */
export async function bareNode(lab: TestLab, node: string): Promise<void> {
  const term = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: [node] }] };
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
  const affinity = { nodeAffinity };
  // OnDelete: the agents of the other nodes go on as they are.
  const spec = { updateStrategy: { type: 'OnDelete', rollingUpdate: null }, template: { spec: { affinity } } };
  await lab.kubectl(['label', 'node', node, `kubernetes.io/hostname=${node}`, '--overwrite']);
  await lab.kubectl(['patch', ...agents, '--type', 'merge', '-p', JSON.stringify({ spec })]);
  await until(`no agent runs on ${node}`, async () => {
    const labels = 'app.kubernetes.io/component=agent';
    const fields = `spec.nodeName=${node}`;
    const names = await lab.kubectl(['get', 'pods', '-A', '-l', labels, '--field-selector', fields, '-o', 'name']);
    return names.trim() === '' ? true : undefined;
  });
  for (const table of await ownTables(node)) await tool(inNetns(node, ['nft', 'delete', 'table', ...table]));
  for (const family of ['-4', '-6'])
    await tryTool(inNetns(node, ['ip', family, 'rule', 'flush', 'protocol', ownProtocol]));
  for (const device of ownDevices) await tryTool(inNetns(node, ['ip', 'link', 'del', device]));
}

/** Family and name of each. */
async function ownTables(node: string): Promise<readonly (readonly [string, string])[]> {
  const text = await tool(inNetns(node, ['nft', '-j', 'list', 'tables']));
  const { nftables } = JSON.parse(text) as { nftables: { table?: { family: string; name: string } }[] };
  return nftables.flatMap(({ table }) =>
    table?.name.startsWith('sallyport') ? [[table.family, table.name] as const] : [],
  );
}
