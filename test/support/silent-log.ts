import type { Logger } from '../../src/telemetry/log.ts';

const quiet = () => {};

/** A log that nobody reads. */
export const silentLog: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
