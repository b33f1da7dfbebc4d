import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { apiAddress, apiPort } from './fixed-points.ts';

/** Of an object of the API, what the lab itself reads. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Of the body; JSON by default. */
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** The lab's own client, as the admin: deliberately not the product's, which is what is being tested. */
export interface KubeApi {
  readonly request: <T = unknown>(request: ApiRequest) => Promise<T>;
  /** The events of a watch until the server or the signal ends it. */
  readonly watch: <T>(path: string, signal: AbortSignal) => AsyncIterable<WatchEvent<T>>;
}

/** An answer of the API server that is not 2xx. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export function createKubeApi(token: string, authority: Buffer): KubeApi {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca: authority });
  const open = (request: ApiRequest, signal?: AbortSignal): Promise<IncomingMessage> => {
    const { method = 'GET', path, body, contentType = 'application/json', timeoutMs = 10_000 } = request;
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const call = httpsRequest(
        {
          ...{ host: apiAddress.ipv4, port: apiPort, method, path, agent },
          headers: {
            authorization: `Bearer ${token}`,
            accept: 'application/json',
            // The length by hand: Node leaves it out for DELETE.
            ...(payload === undefined ? {} : { 'content-type': contentType, 'content-length': payload.length }),
          },
          ...(signal === undefined ? { timeout: timeoutMs } : { signal }),
        },
        resolve,
      );
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer within ${timeoutMs} ms`)));
      call.on('error', reject);
      call.end(payload);
    });
  };
  return {
    request: async <T>(request: ApiRequest) => (await readAnswer(await open(request), request)) as T,
    watch: async function* <T>(path: string, signal: AbortSignal) {
      const response = await open({ path }, signal);
      if (response.statusCode !== 200) await readAnswer(response, { path });
      for await (const line of createInterface({ input: response })) {
        if (line !== '') yield JSON.parse(line) as WatchEvent<T>;
      }
    },
  };
}

async function readAnswer(response: IncomingMessage, { method = 'GET', path }: ApiRequest): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) throw new ApiError(status, `${method} ${path}: ${status} ${messageOf(text)}`);
  return response.headers['content-type']?.startsWith('application/json') ? JSON.parse(text) : text;
}

function messageOf(text: string): string {
  try {
    const { message }: { message?: string } = JSON.parse(text);
    return message ?? text;
  } catch {
    return text;
  }
}
