// `lab whoami`, run in the pod's network namespace: prints the source address that the outside server saw, or `blocked` (exit 1).
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { askSource } from './ask.ts';
import { readFacts } from './facts.ts';
import { externalNetworks, serverPort } from './fixed-points.ts';

const timeoutMs = 3_000;

function fail(message: string): never {
  process.stderr.write(`lab whoami: ${message}\n`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        to: { type: 'string' },
        port: { type: 'string', default: `${serverPort}` },
        udp: { type: 'boolean', default: false },
        ipv6: { type: 'boolean', default: false },
        output: { type: 'string', short: 'o' },
      },
    }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

const { to, port, udp, ipv6, output } = readArguments();
const [{ server }] = externalNetworks(1);
const address = to ?? (ipv6 || readFacts().families === 'ipv6' ? server.address6 : server.address4);
const number = Number(port);
if (isIP(address) === 0) fail(`--to ${address}: not an IP address`);
if (!Number.isInteger(number) || number < 1 || number > 65_535) fail(`--port ${port}: not a port`);
if (output !== undefined && output !== 'json') fail(`-o ${output}: only json`);

const source = await askSource({ address, port: number, protocol: udp ? 'udp' : 'tcp', timeoutMs });
process.stdout.write(output === 'json' ? `${JSON.stringify({ source })}\n` : `${source ?? 'blocked'}\n`);
process.exit(source === null ? 1 : 0);
