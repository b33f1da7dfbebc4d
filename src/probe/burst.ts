import { randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { UdpSocket } from '../platform/udp.ts';
import { readAnswer, smallest, writeRequest } from './packet.ts';
import type { Burst } from './verdict.ts';

export interface BurstOptions {
  readonly socket: UdpSocket;
  /** The reflector's address and the port of the identity. */
  readonly to: { readonly address: string; readonly port: number };
  readonly cookie: string;
  /** Of the tunnel: the size of a Pod's largest packet. */
  readonly mtu: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const smallDatagrams = 10;
const fullDatagrams = 2;
const gapMs = 10;
/** An answer that comes later does not count. */
const patienceMs = 1_000;
/** Tried where the full size had no answer: what VLANs, IPsec, other tunnels and IPv6's minimum leave. */
const ladder = [8_900, 4_000, 1_496, 1_480, 1_460, 1_446, 1_420, 1_400, 1_380, 1_350, 1_280, 1_000, 576];

/** Sends ten small datagrams and two of the full size, and waits for the answers; where only the full size has none, smaller ones. */
export async function sendBurst(options: BurstOptions): Promise<Burst> {
  const { socket, to, mtu } = options;
  const nonce = randomBytes(8).toString('hex');
  const answers: { source: string; node: string; milliseconds: number }[] = [];
  const sentAt = new Map<number, number>();
  const answered = new Set<number>();
  const sizes = new Set<number>();
  let done = () => {};
  socket.onMessage((bytes) => {
    const answer = readAnswer(options.cookie, bytes);
    const sent = answer?.nonce === nonce ? sentAt.get(answer.sequence) : undefined;
    if (answer === undefined || sent === undefined || answered.has(answer.sequence)) return;
    answered.add(answer.sequence);
    const { source, node } = answer;
    if (answer.size === smallest) answers.push({ source, node, milliseconds: options.clock.monotonic() - sent });
    else sizes.add(answer.size);
    if (answered.size === sentAt.size) done();
  });
  const overhead = to.address.includes(':') ? 48 : 28;
  const sendAll = async (packets: readonly number[]) => {
    const patience = new AbortController();
    for (const packet of packets) {
      const sequence = sentAt.size;
      sentAt.set(sequence, options.clock.monotonic());
      socket.send(writeRequest(options.cookie, { size: packet - overhead, sequence, nonce }), to);
      await options.clock.sleep(gapMs, options.signal);
    }
    if (answered.size === sentAt.size) return;
    done = () => patience.abort();
    await options.clock.sleep(patienceMs, AbortSignal.any([options.signal, patience.signal])).catch(() => {});
    options.signal.throwIfAborted();
  };
  const small = smallest + overhead;
  await sendAll([
    ...Array.from({ length: smallDatagrams }, () => small),
    ...Array.from({ length: fullDatagrams }, () => mtu),
  ]);
  const steps = answers.length > 0 && !sizes.has(mtu - overhead) ? ladder.filter((step) => step < mtu) : [];
  if (steps.length > 0) await sendAll([...steps, ...steps]);
  socket.onMessage(() => {});
  return {
    sent: smallDatagrams,
    answers,
    sizes: [mtu, ...steps].map((bytes) => ({ bytes, answered: sizes.has(bytes - overhead) })),
  };
}
