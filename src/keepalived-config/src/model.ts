import type {
  Fifo,
  Script,
  Track,
  UnicastPeer,
  UnknownEntry,
  VirtualAddress,
  VirtualRoute,
  VirtualRule,
  Weight,
} from './model-entries.ts';

/**
 * A keepalived.conf: its blocks in order. The order counts: keepalived 2.2.7 looks up tracked scripts, files and
 * processes while it reads, so that these must stand before the instances that track them.
 */
export interface KeepalivedConfig {
  readonly blocks: readonly Block[];
}

/** One top-level block or line. */
export type Block =
  | GlobalDefs
  | VrrpScript
  | VrrpTrackProcess
  | TrackFile
  | VrrpSyncGroup
  | VrrpInstance
  | UnknownEntry;

/** What every modelled block may carry besides its fields: lines that are not modelled, written last. */
interface Extensible {
  readonly unknown?: readonly UnknownEntry[];
}

/** `global_defs`. Times are seconds unless said otherwise; names are keepalived's in camel case. */
export interface GlobalDefs extends Extensible {
  readonly kind: 'global_defs';
  readonly routerId?: string;
  readonly processNames?: true;
  readonly processName?: string;
  readonly vrrpProcessName?: string;
  readonly scriptUser?: { readonly user: string; readonly group?: string };
  readonly enableScriptSecurity?: true;
  readonly dynamicInterfaces?: true | 'allow_if_changes';
  readonly defaultInterface?: string;
  readonly disableLocalIgmp?: true;
  readonly vrrpVersion?: 2 | 3;
  readonly vrrpMcastGroup4?: string;
  readonly vrrpMcastGroup6?: string;
  readonly vrrpStrict?: true;
  readonly vrrpCheckUnicastSrc?: true;
  readonly vrrpSkipCheckAdvAddr?: true;
  readonly vrrpStartupDelay?: number;
  readonly vrrpDownTimerAdverts?: number;
  readonly vrrpGarpMasterDelay?: number;
  readonly vrrpGarpMasterRepeat?: number;
  readonly vrrpGarpMasterRefresh?: number;
  readonly vrrpGarpMasterRefreshRepeat?: number;
  readonly vrrpGarpLowerPrioDelay?: number;
  readonly vrrpGarpLowerPrioRepeat?: number;
  readonly vrrpGarpInterval?: number;
  readonly vrrpGnaInterval?: number;
  readonly vrrpGarpExtraIf?: ExtraInterfaces;
  readonly vrrpMinGarp?: boolean;
  readonly vrrpLowerPrioNoAdvert?: boolean;
  readonly vrrpHigherPrioSendAdvert?: boolean;
  readonly vrrpNotifyPriorityChanges?: boolean;
  /** Nice value, -20..19. */
  readonly vrrpPriority?: number;
  /** 1..99 */
  readonly vrrpRtPriority?: number;
  /** Microseconds of CPU time between blocking calls before the kernel kills a real-time keepalived. */
  readonly vrrpRlimitRttime?: number;
  readonly vrrpNoSwap?: true;
  readonly vrrpCpuAffinity?: readonly number[];
  /** -1..99 */
  readonly maxAutoPriority?: number;
  readonly notifyFifo?: Fifo;
  readonly notifyFifoScript?: Script;
  readonly vrrpNotifyFifo?: Fifo;
  readonly vrrpNotifyFifoScript?: Script;
  readonly fifoWriteVrrpStatesOnReload?: true;
  readonly logUnknownVrids?: true;
  readonly vmacPrefix?: string;
  readonly vmacAddrPrefix?: string;
}

/** How often neighbours on further interfaces are told: 0..86400 seconds; `all`: not only on VMAC interfaces. */
export interface ExtraInterfaces {
  readonly all?: true;
  readonly interval: number;
}

/** `vrrp_script NAME`: a program run every `interval` seconds. */
export interface VrrpScript extends Extensible {
  readonly kind: 'vrrp_script';
  readonly name: string;
  readonly script?: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly weight?: Weight;
  readonly rise?: number;
  readonly fall?: number;
  readonly user?: { readonly user: string; readonly group?: string };
  readonly initFail?: true;
}

/** `vrrp_track_process NAME`: processes that must run. */
export interface VrrpTrackProcess extends Extensible {
  readonly kind: 'vrrp_track_process';
  readonly name: string;
  readonly process?: readonly string[];
  readonly paramMatch?: 'exact' | 'initial' | 'partial';
  readonly weight?: Weight;
  readonly quorum?: number;
  readonly quorumMax?: number;
  readonly delay?: number;
  readonly forkDelay?: number;
  readonly terminateDelay?: number;
  readonly fullCommand?: true;
}

/** `track_file NAME` (formerly vrrp_track_file, read too): a file whose number counts. */
export interface TrackFile extends Extensible {
  readonly kind: 'track_file';
  readonly name: string;
  readonly file?: string;
  readonly weight?: Weight;
  readonly initFile?: { readonly value?: number; readonly overwrite?: true };
}

/** What instances and groups track, and whom they tell. */
interface Tracking {
  readonly trackInterface?: readonly Track[];
  readonly trackScript?: readonly Track[];
  readonly trackFile?: readonly Track[];
  readonly trackProcess?: readonly Track[];
  readonly trackBfd?: readonly Track[];
  readonly notifyMaster?: Script;
  readonly notifyBackup?: Script;
  readonly notifyFault?: Script;
  readonly notifyStop?: Script;
  readonly notify?: Script;
  readonly notifyPriorityChanges?: boolean;
  readonly smtpAlert?: boolean;
}

/** `vrrp_sync_group NAME`: instances that change state together. */
export interface VrrpSyncGroup extends Extensible, Tracking {
  readonly kind: 'vrrp_sync_group';
  readonly name: string;
  /** Names of the instances. */
  readonly group?: readonly string[];
  readonly globalTracking?: true;
  readonly syncGroupTrackingWeight?: true;
}

/** `vrrp_instance NAME`: one virtual router on one interface. */
export interface VrrpInstance extends Extensible, Tracking {
  readonly kind: 'vrrp_instance';
  readonly name: string;
  readonly state?: 'MASTER' | 'BACKUP';
  readonly interface?: string;
  readonly vrf?: string;
  readonly version?: 2 | 3;
  /** 1..255 */
  readonly virtualRouterId?: number;
  /** 1..255; 255 is the owner of the addresses. */
  readonly priority?: number;
  /** Seconds; with version 3 0.01..40.95 in steps of 0.01. */
  readonly advertInt?: number;
  readonly nopreempt?: true;
  readonly preempt?: true;
  /** 0..1000 seconds. */
  readonly preemptDelay?: number;
  readonly useVmac?: { readonly name?: string; readonly mac?: string };
  readonly useVmacAddr?: true;
  readonly vmacXmitBase?: true;
  readonly nativeIpv6?: true;
  readonly accept?: true;
  readonly noAccept?: true;
  readonly strictMode?: boolean;
  readonly skipCheckAdvAddr?: boolean;
  readonly dontTrackPrimary?: true;
  readonly trackSrcIp?: true;
  readonly mcastSrcIp?: string;
  readonly mcastDstIp?: string;
  readonly unicastSrcIp?: string;
  readonly unicastPeer?: readonly UnicastPeer[];
  readonly unicastTtl?: number;
  readonly unicastFaultNoPeer?: true;
  readonly checkUnicastSrc?: true;
  readonly oldUnicastChecksum?: true | 'never';
  readonly downTimerAdverts?: number;
  readonly garpMasterDelay?: number;
  readonly garpMasterRepeat?: number;
  readonly garpMasterRefresh?: number;
  readonly garpMasterRefreshRepeat?: number;
  readonly garpLowerPrioDelay?: number;
  readonly garpLowerPrioRepeat?: number;
  readonly garpExtraIf?: ExtraInterfaces;
  readonly lowerPrioNoAdvert?: boolean;
  readonly higherPrioSendAdvert?: boolean;
  readonly kernelRxBufSize?: number;
  readonly authentication?: { readonly type: 'PASS' | 'AH'; readonly password: string };
  readonly promoteSecondaries?: true;
  readonly virtualIpaddress?: readonly VirtualAddress[];
  readonly virtualIpaddressExcluded?: readonly VirtualAddress[];
  readonly virtualRoutes?: readonly VirtualRoute[];
  readonly virtualRules?: readonly VirtualRule[];
  readonly notifyMasterRxLowerPri?: Script;
  readonly notifyDeleted?: true | Script;
  readonly debug?: number;
}
