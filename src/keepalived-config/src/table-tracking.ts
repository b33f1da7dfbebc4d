import { boolean } from './codec.ts';
import type { FieldTable } from './field.ts';
import { line, list, names } from './field.ts';
import { accept, type Form, flag, truth } from './form.ts';
import type { VrrpInstance, VrrpSyncGroup } from './model.ts';
import type { Script } from './model-entries.ts';
import { script } from './script-form.ts';
import { success } from './source.ts';
import { trackInterfaceLine, trackLine, trackWideLine } from './table-entries.ts';

type Shared = Pick<FieldTable<VrrpInstance>, keyof FieldTable<VrrpInstance> & keyof FieldTable<VrrpSyncGroup>>;

/** What vrrp_instance and vrrp_sync_group have in common. */
export const trackingFields: Shared = {
  trackInterface: list('track_interface', trackInterfaceLine),
  trackScript: list('track_script', trackLine),
  trackFile: list('track_file', trackWideLine),
  trackProcess: list('track_process', trackWideLine),
  trackBfd: list('track_bfd', trackLine),
  notifyMaster: line('notify_master', script),
  notifyBackup: line('notify_backup', script),
  notifyFault: line('notify_fault', script),
  notifyStop: line('notify_stop', script),
  notify: line('notify', script),
  notifyPriorityChanges: line('notify_priority_changes', truth(boolean)),
  smtpAlert: line('smtp_alert', truth(boolean)),
};

/** `vrrp_sync_group`. */
export const syncGroupFields: FieldTable<VrrpSyncGroup> = {
  group: names('group'),
  ...trackingFields,
  globalTracking: line('global_tracking', flag),
  syncGroupTrackingWeight: line('sync_group_tracking_weight', flag),
};

/** A keyword alone, or with a script. */
export const scriptOrFlag: Form<true | Script> = {
  read: (words, statement) => (words.length === 0 ? accept<true | Script>(true) : script.read(words, statement)),
  write: (value) => (value === true ? success('') : script.write(value)),
  check: () => [],
};
