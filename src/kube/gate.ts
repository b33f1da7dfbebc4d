/** Something that happens once and is waited for. */
export interface Gate {
  readonly isOpen: boolean;
  open(): void;
  /** Resolves when open; rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createGate(): Gate {
  let isOpen = false;
  const waiting = new Set<() => void>();
  return {
    get isOpen() {
      return isOpen;
    },
    open: () => {
      isOpen = true;
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
    wait: async (signal) => {
      signal.throwIfAborted();
      if (isOpen) return;
      await new Promise<void>((resolve, reject) => {
        const stop = () => {
          waiting.delete(done);
          reject(signal.reason);
        };
        const done = () => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', stop, { once: true });
      });
    },
  };
}
