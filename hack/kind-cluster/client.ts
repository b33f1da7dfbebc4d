/**
 * What runs in Pods of Sallyport's own image, which has Node and nothing else, as `node -e TEXT ARGUMENT...`: functions by their text,
 * which use nothing from outside themselves.
 */
export function inPod(program: (...args: string[]) => void): readonly string[] {
  return ['node', '-e', `(${program.toString()})(...process.argv.slice(1))`];
}

/** Waits to be ended. */
export const waiting = inPod(() => {
  setInterval(() => {}, 1e9);
});

/** Prints the source address that the echo server saw, or `blocked`: what the conformance suite asks a Pod to do. */
export const asking = inPod((to = '', port = '', protocol = '') => {
  const tell = (text: string) => {
    process.stdout.write(`${text}\n`);
    process.exit(0);
  };
  setTimeout(() => tell('blocked'), 3_000);
  if (protocol.toUpperCase() === 'UDP') {
    const { createSocket } = process.getBuiltinModule('node:dgram');
    const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', (message) => tell(String(message).trim().split(/\s/)[0] ?? ''));
    socket.on('error', () => tell('blocked'));
    const send = () => socket.send('ask', Number(port), to);
    send();
    setInterval(send, 500);
    return;
  }
  const { get } = process.getBuiltinModule('node:http');
  get({ host: to, port: Number(port), path: '/', agent: false }, (answer) => {
    let page = '';
    answer.on('data', (chunk) => {
      page += chunk;
    });
    answer.on('end', () => tell(page.trim().split(/\s/)[0] ?? ''));
  }).on('error', () => tell('blocked'));
});

/** What `flowing` prints, as JSON. */
export interface FlowResult {
  readonly sent: number;
  readonly received: number;
  readonly longestGapMs: number;
  readonly opened: number;
  readonly survived: number;
  readonly sources: readonly string[];
}

/** Long flows for some seconds, a datagram every 5 ms and a line every 50 ms on each of so many connections. */
export const flowing = inPod((to = '', seconds = '', connections = '') => {
  const { createSocket } = process.getBuiltinModule('node:dgram');
  const { connect } = process.getBuiltinModule('node:net');
  const sources = new Set<string>();
  const found = { sent: 0, received: 0, longestGapMs: 0, opened: 0 };
  const alive = new Map<object, { sent: number; echoed: number; broken: boolean }>();
  let last = performance.now();
  const udp = createSocket('udp4');
  udp.on('message', (message) => {
    found.received += 1;
    found.longestGapMs = Math.max(found.longestGapMs, Math.round(performance.now() - last));
    last = performance.now();
    sources.add(String(message).split(' ')[0] ?? '');
  });
  udp.on('error', () => {});
  const sending = setInterval(() => {
    found.sent += 1;
    udp.send('x', 8080, to, () => {});
  }, 5);
  for (let i = 0; i < Number(connections); i++) {
    const flow = { sent: 0, echoed: 0, broken: false };
    const socket = connect({ host: to, port: 8080, noDelay: true });
    alive.set(socket, flow);
    socket.once('connect', () => {
      found.opened += 1;
      const writing = setInterval(() => {
        flow.sent += 1;
        socket.write(`${flow.sent}\n`);
      }, 50);
      socket.once('close', () => clearInterval(writing));
    });
    socket.on('data', (data) => {
      for (const line of String(data).trim().split('\n')) sources.add(line.split(' ')[0] ?? '');
      flow.echoed = flow.sent;
    });
    socket.on('error', () => {
      flow.broken = true;
    });
  }
  setTimeout(() => {
    clearInterval(sending);
    const before = [...alive.values()].map(({ sent }) => sent);
    // Who survived answers what is written now.
    setTimeout(() => {
      const survived = [...alive.values()].filter(
        ({ broken, echoed }, i) => !broken && echoed > (before[i] ?? 0),
      ).length;
      process.stdout.write(`${JSON.stringify({ ...found, survived, sources: [...sources] })}\n`);
      process.exit(0);
    }, 3_000);
  }, Number(seconds) * 1_000);
});

/** From its first moment on sends datagrams from ever new ports, and goes on waiting: what a Pod may say before anybody knows it. */
export const shouting = inPod((...to) => {
  const { createSocket } = process.getBuiltinModule('node:dgram');
  const shout = () => {
    for (const address of to) {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.on('error', () => {});
      socket.send('x', 8080, address, () => socket.close());
    }
  };
  shout();
  const timer = setInterval(shout, 5);
  setTimeout(() => clearInterval(timer), 3_000);
  setInterval(() => {}, 1e9);
});
