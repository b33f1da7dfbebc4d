import { boolean, integer, interfaceName, multicast, oneOf, seconds, version, word } from './codec.ts';
import { type FieldTable, line } from './field.ts';
import { flag, many, one, optional, truth } from './form.ts';
import type { GlobalDefs } from './model.ts';
import { extraInterfaces, fifo, script, userGroup } from './script-form.ts';

const count = integer(0, 0xffffffff);
const repeat = integer(1, 0xffffffff);
const wholeSeconds = integer(0, 4294);

/** `global_defs`: script_user comes before the scripts and fifos, because keepalived uses it as it stands at each of them. */
export const globalFields: FieldTable<GlobalDefs> = {
  routerId: line('router_id', one(word)),
  processNames: line('process_names', flag),
  processName: line('process_name', one(word)),
  vrrpProcessName: line('vrrp_process_name', one(word)),
  scriptUser: line('script_user', userGroup),
  enableScriptSecurity: line('enable_script_security', flag),
  dynamicInterfaces: line('dynamic_interfaces', optional(true, oneOf('allow_if_changes'))),
  defaultInterface: line('default_interface', one(interfaceName)),
  disableLocalIgmp: line('disable_local_igmp', flag),
  vrrpVersion: line('vrrp_version', one(version)),
  vrrpMcastGroup4: line('vrrp_mcast_group4', one(multicast)),
  vrrpMcastGroup6: line('vrrp_mcast_group6', one(multicast)),
  vrrpStrict: line('vrrp_strict', flag),
  vrrpCheckUnicastSrc: line('vrrp_check_unicast_src', flag),
  vrrpSkipCheckAdvAddr: line('vrrp_skip_check_adv_addr', flag),
  vrrpStartupDelay: line('vrrp_startup_delay', one(seconds(0.001, 4294.967295))),
  vrrpDownTimerAdverts: line('vrrp_down_timer_adverts', one(integer(1, 100))),
  vrrpGarpMasterDelay: line('vrrp_garp_master_delay', one(wholeSeconds)),
  vrrpGarpMasterRepeat: line('vrrp_garp_master_repeat', one(repeat)),
  vrrpGarpMasterRefresh: line('vrrp_garp_master_refresh', one(count)),
  vrrpGarpMasterRefreshRepeat: line('vrrp_garp_master_refresh_repeat', one(repeat)),
  vrrpGarpLowerPrioDelay: line('vrrp_garp_lower_prio_delay', one(wholeSeconds)),
  vrrpGarpLowerPrioRepeat: line('vrrp_garp_lower_prio_repeat', one(integer(0, 0x7fffffff))),
  vrrpGarpInterval: line('vrrp_garp_interval', one(seconds(0.000001, 4294.967295))),
  vrrpGnaInterval: line('vrrp_gna_interval', one(seconds(0.000001, 4294.967295))),
  vrrpGarpExtraIf: line('vrrp_garp_extra_if', extraInterfaces),
  vrrpMinGarp: line('vrrp_min_garp', truth(boolean)),
  vrrpLowerPrioNoAdvert: line('vrrp_lower_prio_no_advert', truth(boolean)),
  vrrpHigherPrioSendAdvert: line('vrrp_higher_prio_send_advert', truth(boolean)),
  vrrpNotifyPriorityChanges: line('vrrp_notify_priority_changes', truth(boolean)),
  vrrpPriority: line('vrrp_priority', one(integer(-20, 19))),
  vrrpRtPriority: line('vrrp_rt_priority', one(integer(1, 99))),
  // Named vrrp_rlimit_rtime until keepalived 2.0.20.
  vrrpRlimitRttime: line('vrrp_rlimit_rttime', one(integer(2, 0xffffffff)), 'vrrp_rlimit_rtime'),
  vrrpNoSwap: line('vrrp_no_swap', flag),
  vrrpCpuAffinity: line('vrrp_cpu_affinity', many(integer(0, 1023))),
  maxAutoPriority: line('max_auto_priority', one(integer(-1, 99))),
  notifyFifo: line('notify_fifo', fifo),
  notifyFifoScript: line('notify_fifo_script', script),
  vrrpNotifyFifo: line('vrrp_notify_fifo', fifo),
  vrrpNotifyFifoScript: line('vrrp_notify_fifo_script', script),
  fifoWriteVrrpStatesOnReload: line('fifo_write_vrrp_states_on_reload', flag),
  logUnknownVrids: line('log_unknown_vrids', flag),
  vmacPrefix: line('vmac_prefix', one(word)),
  vmacAddrPrefix: line('vmac_addr_prefix', one(word)),
};
