import { beforeAll, describe } from 'vitest';
import { createRouting } from '../../src/dataplane/route/exec.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createRunner } from '../../src/platform/exec.ts';
import { describeInNamespace, tool } from '../support/netns.ts';
import { routeContract } from '../support/route-contract.ts';

await describeInNamespace(import.meta.url, 'routing on a real kernel', () => {
  const routing = createRouting({ runner: createRunner(), clock: systemClock });
  const commands = { ip4: ['ip', '-4'], ip6: ['ip', '-6'], bridge: ['bridge'] } as const;

  beforeAll(() => {
    tool('ip', ['link', 'add', 'dev', 'eth0', 'type', 'veth', 'peer', 'name', 'far0']);
    tool('ip', ['link', 'set', 'eth0', 'up']);
    tool('ip', ['link', 'set', 'far0', 'up']);
    tool('ip', ['addr', 'add', '192.0.2.11/24', 'dev', 'eth0']);
    tool('ip', ['addr', 'add', '2001:db8:2::11/64', 'dev', 'eth0', 'nodad']);
  });

  describe('keeps the contract', () => {
    routeContract(
      async () => ({
        routing,
        intrude: async (program, line) => {
          const [command, ...args] = commands[program];
          tool(command, [...args, '-batch', '-'], `${line}\n`);
        },
      }),
      15,
    );
  });
});
