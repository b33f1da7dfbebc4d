import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** What one Pod's flows met in a window; times in milliseconds. */
export interface FlowReport {
  readonly udp: UdpReport;
  readonly tcp: { readonly opened: number; readonly survived: number } & {
    /** The longest wait for an echo after, and before, the fault. */
    readonly stallMs: number;
    readonly quietMs: number;
  };
}

interface UdpReport {
  readonly sent: number;
  readonly lost: number;
  /** The longest time in which all that was sent was lost: exact to the interval, whatever sender and echo were kept from doing. */
  readonly gapMs: number;
  /** The longest silence between two answers after, and before, the fault: what is late counts, and so does a sleepy echo. */
  readonly silenceMs: number;
  readonly quietMs: number;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

const pauseMs = 10;

/** One UDP flow that an echo answers with a word and the datagram. */
export function steadyDatagrams({ host, port }: Place, intervalMs: number) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  const silence = watchSilence();
  const sentAt = new Map<number, number>();
  let answered = new Set<number>();
  let sequence = 0;
  socket.on('error', () => {}); // unreachable for a while: silence, and counted as such
  socket.on('message', (message) => {
    silence.onAnswer();
    answered.add(Number(message.toString('latin1').split(' ')[1]));
  });
  setInterval(() => {
    sentAt.set(++sequence, performance.now());
    socket.send(`${sequence}\n`, port, host, () => {});
  }, intervalMs);
  return {
    begin: (now: number) => {
      sentAt.clear();
      answered = new Set();
      silence.begin(now);
    },
    fault: silence.fault,
    silences: (now: number) => {
      const { quietMs, faultMs } = silence.read(now);
      return { quietMs, silenceMs: faultMs };
    },
    /** Of what was sent until then: how much, how much of it has no answer yet, and the longest time of such. */
    count: (until: number) => {
      const sent = [...sentAt].filter(([, at]) => at <= until);
      const lost = sent.filter(([number]) => !answered.has(number)).length;
      return { sent: sent.length, lost, gapMs: longestHole(sent, answered) };
    },
  };
}

/** From the last answered datagram before a hole to the first one after it, as they were sent; ms. */
function longestHole(sent: readonly (readonly [number, number])[], answered: ReadonlySet<number>): number {
  let longest = 0;
  let from: number | undefined;
  let isHole = false;
  for (const [number, at] of sent) {
    if (isHole) longest = Math.max(longest, at - (from ?? at));
    isHole = !answered.has(number);
    if (!isHole) from = at;
    else from ??= at;
  }
  return longest;
}

/** One TCP connection, kept over windows. */
export function steadyStream({ host, port }: Place) {
  const socket = connect({ host, port, noDelay: true });
  const silence = watchSilence();
  let broken = false;
  let lastAnswer = 0;
  let askedAt = 0;
  let partial = '';
  const ask = () => {
    if (broken) return;
    askedAt = performance.now();
    silence.onAsked();
    socket.write('x\n');
  };
  const breakOff = () => {
    broken = true;
  };
  socket.on('error', breakOff).on('close', breakOff).on('connect', ask);
  socket.on('data', (chunk) => {
    const lines = (partial + chunk.toString('latin1')).split('\n');
    partial = lines.pop() ?? '';
    if (lines.length === 0) return;
    lastAnswer = performance.now();
    silence.onAnswer();
    setTimeout(ask, pauseMs);
  });
  return {
    begin: silence.begin,
    fault: silence.fault,
    silences: silence.read,
    isBroken: () => broken,
    /** It is open, and nothing that was asked before then still waits. */
    livesAfter: (time: number) => !broken && (lastAnswer >= time || lastAnswer > askedAt),
  };
}

/** The longest waits of a window, before and after its fault; a wait counts where it ends. */
function watchSilence() {
  let from = performance.now();
  let longest = { quietMs: 0, faultMs: 0 };
  let isFault = false;
  const note = (now: number) => {
    const key = isFault ? 'faultMs' : 'quietMs';
    longest = { ...longest, [key]: Math.max(longest[key], now - from) };
  };
  return {
    begin: (now: number) => {
      from = now;
      longest = { quietMs: 0, faultMs: 0 };
      isFault = false;
    },
    fault: () => {
      isFault = true;
    },
    /** Where pauses are wanted: the wait begins now. */
    onAsked: () => {
      from = performance.now();
    },
    onAnswer: () => {
      const now = performance.now();
      note(now);
      from = now;
    },
    read: (now: number) => {
      note(now);
      return longest;
    },
  };
}
