import type { Implementation } from '../lib/report.ts';

/** What `sallyport conformance` was asked to do, as its flags say it. */
export interface ConformanceOptions {
  readonly gatewayClass: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly supportedFeatures?: readonly string[];
  readonly allFeatures?: boolean;
  readonly exemptFeatures?: readonly string[];
  readonly run?: string;
  readonly skip?: readonly string[];
  readonly report?: string;
  readonly junit?: string;
  readonly parallel: number;
  readonly output?: 'json';
  readonly keep?: boolean;
  readonly outsideAddress?: readonly string[];
  readonly trafficCommand?: string;
  readonly clientCommand?: string;
  readonly faultCommand?: string;
  readonly usableAddress?: readonly string[];
  readonly unusableAddress: string;
  readonly podImage: string;
  readonly podCommand?: string;
  /** Seconds, for status and programming alike. */
  readonly timeout?: number;
  readonly implementation: Partial<Implementation>;
}

/** What the run stands on; all of it is the caller's to end. */
export interface Terminal {
  /** For progress. */
  writeError(text: string): void;
  /** For the result. */
  writeOut(text: string): void;
  /** Whether progress goes to a terminal that shows colours. */
  readonly colours: boolean;
}
