/**
 * Longest time that this thread's own work kept a 5 ms timer waiting, in milliseconds: what it did itself meanwhile (by its CPU
 * clock), not what others on the machine took from it.
 */
export function watchStalls(): { readonly longest: () => number; reset(): void; stop(): void } {
  let last = read();
  let longest = 0;
  const tick = () => {
    const now = read();
    longest = Math.max(longest, Math.min(now.wall - last.wall - 5, now.cpu - last.cpu));
    last = now;
  };
  const timer = setInterval(tick, 5);
  return {
    longest: () => longest,
    reset: () => {
      longest = 0;
      last = read();
    },
    stop: () => clearInterval(timer),
  };
}

function read(): { readonly wall: number; readonly cpu: number } {
  return { wall: performance.now(), cpu: threadCpuMs() };
}

/** CPU time of this thread so far, in milliseconds. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
