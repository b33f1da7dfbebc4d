// The `lab` command, as far as lab.sh leaves it to Node. Exit status: 0, 1 for "no" (blocked, no owner), 2 for a mistake.
import { connect, isIP } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { readRecords, writeRecords } from './dns-records.ts';
import { readFacts } from './facts.ts';
import { findOwners } from './owner-command.ts';
import { socketPath } from './paths.ts';
import { probe } from './probe-command.ts';
import { readSeen, readTotals, resetSeen } from './seen.ts';

const usage = `usage: lab COMMAND
  exec NS/POD -- CMD...        run in a pod's network namespace
  node NODE -- CMD...          run in a node's network namespace
  outside [SERVER] -- CMD...   run in an outside server's network namespace
  whoami NS/POD [--to ADDR] [--port P] [--udp] [--ipv6] [-o json]
  seen [--reset | --totals] [-o json]
  probe NS/POD... --tcp N --interval MS --for S
  fault crash|freeze|power|heal NODE | split A B|api | link down|up NODE | kill|stop NODE PROCESS | api down|up
  fault thief ADDR | heal thief
  owner NS/GATEWAY [-o json]
  dns NAME [ADDRESS...] [--ttl S]
  logs NS/POD [CONTAINER] | logs PROGRAM
The whole interface: hack/lab/README.md
`;

interface Outcome {
  readonly output: string;
  readonly status: number;
}

async function seen(args: readonly string[]): Promise<Outcome> {
  const { values } = parseArgs({
    args: [...args],
    options: { reset: { type: 'boolean' }, totals: { type: 'boolean' }, output: { type: 'string', short: 'o' } },
  });
  const servers = readFacts().networks.map(({ server }) => server.name);
  if (values.reset) {
    await resetSeen(servers);
    return { output: '', status: 0 };
  }
  const counts = values.totals ? Object.entries(await readTotals(servers)) : [...(await readSeen(servers))];
  if (values.output === 'json') return { output: `${JSON.stringify(Object.fromEntries(counts))}\n`, status: 0 };
  return { output: counts.map(([address, packets]) => `${address} ${packets}\n`).join(''), status: 0 };
}

async function owner(args: readonly string[]): Promise<Outcome> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { output: { type: 'string', short: 'o' } },
  });
  const [name] = positionals;
  if (name === undefined) throw new Error('usage: lab owner NS/GATEWAY');
  const owners = await findOwners(name);
  const status = owners.length === 1 ? 0 : 1;
  if (values.output === 'json') return { output: `${JSON.stringify({ owner: owners.join(' ') || null })}\n`, status };
  return { output: `${owners.join(' ') || 'nobody'}\n`, status };
}

/** With addresses: what the DNS server says of the name from now on. Without: that there is no such name. */
async function dns(args: readonly string[]): Promise<Outcome> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ttl: { type: 'string', default: '30' } },
  });
  const [name, ...addresses] = positionals;
  const ttl = Number(values.ttl);
  if (name === undefined || !Number.isInteger(ttl) || ttl < 0)
    throw new Error('usage: lab dns NAME [ADDRESS...] [--ttl S]');
  const wrong = addresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new Error(`"${wrong}" is not an IP address`);
  const { [name.toLowerCase()]: _, ...others } = readRecords();
  writeRecords(addresses.length === 0 ? others : { ...others, [name.toLowerCase()]: { ttl, addresses } });
  return { output: '', status: 0 };
}

/** Faults are done by the lab's main process, which also has to know of them. */
async function fault(args: readonly string[]): Promise<Outcome> {
  const socket = connect(socketPath);
  socket.write(`${JSON.stringify({ command: 'fault', args })}\n`);
  const answer: { ok: boolean; message: string } = JSON.parse(await text(socket));
  if (!answer.ok) throw new Error(answer.message);
  return { output: `${answer.message}\n`, status: 0 };
}

async function run([command, ...args]: readonly string[]): Promise<Outcome> {
  switch (command) {
    case 'seen':
      return seen(args);
    case 'owner':
      return owner(args);
    case 'fault':
      return fault(args);
    case 'dns':
      return dns(args);
    case 'probe':
      return { output: await probe(args), status: 0 };
    case 'help':
    case '--help':
      return { output: usage, status: 0 };
    default:
      throw new Error(`unknown command "${command ?? ''}"\n${usage}`);
  }
}

try {
  const { output, status } = await run(process.argv.slice(2));
  process.stdout.write(output);
  process.exitCode = status;
} catch (error) {
  process.stderr.write(`lab: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
