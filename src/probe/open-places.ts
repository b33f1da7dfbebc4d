import type { NodePlan } from '../compile/node-plan.ts';
import { probeDevices } from '../dataplane/desired/probe.ts';
import { ipv6SysctlsOf } from '../dataplane/desired/sysctls.ts';
import type { Sysctls } from '../dataplane/sysctl/exec.ts';
import type { Runner } from '../platform/exec.ts';
import { openForeignSockets } from '../platform/foreign-sockets.ts';
import type { UdpSocket } from '../platform/udp.ts';
import { type PlaceKind, placeAddresses, placeCommands, placeSysctls, reflectorPort } from './places.ts';

export interface PlacesOptions {
  readonly runner: Runner;
  readonly sysctls: Sysctls;
  /** As `openForeignSockets` takes it. */
  readonly enter?: readonly [string, ...string[]];
  readonly signal: AbortSignal;
  onSpawn?(command: string): void;
}

/** Both places of a node, alive as long as their sockets are open; without IPv6 on the node those of IPv4 alone. */
export interface Places {
  /** Many ports, used in turns: conntrack forgets a flow before its port is used again, and the next burst is judged anew. */
  readonly senders: Readonly<Record<4 | 6, readonly UdpSocket[]>>;
  readonly reflectors: readonly UdpSocket[];
  close(): void;
}

/** Makes both places anew, whatever an agent before this one left. Throws ExecError, SysctlError or Error with what failed. */
export async function openPlaces(
  plan: Pick<NodePlan, 'node' | 'transit'>,
  cookie: string,
  options: PlacesOptions,
): Promise<Places> {
  const reflectors = await openPlace('reflector', { plan, cookie }, options);
  try {
    const sent = await openPlace('sender', { plan, cookie }, options);
    const all = [...reflectors, ...sent];
    return {
      senders: { 4: sent.slice(0, sendersPerFamily), 6: sent.slice(sendersPerFamily) },
      reflectors,
      close: () => {
        for (const socket of all) socket.close();
      },
    };
  } catch (error) {
    for (const socket of reflectors) socket.close();
    throw error;
  }
}

/** At the pace of doubt longer than conntrack keeps a flow (30 s). */
const sendersPerFamily = 16;

async function openPlace(
  kind: PlaceKind,
  { plan, cookie }: { readonly plan: Pick<NodePlan, 'node' | 'transit'>; readonly cookie: string },
  options: PlacesOptions,
): Promise<readonly UdpSocket[]> {
  const { runner, sysctls, signal } = options;
  const [four, six] = [placeAddresses(plan, 4), placeAddresses(plan, 6)];
  if (four === undefined || six === undefined) throw new Error(`no transit range in ${plan.transit.ipv4}`);
  const own = { 4: four[kind], 6: six[kind] };
  const peers = { 4: four.reflector, 6: six.reflector };
  const device = probeDevices[kind];
  // One that is left over is about to go with its namespace, or somebody else's with our name.
  await runner.run('ip', ['link', 'delete', 'dev', device], { acceptExitCodes: [0, 1], signal });
  const batch = (command: string, args: readonly string[], lines: readonly string[]) =>
    runner.run(command, [...args, '-batch', '-'], { input: `${lines.join('\n')}\n`, signal });
  const hasIpv6 = await isThere6(runner);
  const wishes = [own[4], ...(hasIpv6 ? [own[6]] : [])].flatMap((address) =>
    kind === 'sender'
      ? Array.from({ length: sendersPerFamily }, () => ({ address, port: 0 }))
      : [{ address, port: reflectorPort }],
  );
  return await openForeignSockets({
    ...options,
    wishes,
    prepare: async (pid) => {
      const commands = placeCommands(kind, own, { pid, cookie, peers });
      const into = ['--target', `${pid}`, '--net'];
      await batch('ip', [], commands.host);
      await sysctls.apply(placeSysctls(kind));
      await batch('nsenter', [...into, 'ip'], commands.inside);
      if (hasIpv6) {
        await sysctls.applyPresent(ipv6SysctlsOf([device]));
        await batch('ip', [], commands.host6);
        await batch('nsenter', [...into, 'ip'], commands.inside6);
      }
      await runner.run('nsenter', [...into, 'nft', '-f', '-'], { input: commands.nft, signal });
    },
  });
}

async function isThere6(runner: Runner): Promise<boolean> {
  const { stdout } = await runner.run('ip', ['-6', 'route', 'show', 'table', 'local'], { acceptExitCodes: [0, 1, 2] });
  return stdout.trim() !== '';
}
