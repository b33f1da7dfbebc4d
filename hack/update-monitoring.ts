import { writeFile } from 'node:fs/promises';
import { renderMonitoring } from './monitoring/files.ts';

// Writes docs/metrics.md, config/monitoring/prometheus-rule.yaml and dashboard.json; hack/verify-monitoring.ts is its twin that only compares.
for (const { url, text } of await renderMonitoring()) await writeFile(url, text);
