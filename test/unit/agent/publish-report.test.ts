import { describe, expect, it } from 'vitest';
import { startReporter } from '../../../src/agent/publish-report.ts';
import type { EgressNodeReportStatus } from '../../../src/api/kinds.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeKubeClient } from '../../support/fake-kube-client.ts';

const standby: EgressNodeReportStatus = { groups: [{ group: 1, role: 'Standby' }], gateways: [] };
const owner: EgressNodeReportStatus = { groups: [{ group: 1, role: 'Owner' }], gateways: [] };

function start() {
  const stop = new AbortController();
  const clock = createFakeClock();
  const client = createFakeKubeClient();
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const reporter = startReporter({ client, clock, log, signal: stop.signal, nodeName: 'node-1', random: () => 1 });
  const publish = (status: EgressNodeReportStatus) => reporter.publish({ status, nodeUid: 'uid', nodes: 1000 });
  return {
    clock,
    client,
    publish,
    end: () => {
      stop.abort();
      return reporter.done;
    },
  };
}

describe('startReporter', () => {
  it('writes with jitter what can wait, once', async () => {
    const { clock, client, publish, end } = start();
    publish(standby);
    await clock.advance(4_999);
    expect(client.log).toEqual([]);
    await clock.advance(2);
    publish(standby);
    await clock.advance(10_000);
    expect(client.log).toHaveLength(1);
    await end();
  });

  it('writes at once that it owns a group now, also when it was waiting with something else', async () => {
    const { clock, client, publish, end } = start();
    publish(standby);
    await clock.advance(1_000);
    publish(owner);
    await clock.advance(0);
    expect(client.log).toHaveLength(1);
    await end();
  });

  it('tries again until it succeeds', async () => {
    const { clock, client, publish, end } = start();
    let refusals = 2;
    client.before = () => {
      if (refusals-- > 0) throw new Error('no connection');
    };
    publish(owner);
    await clock.advance(2_000);
    expect(client.log).toHaveLength(3);
    await end();
  });
});
