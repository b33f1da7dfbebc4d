// Flows that never pause, of one Pod, run in its network namespace: one UDP flow with a datagram every INTERVAL ms, and N TCP
// connections that each send a line, wait for its echo, and send the next one 10 ms later. Commands are lines on stdin:
//   begin    a window begins; connections that broke are opened anew
//   fault    from now on silences count as those of the fault
//   report   the window ends; a second later its FlowReport is printed as a line of JSON, for what was sent until now
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FlowReport, steadyDatagrams, steadyStream } from './steady-flow.ts';

const [server = '', port = '', interval = '1', tcp = '0'] = process.argv.slice(2);
const lingerMs = 1_000;
const place = { host: server, port: Number(port) };
const datagrams = steadyDatagrams(place, Number(interval));
let streams = Array.from({ length: Number(tcp) }, () => steadyStream(place));

async function report(): Promise<void> {
  const end = performance.now();
  const udp = datagrams.silences(end);
  const stalls = streams.map((stream) => stream.silences(end));
  await sleep(lingerMs);
  const answer: FlowReport = {
    udp: { ...udp, ...datagrams.count(end) },
    tcp: {
      opened: streams.length,
      survived: streams.filter((stream) => stream.livesAfter(end)).length,
      stallMs: Math.max(0, ...stalls.map(({ faultMs }) => faultMs)),
      quietMs: Math.max(0, ...stalls.map(({ quietMs }) => quietMs)),
    },
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const now = performance.now();
    if (line === 'begin') {
      streams = streams.map((stream) => (stream.isBroken() ? steadyStream(place) : stream));
      for (const flow of [datagrams, ...streams]) flow.begin(now);
    } else if (line === 'fault') for (const flow of [datagrams, ...streams]) flow.fault();
    else if (line === 'report') void report();
  })
  .on('close', () => process.exit(0));
