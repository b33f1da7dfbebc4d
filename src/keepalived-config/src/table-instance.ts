import { authentication } from './authentication.ts';
import { address, boolean, integer, interfaceName, multicast, oneOf, seconds, version } from './codec.ts';
import { type FieldTable, line, list } from './field.ts';
import { flag, one, optional, truth } from './form.ts';
import type { VrrpInstance } from './model.ts';
import { extraInterfaces, script } from './script-form.ts';
import { addressLine, peerLine, routeLine, ruleLine } from './table-entries.ts';
import { scriptOrFlag, trackingFields } from './table-tracking.ts';
import { virtualMac } from './virtual-mac.ts';

const count = integer(0, 0xffffffff);
const repeat = integer(1, 0xffffffff);
const wholeSeconds = integer(0, 4294);
const { notifyMaster, notifyBackup, notifyFault, notifyStop, notify, notifyPriorityChanges, smtpAlert, ...tracks } =
  trackingFields;

/** `vrrp_instance`. Ranges are keepalived 2.2.7's. */
export const instanceFields: FieldTable<VrrpInstance> = {
  state: line('state', one(oneOf('MASTER', 'BACKUP'))),
  interface: line('interface', one(interfaceName)),
  vrf: line('vrf', one(interfaceName)),
  version: line('version', one(version)),
  virtualRouterId: line('virtual_router_id', one(integer(1, 255))),
  priority: line('priority', one(integer(1, 255))),
  advertInt: line('advert_int', one(seconds(0.01, 255))),
  nopreempt: line('nopreempt', flag),
  preempt: line('preempt', flag),
  preemptDelay: line('preempt_delay', one(seconds(0, 1000))),
  useVmac: line('use_vmac', virtualMac),
  useVmacAddr: line('use_vmac_addr', flag),
  vmacXmitBase: line('vmac_xmit_base', flag),
  nativeIpv6: line('native_ipv6', flag),
  accept: line('accept', flag),
  noAccept: line('no_accept', flag),
  strictMode: line('strict_mode', truth(boolean)),
  skipCheckAdvAddr: line('skip_check_adv_addr', truth(boolean)),
  dontTrackPrimary: line('dont_track_primary', flag),
  trackSrcIp: line('track_src_ip', flag),
  mcastSrcIp: line('mcast_src_ip', one(address)),
  mcastDstIp: line('mcast_dst_ip', one(multicast)),
  unicastSrcIp: line('unicast_src_ip', one(address)),
  unicastPeer: list('unicast_peer', peerLine),
  unicastTtl: line('unicast_ttl', one(integer(0, 255))),
  unicastFaultNoPeer: line('unicast_fault_no_peer', flag),
  checkUnicastSrc: line('check_unicast_src', flag),
  oldUnicastChecksum: line('old_unicast_checksum', optional(true, oneOf('never'))),
  downTimerAdverts: line('down_timer_adverts', one(integer(1, 100))),
  garpMasterDelay: line('garp_master_delay', one(wholeSeconds)),
  garpMasterRepeat: line('garp_master_repeat', one(repeat)),
  garpMasterRefresh: line('garp_master_refresh', one(count)),
  garpMasterRefreshRepeat: line('garp_master_refresh_repeat', one(repeat)),
  garpLowerPrioDelay: line('garp_lower_prio_delay', one(wholeSeconds)),
  garpLowerPrioRepeat: line('garp_lower_prio_repeat', one(integer(0, 0x7fffffff))),
  garpExtraIf: line('garp_extra_if', extraInterfaces),
  lowerPrioNoAdvert: line('lower_prio_no_advert', truth(boolean)),
  higherPrioSendAdvert: line('higher_prio_send_advert', truth(boolean)),
  kernelRxBufSize: line('kernel_rx_buf_size', one(count)),
  authentication,
  promoteSecondaries: line('promote_secondaries', flag),
  ...tracks,
  virtualIpaddress: list('virtual_ipaddress', addressLine),
  virtualIpaddressExcluded: list('virtual_ipaddress_excluded', addressLine),
  virtualRoutes: list('virtual_routes', routeLine),
  virtualRules: list('virtual_rules', ruleLine),
  notifyMaster,
  notifyBackup,
  notifyFault,
  notifyStop,
  notifyMasterRxLowerPri: line('notify_master_rx_lower_pri', script),
  notifyDeleted: line('notify_deleted', scriptOrFlag),
  notify,
  notifyPriorityChanges,
  smtpAlert,
  debug: line('debug', one(integer(0, 4))),
};
