import { findStaleMonitoring } from './monitoring/files.ts';

// Fails when a file is not what hack/update-monitoring.ts would write.
const stale = await findStaleMonitoring();
for (const sentence of stale) console.error(`${sentence}: run node hack/update-monitoring.ts and commit the result`);
process.exitCode = stale.length === 0 ? 0 : 1;
