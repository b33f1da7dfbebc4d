/** A conntrackd.conf (conntrack-tools 1.4.7) that synchronises flows. */
export interface ConntrackdConfig {
  readonly sync: Sync;
  readonly general: General;
}

export interface Sync {
  readonly mode: FtfwMode;
  /** Up to four; the first is the one that is used until it fails. */
  readonly udp: readonly UdpLink[];
  readonly options?: { readonly tcpWindowTracking?: boolean };
}

/** The reliable protocol, between two nodes. */
export interface FtfwMode {
  readonly kind: 'FTFW';
  /** Messages kept until they are confirmed. */
  readonly resendQueueSize?: number;
  readonly ackWindowSize?: number;
  /** Puts what the peer says straight into the kernel. */
  readonly disableExternalCache?: boolean;
  /** Asks the peer for everything, once. */
  readonly startupResync?: boolean;
}

export interface UdpLink {
  /** Own address and the peer's: both IPv4 or both IPv6. */
  readonly address: string;
  readonly destination: string;
  readonly port: number;
  readonly interface: string;
  /** Bytes. */
  readonly sndSocketBuffer?: number;
  readonly rcvSocketBuffer?: number;
  readonly checksum?: boolean;
}

export interface General {
  readonly systemd?: boolean;
  /** Priority 0..99. */
  readonly scheduler?: { readonly type: 'RR' | 'FIFO'; readonly priority: number };
  /** Buckets of the cache. */
  readonly hashSize?: number;
  /** Flows in the cache. */
  readonly hashLimit?: number;
  /** On or off, or an absolute path. */
  readonly logFile?: boolean | string;
  readonly syslog?: boolean;
  /** Absolute path. */
  readonly lockFile?: string;
  /** Bytes. */
  readonly netlinkBufferSize?: number;
  readonly netlinkBufferSizeMaxGrowth?: number;
  readonly netlinkOverrunResync?: boolean;
  readonly netlinkEventsReliable?: boolean;
  /** The control socket's absolute path, at most 107 bytes. */
  readonly unix: { readonly path: string };
  readonly filter?: Filter;
}

export interface Filter {
  readonly from: 'Userspace' | 'Kernelspace';
  readonly protocol?: { readonly policy: Policy; readonly protocols: readonly Protocol[] };
  /** Addresses or CIDRs; a flow fits by its source or its destination. */
  readonly address?: { readonly policy: Policy; readonly addresses: readonly string[] };
}

export type Policy = 'Accept' | 'Ignore';
export type Protocol = 'TCP' | 'SCTP' | 'DCCP' | 'UDP' | 'ICMP' | 'IPv6-ICMP';
