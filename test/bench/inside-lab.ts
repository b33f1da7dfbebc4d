import { setTimeout as sleep } from 'node:timers/promises';
import { findOwners } from '../../hack/lab/owner-command.ts';
import { tool, tryTool } from '../../hack/lab/tools.ts';
import { type TestLab, until } from '../support/lab.ts';
import { untilCondition, untilProgrammed } from '../support/lab-objects.ts';

const notInside = (): never => {
  throw new Error('use flows of the bench itself');
};

/** The lab that this process runs in, for the helpers of test/support. */
export function insideLab(): TestLab {
  return {
    run: (command, input) => tryTool(command, input),
    kubectl: (args, input) => tool(['kubectl', ...args], input),
    apply: async (manifest) => void (await tool(['kubectl', 'apply', '-f', '-'], manifest)),
    whoami: notInside,
    probe: notInside,
    seen: async () => JSON.parse(await tool(['lab', 'seen', '-o', 'json'])),
    resetSeen: async () => void (await tool(['lab', 'seen', '--reset'])),
    fault: async (...args) => void (await tool(['lab', 'fault', ...args])),
    owner: async (gateway) => {
      const [owner, another] = await findOwners(gateway);
      return another === undefined ? (owner ?? null) : null;
    },
  };
}

/** The node that answers for the Gateway's addresses, once exactly one does. */
export async function ownerOf(lab: TestLab, gateway: string, seconds = 120): Promise<string> {
  return until(`one node answers for ${gateway}`, async () => (await lab.owner(gateway)) ?? undefined, { seconds });
}

/** Resolves when the Gateway is Programmed, has its standby, and `settleMs` more have passed. */
export async function untilWhole(lab: TestLab, gateway: string, settleMs: number): Promise<void> {
  await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
  await untilProgrammed(lab, 'gateway', gateway);
  await sleep(settleMs);
}

/** Names of the first two candidates of the Gateway's failover group. */
export async function candidatesOf(lab: TestLab, gateway: string): Promise<readonly string[]> {
  const [namespace, name] = gateway.split('/');
  const uid = await lab.kubectl(['get', 'gateway', '-n', `${namespace}`, `${name}`, '-o', 'jsonpath={.metadata.uid}']);
  const text = await lab.kubectl(['get', 'egressplacement', uid, '-o', 'jsonpath={.spec.candidates[*].node}']);
  return text.split(' ').slice(0, 2);
}
