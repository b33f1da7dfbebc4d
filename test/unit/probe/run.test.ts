import { expect, test, vi } from 'vitest';
import type { UdpSocket } from '../../../src/platform/udp.ts';
import type { Places } from '../../../src/probe/open-places.ts';
import { startProber } from '../../../src/probe/run.ts';
import type { ProbeWish, Target } from '../../../src/probe/targets.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const target: Target = {
  ...{ key: 'one', gatewayUid: 'uid', gateway: { namespace: 'shop', name: 'partners' }, family: 4, port: 513 },
  ...{ address: '192.0.2.100', sender: '100.64.0.1', reflector: '100.64.0.2' },
};
const wish = (targets: readonly Target[]): ProbeWish => ({
  plan: {
    node: { name: 'node-1', index: 1, mac: '02:ec:00:00:00:01' },
    transit: { ipv4: '100.64.0.0/16', ipv6: 'fd00:64::/48' },
  },
  ...{ cookie: '0123456789abcdef', mtu: 1_450, nodes: 2, targets },
});

function createSocket(): UdpSocket & { readonly sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  return {
    sent,
    send: (bytes) => void sent.push(bytes),
    onMessage: () => {},
    local: () => ({ address: target.sender, port: 1 }),
    close: () => {},
  };
}

test('a Gateway that appears while the places are being opened is probed within seconds, not after the next look', async () => {
  const clock = createFakeClock();
  const ending = new AbortController();
  const sender = createSocket();
  const opening = Promise.withResolvers<Places>();
  const open = vi.fn(() => opening.promise);
  const prober = startProber({
    ...{
      runner: createFakeRunner(),
      sysctls: { apply: vi.fn(), applyPresent: vi.fn(), read: vi.fn() },
      nodeName: 'node-1',
    },
    ...{ clock, log: silentLog, signal: ending.signal, open, hasDevices: async () => true, onChange: () => {} },
  });
  prober.want(wish([]));
  await clock.advance(0);
  expect(open).toHaveBeenCalledOnce();
  prober.want(wish([target]));
  opening.resolve({ senders: { 4: [sender], 6: [] }, reflectors: [], close: () => {} });
  await clock.advance(2_000);
  expect(sender.sent.length).toBeGreaterThan(0);
  ending.abort();
  await prober.done;
});
