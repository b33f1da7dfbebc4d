/** A promise that rejects with the signal's reason when it aborts, for races; its listener goes with the signal, so give it a short-lived one. */
export function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}
