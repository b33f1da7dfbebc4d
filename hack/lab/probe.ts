// One pod's part of `lab probe`, run in its network namespace: one UDP flow and N TCP connections to an outside server for S
// seconds, each sending every interval. Prints the JSON object of README.md.
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFacts } from './facts.ts';
import { externalNetworks, serverPort } from './fixed-points.ts';
import { type FlowRecord, recordFlow } from './flow-record.ts';

interface StreamProbe {
  readonly record: FlowRecord;
  readonly state: () => 'opening' | 'open' | 'broken';
  /** Sends no more: what was sent last must still be answered. */
  readonly stop: () => void;
  readonly close: () => void;
}

/** How long after the last packet an answer still counts. */
const lingerMs = 500;

function probeDatagrams(address: string, intervalMs: number) {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const record = recordFlow();
  socket.on('error', () => {}); // unreachable for a while: silence, and counted as such
  socket.on('message', (message) => record.onAnswer(message.toString('latin1').split(' ')[0] ?? ''));
  const timer = setInterval(() => {
    record.onSent();
    socket.send('probe\n', serverPort, address, () => {});
  }, intervalMs);
  return { record, stop: () => clearInterval(timer), close: () => socket.close() };
}

/** Sends a line, waits for its answer, pauses: what a stall is for an application that waits. */
function probeStream(address: string, intervalMs: number): StreamProbe {
  const socket = connect({ host: address, port: serverPort, noDelay: true });
  const record = recordFlow();
  let state: 'opening' | 'open' | 'broken' = 'opening';
  let partial = '';
  let stopped = false;
  const send = () => {
    if (state !== 'open' || stopped) return;
    record.onSent();
    socket.write('probe\n');
  };
  socket.on('connect', () => {
    state = 'open';
    send();
  });
  socket.on('data', (chunk) => {
    const lines = (partial + chunk.toString('latin1')).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) record.onAnswer(line.split(' ')[0] ?? '');
    if (lines.length > 0) setTimeout(send, intervalMs);
  });
  const breakOff = () => {
    state = state === 'opening' ? 'opening' : 'broken';
  };
  socket.on('error', breakOff).on('close', breakOff);
  const stop = () => {
    stopped = true;
  };
  return { record, state: () => state, stop, close: () => socket.destroy() };
}

/** A connection survived when it is open and the last line that it sent was answered by the end of the linger. */
function survived({ record, state }: StreamProbe): boolean {
  const { sent, received } = record.summary();
  return state() === 'open' && received > 0 && sent === received;
}

function unite(sets: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(sets.flat())].sort();
}

const [pod = '', tcp = '1', interval = '10', seconds = '5'] = process.argv.slice(2);
const [{ server }] = externalNetworks(1);
const to = readFacts().families === 'ipv6' ? server.address6 : server.address4;
const datagrams = probeDatagrams(to, Number(interval));
const streams = Array.from({ length: Number(tcp) }, () => probeStream(to, Number(interval)));
await sleep(Number(seconds) * 1000);
datagrams.stop();
for (const stream of streams) stream.stop();
const silence = datagrams.record.longestMs();
const stalls = streams.map(({ record }) => record.longestMs());
await sleep(lingerMs);
const udp = datagrams.record.summary();
process.stdout.write(
  `${JSON.stringify({
    pod,
    udp: { sent: udp.sent, received: udp.received, longestGapMs: Math.round(silence), sources: udp.sources },
    tcp: {
      opened: streams.filter(({ state }) => state() !== 'opening').length,
      survived: streams.filter(survived).length,
      longestStallMs: Math.round(Math.max(0, ...stalls)),
      sources: unite(streams.map(({ record }) => record.summary().sources)),
    },
  })}\n`,
);
process.exit(0);
