import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';

export interface Question {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly timeoutMs: number;
}

const word = 'whoami';

/** The source address that an outside server saw of this process; null when none answered in time or the kernel refused. */
export function askSource(question: Question): Promise<string | null> {
  return question.protocol === 'udp' ? askByDatagram(question) : askByStream(question);
}

function askByStream({ address, port, timeoutMs }: Question): Promise<string | null> {
  const socket = connect({ host: address, port });
  const answer = new Promise<string | null>((resolve) => {
    let text = '';
    socket.setTimeout(timeoutMs, () => resolve(null));
    setTimeout(() => resolve(null), timeoutMs).unref();
    socket.on('connect', () => socket.write(`${word}\n`));
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('\n')) resolve(parseAnswer(text));
    });
  });
  return answer.finally(() => socket.destroy());
}

/** A datagram may be lost where all is well (the first of a flow, while a neighbour is looked up): asked again every 500 ms. */
function askByDatagram({ address, port, timeoutMs }: Question): Promise<string | null> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const send = () => socket.send(`${word}\n`, port, address, () => {}); // refused by the kernel: no answer will come
  const repeat = setInterval(send, 500);
  const answer = new Promise<string | null>((resolve) => {
    setTimeout(() => resolve(null), timeoutMs).unref();
    socket.on('error', () => resolve(null));
    socket.on('message', (message) => resolve(parseAnswer(message.toString('latin1'))));
    send();
  });
  return answer.finally(() => {
    clearInterval(repeat);
    socket.close();
  });
}

function parseAnswer(text: string): string | null {
  const [source, echoed] = text.trim().split(' ');
  return echoed === word && source !== undefined ? source : null;
}
