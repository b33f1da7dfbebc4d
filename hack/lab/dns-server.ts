// The DNS server outside, run in the namespace of `outside` with the addresses to listen on as arguments (port 53, UDP and TCP).
// Names and answers: dns-records.ts; `lab dns` changes them while it runs.
import { createSocket } from 'node:dgram';
import { createServer, isIPv6, type Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet';
import { lookUp, readRecords } from './dns-records.ts';

const nameError = 3; // RFC 1035 §4.1.1
const notImplemented = 4;
const opcodeMask = 0x7800; // 0: an ordinary query

function answer({ id, questions = [], flags = 0 }: Packet): Packet {
  const [question] = questions;
  const base = { type: 'response', id, questions, flags: AUTHORITATIVE_ANSWER } as const;
  if (question === undefined || (flags & opcodeMask) !== 0) return { ...base, flags: notImplemented };
  const { name, type } = question;
  const found = lookUp(readRecords(), name, type === 'AAAA' ? 6 : 4);
  if (found.kind === 'unknown') return { ...base, flags: base.flags | nameError };
  if (type !== 'A' && type !== 'AAAA') return { ...base, answers: [] };
  return { ...base, answers: found.addresses.map((data): Answer => ({ type, name, ttl: found.ttl, data })) };
}

function serveDatagrams(address: string): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('message', (message, peer) => {
    try {
      socket.send(encode(answer(decode(message))), peer.port, peer.address, () => {}); // an unreachable peer is its affair
    } catch {
      // Not a DNS message.
    }
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, address, resolve);
  });
}

function serveStream(socket: Socket): void {
  let partial = Buffer.alloc(0);
  socket.on('error', () => socket.destroy()); // a peer that went away
  socket.on('data', (chunk: Buffer) => {
    partial = Buffer.concat([partial, chunk]);
    try {
      while (partial.length >= 2 && partial.length >= 2 + partial.readUInt16BE(0)) {
        const length = 2 + partial.readUInt16BE(0);
        socket.write(streamEncode(answer(streamDecode(partial.subarray(0, length)))));
        partial = partial.subarray(length);
      }
    } catch {
      socket.destroy(); // not a DNS message
    }
  });
}

function serveStreams(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    createServer(serveStream).once('error', reject).listen({ port: 53, host }, resolve);
  });
}

await Promise.all(process.argv.slice(2).flatMap((address) => [serveDatagrams(address), serveStreams(address)]));
process.stdout.write('ready\n');
