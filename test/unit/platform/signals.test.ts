import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sendSignal, untilSignal } from '../../../src/platform/signals.ts';

const moduleUrl = new URL('../../../src/platform/signals.ts', import.meta.url).href;

/** A process that stops politely, and slowly. */
function startPolite() {
  const program = `
    import { untilSignal } from ${JSON.stringify(moduleUrl)};
    using stopping = untilSignal(['SIGTERM', 'SIGINT']);
    const keepAlive = setInterval(() => {}, 1000);
    console.log('ready');
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
    console.log(stopping.signal.reason.message);
    await new Promise((resolve) => setTimeout(resolve, Number(process.argv[1])));
    clearInterval(keepAlive);
    console.log('clean');
  `;
  return (slowMs: number) =>
    spawn(process.execPath, ['--input-type=module', '-e', program, '--', String(slowMs)], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
}

async function play(slowMs: number, signals: readonly NodeJS.Signals[]): Promise<{ code: number; output: string }> {
  const child = startPolite()(slowMs);
  let output = '';
  let sent = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    // Each signal is sent after the process has said something new.
    const signal = signals[sent];
    if (signal !== undefined && output.split('\n').length - 1 > sent) {
      sent += 1;
      child.kill(signal);
    }
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

describe('untilSignal', () => {
  it('lets the process end by itself after the first signal', async () => {
    expect(await play(10, ['SIGTERM'])).toEqual({ code: 0, output: 'ready\nreceived SIGTERM\nclean\n' });
  });

  // As timeout(1) does, which signals its child and then its whole group.
  it('takes the same signal at once again for the first', async () => {
    expect(await play(10, ['SIGINT', 'SIGINT'])).toEqual({ code: 0, output: 'ready\nreceived SIGINT\nclean\n' });
  });

  it('ends it at once on the second', async () => {
    expect(await play(60_000, ['SIGTERM', 'SIGINT'])).toEqual({ code: 130, output: 'ready\nreceived SIGTERM\n' });
  });

  it('stops listening when disposed', () => {
    const before = process.listenerCount('SIGINT');
    const stopping = untilSignal(['SIGINT']);
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    stopping[Symbol.dispose]();
    expect(process.listenerCount('SIGINT')).toBe(before);
    expect(stopping.signal.aborted).toBe(false);
  });
});

describe('sendSignal', () => {
  it('says whether there was such a process', async () => {
    const child = spawn('sleep', ['60']);
    const { pid = 0 } = child;
    const closed = once(child, 'close');
    expect(sendSignal(pid, 'SIGTERM')).toBe(true);
    expect(await closed).toEqual([null, 'SIGTERM']);
    expect(sendSignal(pid, 'SIGTERM')).toBe(false);
  });

  it.each([0, -1, 1.5, Number.NaN])('never signals a group: %d', (pid) => {
    expect(() => sendSignal(pid, 'SIGTERM')).toThrow(RangeError);
  });
});
